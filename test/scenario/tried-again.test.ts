// Whatever stops a running pair or one of its files: it is tried again by itself, and it says since when it stands.
import { describe, expect, test } from 'vitest';
import { mapS3Error } from '../../main/adapters/s3/errors.ts';
import { retryWaitMs } from '../../main/core/backoff.ts';
import { SyncError } from '../../main/core/model/errors.ts';
import type { ErrorScope, RetryClass } from '../../main/core/model/errors.ts';
import { relPath } from '../../main/core/model/path.ts';
import { makePairEngine } from '../../main/sync/runner/pair-runner.ts';
import { seeded } from '../simulation/seeded.ts';
import { livePrefix, liveWorld } from '../support/live-pair.ts';
import type { LivePair, LiveWorld } from '../support/live-pair.ts';

const minuteMs = 60_000;

type Trouble = { isOn: boolean; met: number; readonly error: SyncError };

function withTrouble(
  world: LiveWorld,
  error: SyncError,
  concerns: (operation: string, key: string) => boolean,
) {
  const failure: Trouble = { isOn: false, met: 0, error };
  const pair = world.add('one', {
    remote: {
      hooks: {
        beforeCall: (call) => {
          const key = 'key' in call ? call.key : '';
          if (!failure.isOn || !concerns(call.operation, key)) return null;
          failure.met += 1;
          return { kind: 'refused', error };
        },
      },
    },
  });
  return { failure, pair };
}

async function inSync(world: LiveWorld, pair: LivePair): Promise<void> {
  pair.disk.write('a.txt', 'a');
  pair.start();
  await world.until(() => pair.engine.status().lastInSyncAtMs !== null, minuteMs);
}

function isInBucket(world: LiveWorld, path: string): boolean {
  return world.bucket.contents().has(`${livePrefix}${path}`);
}

const denied = (scope: ErrorScope): SyncError =>
  new SyncError({ code: 'remote-denied', retry: 'slow', scope });

function answer(status: number, code: string): SyncError {
  return mapS3Error(
    Object.assign(new Error(code), { name: code, Code: code, $metadata: { httpStatusCode: status } }),
    { writes: false, deniedScope: 'pair', nowMs: 1_800_000_000_000 },
  );
}

describe('a pair that every answer of the store stopped continues within the hour after it is over', () => {
  test.each([
    [403, 'AccessDenied'],
    [404, 'NoSuchBucket'],
    [403, 'InvalidAccessKeyId'],
    [403, 'SignatureDoesNotMatch'],
    [403, 'RequestTimeTooSkewed'],
    [507, 'QuotaExceeded'],
    [301, 'PermanentRedirect'],
    [400, 'InvalidBucketName'],
    [400, 'SomethingThatNobodyKnows'],
    [418, 'Teapot'],
    [503, 'SlowDown'],
  ])('%i %s', async (status, code) => {
    const world = liveWorld();
    const { failure, pair } = withTrouble(world, answer(status, code), () => true);
    await inSync(world, pair);
    failure.isOn = true;
    pair.engine.checkNow();
    await world.pass(10 * minuteMs);
    expect(failure.met).toBeGreaterThan(0);
    const { failure: seen } = pair.engine.status();
    expect(seen?.error.code).toBe(failure.error.code);
    expect(seen?.sinceMs).toBeLessThan(world.clock.nowMs() - 9 * minuteMs);
    expect(seen?.retryAtMs).toBeGreaterThan(world.clock.nowMs());
    failure.isOn = false;
    pair.disk.write('later.txt', 'later');
    await world.until(() => isInBucket(world, 'later.txt'), 60 * minuteMs);
    expect(pair.engine.status().failure).toBeNull();
  });
});

describe('a pair that stands still', () => {
  test('is not asked for more often than every few minutes where only a change elsewhere can cure it', async () => {
    const world = liveWorld();
    const { failure, pair } = withTrouble(world, denied('pair'), () => true);
    await inSync(world, pair);
    failure.isOn = true;
    pair.engine.checkNow();
    await world.pass(24 * 60 * minuteMs);
    expect(failure.met).toBeLessThan(40);
    expect(failure.met).toBeGreaterThan(20);
  });

  test('is tried at once when it is asked to', async () => {
    const world = liveWorld();
    const { failure, pair } = withTrouble(world, denied('pair'), () => true);
    await inSync(world, pair);
    failure.isOn = true;
    pair.engine.checkNow();
    await world.pass(60 * minuteMs);
    failure.isOn = false;
    pair.disk.write('later.txt', 'later');
    for (const ask of [() => pair.engine.checkNow(), () => pair.engine.retryNow()]) ask();
    await world.until(() => isInBucket(world, 'later.txt'), 10_000);
  });

  test('logs each try once, with its code, its number and the wait', async () => {
    const world = liveWorld();
    const { failure, pair } = withTrouble(world, denied('pair'), () => true);
    await inSync(world, pair);
    failure.isOn = true;
    pair.engine.checkNow();
    await world.pass(30 * minuteMs);
    expect(pair.log.filter((line) => line === 'pair stopped')).toHaveLength(failure.met);
  });
});

