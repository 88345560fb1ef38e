// How the page scrolls and starts: its tasks over long lists, and the time to the first paint.
// Beside the time of a task stands its CPU time: on a busy machine the former says more about the machine than about the page.
import type { Browser, Page } from 'playwright';
import { chromiumProgram, startStage } from '../ui/page-harness.ts';
import type { Stage } from '../ui/page-harness.ts';
import { content, longHistory } from '../ui/scenes.ts';

const activityRows = 100_000;
const stepPixels = 400;
const steps = 300;
/** What the field calls a long task: https://www.w3.org/TR/longtasks-1/ */
const longTaskMs = 50;
const marks = { start: 'bench-start', end: 'bench-end' } as const;

/** Of the page's main thread; times in ms. */
type Measured = {
  readonly paintMs: number;
  readonly paintCpuMs: number;
  /** Tasks while the list was scrolled, the longest first. */
  readonly tasks: readonly Task[];
};
type Task = { readonly ms: number; readonly cpuMs: number };

/** A table with a line for each list: medians of the first paint, each round's long tasks, worst values. */
export async function benchPage(rounds: number): Promise<string> {
  if (chromiumProgram === null) throw new Error('the page is measured in Chromium, which is not installed');
  const stage = await startStage();
  try {
    const lines = [
      '| what | first paint, ms | CPU until then, ms | tasks above 50 ms | longest task, ms | longest by CPU, ms | CPU while scrolled, ms |',
      '| --- | --- | --- | --- | --- | --- | --- |',
    ];
    for (const what of ['activity', 'problems'] as const) {
      const measured: Measured[] = [];
      for (let round = 0; round < rounds; round += 1) {
        measured.push(await measureList(stage, what));
        await stage.clear();
      }
      lines.push(lineOf(what === 'activity' ? '100,000 entries of activity' : '10,000 problems', measured));
    }
    return lines.join('\n');
  } finally {
    await stage.close();
  }
}

function lineOf(rows: string, measured: readonly Measured[]): string {
  const all = measured.flatMap(({ tasks }) => tasks);
  const cells = [
    rows,
    median(measured.map(({ paintMs }) => paintMs)).toFixed(0),
    median(measured.map(({ paintCpuMs }) => paintCpuMs)).toFixed(0),
    measured.map(({ tasks }) => tasks.filter(({ ms }) => ms > longTaskMs).length).join(', '),
    Math.max(...all.map(({ ms }) => ms)).toFixed(0),
    Math.max(...all.map(({ cpuMs }) => cpuMs)).toFixed(1),
    median(measured.map(({ tasks }) => tasks.reduce((sum, { cpuMs }) => sum + cpuMs, 0))).toFixed(0),
  ];
  return `| ${cells.join(' | ')} |`;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

type List = 'Activity' | 'Problems';

async function measureList(stage: Stage, what: 'activity' | 'problems'): Promise<Measured> {
  const { browser } = stage.harness;
  await browser.startTracing(undefined, { categories: ['toplevel', 'blink.user_timing', 'loading'] });
  const { page, list } = await openList(stage, what);
  const paintMs = await page.evaluate(
    () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Number.NaN,
  );
  await scrollThrough(page, list);
  return { paintMs, ...readTrace(await traceOf(browser)) };
}

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

/** A step with each frame, then one to the end, the start and the middle, as a user drags the bar. */
async function scrollThrough(page: Page, list: List): Promise<void> {
  const box = page.getByRole('group', { name: list });
  await box.evaluate(
    async (element, { stepPixels, steps, marks }) => {
      const frame = (): Promise<unknown> => new Promise((resolve) => requestAnimationFrame(resolve));
      performance.mark(marks.start);
      for (let step = 0; step < steps; step += 1) {
        element.scrollTop += stepPixels;
        await frame();
      }
      for (const part of [1, 0, 0.5]) {
        element.scrollTop = element.scrollHeight * part;
        for (let wait = 0; wait < 30; wait += 1) await frame();
      }
      performance.mark(marks.end);
    },
    { stepPixels, steps, marks },
  );
}

/** Event of Chromium's trace: times in microseconds, `tdur` the CPU time of the thread. */
type TraceEvent = {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur?: number;
  readonly tdur?: number;
};

async function traceOf(browser: Browser): Promise<readonly TraceEvent[]> {
  const trace = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] }; // Chromium wrote it
  return trace.traceEvents;
}

function readTrace(events: readonly TraceEvent[]): Omit<Measured, 'paintMs'> {
  const start = find(events, ({ name }) => name === marks.start);
  const ofPage = events.filter(({ pid, tid }) => pid === start.pid && tid === start.tid);
  const end = find(ofPage, ({ name }) => name === marks.end);
  const paint = find(ofPage, ({ name }) => name === 'firstContentfulPaint');
  const asked = find(ofPage, ({ name, ts }) => name === 'navigationStart' && ts < paint.ts);
  const tasksIn = (from: number, to: number): readonly Task[] =>
    ofPage
      .filter(({ name, ts }) => name === 'ThreadControllerImpl::RunTask' && ts >= from && ts < to)
      .map(({ dur = 0, tdur = 0 }) => ({ ms: dur / 1000, cpuMs: tdur / 1000 }));
  return {
    paintCpuMs: tasksIn(asked.ts, paint.ts).reduce((sum, { cpuMs }) => sum + cpuMs, 0),
    tasks: tasksIn(start.ts, end.ts),
  };
}

function find(events: readonly TraceEvent[], isWanted: (event: TraceEvent) => boolean): TraceEvent {
  const found = events.find(isWanted);
  if (found === undefined) throw new Error('the trace has no event that was waited for');
  return found;
}
