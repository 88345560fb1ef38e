// Bounds of the page: bytes loaded at start, rows drawn of long lists.
import { readFile, readdir } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Locator } from 'playwright';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { skipUnless } from '../support/skip.ts';
import { waitFor } from '../support/wait-for.ts';
import { chromiumProgram, serve, startStage } from './page-harness.ts';
import type { Stage } from './page-harness.ts';
import { content, longHistory } from './scenes.ts';

/** Without what a file has between its lines. */
function drawingOf(mark: Locator): Promise<string> {
  return mark.evaluate((svg) => svg.outerHTML.replaceAll(/>\s+</gu, '><'));
}

/** Of page, scripts and styles together, gzipped. */
const START_MAX_BYTES = 300_000;

describe('bounds of the page', skipUnless(chromiumProgram !== null, 'chromium is not installed'), () => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await startStage();
  });
  afterEach(() => stage.clear());
  afterAll(() => stage.close());

  test('what the page loads at start is below 300 kB gzipped', async () => {
    const { assetsDir } = stage.harness;
    const names = await readdir(assetsDir, { recursive: true });
    const built = names.filter((name) => ['.html', '.js', '.css'].includes(extname(name)));
    const isLate = (name: string): boolean => name.includes('package-licences');
    // Everything but the licences is loaded at start: nothing else is split off.
    const loaded = built.filter((name) => !isLate(name));
    expect(loaded.map((name) => extname(name)).sort()).toEqual(['.css', '.html', '.js']);
    expect(built.filter(isLate)).toHaveLength(1);
    expect(await readFile(join(assetsDir, 'index.html'), 'utf8')).not.toContain('package-licences');
    const sizes = await Promise.all(
      loaded.map(async (name) => gzipSync(await readFile(join(assetsDir, name))).length),
    );
    expect(sizes.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThan(START_MAX_BYTES);
  });

  test('the mark is painted before the script runs, where the page keeps it', async () => {
    const { harness, onClear } = stage;
    const served = await serve(harness, content(Date.now()));
    onClear(served.stop);
    const context = await harness.browser.newContext();
    onClear(() => context.close());
    const page = await context.newPage();
    await page.route('**/api/**', () => undefined); // never answered: the page keeps connecting
    const script = Promise.withResolvers<unknown>();
    await page.route('**/*.js', async (route) => {
      await script.promise;
      await route.continue();
    });
    await page.goto(served.server.url, { waitUntil: 'commit' });
    const mark = page.locator('.mark');
    await mark.waitFor();
    const before = { box: await mark.boundingBox(), drawing: await drawingOf(mark) };
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)));
    script.resolve(null);
    await page.getByText('Connecting').waitFor();
    expect({ box: await mark.boundingBox(), drawing: await drawingOf(mark) }).toEqual(before);
  });

  test('of 100,000 entries of activity few rows are drawn, at the top and after scrolling to the end', async () => {
    const nowMs = Date.now();
    const { page, complaints } = await stage.show(content(nowMs), {
      answers: { history: longHistory(nowMs, 100_000) },
    });
    await page.getByRole('tab', { name: 'Activity' }).click();
    await page.getByText('100,000 entries').waitFor();
    const list = page.getByRole('group', { name: 'Activity' });
    const rows = list.getByRole('listitem');
    await waitFor(async () => (await rows.count()) > 0);
    for (let part = 0; part < 3; part += 1) {
      expect(await rows.count()).toBeLessThan(60);
      const before = await list.evaluate((box) => box.scrollHeight);
      await list.focus();
      await page.keyboard.press('End');
      await waitFor(async () => (await list.evaluate((box) => box.scrollHeight)) > before);
    }
    expect(await rows.count()).toBeLessThan(60);
    expect(complaints).toEqual([]);
  });

  test.each(['en', 'de'] as const)(
    'the name of a view stays on one line beside 10,000 problems, at any width (%s)',
    async (language) => {
      const { page, backend } = await stage.showScene('many-problems');
      backend.change((now) => ({ ...now, settings: { ...now.settings, language } }));
      await page.locator(`html[lang="${language}"]`).waitFor();
      for (const width of [1120, 840, 828, 740, 660, 645]) {
        await page.setViewportSize({ width, height: 800 });
        const lines = await page
          .locator('.tab-text')
          .evaluateAll(
            (names, lineHeightPx) =>
              names.map((name) => Math.round(name.getBoundingClientRect().height / lineHeightPx)),
            21,
          );
        expect(lines, `${String(width)} px`).toEqual([1, 1, 1, 1, 1]);
        const tooWide = await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        );
        expect(tooWide).toBe(0);
      }
    },
  );

  test.each(['en', 'de'] as const)(
    'the icon of a view is not covered by 10,000 problems, however narrow the window (%s)',
    async (language) => {
      const { page, backend } = await stage.showScene('many-problems');
      backend.change((now) => ({ ...now, settings: { ...now.settings, language } }));
      await page.locator(`html[lang="${language}"]`).waitFor();
      const tab = page.locator('#tab-problems');
      for (const width of [640, 480, 384, 360, 320]) {
        await page.setViewportSize({ width, height: 720 });
        const whole = await tab.boundingBox();
        const icon = await tab.locator('.icon').boundingBox();
        expect(icon?.x, `${String(width)} px`).toBeGreaterThanOrEqual(whole?.x ?? NaN);
        const count = await tab.locator('.tab-count').boundingBox();
        expect(count?.x, `${String(width)} px`).toBeGreaterThanOrEqual(
          (icon?.x ?? NaN) + (icon?.width ?? NaN),
        );
      }
    },
  );

  test('of 10,000 problems few rows are drawn, wherever the list is', async () => {
    const { page, complaints } = await stage.showScene('many-problems');
    await page.getByText('10,000 problems').waitFor();
    const list = page.getByRole('group', { name: 'Problems' });
    const rows = list.getByRole('listitem');
    for (const [key, shown] of [
      ['End', 'part 09999.pst'],
      ['Home', 'part 00000.pst'],
    ] as const) {
      await list.press(key);
      await list.getByText(shown).waitFor();
      expect(await rows.count()).toBeLessThan(60);
    }
    await list.press('End');
    // The last row is at the lower edge, though none of the rows above it was ever measured.
    await waitFor(async () =>
      list.evaluate((box) => {
        const last = box.querySelector('[aria-posinset="10000"]')?.getBoundingClientRect().bottom ?? 0;
        return Math.abs(last - box.getBoundingClientRect().bottom) < 4;
      }),
    );
    expect(complaints).toEqual([]);
  });
});
