// Files as the page names them: ids that only main turns into paths, bounded, and never outside the folder.
import { expect, test } from 'vitest';
import { fileCommands } from '../../main/app/files/file-commands.ts';
import type { FileParts } from '../../main/app/files/file-commands.ts';
import { historyOf } from '../../main/app/files/history.ts';
import { makeItemNames } from '../../main/app/files/item-names.ts';
import type { PairRuntime } from '../../main/app/pair-runtime.ts';
import type { Entry, RelPath } from '../../main/core/model/model.ts';
import type { ActivityItem } from '../../main/ports/sync-state.port.ts';

const path = (text: string) => text as RelPath;

test('the same file has the same id, and an id of one folder is none of another', () => {
  const names = makeItemNames();
  const id = names.idOf({ pairId: 'docs', path: path('a/b.txt') });
  expect(names.idOf({ pairId: 'docs', path: path('a/b.txt') })).toBe(id);
  expect(names.idOf({ pairId: 'photos', path: path('a/b.txt') })).not.toBe(id);
  expect(id).not.toContain('b.txt');
  expect(names.itemOf(id)).toEqual({ pairId: 'docs', path: 'a/b.txt' });
  expect(names.itemOf('a/b.txt')).toBeNull();
});

test('only so many ids are kept, and those on screen outlive the others', () => {
  const names = makeItemNames(2);
  const [a, b] = [path('a'), path('b')].map((one) => names.idOf({ pairId: 'docs', path: one }));
  names.idOf({ pairId: 'docs', path: path('a') });
  names.idOf({ pairId: 'docs', path: path('c') });
  expect(names.itemOf(a ?? '')).not.toBeNull();
  expect(names.itemOf(b ?? '')).toBeNull();
});

function pairWith(id: string, items: readonly Partial<ActivityItem>[]): PairRuntime {
  const history = items.map((item, index) => ({
    id: index,
    atMs: index,
    kind: 'uploaded' as const,
    path: path('x'),
    from: null,
    bytes: 1,
    ...item,
  }));
  return { config: { id }, history: () => [...history].reverse() } as unknown as PairRuntime;
}

const all = { pairId: null, kind: 'all', text: '', skip: 0 } as const;

test('the history of all folders is one list, newest first, searched by old and new name', () => {
  const pairs = [
    pairWith('docs', [
      { atMs: 1, path: path('Letters/Grüße.odt') },
      { atMs: 4, kind: 'conflict' },
    ]),
    pairWith('photos', [{ atMs: 3, kind: 'moved-local', path: path('b.jpg'), from: path('a.jpg') }]),
  ];
  expect(historyOf(pairs, all)).toMatchObject({
    total: 3,
    entries: [{ atMs: 4 }, { atMs: 3 }, { atMs: 1 }],
  });
  expect(historyOf(pairs, { ...all, text: 'GRÜSSE'.replace('SS', 'ß') }).entries).toMatchObject([
    { atMs: 1 },
  ]);
  expect(historyOf(pairs, { ...all, text: 'A.jpg' }).entries).toMatchObject([{ pairId: 'photos' }]);
  expect(historyOf(pairs, { ...all, kind: 'conflicts' }).total).toBe(1);
  expect(historyOf(pairs, { ...all, pairId: 'docs' }).total).toBe(2);
});

test('a part at a time, with the number of all', () => {
  const many = pairWith(
    'docs',
    Array.from({ length: 1200 }, (_, atMs) => ({ atMs })),
  );
  const first = historyOf([many], all);
  expect([first.entries.length, first.total, first.entries[0]?.atMs]).toEqual([500, 1200, 1199]);
  const last = historyOf([many], { ...all, skip: 1000 });
  expect([last.entries.length, last.entries.at(-1)?.atMs]).toEqual([200, 0]);
});

test('of a folder with more files than are shown, each one that is shown can be named', async () => {
  const entryOf = (at: RelPath): Entry => ({
    path: at,
    base: null,
    local: {
      state: 'present',
      kind: 'file',
      rawName: at,
      fingerprint: { sizeBytes: 1, mtimeNs: 1n, ctimeNs: 1n, inode: 1n },
      content: null,
      executable: false,
    },
    remote: { state: 'absent' },
  });
  const files = Array.from({ length: 10_100 }, (_, at) => path(String(at).padStart(5, '0')));
  let looks = 0;
  const store = {
    children: () => files.map(entryOf),
    entry: (at: RelPath) => {
      looks += 1;
      return entryOf(at);
    },
  };
  const context = {
    store,
    settings: { binding: { prefix: 'p/' } },
    remote: {
      list: async function* () {
        yield await Promise.resolve({ objects: [], isLast: true });
      },
    },
  };
  const runtime = { config: { id: 'docs' }, engine: { context: () => context } };
  const names = makeItemNames(10_050);
  const { listFiles } = fileCommands({ findPair: () => runtime, names } as unknown as FileParts);
  const listed = await listFiles({ pairId: 'docs', folderId: null }, new AbortController().signal);
  if (!listed.ok) throw new Error(listed.error.code);
  const { entries, isCut } = listed.value;
  expect([entries.length, isCut, entries[0]?.name]).toEqual([10_000, true, '00000']);
  expect(entries.filter(({ id }) => names.itemOf(id) === null)).toEqual([]);
  expect(looks).toBe(10_000);
});
