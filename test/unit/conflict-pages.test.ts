// Conflicts beyond those of the snapshot: all of them known, asked for in parts, searched, newest first.
import { expect, test } from 'vitest';
import { conflictsPage } from '../../main/app/conflicts/conflict-pages.ts';
import { conflictIdOf } from '../../main/app/conflicts/conflict-views.ts';
import type { LocalFile, RelPath } from '../../main/core/model/model.ts';
import type { ActivityItem } from '../../main/ports/sync-state.port.ts';
import { makeConflictList, openConflicts } from '../../main/sync/conflicts/list.ts';
import type { Conflict } from '../../main/sync/conflicts/list.ts';
import { LIMITS } from '../../preload/lean/limits.ts';

const copyOf = (path: string): RelPath => `${path} (copy)` as RelPath;

/** Records of a pair: one conflict for each name, in this order, and what its user did since. */
function records(names: readonly string[]) {
  const files = new Map<string, number>();
  const meta = new Map<string, string>();
  const items: ActivityItem[] = [];
  let reads = 0;
  const add = (item: Pick<ActivityItem, 'kind' | 'path' | 'from'>): void => {
    items.unshift({ id: items.length + 1, atMs: items.length + 1, bytes: 0, ...item });
  };
  for (const name of names) {
    files.set(name, 1).set(copyOf(name), 1);
    add({ kind: 'conflict', path: name as RelPath, from: copyOf(name) });
  }
  const store = {
    activity: (limit: number) => items.slice(0, limit),
    meta: (key: string) => meta.get(key) ?? null,
    entry: (path: string) => {
      reads += 1;
      const inode = files.get(path);
      const fingerprint = { sizeBytes: 1, mtimeNs: 1n, inode: BigInt(inode ?? 0) };
      const local =
        inode === undefined ? { state: 'absent' } : { state: 'present', kind: 'file', fingerprint };
      return { local } as { local: LocalFile };
    },
  };
  return {
    // The parts of it that a list of conflicts reads.
    store: store as unknown as Parameters<typeof openConflicts>[0],
    add,
    meta,
    files,
    readsOf(look: () => unknown): number {
      reads = 0;
      look();
      return reads;
    },
  };
}

const many = Array.from({ length: 2_000 }, (_, at) => `Notes/page ${String(at).padStart(4, '0')}.md`);

test('every open conflict is known, newest first, and looks at little again', () => {
  const made = records(many);
  const list = makeConflictList();
  const first = list(made.store);
  expect(first.map(({ path }) => path)).toEqual(many.toReversed());
  expect(first).toEqual(openConflicts(made.store));
  expect(list(made.store)).toBe(first);
  expect(made.readsOf(() => list(made.store))).toBeLessThan(1_100);
});

test('without a conflict it is the same empty list at each look', () => {
  const { store } = records([]);
  const list = makeConflictList();
  expect(list(store)).toEqual([]);
  expect(list(store)).toBe(list(store));
});

test('one that ends anywhere in the list leaves: at once with a line of activity, else after a few looks', () => {
  const made = records(many);
  const list = makeConflictList();
  list(made.store);
  list(made.store);
  const [gone = '', kept = ''] = [many[100], many[50]];
  made.files.delete(copyOf(gone));
  made.add({ kind: 'removed-local', path: copyOf(gone), from: null });
  expect(list(made.store).some(({ path }) => path === gone)).toBe(false);
  made.meta.set(`conflict-kept:${copyOf(kept)}`, '99999999');
  const looks = Array.from({ length: 5 }, () => list(made.store).some(({ path }) => path === kept));
  expect(looks.at(-1)).toBe(false);
  expect(list(made.store)).toHaveLength(1_998);
});

test('a changed version makes another list, as the id of the conflict is another', () => {
  const made = records(many.slice(0, 3));
  const list = makeConflictList();
  const [before] = list(made.store);
  made.files.set(many[2] ?? '', 2);
  const [after] = list(made.store);
  if (before === undefined || after === undefined) throw new Error('no conflict');
  expect(conflictIdOf('docs', after)).not.toBe(conflictIdOf('docs', before));
});

const fingerprint = { sizeBytes: 1, mtimeNs: 1n, inode: 1n };
const conflict = (path: string, atMs: number): Conflict =>
  ({
    path: path as RelPath,
    copy: copyOf(path),
    current: { fingerprint },
    aside: { fingerprint },
    device: null,
    atMs,
  }) as unknown as Conflict;
const pairs = [
  { pairId: 'docs', conflicts: many.map((path, at) => conflict(path, at)) },
  { pairId: 'photos', conflicts: [conflict('Grüße.jpg', 5_000)] },
];
const all = { pairId: null, text: '', skip: 0 };

test('each part follows on the one before, the newest of all folders first', () => {
  const parts = Array.from({ length: 11 }, (_, at) =>
    conflictsPage(pairs, { ...all, skip: at * LIMITS.conflicts }),
  );
  const listed = parts.flatMap(({ conflicts }) => conflicts);
  expect(parts.map(({ total }) => total)).toEqual(parts.map(() => 2_001));
  expect(listed.map(({ path }) => path)).toEqual(['Grüße.jpg', ...many.toReversed()]);
  expect(new Set(listed.map(({ id }) => id)).size).toBe(2_001);
});

test('a search goes by the path in any case, and a folder can be chosen', () => {
  expect(conflictsPage(pairs, { ...all, text: 'PAGE 050' }).total).toBe(10);
  expect(conflictsPage(pairs, { ...all, text: 'GRÜß' }).conflicts).toMatchObject([{ pairId: 'photos' }]);
  expect(conflictsPage(pairs, { ...all, pairId: 'docs' }).total).toBe(2_000);
  expect(conflictsPage(pairs, { ...all, pairId: 'gone' })).toEqual({ conflicts: [], total: 0 });
});
