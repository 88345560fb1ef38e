// Files that an answer brings back: what is left of them is written down seldom enough, however many they are.
import { expect, test } from 'vitest';
import { openSqliteState } from '../../main/adapters/sqlite/state.ts';
import type { StateChange } from '../../main/ports/sync-state.port.ts';
import type { PairContext } from '../../main/sync/context.ts';
import { restoreAnswered, rowsToRestore } from '../../main/sync/session/questions.ts';
import { relPath } from '../../main/core/model/path.ts';

/** Names that are back already, so that nothing of each is left to do but to note it. */
function asked(count: number) {
  const store = openSqliteState({ file: ':memory:' });
  const names = Array.from({ length: count }, (_, at) => `removed ${String(at)}`);
  store.record([{ kind: 'meta', key: 'guardRestores', value: JSON.stringify(names) }]);
  const left: number[] = [];
  const counted = {
    ...store,
    record: (changes: readonly StateChange[]) => {
      store.record(changes);
      left.push((JSON.parse(store.meta('guardRestores') ?? '[]') as unknown[]).length);
    },
  };
  return { context: { store: counted } as unknown as PairContext, left, store };
}

test('thousands are noted a hundred times, and none is left', async () => {
  const { context, left, store } = asked(5000);
  await restoreAnswered(context, new AbortController().signal);
  expect(left).toHaveLength(100);
  expect(left[0]).toBe(4950);
  expect(store.meta('guardRestores')).toBeNull();
});

test.each([1, 7, 101])('of %i none is left', async (count) => {
  const { context, store } = asked(count);
  await restoreAnswered(context, new AbortController().signal);
  expect(store.meta('guardRestores')).toBeNull();
});

test('one that is stopped has noted how far it came', async () => {
  const { context, store } = asked(1000);
  let looks = 0;
  const ending = new AbortController();
  const { entry } = context.store;
  const stopping = {
    ...context.store,
    entry: (path: Parameters<typeof entry>[0]) => {
      looks += 1;
      if (looks === 15) ending.abort(new Error('paused'));
      return entry(path);
    },
  };
  await expect(restoreAnswered({ ...context, store: stopping }, ending.signal)).rejects.toThrow('paused');
  expect(JSON.parse(store.meta('guardRestores') ?? '[]')).toHaveLength(985);
});

test('of files that lie deep in one folder, each folder above them is looked at once', () => {
  const store = openSqliteState({ file: ':memory:' });
  const dirs = Array.from({ length: 50 }, (_, at) =>
    relPath(
      Array(at + 1)
        .fill('d')
        .join('/'),
    ),
  );
  store.record(
    dirs.slice(1).map((path) => ({ kind: 'base', path, cell: { kind: 'folder', inode: 1n } }) as const),
  );
  let looks = 0;
  const entry = (path: Parameters<typeof store.entry>[0]): ReturnType<typeof store.entry> => {
    looks += 1;
    return store.entry(path);
  };
  const files = Array.from({ length: 100 }, (_, at) => relPath(`${dirs.at(-1) ?? ''}/file ${at}`));
  const effects = files.map((path) => ({ path }) as never);
  const rows = rowsToRestore({ store: { ...store, entry } }, { effects, alsoGone: [] });
  expect(new Set(rows)).toEqual(new Set([...files, ...dirs.slice(1)]));
  expect(looks).toBe(50);
});
