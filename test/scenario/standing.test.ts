// What is shown of a pair while it is stopped and retried: never less than the truth, and the same in word and exit code.
import { describe, expect, test } from 'vitest';
import { viewOfPair, problemsOf } from '../../main/app/pair-view.ts';
import { exitCodeOfNeed } from '../../main/cli/exit-codes.ts';
import { verdictOf } from '../../main/core/status.ts';
import { SyncError } from '../../main/core/model/errors.ts';
import { rootPath } from '../../main/core/model/path.ts';
import type { AccountId, PairId } from '../../main/core/config/config.ts';
import { transferSizes } from '../../main/sync/transfer-sizes.ts';
import { livePrefix, liveWorld } from '../support/live-pair.ts';
import type { LivePair } from '../support/live-pair.ts';

const minuteMs = 60_000;

function verdictOfLive({ engine, store }: LivePair) {
  const status = engine.status();
  const view = viewOfPair({
    config: {
      id: 'one' as PairId,
      account: 'work' as AccountId,
      folder: '/one',
      bucket: 'bucket',
      prefix: '',
      mode: 'two-way',
      ignore: [],
      caseSensitivity: 'sensitive',
    },
    remoteLabel: 'bucket',
    isSignedIn: true,
    accountState: 'signed-in',
    status,
    counts: { files: 0, folders: 0, bytes: 0 },
    lastInSyncAtMs: null,
    problems: problemsOf(store.problems(), status),
    conflicts: 0,
  });
  const { overall, need } = verdictOf({ accounts: [{ state: 'signed-in' }], pairs: [view] });
  return { overall, code: exitCodeOfNeed(need), standing: view.standing, view };
}

describe('a pair that the store refuses', () => {
  test.each([
    ['everything', 'account', 'backoff', () => true, 'offline'],
    ['LIST alone', 'pair', 'slow', (operation: string) => operation === 'list', 'attention'],
    ['PUT alone', 'pair', 'slow', (operation: string) => operation === 'put', 'attention'],
  ] as const)('%s: says so during each retry, too', async (_title, scope, retry, concerns, word) => {
    const failure = { isOn: false };
    const world = liveWorld();
    const error = new SyncError({ code: 'some-refusal', retry, scope });
    const pair = world.add('one', {
      remote: {
        hooks: {
          beforeCall: ({ operation }) =>
            failure.isOn && concerns(operation) ? { kind: 'refused', error } : null,
        },
      },
    });
    pair.disk.write('a.txt', 'a');
    pair.start();
    await world.until(() => pair.engine.status().lastInSyncAtMs !== null, minuteMs);
    failure.isOn = true;
    pair.write('b.txt', 'b');
    pair.engine.checkNow();
    await world.until(() => pair.engine.status().failure !== null, 30 * minuteMs);
    const fromMs = verdictOfLive(pair).standing?.sinceMs;
    const seen = new Set<string>();
    const look = (): void => {
      const { overall, code, standing } = verdictOfLive(pair);
      seen.add(`${overall} ${String(code)}`);
      if (standing !== null) expect(standing.sinceMs).toBe(fromMs);
    };
    pair.engine.onChange(look);
    await world.pass(3 * 60 * minuteMs);
    if (concerns('put') && !concerns('list')) {
      // Both sides can be scanned again before the next file is refused.
      expect([...seen].filter((one) => one.endsWith('0')).every((one) => one.startsWith('syncing'))).toBe(
        true,
      );
      expect([...seen]).toContain(`${word} 1`);
    } else expect([...seen]).toEqual([`${word} 1`]);
    failure.isOn = false;
    await world.until(() => verdictOfLive(pair).overall === 'in-sync', 60 * minuteMs);
    expect(verdictOfLive(pair)).toMatchObject({ code: 0, standing: null });
  });
});

test('files that only wait for the network are counted, and are no problems', async () => {
  const world = liveWorld();
  const failure = { isOn: false };
  const lost = new SyncError({ code: 'connection-lost', retry: 'backoff', scope: 'item' });
  const unreachable = new SyncError({ code: 'endpoint-unreachable', retry: 'backoff', scope: 'account' });
  const pair = world.add('one', {
    remote: {
      hooks: {
        beforeCall: (call) => {
          if (!failure.isOn) return null;
          const isUnderWay = call.operation === 'put' && 'key' in call && /early/.test(call.key);
          return { kind: 'refused', error: isUnderWay ? lost : unreachable };
        },
      },
    },
  });
  pair.start();
  await world.until(() => verdictOfLive(pair).overall === 'in-sync', minuteMs);
  failure.isOn = true;
  for (const name of ['early 1', 'early 2', ...Array.from({ length: 30 }, (_, at) => `late ${String(at)}`)])
    pair.write(`${name}.txt`, name);
  const looks = new Set<string>();
  pair.engine.onChange(() => {
    const { view } = verdictOfLive(pair);
    if (view.state === 'offline') looks.add(JSON.stringify([view.notices, view.problemCount]));
  });
  await world.until(() => pair.engine.status().failure !== null, 10 * minuteMs);
  await world.pass(30 * minuteMs);
  const reason = { code: 'endpoint-unreachable', fields: {} };
  const waiting = { code: 'offline-waiting', fields: { count: 32 } };
  expect([...looks].at(-1)).toBe(JSON.stringify([[reason, waiting], 0]));
  failure.isOn = false;
  await world.until(() => verdictOfLive(pair).overall === 'in-sync', 60 * minuteMs);
  expect(verdictOfLive(pair).view).toMatchObject({ notices: [], problemCount: 0 });
});

