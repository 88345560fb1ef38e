// Work of the planner for many rows that look alike: other users of a prefix choose how many there are (security rule 22).
import { describe, expect, test } from 'vitest';
import type { Entry, RelPath } from '../../main/core/model/model.ts';
import { plan } from '../../main/core/plan/plan.ts';
import type { PlanPolicy } from '../../main/core/plan/types.ts';
import { findCycles } from '../../main/core/plan/moves/dependency-cycle.ts';
import { relPath } from '../../main/core/model/path.ts';
import { deep, inodeAt, numbered, text, textCallsOf } from '../support/many-rows.ts';
import type { TextMethod } from '../support/many-rows.ts';
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

/** How often the planner reads the path of a row: what it does with one begins with that. */
function readsOf(rows: readonly Entry[], policy: Partial<PlanPolicy>): number {
  let reads = 0;
  const counted = rows.map((entry) =>
    Object.defineProperty({ ...entry }, 'path', {
      enumerable: true,
      get() {
        reads += 1;
        return entry.path;
      },
    }),
  );
  const input = inputOf(counted, policy);
  reads = 0;
  plan(input);
  return reads;
}

/** Spellings of one name. */
function spelling(at: number): string {
  const letters = Array.from('driftless', (letter, bit) =>
    ((at >> bit) & 1) === 1 ? letter.toUpperCase() : letter,
  );
  return letters.join('');
}

type Shape = {
  readonly name: string;
  readonly rowsAt: (at: number) => readonly Entry[];
  readonly policy?: Partial<PlanPolicy>;
};

const shapes: readonly Shape[] = [
  {
    name: 'files of one size that got other names there, unread',
    rowsAt: (at) => [
      row(`old${at}`, { base: baseOf(text(at)), local: here(text(at)) }),
      row(`new${at}`, { remote: there(text(at), { unread: true }) }),
    ],
  },
  {
    name: 'files of one size that got other names there, read',
    rowsAt: (at) => [
      row(`old${at}`, { base: baseOf(text(at)), local: here(text(at)) }),
      row(`new${at}`, { remote: there(text(at)) }),
    ],
  },
  {
    name: 'files of one content that got other names there',
    rowsAt: (at) => [
      row(`old${at}`, { base: baseOf('same'), local: here('same') }),
      row(`new${at}`, { remote: there('same') }),
    ],
  },
  {
    name: 'files of one content that are gone there, while as many of it are on both sides',
    rowsAt: (at) => [
      row(`old${at}`, { base: baseOf('same'), local: here('same') }),
      row(`new${at}`, { local: here('same'), remote: there('same', { unread: true }) }),
      row(`own${at}`, { local: here('same'), remote: there('same') }),
    ],
  },
  {
    name: 'files of one folder that differ on both sides',
    rowsAt: (at) => [row(`d/file${at}`, { local: here(text(at)), remote: there(`${text(at)}!`) })],
  },
  {
    name: 'spellings of one name, on a disk that has one of them',
    rowsAt: (at) => [row(spelling(at), { remote: there(text(at)) })],
    policy: { caseSensitive: false },
  },
  {
    name: 'folders that are spellings of one name, on a disk that has one of them',
    rowsAt: (at) => [
      row(spelling(at), { remote: folderThere }),
      row(`${spelling(at)}/file`, { remote: there(text(at)) }),
    ],
    policy: { caseSensitive: false },
  },
  {
    name: 'hard links of one file that got other names here',
    rowsAt: (at) => [
      row(`old${at}`, { base: baseOf('same', 7n), remote: there('same') }),
      row(`new${at}`, { local: here('same', { inode: 7n }) }),
    ],
  },
  ...[false, true].flatMap((unhashed) =>
    [false, true].map((serverCopy) => ({
      name: `files of one size that got other names on a disk without inode numbers, ${unhashed ? 'unread' : 'read'}, ${serverCopy ? 'with' : 'without'} safe copies`,
      rowsAt: (at: number) => [
        row(`old${at}`, { base: baseOf(text(at), 0n), remote: there(text(at)) }),
        row(`new${at}`, { local: here(text(at), { inode: 0n, unhashed }) }),
      ],
      policy: { serverCopy },
    })),
  ),
  {
    name: 'files of one size that were touched on a disk without inode numbers',
    rowsAt: (at) => [
      row(`file${at}`, {
        base: baseOf(text(at), 0n),
        local: here(text(at), { inode: 0n, unhashed: true }),
        remote: there(text(at)),
      }),
    ],
  },
  {
    name: 'files of one size that changed places on a disk without inode numbers, without safe copies',
    rowsAt: (at) => [
      row(`file${at}`, {
        base: baseOf(text(at), 0n),
        local: here(text(at % 2 === 0 ? at + 1 : at - 1), { inode: 0n }),
        remote: there(text(at)),
      }),
    ],
    policy: { serverCopy: false },
  },
  ...[false, true].map((unread) => ({
    name: `folders of one folder that went to as many other ones there, ${unread ? 'unread' : 'read'}`,
    rowsAt: (at: number) => [
      ...(at === 0 ? [row('old', { base: folderBase(1n), local: folderHere(1n) })] : []),
      row(`old/d${at}`, { base: folderBase(inodeAt(at)), local: folderHere(inodeAt(at)) }),
      row(`old/d${at}/file`, { base: baseOf(text(at)), local: here(text(at)) }),
      row(`new${at}`, { remote: folderThere }),
      row(`new${at}/d${at}`, { remote: folderThere }),
      row(`new${at}/d${at}/file`, { remote: there(text(at), { unread }) }),
    ],
  })),
];

