// Folders managed on the page, by mouse and keyboard: added with a preview, changed, removed.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { skipUnless } from '../support/skip.ts';
import { waitFor } from '../support/wait-for.ts';
import { added, firstPlan } from './plan-scenes.ts';
import { chromiumProgram, startStage } from './page-harness.ts';
import type { Stage } from './page-harness.ts';
import { wideLevel } from './choice-scenes.ts';
import { act } from './scene-steps.ts';
import { content, desktop, sceneOf } from './scenes.ts';

describe('managing folders', skipUnless(chromiumProgram !== null, 'chromium is not installed'), () => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await startStage();
  });
  afterEach(() => stage.clear());
  afterAll(() => stage.close());

  test('adding opens the dialog of main, then shows what would happen, and starts only when told', async () => {
    const { page, backend, complaints } = await stage.show(desktop(Date.now()), {
      answers: { plan: firstPlan },
    });
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

  test('a new folder that is left paused says why on its card, and offers the preview until it is started', async () => {
    const { page, backend, complaints } = await stage.show(added(desktop(Date.now())), {
      answers: { plan: firstPlan },
    });
    const offer = page.getByRole('button', { name: 'Preview the first sync: ~/Documents' });
    const dialog = page.getByRole('dialog', { name: 'Before the first sync' });
    await page.getByRole('heading', { level: 1, name: 'Ready to start' }).waitFor();
    await page.getByText('Not started yet').waitFor();
    await page.getByText('Nothing has been synced here yet.').waitFor();
    // The preview has the only start.
    expect(await page.getByRole('button', { name: /^Resume/ }).count()).toBe(0);
    await offer.click();
    await dialog.getByText('12 only here: uploaded').waitFor();
    await dialog.getByRole('button', { name: 'Keep paused' }).click();
    await dialog.waitFor({ state: 'detached' });
    await offer.click();
    await dialog.getByRole('button', { name: 'Start syncing' }).click();
    await dialog.waitFor({ state: 'detached' });
    expect(backend.calls.map(({ name }) => name)).toEqual(['plan', 'plan', 'resume']);
    expect(complaints).toEqual([]);
  });

  test('a first preview with nothing to decide starts by itself; a later one only says so', async () => {
    const same = { ...firstPlan, ops: [], opsTotal: 0, isIdentical: true };
    const { page, backend, complaints } = await stage.show(added(desktop(Date.now())), {
      answers: { plan: same },
    });
    await page.getByRole('button', { name: 'Preview the first sync: ~/Documents' }).click();
    await page.getByText('~/Documents is the same on both sides: syncing has started.').waitFor();
    expect(await page.getByRole('dialog').count()).toBe(0);
    expect(backend.calls.map(({ name }) => name)).toEqual(['plan', 'resume']);
    backend.change(() => desktop(Date.now()));
    await page.getByRole('button', { name: 'More: ~/Documents' }).click();
    await page.getByRole('menuitem', { name: 'Preview' }).click();
    await page.getByText('Nothing to do: both sides are identical.').waitFor();
    expect(backend.calls.map(({ name }) => name)).toEqual(['plan', 'resume', 'plan']);
    expect(complaints).toEqual([]);
  });

  test('a start that is refused leaves the first preview open, with its button', async () => {
    const same = { ...firstPlan, ops: [], opsTotal: 0, isIdentical: true };
    const { page, backend } = await stage.show(added(desktop(Date.now())), { answers: { plan: same } });
    backend.failNext('resume', 'unknown-pair');
    await page.getByRole('button', { name: 'Preview the first sync: ~/Documents' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Start syncing' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(backend.calls.map(({ name }) => name)).toEqual(['plan', 'resume', 'resume']);
  });

  test.each([
    ['was in sync before', { lastInSyncAtMs: 1 }],
    ['has files of an older version', { counts: { files: 3, folders: 0, bytes: 9 } }],
    ['is paused for an hour', { pausedUntilMs: 4_000_000_000_000 }],
    ['is paused on battery', { pausedBy: 'battery' }],
    ['has no sign-in', {}],
  ] as const)('no first preview is offered where a paused folder %s', async (why, changes) => {
    const usual = added(desktop(Date.now()));
    const pairs = usual.pairs.map((pair) => ({ ...pair, ...changes }));
    const state = why === 'has no sign-in' ? 'needs-sign-in' : 'signed-in';
    const accounts = usual.accounts.map((account) => ({ ...account, state }) as const);
    const { page } = await stage.show({ ...usual, pairs, accounts });
    await page.getByRole('heading', { name: '~/Documents' }).waitFor();
    expect(await page.getByRole('button', { name: /^Preview the first sync/ }).count()).toBe(0);
  });

  test('before the first sign-in the card of a new folder says what it waits for', async () => {
    const { page, complaints } = await stage.showScene('first-sync-signed-out');
    await page.getByText('The first sync begins once you have signed in').waitFor();
    await page.getByText('Not started yet').waitFor();
    expect(await page.getByRole('button', { name: /^(Preview the first|Resume)/ }).count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  test('a refusal stays in the dialog, with its reason', async () => {
    const { page, backend } = await stage.show(desktop(Date.now()));
    backend.failNext('addFolder', 'place-taken');
    await page.getByRole('button', { name: 'Add folder' }).click();
    await page.getByRole('button', { name: 'Choose folder…' }).click();
    await page
      .getByRole('dialog')
      .getByText(/^Another folder holds all of/)
      .waitFor();
    // Once: not behind the dialog as well.
    expect(await page.getByText(/^Another folder holds all of/).count()).toBe(1);
    expect(await page.locator('.page > .answer').textContent()).toBe('');
  });

  test('on a narrow page an answer has the whole width, above its button', async () => {
    const { page, backend } = await stage.show(desktop(Date.now()), { look: { width: 360 } });
    backend.failNext('addFolder', 'place-held', { pairId: 'docs', folder: '~/Documents' });
    await page.getByRole('button', { name: 'Add folder' }).click();
    await page.getByRole('button', { name: 'Choose folder…' }).click();
    const text = await page.locator('.answer-card p').boundingBox();
    const button = await page.locator('.answer-card .button').boundingBox();
    if (text === null || button === null) throw new Error('no answer is shown');
    expect(text.width).toBeGreaterThan(230);
    expect(button.y).toBeGreaterThanOrEqual(text.y + text.height);
  });

  test('where one folder holds everything, the refusal names it, says what to do and leads there', async () => {
    const { page, backend } = await stage.show(desktop(Date.now()));
    backend.failNext('addFolder', 'place-held', { pairId: 'docs', folder: '~/Documents' });
    await page.getByRole('button', { name: 'Add folder' }).click();
    await page.getByRole('button', { name: 'Choose folder…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Add a folder' });
    await dialog
      .getByText(/^~\/Documents already holds all of .* Move the new folder into ~\/Documents/)
      .waitFor();
    await dialog.getByRole('button', { name: 'Open folder: ~/Documents' }).click();
    await waitFor(() => backend.calls.some(({ name }) => name === 'revealFolder'));
    await dialog.getByRole('button', { name: 'Stop syncing this folder: ~/Documents' }).click();
    await page.getByRole('dialog', { name: 'Stop syncing this folder?' }).waitFor();
  });

  test('on loopback a path is typed; without named folders nothing can be added', async () => {
    const usual = content(Date.now());
    const open = { ...usual, setup: { ...usual.setup, folderRoots: ['/srv'] } };
    const { page, backend } = await stage.show(open);
    await page.getByRole('button', { name: 'Add folder' }).click();
    await page.getByLabel('Folder on this computer').fill('/srv/photos');
    await page.keyboard.press('Enter');
    await waitFor(() => backend.calls.length > 0);
    expect(backend.calls[0]).toEqual({
      name: 'addFolder',
      input: { accountId: 'work', folder: '/srv/photos', mode: 'two-way' },
    });
    const closed = await stage.show({ ...usual, setup: { ...usual.setup, folderRoots: [] } });
    expect(await closed.page.getByRole('button', { name: 'Add folder' }).count()).toBe(0);
  });

  test('settings are shown as they are and sent as they were changed', async () => {
    const { page, backend } = await stage.showScene('folder-settings');
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

  test('settings that were not touched keep their value: limits to the byte, rules with their spaces', async () => {
    const scene = sceneOf('folder-settings');
    const folder = {
      mode: 'two-way',
      ignore: ['ends with a space\\ ', '*.tmp'],
      uploadLimit: 1_234_567,
      downloadLimit: 1500,
      place: null,
    } as const;
    const { page, backend } = await stage.show(scene.content(Date.now()), { answers: { folder } });
    await act(page, scene);
    const dialog = page.getByRole('dialog', { name: 'Folder settings' });
    await dialog.getByLabel('Direction').selectOption('Upload only');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.waitFor({ state: 'detached' });
    expect(backend.calls.at(-1)).toEqual({
      name: 'changeFolder',
      input: { pairId: 'docs', mode: 'upload-only' },
    });
  });

  test('the place in the bucket is changed by keyboard, after the page has said what happens, and ends in the preview', async () => {
    const { page, backend, complaints } = await stage.showScene('move-place');
    const dialog = page.getByRole('dialog', { name: 'Another place in the bucket' });
    await dialog.getByText(/^Nothing is deleted\..* company-files\/users\/alice\/Documents stays/u).waitFor();
    const field = dialog.getByLabel('Folder in the bucket');
    expect(await field.inputValue()).toBe('Documents');
    backend.failNext('movePlace', 'place-overlaps');
    await field.fill('Photos');
    await field.press('Enter');
    await page.getByText(/^Another folder is synced with this place/u).waitFor();
    await field.fill('/Archive/2026/');
    await field.press('Enter');
    await page.getByRole('dialog', { name: 'Before the first sync' }).waitFor();
    expect(backend.calls.filter(({ name }) => name === 'movePlace').map(({ input }) => input)).toEqual([
      { pairId: 'docs', name: 'Photos' },
      { pairId: 'docs', name: 'Archive/2026' },
    ]);
    expect(complaints).toEqual([]);
  });

  test('a place that an administrator has set is shown, and cannot be changed', async () => {
    const scene = sceneOf('folder-settings');
    const folder = {
      mode: 'two-way',
      ignore: [],
      uploadLimit: null,
      downloadLimit: null,
      place: null,
    } as const;
    const { page } = await stage.show(scene.content(Date.now()), { answers: { folder } });
    await act(page, scene);
    await page.getByText('Set by your administrator.').waitFor();
    expect(await page.getByRole('button', { name: 'Change…' }).count()).toBe(0);
  });

  test('a name is tested by keyboard, the answer names the rule, and the settings stay unsaved', async () => {
    const { page, backend, complaints } = await stage.showScene('folder-settings');
    const verdict = { isSynced: false, rule: 'build/', source: 'settings', folder: 'src/build' } as const;
    backend.answerNext('testIgnore', verdict);
    const dialog = page.getByRole('dialog', { name: 'Folder settings' });
    await dialog.getByLabel('Would this name be synced?').fill('src/build/a.o');
    await page.keyboard.press('Enter');
    await dialog
      .getByText(
        'src/build/a.o is left out with its folder src/build by “build/” (a rule of these settings).',
        { exact: true },
      )
      .waitFor();
    expect(backend.calls.at(-1)).toEqual({
      name: 'testIgnore',
      input: { pairId: 'docs', name: 'src/build/a.o' },
    });
    await dialog.getByLabel('Would this name be synced?').fill('/etc/passwd');
    await dialog.getByRole('button', { name: 'Test' }).click();
    await dialog.getByText(/^Type a name inside this folder/).waitFor();
    // The contract refused it: main was not asked again.
    expect(backend.calls.filter(({ name }) => name === 'testIgnore')).toHaveLength(1);
    await dialog.getByLabel('Would this name be synced?').fill('notes.txt');
    backend.change((now) => ({ ...now, settings: { ...now.settings, language: 'de' } }));
    await page.getByRole('button', { name: 'Prüfen' }).click();
    await page.getByText('notes.txt wird synchronisiert: Keine Regel trifft zu.').waitFor();
    expect(complaints).toEqual([]);
  });

  test('a choice of folders that moves no file says nothing about deleted files', async () => {
    const { page, backend } = await stage.showScene('choose-folders');
    const dialog = page.getByRole('dialog', { name: 'Folders on this computer' });
    await dialog.getByLabel('Move them to this folder’s deleted files').check();
    backend.answerNext('chooseFolders', { leaving: 0, kept: 0 });
    await dialog.getByRole('button', { name: 'Save' }).press('Enter');
    await page.getByText('Your choice is in use.', { exact: true }).waitFor();
  });

  test('folders are chosen by keyboard: moved to, opened, unticked and ticked, and sent by id', async () => {
    const scene = sceneOf('choose-folders');
    const { page, backend, complaints } = await stage.show(scene.content(Date.now()), {
      answers: scene.answers?.(Date.now()),
    });
    await act(page, { menu: 'More: ~/Documents', open: 'Choose folders' });
    const dialog = page.getByRole('dialog', { name: 'Folders on this computer' });
    const row = (name: string) => dialog.getByRole('treeitem', { name, exact: true });
    await row('Archive').focus();
    expect(await dialog.getByRole('button', { name: 'Save' }).count()).toBe(0);
    for (const key of ['ArrowDown', 'ArrowDown', 'ArrowRight']) await page.keyboard.press(key);
    await row('2024').waitFor();
    expect(await row('Photographs').getAttribute('aria-checked')).toBe('mixed');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Space');
    expect(await row('2022').getAttribute('aria-checked')).toBe('true');
    // Back to the folder above, which closes; then unticked with all that is inside.
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('ArrowLeft');
    await row('2022').waitFor({ state: 'detached' });
    await page.keyboard.press('Space');
    await page.keyboard.press('Space');
    expect(await row('Photographs').getAttribute('aria-checked')).toBe('false');
    await dialog.getByLabel('Move them to this folder’s deleted files').check();
    backend.answerNext('chooseFolders', { leaving: 3, kept: 0 });
    await dialog.getByRole('button', { name: 'Save' }).press('Enter');
    await page.getByText('Your choice is in use. 3 files move to the deleted files.').waitFor();
    expect(backend.calls.at(-1)).toEqual({
      name: 'chooseFolders',
      input: { pairId: 'docs', choices: [{ folderId: 'in-Photographs', isIn: false }], copies: 'trash' },
    });
    expect(complaints).toEqual([]);
  });

  test('ten thousand folders of one level: few are drawn, and the keyboard reaches the last', async () => {
    const scene = sceneOf('choose-folders');
    const { page } = await stage.show(scene.content(Date.now()), { answers: { levels: { '': wideLevel } } });
    await act(page, { menu: 'More: ~/Documents', open: 'Choose folders' });
    const dialog = page.getByRole('dialog', { name: 'Folders on this computer' });
    await dialog.getByText('One of these folders has more folders inside than are shown.').waitFor();
    await dialog.getByRole('treeitem').first().focus();
    await page.keyboard.press('End');
    await dialog.getByRole('treeitem', { name: 'folder 09999' }).and(page.locator(':focus')).waitFor();
    expect(await dialog.getByRole('treeitem').count()).toBeLessThan(60);
  });

  test('a level that cannot be loaded says why and can be opened again', async () => {
    const scene = sceneOf('choose-folders');
    const { page, backend } = await stage.show(scene.content(Date.now()), {
      answers: scene.answers?.(Date.now()),
    });
    await act(page, { menu: 'More: ~/Documents', open: 'Choose folders' });
    const row = page.getByRole('treeitem', { name: 'Projects' });
    backend.failNext('listFolders', 'internal');
    await row.press('ArrowRight');
    await page
      .getByRole('dialog')
      .getByText(/^Something went wrong inside/)
      .waitFor();
    await row.press('ArrowRight');
    await page.getByRole('treeitem', { name: 'Harbour' }).waitFor();
  });

  test('removing says that the files stay, and happens only after a second press', async () => {
    const { page, backend } = await stage.showScene('remove-folder');
    await page.getByText('Its files stay on this computer and in the bucket.').waitFor();
    expect(backend.calls).toEqual([]);
    await page.getByRole('button', { name: 'Stop syncing', exact: true }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(backend.calls).toEqual([{ name: 'removeFolder', input: { pairId: 'docs' } }]);
  });
});