test('a pair that is paused while it is stopped is paused, and nothing else', async () => {
  const world = liveWorld();
  const failure = { isOn: true };
  const error = new SyncError({ code: 'some-refusal', retry: 'slow', scope: 'pair' });
  const pair = world.add('one', {
    remote: { hooks: { beforeCall: () => (failure.isOn ? { kind: 'refused', error } : null) } },
  });
  pair.start();
  await world.until(() => pair.engine.status().failure !== null, minuteMs);
  pair.engine.pause();
  await world.until(() => pair.engine.status().phase === 'paused', minuteMs);
  expect(verdictOfLive(pair)).toMatchObject({ overall: 'paused', code: 0, standing: null });
  failure.isOn = false;
  pair.engine.resume();
  await world.until(() => verdictOfLive(pair).overall === 'in-sync', minuteMs);
});

test('a question of an earlier run is shown and answered while the pair cannot be opened', async () => {
  const world = liveWorld();
  const failure = { isOn: false };
  const error = new SyncError({ code: 'endpoint-unreachable', retry: 'backoff', scope: 'account' });
  const pair = world.add('one', {
    remote: { hooks: { beforeCall: () => (failure.isOn ? { kind: 'refused', error } : null) } },
  });
  const names = Array.from({ length: 40 }, (_, at) => `${String(at)}.txt`);
  for (const name of names) pair.disk.write(name, name);
  pair.start();
  await world.until(() => pair.engine.status().lastInSyncAtMs !== null, minuteMs);
  for (const name of names) pair.remove(name);
  await world.until(() => pair.engine.status().guards.length > 0, 10 * minuteMs);
  await pair.stop();
  failure.isOn = true;
  pair.restart();
  await world.until(() => pair.engine.status().failure !== null, minuteMs);
  expect(verdictOfLive(pair)).toMatchObject({ overall: 'attention', code: 3 });
  const [guard] = pair.engine.status().guards;
  expect(pair.engine.answer(guard?.id ?? '', 'keep')).toBe(true);
  expect(verdictOfLive(pair)).toMatchObject({ overall: 'offline', code: 1 });
  failure.isOn = false;
  await world.until(() => names.every((name) => pair.disk.find(name) !== null), 10 * minuteMs);
  await world.until(() => verdictOfLive(pair).overall === 'in-sync', 10 * minuteMs);
});

test('a full disk is one row with counts; no download is repeated before there is room', async () => {
  const world = liveWorld();
  let gets = 0;
  const pair = world.add('one', {
    remote: {
      hooks: {
        beforeCall: (call) => {
          if (call.operation === 'get' && 'key' in call && call.key.endsWith('.bin')) gets += 1;
          return null;
        },
      },
    },
  });
  const other = world.add('two');
  for (const at of [1, 2, 3, 4]) other.disk.write(`${String(at)}.bin`, String(at).repeat(40_000));
  other.start();
  await world.until(() => other.engine.status().lastInSyncAtMs !== null, minuteMs);
  // Each fits by itself, not all of them.
  pair.disk.capacityBytes = 100_000;
  pair.start();
  await world.until(() => verdictOfLive(pair).overall === 'attention', 10 * minuteMs);
  await world.pass(3 * minuteMs);
  const before = gets;
  await world.pass(20 * minuteMs);
  expect(gets).toBe(before);
  expect(verdictOfLive(pair)).toMatchObject({ overall: 'attention', code: 1, standing: null });
  const { rows } = problemsOf(pair.store.problems(), pair.engine.status());
  expect(rows).toMatchObject([{ path: null, code: 'disk-full', fields: { count: 2, bytes: 80_000 } }]);
  pair.disk.capacityBytes = 10_000_000;
  await world.until(() => verdictOfLive(pair).overall === 'in-sync', 20 * minuteMs);
});

test('folders without end take none of the space that downloads leave', async () => {
  const world = liveWorld();
  const pair = world.add('one');
  const deep = Array.from({ length: 20 }, (_, at) => `folder${String(at)}`).join('/');
  world.bucket.write(`${livePrefix}${deep}/`, new Uint8Array(0));
  pair.disk.capacityBytes = 3000;
  pair.start();
  await world.until(() => verdictOfLive(pair).overall === 'attention', 10 * minuteMs);
  await world.pass(20 * minuteMs);
  expect(pair.disk.find('folder0')).toBeNull();
  const { rows } = problemsOf(pair.store.problems(), pair.engine.status());
  expect(rows).toMatchObject([{ path: null, code: 'disk-full' }]);
  pair.disk.capacityBytes = 10_000_000;
  await world.until(() => pair.disk.find(deep) !== null, 40 * minuteMs);
  await world.until(() => verdictOfLive(pair).overall === 'in-sync', 10 * minuteMs);
});

