// Work of the planner for names that lie deep: a folder above thousands of them is looked at once, not once for each.
// A writer of a prefix chooses how deep (security rule 22); a key of 1,024 bytes names five hundred folders.
import { describe, expect, test } from 'vitest';
import type { BaseCell, Entry, LocalCell, Op, RemoteCell } from '../../main/core/model/model.ts';
import { withoutWaiting } from '../../main/core/plan/hold.ts';
import { MovedFolders } from '../../main/core/plan/moves/moved-folders.ts';
import { renamesOf, withArrivals } from '../../main/core/plan/moves/finished-renames.ts';
import { plan } from '../../main/core/plan/plan.ts';
import type { Plan, PlanPolicy } from '../../main/core/plan/types.ts';
import { relPath } from '../../main/core/model/path.ts';
import { deep, inodeAt as inodeOfFolder, numbered, text, textCallsOf } from '../support/many-rows.ts';
import {
  baseOf,
  folderBase,
  folderHere,
  folderThere,
  here,
  inputOf,
  row,
  there,
} from '../support/plan-rows.ts';

/** How often a text is cut at its last slash, as is done for each step up. */
const stepsUpOf = (run: () => unknown): number => textCallsOf(['lastIndexOf'], run);

const inodeOfFile = (at: number): bigint => 9000n + BigInt(at);

type Cells = { base?: BaseCell; local?: LocalCell; remote?: RemoteCell };

/** `count` folders, one in the other. */
function chain(top: string, count: number, cells: (at: number) => Cells): readonly Entry[] {
  return Array.from({ length: count }, (_, at) => row(deep(top, at), cells(at)));
}

const synced = (at: number): Cells => ({ ...goneThere(at), remote: folderThere });
const goneThere = (at: number): Cells => ({
  base: folderBase(inodeOfFolder(at)),
  local: folderHere(inodeOfFolder(at)),
});
const goneHere = (at: number): Cells => ({ base: folderBase(inodeOfFolder(at)), remote: folderThere });
const newHere = (at: number): Cells => ({ local: folderHere(inodeOfFolder(at)) });
const newThere = (): Cells => ({ remote: folderThere });

const fileGoneThere = (at: number): Cells => ({ base: baseOf(text(at)), local: here(text(at)) });
const fileGoneHere = (at: number): Cells => ({
  base: baseOf(text(at), inodeOfFile(at)),
  remote: there(text(at)),
});
const fileHere = (at: number): Cells => ({ local: here(text(at), { inode: inodeOfFile(at) }) });
const fileThere = (at: number, unread = false): Cells => ({ remote: there(text(at), { unread }) });

/** Files of the innermost folder of `old`, and where they are now in the innermost of `new`. */
function filesIn(count: number, was: (at: number) => Cells, is: (at: number) => Cells, name = 'file') {
  const [from, to] = [deep('old', count - 1), deep('new', count - 1)];
  return numbered(count, (at) => [row(`${from}/file${at}`, was(at)), row(`${to}/${name}${at}`, is(at))]);
}

/** The same for a folder with one file each. */
function foldersIn(count: number, was: (typeof goneHere)[], is: (typeof goneHere)[]): readonly Entry[] {
  const [from, to] = [deep('old', count - 1), deep('new', count - 1)];
  const at = (dir: string, [folder, file]: (typeof goneHere)[], one: number): readonly Entry[] => [
    row(dir, folder?.(count + one) ?? {}),
    row(`${dir}/file`, file?.(one) ?? {}),
  ];
  return numbered(count, (one) => [...at(`${from}/was${one}`, was, one), ...at(`${to}/is${one}`, is, one)]);
}

type Shape = {
  readonly name: string;
  /** As many files as folders above them. */
  readonly rows: (count: number) => readonly Entry[];
  readonly policy?: Partial<PlanPolicy>;
};

