// Plans in progress beside the loop, and the remaining work of a replaced one.
import { expect, test } from 'vitest';
import type { Op } from '../../main/core/model/model.ts';
import type { PairContext } from '../../main/sync/context.ts';
import { makeWork } from '../../main/sync/operations/work.ts';

test('a plan counts as in progress from its beginning, also while the folder is still being proven', async () => {
  const context = { settings: { options: {} } } as unknown as PairContext;
  const work = makeWork(context, () => false);
  const op = { kind: 'upload', path: 'a.txt', sizeBytes: 1 } as unknown as Op;
  const proof = Promise.withResolvers<undefined>();
  const ends: unknown[] = [];
  const over = work.begin(
    { waves: [[op]], problems: [] },
    {
      isExpress: false,
      onEnd: (end) => ends.push(end),
      within: async (run) => {
        await proof.promise;
        return run();
      },
    },
    new AbortController().signal,
  );
  expect(work.isBusy()).toBe(true);
  expect(work.waiting()).toEqual([op]);
  expect(work.waitingCount()).toBe(1);
  // A newer plan takes its place: nothing of it begins.
  await work.dropWaiting();
  proof.resolve(undefined);
  expect(await over).toMatchObject({ done: 0 });
  expect(ends).toEqual([]);
  expect(work.isBusy()).toBe(false);
});
