// Selective sync: folders that are not synced here stay in the bucket, whatever becomes of their local copies (rule 30).
import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { choiceCommands } from '../../main/app/files/folder-choice.ts';
import { makeItemNames } from '../../main/app/files/item-names.ts';
import type { FolderEditor } from '../../main/app/setup/folder-commands.ts';
import type { PairRuntime } from '../../main/app/pair-runtime.ts';
import { makeInTurn } from '../../main/core/in-turn.ts';
import { SyncError } from '../../main/core/model/errors.ts';
import { relPath } from '../../main/core/model/path.ts';
import type { ContentId, OpId, RelPath } from '../../main/core/model/model.ts';
import { newIntent } from '../../main/sync/operations/journal.ts';
import { fitsInTrash, planLeaving, queueLeaving } from '../../main/sync/session/leaving.ts';
import { livePrefix, liveWorld } from '../support/live-pair.ts';

const files = ['Photos/a.jpg', 'Photos/2024/b.jpg', 'Photos/2024/c.jpg', 'Letters/d.txt'];

/** Two devices in sync; folders are excluded on `one` only. */
async function devices(onDiskStep: (name: string) => void = () => undefined) {
  const world = liveWorld();
  let excluded: readonly string[] = [];
  const one = world.add('one', { excluded: () => excluded, onDiskStep });
  const two = world.add('two');
  for (const path of files) one.disk.write(path, `bytes of ${path}`);
  for (const pair of [one, two]) {
    pair.start();
    await world.until(() => pair.engine.status().lastInSyncAtMs !== null, 120_000);
  }
  await world.until(() => files.every((path) => two.disk.read(path) !== null), 120_000);
  await world.pass(60_000);
  const keys = (): readonly string[] =>
    [...world.bucket.contents().keys()]
      .map((key) => key.slice(livePrefix.length))
      .filter((key) => !key.startsWith('.driftless/'))
      .sort();
  const here = (): readonly string[] => files.filter((path) => one.disk.read(path) !== null);
  const apply = async (now: readonly string[]): Promise<void> => {
    excluded = now;
    one.engine.restart();
    await world.pass(300_000);
  };
  /** As the app does it: the queue is written first, then the settings, then the pair opens again. */
  const choose = async (
    now: readonly string[],
    copies: 'keep' | 'trash',
    settingsTakeMs = 0,
  ): Promise<void> => {
    const fresh = now.filter((folder) => !excluded.includes(folder)).map(relPath);
    const planned = planLeaving(one, fresh);
    const choice = { before: excluded.map(relPath), after: now.map(relPath) };
    queueLeaving(one, choice, copies === 'trash' ? planned.leaving : []);
    await world.pass(settingsTakeMs);
    await apply(now);
  };
  /** The page's requests, with settings that take effect at once. */
  const commands = (mode = 'two-way') => {
    const runtime = (): PairRuntime =>
      ({
        config: { id: 'docs', ignore: ['Cache/'], exclude: excluded, caseSensitivity: 'sensitive', mode },
        engine: one.engine,
      }) as unknown as PairRuntime;
    const present = () => ({
      ...({ mode: 'two-way', ignore: ['Cache/'], exclude: excluded, placeName: null } as const),
      ...{ uploadLimit: null, downloadLimit: null },
    });
    const inTurn = makeInTurn();
    const change: FolderEditor['change'] = (_id, next) =>
      inTurn(async () => {
        const { exclude } = await next(present());
        if (exclude === undefined) return;
        excluded = exclude;
        one.engine.restart();
      });
    const editor = { change, read: () => Promise.resolve(present()) };
    return choiceCommands({ findPair: runtime, names: makeItemNames(), editor });
  };
  return { world, one, two, keys, here, apply, choose, commands };
}

const trashed = (pair: Awaited<ReturnType<typeof devices>>['one']): readonly string[] =>
  pair.store
    .trash()
    .filter(({ side }) => side === 'local')
    .map(({ path }) => path)
    .sort();

