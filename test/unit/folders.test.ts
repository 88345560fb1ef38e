// Folders added, changed and removed while the app runs: where a new one goes, and who may name its path.
import { describe, expect, test, vi } from 'vitest';
import { folderCommands } from '../../main/app/setup/folder-commands.ts';
import type { FolderEditor, FolderParts } from '../../main/app/setup/folder-commands.ts';
import type { PairRuntime } from '../../main/app/pair-runtime.ts';
import { makeRegistry } from '../../main/app/registry.ts';
import { movedPrefix, placeBeside, splitPlace } from '../../main/core/config/beside.ts';
import { SyncError } from '../../main/core/model/errors.ts';

const { signal } = new AbortController();

describe('the place of a further folder', () => {
  test.each([
    ['users/{sub}/Documents/', 'users/{sub}/Photos/'],
    ['{tag:team}/{sub}/a/', '{tag:team}/{sub}/Photos/'],
    ['team/docs/', 'team/Photos/'],
    ['docs/', 'Photos/'],
  ])('beside %s is %s', (prefix, place) => {
    expect(placeBeside([{ bucket: 'b', prefix }], 'Photos')).toEqual({ bucket: 'b', prefix: place });
  });

  test.each([[''], ['users/{sub}/'], ['{sub}/']])('nothing is left beside %j', (prefix) => {
    expect(placeBeside([{ bucket: 'b', prefix }], 'Photos')).toBeNull();
  });

  test('the name is composed, as every name in the bucket is', () => {
    expect(placeBeside([{ bucket: 'b', prefix: 'a/' }], 'Gru\u0308n')?.prefix).toBe('Gr\u00fcn/');
  });
});

describe('another place of a folder', () => {
  test.each([
    ['users/{sub}/docs/', 'users/{sub}/', 'docs'],
    ['users/{sub}/docs/2026/', 'users/{sub}/', 'docs/2026'],
    ['users/{sub}/', 'users/{sub}/', ''],
    ['{tag:team}/{sub}-files/a/', '{tag:team}/{sub}-files/', 'a'],
    ['team/docs/', 'team/', 'docs'],
    ['', '', ''],
  ])('of %j only what is below %j may change', (prefix, above, name) => {
    expect(splitPlace(prefix)).toEqual({ above, name });
  });

  test.each([
    ['users/{sub}/docs/', 'Gru\u0308n/2026', 'users/{sub}/Gr\u00fcn/2026/'],
    ['users/{sub}/', 'docs', 'users/{sub}/docs/'],
    ['users/{sub}/docs/', '', 'users/{sub}/'],
    // Without a user in it, the whole of what is above may be everybody's.
    ['team/docs/', '', null],
    ['users/{sub}/docs/', '../bob', null],
    ['users/{sub}/docs/', 'a//b', null],
    ['users/{sub}/docs/', 'a/', null],
    ['users/{sub}/docs/', '{sub}', null],
    ['users/{sub}/docs/', 'a\nb', null],
    ['users/{sub}/docs/', '.driftless', null],
    ['users/{sub}/docs/', 'x'.repeat(1025), null],
  ])('%j moved to %j is %j', (prefix, name, moved) => {
    expect(movedPrefix(prefix, name)).toBe(moved);
  });
});

function commands(parts: Partial<FolderParts> = {}, edits: Partial<FolderEditor> = {}) {
  const added: unknown[] = [];
  const editor: FolderEditor = {
    suggestFolder: () => Promise.resolve('/home/alice/Driftless'),
    add: (folder) => {
      added.push(folder);
      return Promise.resolve('photos');
    },
    read: () => Promise.reject(new Error('not asked')),
    change: () => Promise.resolve(),
    move: () => Promise.reject(new Error('not asked')),
    remove: () => Promise.resolve(),
    ...edits,
  };
  const known = {
    config: { id: 'docs', folder: '/home/alice/Docs' },
    remoteLabel: () => 'files/users/alice/docs/',
  } as PairRuntime;
  const made = folderCommands({ dialogs: null, folderRoots: [], editor, ...parts }, (id) =>
    id === 'docs' ? known : undefined,
  );
  return { added, ...made };
}

