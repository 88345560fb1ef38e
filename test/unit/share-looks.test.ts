// Looks that are shared: one for all who ask before it begins, and never one that began before the call.
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { shareLooks, shareLooksAt } from '../../main/adapters/disk/share-looks.ts';

test('calls before a look begins share it; a later call gets a look of its own', async () => {
  const begun: PromiseWithResolvers<number>[] = [];
  const look = shareLooks(() => {
    const next = Promise.withResolvers<number>();
    begun.push(next);
    return next.promise;
  });
  const early = [look(), look(), look()];
  await turn();
  await turn();
  expect(begun).toHaveLength(1);
  const late = look();
  await turn();
  await turn();
  expect(begun).toHaveLength(2);
  begun[0]?.resolve(1);
  begun[1]?.resolve(2);
  expect(await Promise.all(early)).toEqual([1, 1, 1]);
  expect(await late).toBe(2);
});

test('a look that fails fails for those who shared it only', async () => {
  let count = 0;
  const look = shareLooks(() => Promise.reject(new Error(`look ${String((count += 1))}`)));
  const [one, other] = await Promise.allSettled([look(), look()]);
  expect([one, other]).toMatchObject([{ reason: { message: 'look 1' } }, { reason: { message: 'look 1' } }]);
  await expect(look()).rejects.toThrow('look 2');
});

test('a thousand who ask about one place while a look is under way share the next one', async () => {
  const begun: { readonly place: string; readonly end: PromiseWithResolvers<number> }[] = [];
  const look = shareLooksAt((place) => {
    const end = Promise.withResolvers<number>();
    begun.push({ place, end });
    return end.promise;
  });
  const first = look('a');
  await turn();
  const meanwhile = Array.from({ length: 1000 }, () => look('a'));
  const elsewhere = look('b');
  await turn();
  // None of those who asked meanwhile gets what began before.
  expect(begun.map(({ place }) => place)).toEqual(['a', 'b']);
  begun[0]?.end.reject(new Error('gone'));
  await expect(first).rejects.toThrow('gone');
  await turn();
  expect(begun.map(({ place }) => place)).toEqual(['a', 'b', 'a']);
  begun[1]?.end.resolve(2);
  begun[2]?.end.resolve(3);
  expect(await elsewhere).toBe(2);
  expect(new Set(await Promise.all(meanwhile))).toEqual(new Set([3]));
});