describe('a folder that is not synced here any more', () => {
  test('its copies stay if the user says so, and nothing leaves the bucket or the other device', async () => {
    const { world, two, keys, here, choose, one } = await devices();
    await choose(['Photos'], 'keep');
    expect(here()).toEqual(files);
    // What happens to them here matters to no other device.
    one.remove('Photos/a.jpg');
    one.write('Photos/new.jpg', 'only here');
    await world.pass(7_200_000);
    expect(keys()).toEqual([...files].sort());
    expect(files.filter((path) => two.disk.read(path) === null)).toEqual([]);
    expect(one.engine.status().guards).toEqual([]);
  });

  test('its copies go to the trash if the user says so; ticked again, they come back from the bucket', async () => {
    const { world, one, two, keys, here, choose } = await devices();
    await choose(['Photos'], 'trash');
    expect(here()).toEqual(['Letters/d.txt']);
    expect(one.disk.find('Photos')).toBeNull();
    expect(trashed(one)).toEqual(['Photos/2024/b.jpg', 'Photos/2024/c.jpg', 'Photos/a.jpg']);
    await world.pass(7_200_000);
    expect(keys()).toEqual([...files].sort());
    two.write('Photos/2024/b.jpg', 'edited there');
    await world.pass(120_000);
    expect(here()).toEqual(['Letters/d.txt']);
    await choose([], 'keep');
    expect(here()).toEqual(files);
    expect(one.disk.read('Photos/2024/b.jpg')).toBe('edited there');
    expect(keys()).toEqual([...files].sort());
  });

  test('a copy that the bucket does not have as it is here stays', async () => {
    const { one, here, choose } = await devices();
    // Not seen yet, and seen but not sent yet.
    one.disk.write('Photos/a.jpg', 'edited');
    one.store.record([{ kind: 'base', path: relPath('Photos/2024/b.jpg'), cell: null }]);
    expect(planLeaving(one, [relPath('Photos')])).toMatchObject({ files: 2, kept: 1 });
    await choose(['Photos'], 'trash');
    expect(here()).toEqual(['Photos/a.jpg', 'Photos/2024/b.jpg', 'Letters/d.txt']);
    expect(one.disk.read('Photos/a.jpg')).toBe('edited');
  });

  test('one inside a folder that stays: that one stays, with everything else in it', async () => {
    const { keys, here, choose } = await devices();
    await choose(['Photos/2024'], 'trash');
    expect(here()).toEqual(['Photos/a.jpg', 'Letters/d.txt']);
    expect(keys()).toEqual([...files].sort());
  });
});

test('a queue is not carried out for a folder that is synced again meanwhile, nor twice', async () => {
  const { world, one, keys, here, choose } = await devices();
  const { leaving } = planLeaving(one, [relPath('Photos')]);
  // As if the settings could not be written after the queue was.
  queueLeaving(one, { before: [], after: [relPath('Photos')] }, leaving);
  one.engine.restart();
  await world.pass(300_000);
  expect(here()).toEqual(files);
  await choose(['Photos'], 'keep');
  expect(here()).toEqual(files);
  expect(keys()).toEqual([...files].sort());
  expect(one.store.meta('leaving')).toBeNull();
});

test('copies stay if the user says so, also after a choice whose settings could not be written', async () => {
  const { one, keys, here, choose } = await devices();
  const { leaving } = planLeaving(one, [relPath('Photos')]);
  queueLeaving(one, { before: [], after: [relPath('Photos')] }, leaving);
  await choose(['Photos'], 'keep');
  expect(here()).toEqual(files);
  expect(keys()).toEqual([...files].sort());
});

test('a session that rests before the settings are written leaves the queue to the next one', async () => {
  const { here, keys, choose } = await devices();
  await choose(['Photos'], 'trash', 120_000);
  expect(here()).toEqual(['Letters/d.txt']);
  expect(keys()).toEqual([...files].sort());
});

test('a choice that is made while copies of another one move is carried out as well', async () => {
  let atCapture = (): void => undefined;
  const { one, here, apply, choose } = await devices((name) => {
    if (name === 'capture') atCapture();
  });
  const [photos, letters] = [relPath('Photos'), relPath('Letters')];
  atCapture = () => {
    atCapture = () => undefined;
    const { leaving } = planLeaving(one, [letters]);
    queueLeaving(one, { before: [photos], after: [letters, photos] }, leaving);
  };
  await choose([photos], 'trash');
  await apply([letters, photos]);
  expect(here()).toEqual([]);
  expect(one.store.metaKeys('leaving')).toEqual([]);
});

