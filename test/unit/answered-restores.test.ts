// Files that an answer brings back: what is left of them is written down seldom enough, however many they are.
import { expect, test } from 'vitest';
import { openSqliteState } from '../../main/adapters/sqlite/state.ts';
import type { StateChange } from '../../main/ports/sync-state.port.ts';
import type { PairContext } from '../../main/sync/context.ts';
import { restoreAnswered } from '../../main/sync/session/questions.ts';

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