const shapes: readonly Shape[] = [
  ...[false, true].map((unread) => ({
    name: `a folder was renamed there, its files ${unread ? 'unread' : 'read'}`,
    rows: (count: number) => [
      ...chain('old', count, goneThere),
      ...chain('new', count, newThere),
      ...filesIn(count, fileGoneThere, (at) => fileThere(at, unread)),
    ],
  })),
  {
    name: 'a folder was renamed here',
    rows: (count) => [
      ...chain('old', count, goneHere),
      ...chain('new', count, newHere),
      ...filesIn(count, fileGoneHere, fileHere),
    ],
  },
  {
    name: 'a folder was renamed here, and most of its files are gone',
    rows: (count) => [
      ...chain('old', count, goneHere),
      ...chain('new', count, newHere),
      ...filesIn(count, fileGoneHere, (at) => (at % 3 === 0 ? fileHere(at) : {})),
    ],
  },
  {
    name: 'a folder was renamed here, beside a store that does not copy safely',
    rows: (count) => [
      ...chain('old', count, goneHere),
      ...chain('new', count, newHere),
      ...filesIn(count, fileGoneHere, fileHere),
    ],
    policy: { serverCopy: false },
  },
  {
    name: 'files were renamed there, one by one',
    rows: (count) => [
      ...chain('old', count, synced),
      ...chain('new', count, synced),
      ...filesIn(count, fileGoneThere, fileThere, 'renamed'),
    ],
  },
  {
    name: 'files were renamed here, one by one',
    rows: (count) => [
      ...chain('old', count, synced),
      ...chain('new', count, synced),
      ...filesIn(count, fileGoneHere, fileHere, 'renamed'),
    ],
  },
  ...[false, true].map((unread) => ({
    name: `folders were renamed there, one by one, their files ${unread ? 'unread' : 'read'}`,
    rows: (count: number) => [
      ...chain('old', count, synced),
      ...chain('new', count, synced),
      ...foldersIn(count, [goneThere, fileGoneThere], [newThere, (at) => fileThere(at, unread)]),
    ],
  })),
  {
    name: 'folders were renamed here, one by one',
    rows: (count) => [
      ...chain('old', count, synced),
      ...chain('new', count, synced),
      ...foldersIn(count, [goneHere, fileGoneHere], [newHere, fileHere]),
    ],
  },
  {
    name: 'files changed places here, beside a store that does not copy safely',
    rows: (count) => {
      const now = (was: number, is: number): Cells => ({ ...fileGoneHere(was), ...fileHere(is) });
      return [
        ...chain('old', count, synced),
        ...chain('new', count, synced),
        ...filesIn(
          count,
          (at) => now(2 * at, 2 * at + 1),
          (at) => now(2 * at + 1, 2 * at),
        ),
      ];
    },
    policy: { serverCopy: false, movesOver: false },
  },
  {
    name: 'a folder is gone here, and its files have names that are not synced',
    rows: (count) => [
      ...chain('old', count, goneHere),
      ...filesIn(count, fileGoneHere, (at) => ({
        local: {
          state: 'unknown',
          reason: 'ignored',
          trace: { kind: 'file', inode: inodeOfFile(at), sizeBytes: text(at).length },
        },
      })),
    ],
  },
  {
    name: 'files were renamed here to names that are held',
    rows: (count) => [
      ...chain('old', count, goneHere),
      ...chain('new', count, synced),
      ...filesIn(count, fileGoneHere, fileHere),
    ],
    policy: { held: (path) => path.startsWith('new') },
  },
  {
    name: 'a folder is gone here',
    rows: (count) => [...chain('old', count, goneHere), ...filesIn(count, fileGoneHere, () => ({}))],
  },
  {
    name: 'a folder is gone there',
    rows: (count) => [...chain('old', count, goneThere), ...filesIn(count, fileGoneThere, () => ({}))],
  },
  {
    name: 'a folder is new here',
    rows: (count) => [...chain('new', count, newHere), ...filesIn(count, () => ({}), fileHere)],
  },
  {
    name: 'a folder with new ones steps aside for a file of its name',
    rows: (count) => [
      row('new', { local: folderHere(1n), remote: there('file') }),
      ...chain('new', count, newHere).slice(1),
      ...foldersIn(count, [], [newHere]),
    ],
  },
];