describe('twice as many rows are at most about twice the work', () => {
  test.each(shapes)('$name', ({ rowsAt, policy = {} }) => {
    const few = readsOf(numbered(200, rowsAt), policy);
    const many = readsOf(numbered(400, rowsAt), policy);
    expect(few).toBeGreaterThan(200);
    // Sorting takes somewhat more than twice; each row with each other would be four times.
    expect(many / few).toBeLessThan(2.6);
  });
});

test('names that cannot be synced on a disk without inode numbers are looked for once, not for each that is gone', () => {
  const rows = numbered(100, (at) => [
    row(`d${at}`, { base: folderBase(0n), remote: folderThere }),
    row(`d${at}/file`, { base: baseOf(text(at), 0n), remote: there(text(at)) }),
  ]);
  const input = inputOf(rows, { serverCopy: false });
  const asked: unknown[] = [];
  const findUnsynced: typeof input.lookups.findUnsynced = (query) => {
    if ('traceInode' in query) asked.push(query.traceInode);
    return input.lookups.findUnsynced(query);
  };
  plan({ ...input, lookups: { ...input.lookups, findUnsynced } });
  expect(asked).toEqual([0n]);
});

/** How often texts are taken apart or compared for the plan. */
function textWorkOf(
  rows: readonly Entry[],
  policy: Partial<PlanPolicy>,
  methods: readonly TextMethod[] = ['slice', 'lastIndexOf', 'startsWith', 'toLowerCase', 'replace', 'split'],
): number {
  const input = inputOf(rows, policy);
  return textCallsOf(methods, () => plan(input));
}

describe('twice as many folders are at most about twice the work', () => {
  test.each<Shape>([
    {
      name: 'each renamed there',
      rowsAt: (at) => [
        row(`old${at}`, { base: folderBase(inodeAt(at)), local: folderHere(inodeAt(at)) }),
        row(`old${at}/file`, { base: baseOf(text(at)), local: here(text(at)) }),
        row(`new${at}`, { remote: folderThere }),
        row(`new${at}/file`, { remote: there(text(at)) }),
      ],
    },
    {
      name: 'each renamed here',
      rowsAt: (at) => [
        row(`old${at}`, { base: folderBase(inodeAt(at)), remote: folderThere }),
        row(`old${at}/file`, { base: baseOf(text(at)), remote: there(text(at)) }),
        row(`new${at}`, { local: folderHere(inodeAt(at)) }),
        row(`new${at}/file`, { local: here(text(at)) }),
      ],
    },
    {
      name: 'each in the way of a file, while files may have moved',
      rowsAt: (at) => [
        row(`both${at}`, { local: folderHere(inodeAt(at)), remote: there(`${text(at)}!`) }),
        row(`both${at}/file`, { local: here('own') }),
        row(`old${at}`, { base: baseOf(text(at)), local: here(text(at)) }),
        row(`new${at}`, { remote: there(text(at), { unread: true }) }),
      ],
    },
    {
      name: 'each emptied here, and held because its marker was refused',
      rowsAt: (at) => [
        row(`held${at}`, {
          base: folderBase(inodeAt(at)),
          local: folderHere(inodeAt(at)),
          remote: folderThere,
        }),
        row(`held${at}/file`, { base: baseOf(text(at)), remote: there(text(at)) }),
      ],
      policy: { held: (path) => !path.startsWith('held') || !path.includes('/') },
    },
  ])('$name', ({ rowsAt, policy = {} }) => {
    // A path is held against a folder by its beginning.
    const few = textWorkOf(numbered(100, rowsAt), policy, ['startsWith']);
    const many = textWorkOf(numbered(200, rowsAt), policy, ['startsWith']);
    expect(few).toBeGreaterThan(0);
    expect(many / few).toBeLessThan(2.6);
  });
});