const declining = () => Promise.resolve(false);
const wanted = { accountId: 'work', mode: 'two-way' } as const;

describe('adding a folder', () => {
  test('on the desktop the path comes from the dialog of main, and from nowhere else', async () => {
    const chooseFolder = vi.fn(() => Promise.resolve('/home/alice/Photos'));
    const { addFolder, added } = commands({ dialogs: { chooseFolder, confirmPlace: declining } });
    expect(await addFolder({ ...wanted, folder: '/etc' }, signal)).toMatchObject({
      ok: false,
      error: { code: 'not-supported' },
    });
    expect(await addFolder({ ...wanted, folder: null }, signal)).toEqual({
      ok: true,
      value: { pairId: 'photos' },
    });
    expect(chooseFolder).toHaveBeenCalledExactlyOnceWith('/home/alice/Driftless');
    expect(added).toEqual([{ ...wanted, folder: '/home/alice/Photos' }]);
  });

  test('a dialog that is cancelled adds nothing', async () => {
    const { addFolder, added } = commands({
      dialogs: { chooseFolder: () => Promise.resolve(null), confirmPlace: declining },
    });
    expect(await addFolder({ ...wanted, folder: null }, signal)).toEqual({ ok: true, value: null });
    expect(added).toEqual([]);
  });

  test('on loopback a path is typed, if the command line named folders', async () => {
    expect(await commands().addFolder({ ...wanted, folder: '/srv/a' }, signal)).toMatchObject({ ok: false });
    const open = commands({ folderRoots: ['/srv'] });
    expect(await open.addFolder({ ...wanted, folder: null }, signal)).toMatchObject({ ok: false });
    expect(await open.addFolder({ ...wanted, folder: '/srv/a' }, signal)).toMatchObject({ ok: true });
    expect(open.added).toEqual([{ ...wanted, folder: '/srv/a' }]);
  });

  test('what the settings refuse is an answer, with a reason', async () => {
    const refuse = (message: string, field: string) => () =>
      Promise.reject(
        new SyncError({
          code: 'config-invalid',
          retry: 'slow',
          scope: 'account',
          message,
          fields: { field },
        }),
      );
    const add = refuse('config.json: pairs[1].folder overlaps that of the pair "docs"', 'pairs[1].folder');
    const answer = await commands({ folderRoots: ['/srv'] }, { add }).addFolder(
      { ...wanted, folder: '/srv/a' },
      signal,
    );
    expect(answer).toEqual({
      ok: false,
      error: { code: 'folder-refused', fields: { reason: 'overlaps that of the pair "docs"' } },
    });
    const taken = refuse('config.json: pairs[1].prefix overlaps that of the pair "docs"', 'pairs[1].prefix');
    expect(
      await commands({ folderRoots: ['/srv'] }, { add: taken }).addFolder(
        { ...wanted, folder: '/srv/a' },
        signal,
      ),
    ).toMatchObject({ ok: false, error: { code: 'place-taken' } });
  });
});