test('a folder that is only here is not sent when another one beside it is synced again', async () => {
  const { world, one, keys, choose, commands } = await devices();
  await choose(['Photos'], 'keep');
  one.disk.write('Photos/private/x.txt', 'never meant for the bucket');
  const page = commands();
  const { signal } = new AbortController();
  const idOf = async (name: string, folderId: string | null): Promise<string> => {
    const listed = await page.listFolders({ pairId: 'docs', folderId }, signal);
    return listed.ok ? (listed.value.folders.find((folder) => folder.name === name)?.id ?? '') : '';
  };
  const back = [{ folderId: await idOf('2024', await idOf('Photos', null)), isIn: true }];
  await page.chooseFolders({ pairId: 'docs', choices: back, copies: 'keep' }, signal);
  await world.pass(300_000);
  expect(keys()).toEqual([...files].sort());
});

test('copies that the disk does not let go stay, and the pair continues', async () => {
  const { world, one, two, keys, here, choose } = await devices((name) => {
    if (name === 'capture' || name === 'removeFolder')
      throw new SyncError({ code: 'local-denied', retry: 'slow', scope: 'item' });
  });
  await choose(['Photos'], 'trash');
  expect(here()).toEqual(files);
  expect([one.store.meta('leaving'), one.store.intents()]).toEqual([null, []]);
  expect([one.engine.status().failure, one.engine.status().activity]).toEqual([null, 'idle']);
  two.write('Letters/new.txt', 'from there');
  await world.pass(60_000);
  expect(one.disk.read('Letters/new.txt')).toBe('from there');
  expect(keys()).toEqual([...files, 'Letters/new.txt'].sort());
});

test('after a crash in the middle the copies go all the same, and nothing of them is sent', async () => {
  let left = 2;
  const { world, keys, here, choose } = await devices((name) => {
    if (name === 'capture' && (left -= 1) === 0) throw new Error('the process ends here');
  });
  const before = keys();
  await choose(['Photos'], 'trash');
  await world.pass(600_000);
  expect(left).toBeLessThan(0);
  expect(here()).toEqual(['Letters/d.txt']);
  expect(keys()).toEqual(before);
});

test('an open intent for a file in an excluded folder does not send that file', async () => {
  const { world, one, keys, choose } = await devices();
  await choose(['Photos'], 'keep');
  const context = one.context();
  const path: RelPath = relPath('Photos/only-here.jpg');
  one.disk.write(path, 'never sent');
  const intent = newIntent(context, { kind: 'remove-local', path, content: 'x' as ContentId });
  one.store.record([{ kind: 'intent', intent: { ...intent, id: 'f'.repeat(32) as OpId } }]);
  one.engine.restart();
  await world.pass(7_200_000);
  expect(keys()).toEqual([...files].sort());
});

test('the page chooses by id, level by level, also below what is left out', async () => {
  const { world, two, here, keys, commands } = await devices();
  const page = commands();
  const { signal } = new AbortController();
  const level = async (folderId: string | null) => {
    const listed = await page.listFolders({ pairId: 'docs', folderId }, signal);
    if (!listed.ok) throw new Error(listed.error.code);
    return listed.value.folders;
  };
  const standings = async (folderId: string | null) =>
    (await level(folderId)).map(({ name, standing }) => [name, standing]);
  const idOf = async (name: string, folderId: string | null = null): Promise<string> =>
    (await level(folderId)).find((one) => one.name === name)?.id ?? '';
  two.write('Cache/x', 'left out by a rule');
  two.write('Photos/2023/e.jpg', 'of another year');
  await world.pass(120_000);
  expect(await standings(null)).toEqual([
    ['Letters', 'in'],
    ['Photos', 'in'],
  ]);
  const photos = await idOf('Photos');
  const out = [{ folderId: photos, isIn: false }];
  expect(await page.chooseFolders({ pairId: 'docs', choices: out, copies: 'trash' }, signal)).toEqual({
    ok: true,
    value: { leaving: 4, kept: 0 },
  });
  await world.pass(300_000);
  expect(here()).toEqual(['Letters/d.txt']);
  expect(await standings(null)).toEqual([
    ['Letters', 'in'],
    ['Photos', 'out'],
  ]);
  // Nothing is on record there: the bucket is asked.
  expect(await standings(photos)).toEqual([
    ['2023', 'out'],
    ['2024', 'out'],
  ]);
  const back = [{ folderId: await idOf('2024', photos), isIn: true }];
  await page.chooseFolders({ pairId: 'docs', choices: back, copies: 'keep' }, signal);
  await world.pass(300_000);
  expect(here()).toEqual(files);
  expect(await standings(photos)).toEqual([
    ['2023', 'out'],
    ['2024', 'in'],
  ]);
  expect(keys()).toEqual([...files, 'Cache/x', 'Photos/2023/e.jpg'].sort());
});

