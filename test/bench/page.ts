// How the page scrolls: longest tasks over long lists, and time to the first paint.
import type { Page } from 'playwright';
import { chromiumProgram, startStage } from '../ui/page-harness.ts';
import type { Stage } from '../ui/page-harness.ts';
import { content, longHistory } from '../ui/scenes.ts';

const activityRows = 100_000;
const stepPixels = 400;
const steps = 300;
/** What the field calls a long task: https://www.w3.org/TR/longtasks-1/ */
const longTaskMs = 50;

type Scrolled = { readonly longest: number; readonly long: number; readonly tasks: readonly number[] };

/** Tables of medians and worst values, one line for each list. */
export async function benchPage(rounds: number): Promise<string> {
  if (chromiumProgram === null) throw new Error('the page is measured in Chromium, which is not installed');
  const stage = await startStage();
  try {
    const lines = [
      '| what | first paint, ms | tasks above 50 ms | longest task, ms |',
      '| --- | --- | --- | --- |',
    ];
    for (const what of ['activity', 'problems'] as const) {
      const paints: number[] = [];
      const scrolls: Scrolled[] = [];
      for (let round = 0; round < rounds; round += 1) {
        const { page, list } = await openList(stage, what);
        paints.push(await firstPaintMs(page));
        scrolls.push(await scrollThrough(page, list));
        await stage.clear();
      }
      const worst = Math.max(...scrolls.map(({ longest }) => longest));
      const long = scrolls.map((scrolled) => String(scrolled.long)).join(', ');
      const worstText = worst === 0 ? `below ${String(longTaskMs)}` : worst.toFixed(0);
      const paint = [...paints].sort((a, b) => a - b)[paints.length >> 1] ?? 0;
      const rows = what === 'activity' ? '100,000 entries of activity' : '10,000 problems';
      lines.push(`| ${rows} | ${paint.toFixed(0)} | ${long} | ${worstText} |`);
    }
    return lines.join('\n');
  } finally {
    await stage.close();
  }
}

type List = 'Activity' | 'Problems';

async function openList(
  stage: Stage,
  what: 'activity' | 'problems',
): Promise<{ readonly page: Page; readonly list: List }> {
  const nowMs = Date.now();
  if (what === 'problems') {
    const { page } = await stage.showScene('many-problems');
    await page.getByText('10,000 problems').waitFor();
    return { page, list: 'Problems' };
  }
  const answers = { history: longHistory(nowMs, activityRows) };
  const { page } = await stage.show(content(nowMs), { answers });
  await page.getByRole('tab', { name: 'Activity' }).click();
  await page.getByText('100,000 entries').waitFor();
  return { page, list: 'Activity' };
}

async function firstPaintMs(page: Page): Promise<number> {
  return page.evaluate(
    () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Number.NaN,
  );
}

/** A step with each frame, then one to the end, the start and the middle, as a user drags the bar. */
async function scrollThrough(page: Page, list: List): Promise<Scrolled> {
  const box = page.getByRole('group', { name: list });
  return box.evaluate(
    async (element, { stepPixels, steps }) => {
      const tasks: number[] = [];
      const observer = new PerformanceObserver((seen) => {
        for (const entry of seen.getEntries()) tasks.push(entry.duration);
      });
      observer.observe({ type: 'longtask' });
      const frame = (): Promise<unknown> => new Promise((resolve) => requestAnimationFrame(resolve));
      for (let step = 0; step < steps; step += 1) {
        element.scrollTop += stepPixels;
        await frame();
      }
      for (const part of [1, 0, 0.5]) {
        element.scrollTop = element.scrollHeight * part;
        for (let wait = 0; wait < 30; wait += 1) await frame();
      }
      for (const entry of observer.takeRecords()) tasks.push(entry.duration);
      observer.disconnect();
      return { longest: Math.max(0, ...tasks), long: tasks.length, tasks };
    },
    { stepPixels, steps },
  );
}