describe('names that were swapped there, twice as many, are at most about twice the work', () => {
  const theirs = (at: number): Entry => row(`b/g${at}`, { remote: there(text(at), { unread: true }) });
  const ours = (at: number): Entry =>
    row(`a/f${at}`, {
      base: baseOf(text(at), inodeAt(at)),
      local: here(text(at), { inode: inodeAt(at) }),
    });

  test('a file took the place of a folder, whose files are where that file was', () => {
    const rows = (count: number): readonly Entry[] => [
      row('a', { base: folderBase(1n), local: folderHere(1n), remote: there('its text') }),
      row('b', {
        base: baseOf('its text', 2n),
        local: here('its text', { inode: 2n }),
        remote: folderThere,
      }),
      ...numbered(count, (at) => [ours(at), theirs(at)]),
    ];
    // What departures wait for is looked up by the folded name.
    const foldedIn = (count: number): number =>
      textWorkOf(rows(count), { caseSensitive: false }, ['toLowerCase']);
    const few = foldedIn(200);
    expect(few).toBeGreaterThan(200);
    expect(foldedIn(400) / few).toBeLessThan(2.6);
  });
});

/** Cut where a conflict name is made of it, so that all of them want the same one. */
const longName = (at: number): string => `${'x'.repeat(240)}${String(at).padStart(5, '0')}`;

describe('twice as many names are at most about twice the work', () => {
  test.each<Shape>([
    {
      name: 'long ones in conflict, whose files have one content',
      rowsAt: (at) => [row(longName(at), { local: here('same'), remote: there('other') })],
    },
    {
      name: 'long ones in conflict, beside as many copies of that size',
      rowsAt: (at) => [
        row(longName(at), { local: here(text(at)), remote: there('other') }),
        row(`${'x'.repeat(190)} (conflict 2026-01-01 ${'y'.repeat(34)}${at + 100_000})`, {
          remote: there(`TEXT ${String(at).padStart(5, '0')}`),
        }),
      ],
    },
    {
      name: 'long ones of folders in the way of files',
      rowsAt: (at) => [
        row(longName(at), { local: folderHere(inodeAt(at)), remote: there('other') }),
        row(`${longName(at)}/file`, { local: here('own') }),
      ],
    },
  ])('$name', ({ rowsAt, policy = {} }) => {
    const few = textWorkOf(numbered(100, rowsAt), policy);
    const many = textWorkOf(numbered(200, rowsAt), policy);
    expect(few).toBeGreaterThan(100);
    expect(many / few).toBeLessThan(2.6);
  });
});

test('twice as many files, twice as deep, of which few were renamed there, are at most about twice the work', () => {
  const rows = (count: number): readonly Entry[] =>
    numbered(count, (at) => [
      row(deep('old', at), { base: folderBase(inodeAt(at)), local: folderHere(inodeAt(at)) }),
      row(deep('new', at), { remote: folderThere }),
      row(`${deep('old', count - 1)}/file${at}`, { base: baseOf(text(at)), local: here(text(at)) }),
      ...(at % 3 === 0 ? [row(`${deep('new', count - 1)}/file${at}`, { remote: there(text(at)) })] : []),
    ]);
  const few = readsOf(rows(60), {});
  expect(few).toBeGreaterThan(60);
  expect(readsOf(rows(120), {}) / few).toBeLessThan(2.6);
});

test('twice as many files, twice as deep, have their folders judged twice as often: each folder once', () => {
  const rows = (count: number): readonly Entry[] => [
    row('gone', { base: baseOf(text(0)), local: here(text(0)) }),
    ...numbered(count, (at) => [
      row(deep('new', at), { remote: folderThere }),
      row(`${deep('new', count - 1)}/file${at}`, { remote: there(text(at), { unread: true }) }),
    ]),
  ];
  const policy = { windowsNames: true };
  const few = textWorkOf(rows(60), policy, ['split']);
  expect(few).toBeGreaterThan(60);
  expect(textWorkOf(rows(120), policy, ['split']) / few).toBeLessThan(2.6);
});

describe('names that wait for each other', () => {
  const nameAt = (at: number): RelPath => relPath(`name${at}`);

  /** The groups that are found, and how often a name was asked what it waits for. */
  function found(count: number, waitsFor: (at: number) => readonly number[]) {
    let asked = 0;
    const paths = Array.from({ length: count }, (_, at) => nameAt(at));
    const groups = findCycles(paths, (path) => {
      asked += 1;
      return waitsFor(Number(path.slice('name'.length))).map(nameAt);
    });
    return { asked, groups: groups.map((group) => group.toSorted()).toSorted() };
  }

  test('a chain of thousands is none, and each of it is looked at once', () => {
    expect(found(20_000, (at) => [at + 1])).toEqual({ asked: 20_000, groups: [] });
  });

  test('rings, and a name that waits for itself, are found apart', () => {
    // 0 -> 1 -> 2 -> 0, which 3 only leads to; 4 -> 4; 5 and 6 for each other, and 6 for the first ring, too.
    const edges: readonly (readonly number[])[] = [[1], [2], [0], [0, 4], [4], [6], [5, 0]];
    expect(found(7, (at) => edges[at] ?? []).groups).toEqual([
      [0, 1, 2].map(nameAt),
      [nameAt(4)],
      [5, 6].map(nameAt),
    ]);
  });

  test('what is not asked about breaks a ring', () => {
    expect(found(3, (at) => [at + 1, 7]).groups).toEqual([]);
  });
});