describe('changing the place', () => {
  const settings = { mode: 'two-way', ignore: [], uploadLimit: null, downloadLimit: null } as const;
  const read = { ...settings, exclude: [] };
  const kit = (placeName: string | null, isConfirmed: boolean | null, failure?: SyncError) => {
    const move = vi.fn(() =>
      failure === undefined ? Promise.resolve('docs-2') : Promise.reject<string>(failure),
    );
    const confirmPlace = vi.fn(() => Promise.resolve(isConfirmed === true));
    const dialogs = isConfirmed === null ? null : { chooseFolder: () => Promise.resolve(null), confirmPlace };
    const made = commands({ dialogs }, { move, read: () => Promise.resolve({ ...read, placeName }) });
    return { ...made, move, confirmPlace };
  };

  test('main shows both places on the desktop, and nothing moves without its answer', async () => {
    const declined = kit('docs', false);
    expect(await declined.movePlace({ pairId: 'docs', name: 'archive' }, signal)).toEqual({
      ok: true,
      value: null,
    });
    expect(declined.move).not.toHaveBeenCalled();
    const { movePlace, move, confirmPlace } = kit('docs', true);
    expect(await movePlace({ pairId: 'docs', name: 'archive' }, signal)).toEqual({
      ok: true,
      value: { pairId: 'docs-2' },
    });
    expect(confirmPlace).toHaveBeenCalledExactlyOnceWith({
      folder: '/home/alice/Docs',
      from: 'files/users/alice/docs',
      to: 'files/users/alice/archive',
    });
    expect(move).toHaveBeenCalledExactlyOnceWith('docs', 'archive', signal);
  });

  test('the same place, a fixed one and an unknown folder move nothing', async () => {
    const same = kit('docs', null);
    expect(await same.movePlace({ pairId: 'docs', name: 'docs' }, signal)).toEqual({ ok: true, value: null });
    const fixed = kit(null, null);
    expect(await fixed.movePlace({ pairId: 'docs', name: 'a' }, signal)).toMatchObject({
      error: { code: 'place-fixed' },
    });
    expect(await same.movePlace({ pairId: 'gone', name: 'a' }, signal)).toMatchObject({
      error: { code: 'unknown-pair' },
    });
    expect([same.move, fixed.move].map((move) => move.mock.calls.length)).toEqual([0, 0]);
  });

  test('a place that another folder has is refused in words of its own', async () => {
    const overlap = new SyncError({
      code: 'config-invalid',
      retry: 'slow',
      scope: 'account',
      message: 'config.json: pairs[1].prefix overlaps that of the pair "photos"',
      fields: { field: 'pairs[1].prefix' },
    });
    const { movePlace } = kit('docs', null, overlap);
    expect(await movePlace({ pairId: 'docs', name: 'photos' }, signal)).toMatchObject({
      error: { code: 'place-overlaps' },
    });
  });

  test('the page learns what is fixed and what is not', async () => {
    const { readFolder } = kit('docs', null);
    expect(await readFolder({ pairId: 'docs' }, signal)).toEqual({
      ok: true,
      value: { ...settings, place: { above: 'files/users/alice/', name: 'docs' } },
    });
  });
});

test('a folder that is not there is neither changed nor removed', async () => {
  const remove = vi.fn(() => Promise.resolve());
  const { removeFolder, changeFolder } = commands({}, { remove });
  const change = { mode: 'two-way', ignore: [], uploadLimit: null, downloadLimit: null } as const;
  expect(await removeFolder({ pairId: 'gone' }, signal)).toMatchObject({ error: { code: 'unknown-pair' } });
  expect(await changeFolder({ pairId: 'gone', ...change }, signal)).toMatchObject({
    error: { code: 'unknown-pair' },
  });
  expect(remove).not.toHaveBeenCalled();
  expect(await removeFolder({ pairId: 'docs' }, signal)).toEqual({ ok: true, value: null });
});

test('a pair leaves the registry only when its engine has stopped, and its successor takes its place', async () => {
  const pair = (id: string) => ({ config: { id } }) as PairRuntime;
  const [first, second, renewed] = [pair('a'), pair('b'), pair('a')];
  const registry = makeRegistry({ accounts: [], pairs: [first, second] });
  const told: string[] = [];
  const stopped = Promise.withResolvers<undefined>();
  registry.onRemoved(() => stopped.promise);
  registry.onAdded(({ pairs }) => told.push(...pairs.map(({ config }) => config.id)));
  const replaced = registry.replace(first, renewed);
  expect(registry.pairs).toEqual([first, second]);
  stopped.resolve(undefined);
  await replaced;
  expect(registry.pairs[0]).toBe(renewed);
  expect(told).toEqual(['a']);
  await registry.remove(second);
  expect(registry.pairs).toEqual([renewed]);
});