describe('a file that was refused once', () => {
  test.each([
    ['slow', 60],
    ['backoff', 15],
  ] as const)('by a failure of class %s is tried again within %i minutes', async (retry, minutes) => {
    const world = liveWorld();
    const error = new SyncError({ code: 'remote-refused', retry, scope: 'item' });
    const { failure, pair } = withTrouble(world, error, (_, key) => key.endsWith('/refused.txt'));
    await inSync(world, pair);
    failure.isOn = true;
    pair.write('refused.txt', 'text');
    await world.pass(minuteMs);
    expect(pair.store.problem(relPath('refused.txt'))?.retryAtMs).not.toBeNull();
    failure.isOn = false;
    await world.until(() => isInBucket(world, 'refused.txt'), minutes * minuteMs);
    expect(pair.store.problems()).toEqual([]);
  });

  test('is tried at the start of the engine, whenever its time is', async () => {
    const world = liveWorld();
    const pair = world.add('one');
    pair.disk.write('refused.txt', 'text');
    const path = relPath('refused.txt');
    const problem = { path, code: 'remote-refused', fields: {}, sinceMs: 0, attempts: 9 };
    const retryAtMs = world.clock.nowMs() + 50 * minuteMs;
    pair.store.record([{ kind: 'problem', problem: { ...problem, retryAtMs } }]);
    pair.start();
    await world.until(() => isInBucket(world, 'refused.txt'), minuteMs);
  });

  test('and left without a next try by an earlier version is tried again', async () => {
    const world = liveWorld();
    const { failure, pair } = withTrouble(world, denied('item'), () => false);
    await inSync(world, pair);
    failure.isOn = true;
    const path = relPath('old.txt');
    const problem = { path, code: 'remote-refused', fields: {}, sinceMs: 0, attempts: 1, retryAtMs: null };
    pair.store.record([{ kind: 'problem', problem }]);
    pair.write('old.txt', 'text');
    await world.until(() => isInBucket(world, 'old.txt'), minuteMs);
  });
});

describe('a wall clock that is set while a pair waits', () => {
  test.each([
    ['two hours back', -2 * 60 * minuteMs],
    ['thirty days back', -30 * 24 * 60 * minuteMs],
    ['a year ahead', 365 * 24 * 60 * minuteMs],
  ])('%s makes it wait no longer', async (_, jumpMs) => {
    const world = liveWorld();
    const wall = { offsetMs: 0 };
    const { failure, pair } = withTrouble(world, answer(503, 'SlowDown'), () => true);
    const clock = {
      nowMs: () => world.clock.nowMs() + wall.offsetMs,
      monotonicMs: () => world.clock.monotonicMs(),
      sleep: (ms: number, signal: AbortSignal) => world.clock.sleep(ms, signal),
    };
    const quiet = () => undefined;
    const engine = makePairEngine({
      id: 'one',
      openContext: () => Promise.resolve({ ...pair.context(), clock }),
      makeWatcher: () => ({ start: () => Promise.resolve(), stop: () => Promise.resolve() }),
      times: { settleMs: 1000, auditMs: 3_600_000, pollMs: 10_000, activePollMs: 3000 },
      clock,
      random: seeded(4),
      log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    });
    const life = new AbortController();
    pair.disk.write('a.txt', 'a');
    const running = engine.run(life.signal);
    await world.until(() => engine.status().lastInSyncAtMs !== null, minuteMs);
    failure.isOn = true;
    engine.checkNow();
    await world.pass(5 * minuteMs);
    expect(engine.status().failure).not.toBeNull();
    wall.offsetMs = jumpMs;
    failure.isOn = false;
    pair.disk.write('later.txt', 'later');
    await world.until(() => isInBucket(world, 'later.txt'), 4 * minuteMs);
    life.abort(new Error('the test is over'));
    await world.clock.drive(running);
  });
});

test('every class of failure has a next try, at most an hour away', () => {
  for (const retry of ['now', 'backoff', 'slow'] satisfies RetryClass[]) {
    for (const what of ['item', 'standing'] as const) {
      for (const failures of [1, 2, 10, 1000]) {
        for (const random of [0, 0.5, 0.999]) {
          const waitMs = retryWaitMs(retry, what, { failures, random });
          expect(waitMs).toBeGreaterThan(0);
          expect(waitMs).toBeLessThanOrEqual(60 * minuteMs);
        }
      }
    }
  }
});

test('a pair whose hold-up ends is starting, and not in sync before it has scanned', async () => {
  const world = liveWorld();
  const pair = world.add('one');
  pair.disk.write('first.txt', 'one');
  pair.start();
  await world.until(() => pair.engine.status().lastInSyncAtMs !== null, 60_000);
  pair.engine.pause();
  await world.until(() => pair.engine.status().phase === 'paused', 10_000);
  expect(pair.engine.status().activity).toBe('idle');
  pair.engine.resume();
  expect(pair.engine.status()).toMatchObject({ isPaused: false, activity: 'starting' });
});

test.each([1, 40])('a new pair of %i files is in sync only once they are in the bucket', async (count) => {
  const world = liveWorld();
  const pair = world.add('one');
  const names = Array.from({ length: count }, (_, at) => `folder/${String(at)}.txt`);
  for (const name of names) pair.disk.write(name, name);
  const early: number[] = [];
  const missing = () => names.filter((name) => !world.bucket.contents().has(`${livePrefix}${name}`)).length;
  pair.engine.onChange(() => {
    if (pair.engine.status().activity === 'idle' && missing() > 0) early.push(missing());
  });
  pair.start();
  await world.until(() => missing() === 0, 60_000);
  await world.until(() => pair.engine.status().activity === 'idle', 60_000);
  expect(early).toEqual([]);
});
