// Folders managed on the page, by mouse and keyboard: added with a preview, changed, removed.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { PlanView } from '../../preload/contract.ts';
import type { Answers } from '../fakes/scripted-backend.ts';
import { skipUnless } from '../support/skip.ts';
import { waitFor } from '../support/wait-for.ts';
import { chromiumProgram, openPage, serve, startHarness } from './page-harness.ts';
import type { Harness, Opened, Served } from './page-harness.ts';
import { act } from './scene-steps.ts';
import { content, desktop, scenes } from './scenes.ts';

const firstPlan: PlanView = {
  pairId: 'docs',
  ops: [{ op: 'upload', path: 'a.txt', from: null, reason: 'new-local', bytes: 5 }],
  opsTotal: 1,
  counts: {
    uploads: 12,
    downloads: 3,
    moves: 0,
    removesLocal: 0,
    removesRemote: 0,
    conflicts: 2,
    bytesUp: 5,
    bytesDown: 0,
  },
  guards: [],
};

describe('managing folders', skipUnless(chromiumProgram !== null, 'chromium is not installed'), () => {
  let harness: Harness;
  const cleanUps: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    harness = await startHarness();
  });
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
  });
  afterAll(async () => {
    await harness.close();
  });

  async function show(shown = desktop(Date.now()), answers: Answers = {}): Promise<Served & Opened> {
    const served = await serve(harness, shown, { answers });
    cleanUps.push(served.stop);
    const opened = await openPage(harness, served.server.url);
    cleanUps.push(() => opened.context.close());
    await opened.page.locator('.page').waitFor();
    return { ...served, ...opened };
  }

  test('adding opens the dialog of main, then shows what would happen, and starts only when told', async () => {
    const { page, backend, complaints } = await show(undefined, { plan: firstPlan });
    await page.getByRole('button', { name: 'Add folder' }).click();
    await page.getByLabel('Direction').selectOption('Upload only');
    await page.getByRole('button', { name: 'Choose folder…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Before the first sync' });
    await dialog.getByText('12 only here: uploaded').waitFor();
    await dialog.getByText('3 only in the bucket: downloaded').waitFor();
    await dialog.getByText('2 differ: both kept').waitFor();
    await dialog.getByText('Nothing is deleted on either side.').waitFor();
    expect(backend.calls).toEqual([
      { name: 'addFolder', input: { accountId: 'work', folder: null, mode: 'upload-only' } },
      { name: 'plan', input: { pairId: 'docs' } },
    ]);
    await dialog.getByRole('button', { name: 'Start syncing' }).click();
    await dialog.waitFor({ state: 'detached' });
    expect(backend.calls.at(-1)).toEqual({ name: 'resume', input: { pairId: 'docs' } });
    expect(complaints).toEqual([]);
  });

  test('a refusal stays in the dialog, with its reason', async () => {
    const { page, backend } = await show();
    backend.failNext('addFolder', 'place-taken');
    await page.getByRole('button', { name: 'Add folder' }).click();
    await page.getByRole('button', { name: 'Choose folder…' }).click();
    await page
      .getByRole('dialog')
      .getByText(/^Another folder holds all of/)
      .waitFor();
  });

  test('on loopback a path is typed; without named folders nothing can be added', async () => {
    const usual = content(Date.now());
    const open = { ...usual, setup: { ...usual.setup, folderRoots: ['/srv'] } };
    const { page, backend } = await show(open);
    await page.getByRole('button', { name: 'Add folder' }).click();
    await page.getByLabel('Folder on this computer').fill('/srv/photos');
    await page.keyboard.press('Enter');
    await waitFor(() => backend.calls.length > 0);
    expect(backend.calls[0]).toEqual({
      name: 'addFolder',
      input: { accountId: 'work', folder: '/srv/photos', mode: 'two-way' },
    });
    const closed = await show({ ...usual, setup: { ...usual.setup, folderRoots: [] } });
    expect(await closed.page.getByRole('button', { name: 'Add folder' }).count()).toBe(0);
  });

  test('settings are shown as they are and sent as they were changed', async () => {
    const scene = scenes.find(({ name }) => name === 'folder-settings');
    if (scene === undefined) throw new Error('no such scene');
    const { page, backend } = await show(scene.content(Date.now()), scene.answers?.(0));
    await act(page, scene);
    const dialog = page.getByRole('dialog', { name: 'Folder settings' });
    expect(await dialog.getByLabel('Upload limit (kB/s)').inputValue()).toBe('2000');
    await dialog.getByLabel('Leave out').fill('*.tmp\n\n  *.iso ');
    await dialog.getByLabel('Upload limit (kB/s)').fill('');
    await dialog.getByLabel('Download limit (kB/s)').fill('500');
    await dialog.getByLabel('Direction').selectOption('Download only');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.waitFor({ state: 'detached' });
    expect(backend.calls.at(-1)).toEqual({
      name: 'changeFolder',
      input: {
        pairId: 'docs',
        mode: 'download-only',
        ignore: ['*.tmp', '*.iso'],
        uploadLimit: null,
        downloadLimit: 500_000,
      },
    });
  });

  test('removing says that the files stay, and happens only after a second press', async () => {
    const scene = scenes.find(({ name }) => name === 'remove-folder');
    if (scene === undefined) throw new Error('no such scene');
    const { page, backend } = await show(scene.content(Date.now()));
    await act(page, scene);
    await page.getByText('Its files stay on this computer and in the bucket.').waitFor();
    expect(backend.calls).toEqual([]);
    await page.getByRole('button', { name: 'Stop syncing', exact: true }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(backend.calls).toEqual([{ name: 'removeFolder', input: { pairId: 'docs' } }]);
  });
});
