// Selective sync without a disk: what is excluded after the choices, and what the tree shows meanwhile.
import { describe, expect, test } from 'vitest';
import { makeIgnoreMatcher } from '../../main/adapters/disk/ignore-matcher.ts';
import { excludedAfter, makeExcluded } from '../../main/core/config/chosen-folders.ts';
import type { RelPath } from '../../main/core/model/model.ts';
import { isBelow, joinPath, nameOf, relPath } from '../../main/core/model/path.ts';
import {
  checkOf,
  choicesOf,
  emptyTree,
  leavesFolders,
  rowsOf,
  toggled,
  withLevel,
  withOpen,
} from '../../renderer/state/folder-choice.ts';
import type { FolderTree } from '../../renderer/state/folder-choice.ts';

const paths = ['a', 'a/b', 'a/b/c', 'a/b/d', 'a/e', 'f', 'f/g'].map(relPath);
const foldersIn = (dir: RelPath): Promise<readonly RelPath[]> =>
  Promise.resolve(paths.filter((path) => joinPath(dir, nameOf(path)) === path));

const standingOf = (excluded: readonly RelPath[], path: RelPath) => makeExcluded(excluded).standingOf(path);

const after = (before: readonly string[], ...choices: readonly (readonly [string, boolean])[]) =>
  excludedAfter(
    before.map(relPath),
    choices.map(([path, isIn]) => ({ path: relPath(path), isIn })),
    foldersIn,
  );

describe('excluded folders after the choices', () => {
  test.each([
    ['a folder', [], [['a', false]], ['a']],
    ['takes the place of those inside it', ['a/b'], [['a', false]], ['a']],
    ['one inside an excluded one changes nothing', ['a'], [['a/b', false]], ['a']],
    ['ticked again', ['a', 'f'], [['a', true]], ['f']],
    ['ticked with everything inside', ['a/b', 'a/e', 'f'], [['a', true]], ['f']],
    ['one inside an excluded one is ticked: the others stay out', ['a'], [['a/b', true]], ['a/e']],
    ['two levels down', ['a'], [['a/b/c', true]], ['a/b/d', 'a/e']],
    [
      'both of one level',
      ['a'],
      [
        ['a/b', true],
        ['a/e', true],
      ],
      [],
    ],
    [
      'the folder out and one inside it in, in whatever order',
      [],
      [
        ['a/b', true],
        ['a', false],
      ],
      ['a/e'],
    ],
    ['nothing', ['a/b'], [], ['a/b']],
  ] as const)('%s', async (_what, before, choices, expected) => {
    expect(await after(before, ...choices)).toEqual(expected);
  });

  test('a folder in the tree stands as the settings have it', () => {
    const excluded = ['a/b', 'f'].map(relPath);
    expect(['a', 'a/b', 'a/b/c', 'a/e', 'f'].map((path) => standingOf(excluded, relPath(path)))).toEqual([
      'part',
      'out',
      'out',
      'in',
      'out',
    ]);
  });

  test('of nested ones the topmost holds, and all of the folder where the top itself is excluded', () => {
    const holderOf = (excluded: readonly string[], path: string) =>
      makeExcluded(excluded.map(relPath)).holderOf(relPath(path));
    expect(holderOf(['a/b', 'a'], 'a/b/c')).toBe('a');
    expect(holderOf(['a/b', 'c'], 'a')).toBeUndefined();
    expect(holderOf([''], 'x/y')).toBe('');
  });

  test('a name between a folder and what is inside it does not hide that', () => {
    expect(standingOf(['a!', 'a/b', 'a0'].map(relPath), relPath('a'))).toBe('part');
    expect(standingOf(['a!', 'a0'].map(relPath), relPath('a'))).toBe('in');
  });

  test('the answer does not need a look at all excluded folders', () => {
    let looks = 0;
    const folders = Array.from({ length: 5000 }, (_, at) => relPath(`a/${String(at)}`));
    const counted = new Proxy(folders, {
      get: (target, name) => {
        looks += 1;
        return Reflect.get(target, name) as unknown;
      },
    });
    const { holderOf, standingOf: standing } = makeExcluded(counted);
    const match = makeIgnoreMatcher({ patterns: [], excluded: counted }, { caseSensitive: true });
    expect(standing(relPath('a'))).toBe('part');
    looks = 0;
    expect(standing(relPath('b'))).toBe('in');
    expect(holderOf(relPath('a/4999/x/y'))).toBe('a/4999');
    expect(match(relPath('a/4999/x/y'), 'file')).toBe('excluded');
    expect(match(relPath('a/none/x/y'), 'file')).toBeNull();
    expect(looks).toBe(0);
  });

  test('a name that only begins like an excluded one is another folder', () => {
    expect(standingOf([relPath('a')], relPath('ab'))).toBe('in');
    expect(isBelow(relPath('ab'), relPath('a'))).toBe(false);
  });
});

