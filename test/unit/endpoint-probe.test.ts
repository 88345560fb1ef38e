// Endpoint probe: few answers in a row, and nothing left behind when one of them fails.
import { expect, test } from 'vitest';
import { SyncError } from '../../main/core/model/errors.ts';
import { probeEndpoint } from '../../main/sync/bucket/probe.ts';
import type { FakeCall, FakeFault } from '../fakes/fake-remote-core.ts';
import { makeFakeRemote } from '../fakes/fake-remote-objects.ts';
import { fixedRandom } from '../support/instant-clock.ts';

const { signal } = new AbortController();

/** Answers all calls of one round together, as a distant store does; returns how many rounds it took. */
async function roundsOf(begin: (beforeCall: () => Promise<null>) => Promise<unknown>): Promise<number> {
  const state = { waiting: new Array<(fault: null) => void>(), isOver: false };
  const over = begin(() => new Promise((resolve) => state.waiting.push(resolve))).finally(() => {
    state.isOver = true;
  });
  for (let rounds = 0; ; rounds += 1) {
    // Everything that needs no answer has run.
    await new Promise(setImmediate);
    if (state.isOver) {
      await over;
      return rounds;
    }
    for (const answer of state.waiting.splice(0)) answer(null);
  }
}

test('waits for five answers in a row, not for each of its sixty', async () => {
  let calls = 0;
  const rounds = await roundsOf(async (beforeCall) => {
    const remote = makeFakeRemote({ hooks: { beforeCall } });
    await probeEndpoint(remote, 'p/', fixedRandom(0.5), signal);
    calls = remote.calls.length;
  });
  expect(calls).toBeGreaterThan(60);
  expect(rounds).toBeLessThanOrEqual(5);
});

test('sends its first write beside the answer that tells the time, and once more if it was refused', async () => {
  const early = new SyncError({ code: 'clock-skew', retry: 'backoff', scope: 'account' });
  const ready = Promise.withResolvers<undefined>();
  let isReady = false;
  const remote = makeFakeRemote({
    hooks: {
      beforeCall: (): FakeFault | null => (isReady ? null : { kind: 'refused', error: early }),
    },
  });
  const over = probeEndpoint(remote, 'p/', fixedRandom(0.5), signal, { ready: ready.promise });
  for (let turns = 0; turns < 20; turns += 1) await new Promise(setImmediate);
  expect(remote.calls.map(({ operation }) => operation)).toEqual(['put']);
  isReady = true;
  ready.resolve(undefined);
  expect((await over).abilities).toMatchObject({ putIfNoneMatch: true });
});

test('writes nothing more where the answer that it waits for does not come', async () => {
  const lost = new SyncError({ code: 'connection-lost', retry: 'backoff', scope: 'item' });
  const remote = makeFakeRemote();
  const over = probeEndpoint(remote, 'p/', fixedRandom(0.5), signal, { ready: Promise.reject(lost) });
  await expect(over).rejects.toBe(lost);
  expect(remote.calls.map(({ operation }) => operation)).toEqual(['put', 'delete']);
  expect([...remote.contents().keys()]).toEqual([]);
});

test('writes that meet on one key are never under way together: some stores answer 409 to them', async () => {
  const busy = new Map<string, number>();
  const met: string[] = [];
  const isWrite = ({ operation }: FakeCall): boolean =>
    ['put', 'copy', 'delete', 'complete'].includes(operation);
  const remote = makeFakeRemote({
    hooks: {
      beforeCall: async (call) => {
        if (isWrite(call)) {
          busy.set(call.key, (busy.get(call.key) ?? 0) + 1);
          if ((busy.get(call.key) ?? 0) > 1) met.push(`${call.operation} ${call.key}`);
        }
        await new Promise(setImmediate);
        return null;
      },
      beforeEffect: (call) => {
        if (isWrite(call)) busy.set(call.key, (busy.get(call.key) ?? 0) - 1);
      },
    },
  });
  await probeEndpoint(remote, 'p/', fixedRandom(0.5), signal);
  expect(met).toEqual([]);
});

test.each(['put', 'upload-part', 'complete', 'copy', 'create-upload', 'head'] as const)(
  'reports a lost connection of a %s after its other checks have ended and their leftovers are removed',
  async (operation) => {
    const lost = new SyncError({ code: 'connection-lost', retry: 'backoff', scope: 'item' });
    let seen = 0;
    const beforeCall = (call: FakeCall): FakeFault | null => {
      if (call.operation !== operation || call.key.endsWith('-a')) return null;
      seen += 1;
      return seen === 1 ? { kind: 'refused', error: lost } : null;
    };
    const remote = makeFakeRemote({ versioning: 'unversioned', hooks: { beforeCall } });
    await expect(probeEndpoint(remote, 'p/', fixedRandom(0.5), signal)).rejects.toBe(lost);
    const sent = remote.calls.length;
    await new Promise(setImmediate);
    expect(remote.calls).toHaveLength(sent);
    expect([...remote.contents().keys()]).toEqual([]);
    expect(remote.bucket.uploads.size).toBe(0);
  },
);

test('tries the conditions again where the verified checksum makes no object', async () => {
  const refused = new SyncError({ code: 'remote-refused', retry: 'slow', scope: 'item' });
  const refusedKeys = new Set<string>();
  const beforeCall = ({ operation, key }: FakeCall): FakeFault | null => {
    if (operation !== 'complete' || refusedKeys.has(key)) return null;
    refusedKeys.add(key);
    return { kind: 'refused', error: refused };
  };
  const remote = makeFakeRemote({ partChecksum: 'crc32', hooks: { beforeCall } });
  const { abilities } = await probeEndpoint(remote, 'p/', fixedRandom(0.5), signal);
  expect(abilities).toMatchObject({ partChecksum: 'none', completeIfNoneMatch: true });
});

/** Answers `times` removals of one sample with this error. */
function failsToRemove(times: number, error: SyncError) {
  let left = times;
  return makeFakeRemote({
    hooks: {
      beforeCall: ({ operation, key }): FakeFault | null => {
        if (operation !== 'delete' || !key.endsWith('-k') || left === 0) return null;
        left -= 1;
        return { kind: 'refused', error };
      },
    },
  });
}

test('removes a sample again whose removal was lost, and reports where it may have stayed', async () => {
  const lost = new SyncError({ code: 'connection-lost', retry: 'backoff', scope: 'item' });
  const brief = failsToRemove(3, lost);
  expect(await (await probeEndpoint(brief, 'p/', fixedRandom(0.5), signal)).isClean).toBe(true);
  expect([...brief.contents().keys()]).toEqual([]);

  const long = failsToRemove(100, lost);
  expect(await (await probeEndpoint(long, 'p/', fixedRandom(0.5), signal)).isClean).toBe(false);
  expect([...long.contents().keys()]).toHaveLength(1);
});

test('accepts that a store lets nothing be removed', async () => {
  const denied = new SyncError({ code: 'remote-denied', retry: 'slow', scope: 'item' });
  const remote = failsToRemove(100, denied);
  expect(await (await probeEndpoint(remote, 'p/', fixedRandom(0.5), signal)).isClean).toBe(true);
});