test('two choices at once both hold', async () => {
  const { world, here, keys, commands } = await devices();
  const page = commands();
  const { signal } = new AbortController();
  const listed = await page.listFolders({ pairId: 'docs', folderId: null }, signal);
  const ids = listed.ok ? listed.value.folders.map(({ id }) => id) : [];
  const chosen = ids.map((folderId) =>
    page.chooseFolders({ pairId: 'docs', choices: [{ folderId, isIn: false }], copies: 'trash' }, signal),
  );
  const both = Promise.all(chosen);
  const later = async (): Promise<null> => {
    await world.pass(1000);
    return setTimeout(10, null);
  };
  while ((await Promise.race([both, later()])) === null);
  expect(await both).toMatchObject([{ value: { leaving: 1 } }, { value: { leaving: 3 } }]);
  await world.pass(300_000);
  expect([here(), keys()]).toEqual([[], [...files].sort()]);
});

test('an upload-only folder keeps its copies, and a pair that is not open is not changed', async () => {
  const { world, one, here, commands } = await devices();
  const page = commands();
  const { signal } = new AbortController();
  const listed = await page.listFolders({ pairId: 'docs', folderId: null }, signal);
  const folderId = listed.ok ? (listed.value.folders[1]?.id ?? '') : '';
  const wanted = { pairId: 'docs', choices: [{ folderId, isIn: false }], copies: 'trash' } as const;
  const unknown = { ...wanted, choices: [{ folderId: 'Photos', isIn: false }] };
  expect(await page.chooseFolders(unknown, signal)).toMatchObject({ error: { code: 'unknown-file' } });
  one.engine.pause();
  await world.until(() => one.engine.status().phase === 'paused', 5000);
  expect(await page.chooseFolders(wanted, signal)).toMatchObject({ error: { code: 'pair-not-running' } });
  expect(here()).toEqual(files);
});

test('a queue that the trash cannot take is refused before anything is done', async () => {
  const { one } = await devices();
  expect(await fitsInTrash(one.context(), 1000)).toBe(true);
  expect(await fitsInTrash(one.context(), Number.MAX_SAFE_INTEGER)).toBe(false);
});

test('what an earlier choice has queued counts before the next one is taken', async () => {
  const { one } = await devices();
  const status = await one.context().files.rootStatus();
  const totalBytes = status.kind === 'ok' ? (status.totalBytes ?? 0) : 0;
  const almostAll = Math.floor(totalBytes / 10) - 1000;
  expect(await fitsInTrash(one.context(), almostAll)).toBe(true);
  const folder = relPath('Photos');
  const [first] = planLeaving(one, [folder]).leaving;
  if (first === undefined) throw new Error('nothing to leave');
  queueLeaving(one, { before: [folder], after: [folder] }, [{ ...first, sizeBytes: almostAll }]);
  expect(await fitsInTrash(one.context(), 500)).toBe(true);
  expect(await fitsInTrash(one.context(), 2000)).toBe(false);
  // Copies that stay where they are need no room, however full the trash is.
  queueLeaving(one, { before: [folder], after: [folder] }, [{ ...first, sizeBytes: 2 * almostAll }]);
  expect(await fitsInTrash(one.context(), 0)).toBe(true);
});
