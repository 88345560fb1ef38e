// Group commit (rule 12) on a store that the test completes step by step.
import { expect, test } from 'vitest';
import { systemClock } from '../../main/adapters/system/clock.ts';
import type { StateChange } from '../../main/ports/sync-state.port.ts';
import { makeGroupCommit } from '../../main/sync/group-commit.ts';

const change = (key: string): StateChange => ({ kind: 'meta', key, value: 'v' });
const keyOf = (one: StateChange): string => (one.kind === 'meta' ? one.key : '');

type Written = { readonly keys: readonly string[]; readonly end: (error?: Error) => void };

function slowStore() {
  const written: Written[] = [];
  const waiting: (() => void)[] = [];
  return {
    written,
    recorded: [] as string[],
    record(changes: readonly StateChange[]): void {
      this.recorded.push(...changes.map(keyOf));
    },
    recordSoon: (changes: readonly StateChange[]): Promise<void> =>
      new Promise((resolve, reject) => {
        const end = (error?: Error): void => {
          if (error === undefined) resolve();
          else reject(error);
        };
        written.push({ keys: changes.map(keyOf), end });
        waiting.shift()?.();
      }),
    nextGroup: (): Promise<void> => new Promise((resolve) => waiting.push(resolve)),
  };
}

/** The first commit is being written. */
async function oneOnItsWay() {
  const store = slowStore();
  const group = makeGroupCommit(store, systemClock);
  const begun = store.nextGroup();
  const first = group.commit([change('a')]);
  await begun;
  return { store, group, first };
}

async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol('pending');
  return (await Promise.race([promise, Promise.resolve(pending)])) !== pending;
}

test('a commit resolves when its group is on disk, and later commits form one next group', async () => {
  const { store, group, first } = await oneOnItsWay();
  const later = ['b', 'c', 'd'].map((key) => group.commit([change(key)]));
  expect(await isSettled(first)).toBe(false);
  expect(store.written.map(({ keys }) => keys)).toEqual([['a']]);
  const next = store.nextGroup();
  store.written[0]?.end();
  await first;
  await next;
  expect(store.written.map(({ keys }) => keys)).toEqual([['a'], ['b', 'c', 'd']]);
  store.written[1]?.end();
  await Promise.all(later);
});

test('a group that fails to reach the disk rejects, and later groups are still written', async () => {
  const { store, group, first } = await oneOnItsWay();
  const second = group.commit([change('b')]);
  const next = store.nextGroup();
  store.written[0]?.end(new Error('the disk is gone'));
  await expect(first).rejects.toThrow('the disk is gone');
  await next;
  store.written[1]?.end();
  await second;
});

test('closing the pair writes waiting commits at once', async () => {
  const { store, group, first } = await oneOnItsWay();
  const second = group.commit([change('b')]);
  group.close();
  await second;
  expect(store.recorded).toEqual(['b']);
  store.written[0]?.end();
  await first;
  await expect(group.commit([change('c')])).rejects.toThrow('commit after close');
});
