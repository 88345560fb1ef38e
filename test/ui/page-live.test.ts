// The page in a real browser: progress, event gaps, lost connections, one-use links.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Page } from 'playwright';
import { sampleOf } from '../sizes.ts';
import { skipUnless } from '../support/skip.ts';
import { waitFor } from '../support/wait-for.ts';
import { startCuttableProxy } from './cuttable-proxy.ts';
import { chromiumProgram, openPage, serve, startStage } from './page-harness.ts';
import type { Stage } from './page-harness.ts';
import { account, content, documents, hostile, progress, scenes } from './scenes.ts';

describe('the page, live', skipUnless(chromiumProgram !== null, 'chromium is not installed'), () => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await startStage();
  });
  afterEach(() => stage.clear());
  afterAll(() => stage.close());

  const seen = (page: Page, text: string | RegExp) =>
    page.getByText(text).first().waitFor({ timeout: 60_000 });

  test('progress, rate and time left move as the backend works', async () => {
    const { page, backend, complaints } = await stage.show(
      content(Date.now(), { pairs: [documents], activity: [] }),
    );
    await seen(page, 'Everything is in sync');
    for (const filesDone of [10, 60, 127]) {
      backend.change((now) => ({
        ...now,
        overall: 'syncing',
        pairs: [
          {
            ...documents,
            state: 'syncing',
            progress: { ...progress, filesDone, bytesDone: filesDone * 9_000_000 },
          },
        ],
      }));
      await seen(page, `${String(filesDone)} of 128 files`);
    }
    await seen(page, '8.4 MB/s');
    await seen(page, '2 minutes left');
    const bar = page.getByRole('progressbar', { name: 'Progress of ~/Documents' });
    expect(Number(await bar.getAttribute('value'))).toBeCloseTo((127 * 9) / 1240, 3);
    // One snapshot at the start; everything after it came as events.
    expect(backend.snapshotsTaken()).toBe(1);
    expect(complaints).toEqual([]);
  });

  test('new activity and problems appear by themselves and are announced where the state changes', async () => {
    const { page, backend } = await stage.show(content(Date.now(), { pairs: [documents], activity: [] }));
    await seen(page, 'Nothing has happened yet');
    backend.change((now) => ({
      ...now,
      overall: 'attention',
      pairs: [{ ...documents, state: 'attention', problemCount: 1 }],
      activity: [
        {
          id: 'n1',
          atMs: Date.now(),
          pairId: 'docs',
          kind: 'uploaded',
          path: 'new/file.txt',
          from: null,
          bytes: 12,
        },
      ],
      problems: [
        {
          id: 'p1',
          pairId: 'docs',
          path: 'a.pst',
          code: 'changing',
          fields: {},
          sinceMs: Date.now(),
          retryAtMs: Date.now() + 60_000,
        },
      ],
    }));
    await seen(page, 'file.txt');
    await page.getByRole('tab', { name: 'Problems 1' }).click();
    await seen(page, 'This file keeps changing. It is uploaded as soon as it rests.');
    await seen(page, /Next try in (1 minute|59 seconds)/);
    expect(await page.getByRole('status').first().textContent()).toBe('Needs your attention');
  });

  test('a gap in the numbers makes the page take a new snapshot', async () => {
    const { page, backend } = await stage.show(content(Date.now(), { pairs: [documents] }));
    const before = backend.snapshotsTaken();
    backend.say({ seq: 1_000, body: { kind: 'overallChanged', overall: 'offline' } });
    await waitFor(() => backend.snapshotsTaken() > before);
    backend.change((now) => ({ ...now, overall: 'paused' }));
    await page.getByRole('heading', { level: 1, name: 'Paused' }).waitFor();
  });

  test('a repeated event changes nothing', async () => {
    const { page, backend } = await stage.show(content(Date.now(), { pairs: [documents] }));
    backend.change((now) => ({ ...now, overall: 'paused' }));
    await page.getByRole('heading', { level: 1, name: 'Paused' }).waitFor();
    backend.say({ seq: 1, body: { kind: 'overallChanged', overall: 'offline' } });
    backend.change((now) => ({ ...now, accounts: [{ ...account, personName: 'carol@example.com' }] }));
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Paused');
    await page.getByRole('tab', { name: 'Settings' }).click();
    await seen(page, /carol@example.com/);
    expect(backend.snapshotsTaken()).toBe(1);
  });

  test('a cut connection is said, and made good by itself with what happened meanwhile', async () => {
    const proxy = await startCuttableProxy();
    stage.onClear(proxy.close);
    const { page, backend } = await stage.show(content(Date.now(), { pairs: [documents] }), {
      look: { proxy: proxy.url },
    });
    proxy.cut();
    await seen(page, 'The connection to Driftless was lost. Trying again…');
    backend.change((now) => ({ ...now, overall: 'syncing' }));
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Everything is in sync');
    proxy.mend();
    await page.getByRole('heading', { level: 1, name: 'Syncing' }).waitFor();
    await page.getByText('The connection to Driftless was lost.').first().waitFor({ state: 'detached' });
  });

  test('when the server goes the page says so; a new server on the same port does not know the old tab', async () => {
    const first = await stage.show(content(Date.now(), { pairs: [documents] }));
    await first.stop();
    await seen(first.page, 'The connection to Driftless was lost. Trying again…');
    const second = await serve(stage.harness, content(Date.now()), { port: first.server.port });
    stage.onClear(second.stop);
    await seen(first.page, 'This page is closed');
  });

  test('the code is gone from the address at once; a reload or a second use of the link gets nothing', async () => {
    const { page, server, backend } = await stage.show(content(Date.now()));
    expect(page.url()).toBe(`http://127.0.0.1:${String(server.port)}/`);
    await page.reload();
    await seen(page, 'This page is closed');
    const again = await openPage(stage.harness, server.url);
    stage.onClear(() => again.context.close());
    await seen(again.page, 'This page is closed');
    expect(backend.snapshotsTaken()).toBe(1);
  });

  test('what an action answered leaves by itself, and a failure stays', async () => {
    const { page, backend } = await stage.show(content(Date.now()));
    await page.clock.install();
    const answers = page.locator('.answer-card');
    backend.failNext('syncNow', 'exchange-denied');
    await page.getByRole('button', { name: 'Sync now', exact: true }).click();
    await answers.getByText('Ask your administrator').waitFor();
    await page.clock.fastForward(60_000);
    expect(await answers.count()).toBe(1);
    await page.getByRole('button', { name: 'Sync now', exact: true }).click();
    await answers.getByText('Syncing now.').waitFor();
    await page.clock.fastForward(5_000);
    expect(await answers.count()).toBe(1);
    await page.clock.fastForward(1_500);
    await answers.waitFor({ state: 'detached' });
    // What is being read stays.
    await page.getByRole('button', { name: 'Sync now', exact: true }).click();
    await page.getByRole('button', { name: 'Dismiss' }).focus();
    await page.clock.fastForward(30_000);
    expect(await answers.count()).toBe(1);
  });

  test('the title of the page has the state, and the progress of a sync', async () => {
    const { page, backend } = await stage.showScene('syncing');
    await waitFor(async () => /^Syncing: [\d,]+ of [\d,]+ – Driftless$/u.test(await page.title()));
    const calm = content(Date.now());
    backend.change((now) => ({ ...now, overall: calm.overall, pairs: calm.pairs }));
    await waitFor(async () => (await page.title()) === 'Everything is in sync – Driftless');
    await page.reload();
    await seen(page, 'This page is closed');
    expect(await page.title()).toBe('Driftless');
  });

  test('nothing of the access is stored in the browser', async () => {
    const { page, context } = await stage.show(content(Date.now()));
    expect(await context.cookies()).toEqual([]);
    expect(await page.evaluate(() => localStorage.length + sessionStorage.length)).toBe(0);
  });

  test('a newer version that is out is named beside this one, and not before it is known', async () => {
    const { page, backend } = await stage.show(content(Date.now()));
    await page.getByRole('heading', { name: 'Everything is in sync' }).waitFor();
    const notice = page.locator('[data-notice="outdated"]');
    expect(await notice.count()).toBe(0);
    backend.change((now) => ({ ...now, newerVersion: '0.2.0' }));
    await notice.waitFor();
    expect(await notice.innerText()).toMatch(/out of date.*0\.2\.0 is out; this is 0\.1\.0/s);
  });

  test('an account that may talk without encryption says so on the page, and no other does', async () => {
    const { page, backend } = await stage.show(content(Date.now()));
    await page.getByRole('heading', { name: 'Everything is in sync' }).waitFor();
    expect(await page.getByText('without encryption').count()).toBe(0);
    backend.change((now) => ({
      ...now,
      accounts: now.accounts.map((account) => ({ ...account, development: true })),
    }));
    await page.getByText('services on this computer without encryption').first().waitFor();
  });

  test('hostile names are spelled out and run nothing', async () => {
    const { page, complaints } = await stage.show(hostile(Date.now()));
    await page.getByRole('button', { name: /^Review/ }).click();
    const shown = await page.getByRole('dialog').innerText();
    expect(shown).toContain('invoice\\u202Efdp.exe');
    expect(shown).toContain('<script>alert(1)</script>.html');
    expect(shown).toContain('tab\\u0009here\\u0007 and\\u000Aline');
    const everything = await page.evaluate(() => document.documentElement.outerHTML);
    expect(everything).not.toMatch(/[\u202a-\u202e\u2066-\u2069\u200b\u0007]/);
    expect(complaints).toEqual([]);
  });

  test.each(sampleOf(scenes).map(({ name }) => name))(
    '%s fits 320 pixels without scrolling sideways',
    async (name) => {
      const { page } = await stage.showScene(name, { width: 320, height: 640 });
      const widths = await page.evaluate(() => ({
        page: document.documentElement.scrollWidth,
        dialog: document.querySelector('dialog')?.scrollWidth ?? 0,
      }));
      expect(widths.page).toBeLessThanOrEqual(320);
      expect(widths.dialog).toBeLessThanOrEqual(320);
    },
  );
});
