// Whether a watch reports a change made for the purpose.
import { expect, test } from 'vitest';
import { WatchProof } from '../../main/adapters/watch/proof.ts';

test('a watch that reports the change is proven', async () => {
  const proof: WatchProof = new WatchProof({
    touch: () => {
      proof.heard();
      return Promise.resolve(true);
    },
    deadlineMs: 60_000,
  });
  expect(await proof.prove()).toBe('heard');
});

test('an event that comes after the change, and before the deadline, counts', async () => {
  const proof = new WatchProof({ touch: () => Promise.resolve(true), deadlineMs: 60_000 });
  const outcome = proof.prove();
  setImmediate(() => {
    proof.heard();
  });
  expect(await outcome).toBe('heard');
});

test('a watch that does not report it in time is silent', async () => {
  const proof = new WatchProof({ touch: () => Promise.resolve(true), deadlineMs: 1 });
  expect(await proof.prove()).toBe('silent');
});

test('where nothing may be changed, nothing is known', async () => {
  const proof = new WatchProof({ touch: () => Promise.resolve(false), deadlineMs: 1 });
  expect(await proof.prove()).toBe('unknown');
});

test('a watch that is closed meanwhile is not called silent', async () => {
  const proof = new WatchProof({ touch: () => Promise.resolve(true), deadlineMs: 60_000 });
  const outcome = proof.prove();
  proof.stop();
  proof.heard();
  expect(await outcome).toBe('unknown');
});