describe('twice as many names, twice as deep, are at most about twice the steps up', () => {
  test.each(shapes)('$name', ({ rows, policy = {} }) => {
    const [few, many] = [60, 120].map((count) => {
      const input = inputOf(rows(count), policy);
      return stepsUpOf(() => plan(input));
    });
    expect(few).toBeGreaterThan(60);
    // One step for each folder above each file would be four times.
    expect((many ?? 0) / (few ?? 0)).toBeLessThan(2.2);
  });

  /** A plan that removes as many files, as deep, after their content has arrived under another name. */
  function planOf(count: number): Plan {
    const names = Array.from({ length: count }, (_, at) => `file${at}`);
    const { waves } = plan(
      inputOf(
        [
          ...chain('old', count, goneHere),
          ...names.map((name, at) => row(`${deep('old', count - 1)}/${name}`, fileGoneHere(at))),
        ],
        { serverCopy: false },
      ),
    );
    return { waves, problems: [] };
  }

  test('what waits is taken out with all that lies there', () => {
    const [few, many] = [60, 120].map((count) => {
      const made = planOf(count);
      const waits = ({ path }: Op): boolean => path.endsWith('0');
      return stepsUpOf(() => withoutWaiting(made, waits));
    });
    expect(few).toBeGreaterThan(60);
    expect((many ?? 0) / (few ?? 0)).toBeLessThan(2.2);
  });

  test('renames that are unfinished are looked up', () => {
    const [few, many] = [60, 120].map((count) => {
      const made = planOf(count);
      const renames = [{ from: relPath('elsewhere'), to: relPath('new') }];
      return stepsUpOf(() => withArrivals(made, renames, (path) => row(path, {})));
    });
    expect(renamesOf(planOf(60))).toEqual([]);
    expect(few).toBeGreaterThan(60);
    expect((many ?? 0) / (few ?? 0)).toBeLessThan(2.2);
  });
});

describe('folders that move', () => {
  const holds = (moved: MovedFolders, paths: readonly string[]): readonly boolean[] =>
    paths.map((path) => moved.holds(relPath(path)));
  const asked = ['a', 'a/b', 'a/b/c', 'a/b/c/d', 'a/bc', 'ab/c', 'z'];

  test('hold themselves and what is below, whatever was asked before', () => {
    const moved = new MovedFolders();
    expect(holds(moved, asked)).toEqual([false, false, false, false, false, false, false]);
    moved.add(relPath('z/z'));
    expect(holds(moved, asked)).toEqual([false, false, false, false, false, false, false]);
    moved.add(relPath('a/b/c'));
    expect(holds(moved, asked)).toEqual([false, false, true, true, false, false, false]);
    moved.add(relPath('a/b'));
    expect(holds(moved, asked)).toEqual([false, true, true, true, false, false, false]);
    expect(holds(moved, ['a/b/new/one', 'a/new/one'])).toEqual([true, false]);
  });

  test('are found below one that came first, and above one that came first', () => {
    const moved = new MovedFolders();
    moved.add(relPath('a'));
    moved.add(relPath('a/b'));
    expect(holds(moved, asked)).toEqual([true, true, true, true, true, false, false]);
    const other = new MovedFolders();
    other.add(relPath('a/b'));
    expect(holds(other, ['a/x/y', 'a/b/y'])).toEqual([false, true]);
    other.add(relPath('a'));
    expect(holds(other, ['a/x/y', 'a/b/y', 'a/q'])).toEqual([true, true, true]);
  });
});