/** The tree of `paths` with ids equal to paths, all of it loaded and open. */
function treeWith(excluded: readonly string[]): FolderTree {
  const levelOf = (dir: string | null) => ({
    folders: paths
      .filter((path) => joinPath((dir ?? '') as RelPath, nameOf(path)) === path)
      .map((path) => ({
        id: path as string,
        name: nameOf(path),
        standing: standingOf(excluded.map(relPath), path),
      })),
    isCut: false,
  });
  const start = withLevel(emptyTree, null, levelOf(null));
  return paths.reduce((tree, path) => withOpen(withLevel(tree, path, levelOf(path)), path, true), start);
}

const checks = (tree: FolderTree) =>
  Object.fromEntries(paths.map((path): [string, string] => [path, checkOf(tree, path)]));

describe('the tree', () => {
  test('unticking a folder unticks what is inside; the folder above is half ticked', () => {
    const tree = toggled(treeWith([]), 'a/b');
    expect(checks(tree)).toMatchObject({ a: 'part', 'a/b': 'out', 'a/b/c': 'out', 'a/e': 'in', f: 'in' });
    expect(choicesOf(tree)).toEqual([{ folderId: 'a/b', isIn: false }]);
    expect(leavesFolders(tree)).toBe(true);
    expect(choicesOf(toggled(tree, 'a/b'))).toEqual([]);
  });

  test('ticking one inside an unticked folder opens that one half', () => {
    const tree = toggled(treeWith(['a']), 'a/b/c');
    expect(checks(tree)).toMatchObject({ a: 'part', 'a/b': 'part', 'a/b/c': 'in', 'a/b/d': 'out' });
    expect(leavesFolders(tree)).toBe(false);
  });

  test('a half ticked folder is ticked whole', () => {
    const tree = toggled(treeWith(['a/b']), 'a');
    expect(checks(tree)).toMatchObject({ a: 'in', 'a/b': 'in', 'a/b/d': 'in' });
    expect(choicesOf(tree)).toEqual([{ folderId: 'a', isIn: true }]);
  });

  test('what the page sends leaves the same folders out as the tree shows', async () => {
    for (const excluded of [[], ['a'], ['a/b'], ['a/b/c', 'f'], ['f/g']]) {
      for (const presses of [['a'], ['a', 'a/b'], ['a/b/c', 'a'], ['a/e', 'f'], ['a', 'a/b/d', 'f/g']]) {
        const tree = presses.reduce(toggled, treeWith(excluded));
        const choices = choicesOf(tree).map(({ folderId, isIn }) => ({ path: relPath(folderId), isIn }));
        const out = await excludedAfter(excluded.map(relPath), choices, foldersIn);
        const shown = paths.filter((path) => checkOf(tree, path) === 'out');
        const standing = paths.filter((path) => standingOf(out, path) === 'out');
        // A folder of which every subfolder was unticked one by one is still synced itself.
        expect([excluded, presses, standing]).toEqual([excluded, presses, shown]);
      }
    }
  });

  test('rows are those of open folders, in order, with their place among siblings', () => {
    const tree = withOpen(treeWith([]), 'a/b', false);
    expect(rowsOf(tree).map(({ id, depth, place, siblings }) => [id, depth, place, siblings])).toEqual([
      ['a', 1, 1, 2],
      ['a/b', 2, 1, 2],
      ['a/e', 2, 2, 2],
      ['f', 1, 2, 2],
      ['f/g', 2, 1, 1],
    ]);
  });
});