test('bytes of a large download that are on the disk already leave room for a small one', async () => {
  const world = liveWorld();
  let ranges = 0;
  const kilobyte = 1000;
  const pair = world.add('one', {
    sizes: {
      ...transferSizes,
      wholeBytes: 0,
      rangedBytes: 100 * kilobyte,
      rangeBytes: 100 * kilobyte,
    },
    remote: {
      hooks: {
        beforeCall: async (call, signal) => {
          if (call.operation !== 'get' || !call.key.endsWith('large.bin')) return null;
          ranges += 1;
          // Five of six ranges arrive; the last takes hours.
          if (ranges === 6) await world.clock.sleep(6 * 60 * minuteMs, signal);
          return null;
        },
      },
    },
  });
  world.bucket.write(`${livePrefix}large.bin`, new Uint8Array(600 * kilobyte));
  pair.disk.capacityBytes = 1000 * kilobyte;
  pair.start();
  await world.until(() => ranges === 6, 10 * minuteMs);
  world.bucket.write(`${livePrefix}small.bin`, new Uint8Array(300 * kilobyte));
  pair.engine.checkNow();
  await world.until(() => pair.disk.find('small.bin') !== null, 30 * minuteMs);
  expect(pair.disk.find('large.bin')).toBeNull();
  expect(pair.store.problems()).toEqual([]);
});

test('a quota that is raised is noticed within the hour, though the disk reports as much free as before', async () => {
  const world = liveWorld();
  let isUsedUp = true;
  let refused = 0;
  const pair = world.add('one', {
    onDiskStep: (name) => {
      if (!isUsedUp || name !== 'write') return;
      refused += 1;
      throw new SyncError({ code: 'disk-full', retry: 'backoff', scope: 'item' });
    },
  });
  world.bucket.write(`${livePrefix}large.bin`, new Uint8Array(2_000_000));
  pair.start();
  await world.until(() => pair.store.problems().length === 1, 10 * minuteMs);
  await world.pass(50 * minuteMs);
  expect(refused).toBe(1);
  isUsedUp = false;
  await world.until(() => pair.disk.find('large.bin') !== null, 60 * minuteMs);
  await world.until(() => verdictOfLive(pair).overall === 'in-sync', 10 * minuteMs);
});

describe('a pair in sync that learns of something to do', () => {
  test.each([
    ['a save', (pair: LivePair) => pair.write('b.txt', 'b')],
    [
      'an event that names a folder only',
      (pair: LivePair) => {
        pair.disk.write('b.txt', 'b');
        pair.event({ kind: 'overflow', path: rootPath });
      },
    ],
    [
      'watches that end',
      (pair: LivePair) => {
        pair.disk.write('b.txt', 'b');
        pair.event({ kind: 'degraded', code: 'watch-limit', message: 'ENOSPC' });
      },
    ],
    [
      'a full check',
      (pair: LivePair) => {
        pair.disk.write('b.txt', 'b');
        pair.engine.checkNow();
      },
    ],
  ])('%s: is not in sync before it is done, however slow the poll of that moment', async (_title, learn) => {
    const world = liveWorld();
    const slow = { isOn: false, calls: 0 };
    const pair = world.add('one', {
      remote: {
        hooks: {
          beforeCall: async ({ operation }, signal) => {
            if (!slow.isOn || operation !== 'get') return null;
            slow.calls += 1;
            await world.clock.sleep(50_000, signal);
            return null;
          },
        },
      },
    });
    pair.disk.write('a.txt', 'a');
    pair.start();
    await world.until(() => verdictOfLive(pair).overall === 'in-sync', minuteMs);
    slow.isOn = true;
    await world.until(() => slow.calls > 0, minuteMs);
    slow.isOn = false;
    const { lastInSyncAtMs } = pair.engine.status();
    const isStored = (): boolean => world.bucket.contents().has(`${livePrefix}b.txt`);
    const wrong: string[] = [];
    const look = (): void => {
      if (isStored()) return;
      const { overall } = verdictOfLive(pair);
      if (overall !== 'syncing') wrong.push(overall);
      if (pair.engine.status().lastInSyncAtMs !== lastInSyncAtMs) wrong.push('noted as in sync');
    };
    learn(pair);
    pair.engine.onChange(look);
    await world.until(() => {
      look();
      return isStored();
    }, 3 * minuteMs);
    expect(wrong).toEqual([]);
    await world.until(() => verdictOfLive(pair).overall === 'in-sync', minuteMs);
  });
});
