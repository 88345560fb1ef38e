// Stories of a pair that keeps running: failing watches, changed rules, pause in the middle, sleep, and the upkeep of the trash.
import { describe, expect, test } from 'vitest';
import type { LocalCell, RelPath, RemoteCell } from '../../main/core/model/model.ts';
import { relPath } from '../../main/core/model/path.ts';
import { dayMs } from '../../main/core/trash/policy.ts';
import { auditBytes } from '../../main/sync/scan/audit-bytes.ts';
import { makePlan } from '../../main/sync/session/plan-cycle.ts';
import { makePairEngine } from '../../main/sync/runner/pair-runner.ts';
import { fingerprintOf } from '../fakes/fake-local-paths.ts';
import { FakeBucket } from '../fakes/fake-remote-state.ts';
import { makeRefusals } from '../fakes/refusals.ts';
import { sweepTrash } from '../../main/sync/trash/sweep.ts';
import { seeded } from '../simulation/seeded.ts';
import { fillInSync, livePrefix, liveWorld } from '../support/live-pair.ts';
import type { LivePair, LiveWorld } from '../support/live-pair.ts';

async function running(world: LiveWorld, pair: LivePair): Promise<void> {
  pair.start();
  await world.until(() => pair.engine.status().lastInSyncAtMs !== null, 60_000);
  await world.pass(5000);
}

function lookAt(pair: LivePair, path: string): LocalCell {
  const node = pair.disk.find(path);
  if (node?.kind !== 'file') throw new Error(`${path} is no file`);
  const fingerprint = fingerprintOf(node);
  return { state: 'present', kind: 'file', rawName: path, fingerprint, content: null, executable: false };
}

function isInBucket(world: LiveWorld, path: string): boolean {
  return world.bucket.contents().has(`${livePrefix}${path}`);
}

function textInBucket(world: LiveWorld, path: string): string {
  return new TextDecoder().decode(world.bucket.contents().get(`${livePrefix}${path}`));
}

test('what failed is tried again in groups where a plan takes long', async () => {
  const bucket = new FakeBucket({ versioning: 'unversioned', opaqueEtags: false, nowMs: () => 0 });
  const refusals = makeRefusals(() => 0);
  const world = liveWorld({ bucket, hooks: { beforeCall: (call) => refusals.faultFor(call, bucket) } });
  const pair = world.add('one');
  refusals.add({ verbs: ['get'], answer: 'archived', where: (key) => key.startsWith(`${livePrefix}no/`) });
  const files = 300;
  const bytes = new TextEncoder().encode('archived');
  for (let at = 0; at < files; at += 1) world.bucket.write(`${livePrefix}no/${String(at)}`, bytes);
  pair.start();
  await world.until(() => pair.store.problems().length === files, 60_000);
  const triesOf = (): number => pair.remote.calls.filter(({ operation }) => operation === 'get').length;
  const before = triesOf();
  const { monotonicMs } = world.clock;
  const { unsettled } = pair.store;
  const spent = { plans: 0 };
  Object.assign(world.clock, { monotonicMs: () => monotonicMs() + spent.plans * 1000 });
  Object.assign(pair.store, {
    unsettled: (...asked: Parameters<typeof unsettled>) => {
      spent.plans += 1;
      return unsettled(...asked);
    },
  });
  await world.pass(10 * 60_000);
  expect(triesOf() - before).toBeGreaterThanOrEqual(files);
  expect(spent.plans).toBeLessThan(60);
});

describe('watching', () => {
  test('where the watches run out, the folder is scanned every minute, and a warning says so', async () => {
    const world = liveWorld();
    const pair = world.add('one');
    pair.disk.write('a.txt', 'a');
    await running(world, pair);
    expect(pair.engine.status().watch).toBe('watching');
    pair.event({ kind: 'degraded', code: 'watch-limit', message: 'ENOSPC' });
    await world.pass(5000);
    expect(pair.engine.status().watch).toBe('timed');
    expect(pair.engine.status().notices).toContain('watch-limit');
    pair.disk.write('unseen.txt', 'no hint tells of it');
    const tookMs = await world.until(() => isInBucket(world, 'unseen.txt'), 70_000);
    expect(tookMs).toBeGreaterThan(10_000);
    expect(tookMs).toBeLessThanOrEqual(62_000);
  });

  test('with working watches the folder is not scanned that often', async () => {
    const world = liveWorld();
    const pair = world.add('one');
    pair.disk.write('a.txt', 'a');
    await running(world, pair);
    const from = pair.diskCalls.length;
    await world.pass(20 * 60_000);
    expect(pair.diskCalls.slice(from)).not.toContain('list');
  });
});

describe('ignore rules that change while it runs', () => {
  test('what is left out now stays on both sides, and what is let in again is merged', async () => {
    const world = liveWorld();
    const pair = world.add('one');
    pair.disk.write('keep.txt', 'keep');
    pair.disk.write('build/out.bin', 'made');
    await running(world, pair);
    expect(isInBucket(world, 'build/out.bin')).toBe(true);
    const watchers = pair.watchers();

    pair.write('.driftlessignore', 'build/\n');
    await world.until(() => pair.engine.status().notices.includes('rules-changed'), 10_000);
    await world.pass(10_000);
    pair.remove('build/out.bin');
    await world.pass(10_000);
    expect(isInBucket(world, 'build/out.bin')).toBe(true);
    expect(pair.disk.read('keep.txt')).toBe('keep');
    expect(pair.engine.status().guards).toEqual([]);
    expect(pair.watchers()).toBe(watchers + 1);

    pair.write('.driftlessignore', '# nothing\n');
    await world.until(() => pair.disk.read('build/out.bin') === 'made', 30_000);
    expect(isInBucket(world, 'build/out.bin')).toBe(true);
  });
});

describe('a SQLite database in the folder', () => {
  const isNoted = (pair: LivePair): boolean => pair.engine.status().notices.includes('live-database');

  test('is a notice while a program has it open, and syncs', async () => {
    const world = liveWorld();
    const pair = world.add('one');
    pair.disk.write('notes.db', 'pages');
    await running(world, pair);
    expect(isNoted(pair)).toBe(false);
    pair.write('notes.db-wal', 'frames');
    await world.until(() => isInBucket(world, 'notes.db-wal'), 10_000);
    expect(isNoted(pair)).toBe(true);
    expect(pair.engine.status()).toMatchObject({ failure: null, guards: [], planProblems: [] });

    pair.disk.remove('notes.db-wal');
    pair.write('notes.db', 'pages with the frames');
    pair.event({ kind: 'entry', path: relPath('notes.db-wal') });
    await world.until(() => !isInBucket(world, 'notes.db-wal'), 120_000);
    expect(isNoted(pair)).toBe(false);
  });

  test('is none where only the name ends like a log', async () => {
    const world = liveWorld();
    const pair = world.add('one');
    await running(world, pair);
    pair.write('great-wal', 'no log of a database');
    await world.until(() => isInBucket(world, 'great-wal'), 10_000);
    expect(isNoted(pair)).toBe(false);
  });
});

describe('the count of what was replaced and removed', () => {
  async function small(files: number) {
    const world = liveWorld();
    const pair = world.add('one');
    for (let file = 0; file < files; file += 1) pair.disk.write(`${String(file)}.txt`, String(file));
    await running(world, pair);
    return { world, pair };
  }

  test('a document saved over and over in a small folder asks nothing (rule 19)', async () => {
    const { world, pair } = await small(4);
    for (let save = 0; save < 12; save += 1) {
      pair.write('0.txt', `saved ${String(save)}`);
      await world.until(() => textInBucket(world, '0.txt') === `saved ${String(save)}`, 30_000);
    }
    expect(pair.engine.status().guards).toEqual([]);
  });

  test('different documents count on, however slowly they are replaced (rule 19)', async () => {
    const { world, pair } = await small(12);
    for (let file = 0; file < 6; file += 1) {
      pair.write(`${String(file)}.txt`, 'scrambled');
      await world.pass(20_000);
    }
    expect(pair.engine.status().guards).toMatchObject([
      { kind: 'mass-replacement-remote', counts: { replacements: 6, total: 12 } },
    ]);
    expect(textInBucket(world, '5.txt')).toBe('5');
  });

  test('one file after the other renamed onto the same name is one file lost each time (rule 19)', async () => {
    const { world, pair } = await small(12);
    for (let file = 1; file < 9; file += 1) {
      pair.disk.rename(`${String(file)}.txt`, '0.txt');
      pair.event(
        { kind: 'entry', path: relPath('0.txt') },
        { kind: 'entry', path: relPath(`${String(file)}.txt`) },
      );
      await world.pass(20_000);
    }
    expect(pair.engine.status().guards).toHaveLength(1);
    const left = [...world.bucket.contents().keys()].filter((key) => key.endsWith('.txt'));
    expect(left.length).toBeGreaterThanOrEqual(7);
  });

  test('what was approved is not asked again with the next removal', async () => {
    const { world, pair } = await small(20);
    for (let file = 0; file < 10; file += 1) pair.remove(`${String(file)}.txt`);
    await world.until(() => pair.engine.status().guards.length > 0, 60_000);
    pair.engine.answer(pair.engine.status().guards[0]?.id ?? '', 'remove');
    await world.until(() => !isInBucket(world, '9.txt'), 60_000);
    pair.remove('10.txt');
    await world.until(() => !isInBucket(world, '10.txt'), 60_000);
    expect(pair.engine.status().guards).toEqual([]);
  });
});

test('what an upload-only pair leaves alone, however much it is, keeps no new file from being planned', () => {
  const pair = liveWorld().add('one', { mode: 'upload-only' });
  const cell = { state: 'present', kind: 'file', etag: 'e', sizeBytes: 1, content: null } as const;
  for (let file = 0; file < 20; file += 1) {
    const path = relPath(`theirs${String(file)}.txt`);
    const rawKey = `${livePrefix}${path}`;
    pair.store.record([
      { kind: 'remote', path, cell: { ...cell, rawKey, etag: `e${String(file)}` } as RemoteCell },
    ]);
  }
  pair.disk.write('mine.txt', 'mine');
  pair.store.record([{ kind: 'local', path: relPath('mine.txt'), cell: lookAt(pair, 'mine.txt') }]);
  const scanState = {
    localComplete: true,
    remoteComplete: true,
    changing: new Set<RelPath>(),
    isBusy: () => false,
    isProven: true,
    disk: { caseSensitive: true, refusedNames: [] },
  };
  const { ops } = makePlan(pair.context(), scanState, new Set(), { atOnce: 7 });
  expect(ops.map((op) => op.path)).toEqual(['mine.txt']);
});

describe('the slow audit of the bytes (rule 6)', () => {
  test('finds a change that left size, times and inode alone, and sends it; a large folder is read over a month', async () => {
    const world = liveWorld();
    const pair = world.add('one');
    for (const name of ['a.txt', 'a!.txt', 'a/b.txt', 'a/c.txt', 'ab.txt', 'z.txt'])
      pair.disk.write(name, `text of ${name}`);
    await running(world, pair);
    const rot = (path: string): void => {
      const node = pair.disk.find(path);
      if (node?.kind !== 'file') throw new Error(`${path} is no file`);
      node.bytes = new TextEncoder().encode(
        `rotted ${path}`.padEnd(node.bytes.length).slice(0, node.bytes.length),
      );
    };
    // By then the looks at the folder have long stopped to doubt what was new at first.
    await world.pass(3 * 3_600_000);
    for (const path of ['a!.txt', 'z.txt']) rot(path);
    expect(textInBucket(world, 'z.txt')).toBe('text of z.txt');
    await world.until(() => textInBucket(world, 'z.txt') === 'rotted z.txt ', 80 * 60_000);
    await world.until(() => textInBucket(world, 'a!.txt') === 'rotted a!.txt ', 60_000);
    expect(pair.log).toContain('files changed without a change of their times');
  });

  test('reads no more in an hour than its share, and comes round to every file', async () => {
    const world = liveWorld();
    const pair = world.add('one');
    const names = ['a.txt', 'a!.txt', 'a/b.txt', 'a/c.txt', 'ab.txt', 'abc.txt', 'z.txt'];
    for (const name of names) pair.disk.write(name, name);
    await running(world, pair);
    await pair.stop();
    const signal = new AbortController().signal;
    const context = pair.context();
    const read: string[] = [];
    const one = {
      ...context,
      store: { ...pair.store, counts: () => ({ files: 7, folders: 1, bytes: 1024 ** 4 }) },
      files: {
        ...context.files,
        hash: (path: RelPath) => {
          read.push(path);
          return Promise.resolve({ kind: 'changed' } as const);
        },
      },
    };
    // Each of them is as large as its share of the hour.
    const cells = names.map((name) => ({ path: relPath(name), entry: pair.store.entry(relPath(name)) }));
    for (const { path, entry } of cells) {
      if (entry.local.state !== 'present' || entry.local.kind !== 'file') throw new Error(path);
      const fingerprint = { ...entry.local.fingerprint, sizeBytes: 2 * 1024 ** 3 };
      pair.store.record([{ kind: 'local', path, cell: { ...entry.local, fingerprint } }]);
    }
    for (let hour = 0; hour < 2 * (names.length + 1); hour += 1) {
      world.clock.advance(3_600_000);
      const before = read.length;
      await auditBytes(one, signal);
      expect(read.length - before).toBeLessThanOrEqual(1);
    }
    expect(read.toSorted()).toEqual([...names, ...names].toSorted());
  });
});

describe('a preview', () => {
  const signal = new AbortController().signal;

  test('says what the next cycle would do while the pair is paused, and does nothing', async () => {
    const world = liveWorld();
    const pair = world.add('one');
    pair.disk.write('a.txt', 'a');
    await running(world, pair);
    pair.engine.pause();
    await world.pass(1000);
    pair.disk.write('new.txt', 'new');
    const previewed = await world.clock.drive(pair.engine.preview(signal));
    if (previewed.kind !== 'planned') throw new Error(previewed.kind);
    expect(previewed.planned.ops.map((op) => `${op.kind} ${op.path}`)).toEqual(['upload new.txt']);
    await world.pass(60_000);
    expect(isInBucket(world, 'new.txt')).toBe(false);
  });

  test('asked for again and again in the middle of a transfer, it disturbs nothing', async () => {
    const world = liveWorld();
    const pair = world.add('one');
    const other = world.add('two');
    for (let file = 0; file < 30; file += 1) pair.disk.write(`f${String(file)}.txt`, 'old');
    await running(world, pair);
    await running(world, other);
    const previews: Promise<unknown>[] = [];
    for (let file = 0; file < 7; file += 1) {
      pair.write(`f${String(file)}.txt`, 'new');
      other.write(`f${String(29 - file)}.txt`, 'newer');
      previews.push(pair.engine.preview(signal), other.engine.preview(signal));
      await world.pass(700);
    }
    await world.clock.drive(Promise.all(previews));
    await world.until(
      () => pair.disk.read('f29.txt') === 'newer' && other.disk.read('f0.txt') === 'new',
      60_000,
    );
    expect([...pair.disk.tree().keys()].sort()).toEqual([...other.disk.tree().keys()].sort());
    expect(pair.disk.tree().size).toBe(30);
    expect(pair.log).not.toContain('recovered an interrupted operation');
  });

  test('of a pair that is stopped tells what stopped it; of one that ended, that it does not run', async () => {
    const world = liveWorld();
    const pair = world.add('one');
    await running(world, pair);
    pair.disk.isGone = true;
    pair.engine.checkNow();
    await world.pass(2500);
    await expect(world.clock.drive(pair.engine.preview(signal))).rejects.toMatchObject({
      code: 'root-missing',
    });
    pair.disk.isGone = false;
    await pair.stop();
    await expect(pair.engine.preview(signal)).rejects.toMatchObject({ code: 'pair-not-running' });
  });
});

describe('a preview that has to wait', () => {
  const signal = new AbortController().signal;

  /** In the middle of sending large.bin, which takes an hour. */
  async function duringTransfer() {
    const sending = { isSlow: true, begun: 0 };
    const world = liveWorld();
    const pair = world.add('one', {
      remote: {
        hooks: {
          beforeCall: async (call, ends) => {
            if (call.operation !== 'put' || !call.key.endsWith('large.bin')) return null;
            sending.begun += 1;
            if (sending.isSlow) await world.clock.sleep(3_600_000, ends);
            return null;
          },
        },
      },
    });
    pair.disk.write('small.txt', 'small');
    await running(world, pair);
    pair.write('large.bin', 'x'.repeat(100_000));
    await world.until(() => sending.begun === 1, 10_000);
    return { world, pair, sending };
  }

  test('a preview during a transfer is answered at once and names it', async () => {
    const { world, pair } = await duringTransfer();
    const fromMs = world.clock.monotonicMs();
    const answer = await world.clock.drive(pair.engine.preview(signal));
    if (answer.kind !== 'planned') throw new Error(answer.kind);
    expect(answer.planned.ops.map((op) => `${op.kind} ${op.path}`)).toEqual(['upload large.bin']);
    expect(world.clock.monotonicMs() - fromMs).toBeLessThan(5000);
    expect(pair.engine.status()).toMatchObject({ phase: 'executing', failure: null });
  });

  test.each(['pause', 'restart'] as const)(
    'is answered after a %s in the middle of its own look',
    async (how) => {
      const look = { isSlow: false, begun: 0 };
      const world = liveWorld();
      const pair = world.add('one', {
        remote: {
          hooks: {
            beforeCall: async (call, ends) => {
              if (call.operation !== 'list' || !look.isSlow) return null;
              look.begun += 1;
              await world.clock.sleep(3_600_000, ends);
              return null;
            },
          },
        },
      });
      await running(world, pair);
      pair.disk.write('new.txt', 'new');
      look.isSlow = true;
      const previewed = pair.engine.preview(signal);
      await world.until(() => look.begun === 1, 10_000);
      look.isSlow = false;
      pair.engine[how]();
      const answer = await world.clock.drive(previewed);
      if (answer.kind !== 'planned') throw new Error(answer.kind);
      expect(answer.planned.ops.map((op) => `${op.kind} ${op.path}`)).toContain('upload new.txt');
    },
  );

  test('a pause that is taken back at once leaves the pair running', async () => {
    const { world, pair, sending } = await duringTransfer();
    sending.isSlow = false;
    pair.engine.pause();
    expect(pair.engine.status().phase).toBe('pausing');
    pair.engine.resume();
    await world.until(() => isInBucket(world, 'large.bin'), 10_000);
    expect(pair.engine.status()).toMatchObject({ isPaused: false, failure: null });
  });

  test('of a pair in trouble looks again, once for each question', async () => {
    const world = liveWorld();
    const pair = world.add('one');
    await running(world, pair);
    const stops = (): number => pair.log.filter((line) => line === 'pair stopped').length;
    pair.disk.isGone = true;
    pair.engine.checkNow();
    await world.pass(25 * 60_000);
    // By now its own tries are minutes apart.
    const before = stops();
    for (let asked = 1; asked <= 3; asked += 1) {
      await expect(world.clock.drive(pair.engine.preview(signal))).rejects.toMatchObject({
        code: 'root-missing',
      });
      await world.pass(10_000);
      expect(stops()).toBe(before + asked);
    }
    await world.pass(2 * 120_000);
    expect(stops(), 'it retries as often as before').toBeLessThanOrEqual(before + 3 + 4);

    pair.disk.isGone = false;
    pair.disk.write('new.txt', 'new');
    const fromMs = world.clock.monotonicMs();
    const answer = await world.clock.drive(pair.engine.preview(signal));
    if (answer.kind !== 'planned') throw new Error(answer.kind);
    expect(answer.planned.ops.map((op) => `${op.kind} ${op.path}`)).toEqual(['upload new.txt']);
    expect(world.clock.monotonicMs() - fromMs).toBeLessThan(5000);
  });

  test('is refused with the reason while no watch can be made, and because the pair does not run once it is stopped', async () => {
    const world = liveWorld();
    const nothing = (): void => undefined;
    const watches = { asked: 0 };
    const engine = makePairEngine({
      id: 'one',
      openContext: () => Promise.reject(new Error('not reached')),
      makeWatcher: () => {
        watches.asked += 1;
        throw new Error('nothing to watch with');
      },
      rootSight: () => Promise.resolve('here'),
      times: { settleMs: 1000, auditMs: 3_600_000, pollMs: 10_000, activePollMs: 3000 },
      clock: world.clock,
      random: seeded(7),
      log: { debug: nothing, info: nothing, warn: nothing, error: nothing },
    });
    const stop = new AbortController();
    const ended = engine.run(stop.signal);
    for (let asked = 1; asked <= 2; asked += 1) {
      await expect(world.clock.drive(engine.preview(signal))).rejects.toThrow('nothing to watch with');
    }
    const before = watches.asked;
    await world.pass(10 * 60_000);
    expect(watches.asked, 'it is tried again by itself').toBeGreaterThan(before);
    const waiting = expect(engine.preview(signal)).rejects.toMatchObject({ code: 'pair-not-running' });
    stop.abort();
    await world.clock.drive(ended);
    await waiting;
    await expect(engine.preview(signal)).rejects.toMatchObject({ code: 'pair-not-running' });
  });
});

test('a preview during a removal deletes nothing that an event named and that still changes (rule 2)', async () => {
  const world = liveWorld();
  const pair = world.add('one');
  for (const name of ['a.txt', 'b.txt']) pair.disk.write(name, name);
  await running(world, pair);
  // As some programs save: the old file goes, and the new one comes a moment later.
  pair.remove('a.txt');
  const answer = await world.clock.drive(pair.engine.preview(new AbortController().signal));
  if (answer.kind !== 'planned') throw new Error(answer.kind);
  expect(answer.planned.ops.map((op) => `${op.kind} ${op.path}`)).toEqual(['remove-remote a.txt']);
  await world.pass(300);
  expect(isInBucket(world, 'a.txt')).toBe(true);
  pair.write('a.txt', 'saved');
  await world.until(() => textInBucket(world, 'a.txt') === 'saved', 20_000);
  const deletes = pair.remote.calls.filter(
    (call) => call.operation === 'delete' && call.key.endsWith('a.txt'),
  );
  expect(deletes).toEqual([]);

  pair.remove('b.txt');
  await world.clock.drive(pair.engine.preview(new AbortController().signal));
  await world.until(() => !isInBucket(world, 'b.txt'), 20_000);
});

describe('pause', () => {
  test('stops a large transfer within a second, and resume sends it', async () => {
    let isSlow = true;
    const world = liveWorld();
    let begun = 0;
    const pair = world.add('one', {
      remote: {
        hooks: {
          beforeCall: async (call, signal) => {
            if (call.operation !== 'put' || !call.key.endsWith('large.bin')) return null;
            begun += 1;
            if (isSlow) await world.clock.sleep(3_600_000, signal);
            return null;
          },
        },
      },
    });
    pair.disk.write('small.txt', 'small');
    await running(world, pair);
    pair.write('large.bin', 'x'.repeat(100_000));
    await world.until(() => begun === 1, 10_000);
    pair.engine.pause();
    await world.pass(1000);
    expect(pair.engine.context()).toBeNull();
    expect(pair.engine.status()).toMatchObject({ isPaused: true, activity: 'idle', failure: null });
    const calls = pair.remote.calls.length;
    await world.pass(600_000);
    expect(pair.remote.calls.length).toBe(calls);
    isSlow = false;
    pair.engine.resume();
    await world.until(() => isInBucket(world, 'large.bin'), 10_000);
    expect(pair.engine.status().isPaused).toBe(false);
  });
});

describe('a machine that slept', () => {
  test('asks for the head at once when it wakes', async () => {
    const world = liveWorld();
    const pair = world.add('one');
    fillInSync(pair, 10);
    await running(world, pair);
    await world.pass(120_000);
    const from = pair.remote.calls.length;
    world.clock.advance(8 * 3_600_000);
    await world.pass(10);
    await world.until(() => pair.remote.calls.slice(from).some((call) => call.key.endsWith('/head')), 500);
  });
});

describe('the trash', () => {
  function withTrash(pair: LivePair, count: number, atMs: number): void {
    for (let at = 0; at < count; at += 1) {
      const where = `2026-01-01/aa/piece${String(at)}`;
      pair.disk.write(`.driftless/trash/${where}`, 'removed bytes');
      pair.store.record([
        {
          kind: 'trash',
          item: {
            id: `piece${String(at)}`,
            side: 'local',
            path: `gone${String(at)}.txt` as never,
            where,
            versionId: null,
            content: null,
            sizeBytes: 13,
            executable: false,
            atMs: atMs + at,
            why: 'removed',
          },
        },
      ]);
    }
  }
  function trashOf(pair: LivePair): number {
    const own = [...pair.disk.tree({ withOwn: true }).keys()];
    return own.filter((path) => path.startsWith('.driftless/trash/')).length;
  }

  test('keeps things for thirty days and then lets them go', async () => {
    const world = liveWorld();
    const pair = world.add('one');
    withTrash(pair, 3, world.clock.nowMs());
    const { signal } = new AbortController();
    for (let day = 0; day <= 30; day += 1) {
      await world.clock.drive(sweepTrash(pair.context(), signal));
      world.clock.advance(dayMs);
    }
    expect([pair.store.trash().length, trashOf(pair)]).toEqual([3, 3]);
    await world.clock.drive(sweepTrash(pair.context(), signal));
    expect([pair.store.trash().length, trashOf(pair)]).toEqual([0, 0]);
  });

  test('is seen to at the start and then once a day', async () => {
    const world = liveWorld();
    const pair = world.add('one');
    await running(world, pair);
    const first = pair.store.meta('trashAge');
    expect(first).not.toBeNull();
    await world.pass(23 * 3_600_000);
    expect(pair.store.meta('trashAge')).toBe(first);
    await world.pass(2 * 3_600_000);
    expect(pair.store.meta('trashAge')).not.toBe(first);
  });

  test('is not emptied by a clock that jumps ten years', async () => {
    const world = liveWorld();
    const pair = world.add('one');
    withTrash(pair, 3, world.clock.nowMs());
    const { signal } = new AbortController();
    await world.clock.drive(sweepTrash(pair.context(), signal));
    world.clock.advance(3650 * dayMs);
    await world.clock.drive(sweepTrash(pair.context(), signal));
    expect([pair.store.trash().length, trashOf(pair)]).toEqual([3, 3]);
  });

  test('gives way oldest first when it takes more than its share, and says so', async () => {
    const world = liveWorld();
    const pair = world.add('one', { options: { trash: { maxVolumePercent: 1e-13 } } });
    withTrash(pair, 2, world.clock.nowMs());
    await running(world, pair);
    expect(pair.engine.status().notices).toContain('trash-trimmed');
    expect(trashOf(pair)).toBe(0);
  });

  test('on a volume that does not tell its size loses nothing before its days, and files are fetched there', async () => {
    const world = liveWorld();
    const pair = world.add('one', { options: { trash: { maxVolumePercent: 1e-13 } } });
    pair.disk.hidesSize = true;
    withTrash(pair, 2, world.clock.nowMs());
    world.bucket.write(`${livePrefix}new.txt`, new TextEncoder().encode('new'));
    await running(world, pair);
    await world.pass(25 * 3_600_000);
    expect(trashOf(pair)).toBe(2);
    expect(pair.engine.status().notices).not.toContain('trash-trimmed');
    expect(pair.disk.read('new.txt')).toBe('new');
    expect(pair.store.problems()).toEqual([]);
  });

  test('in the bucket: our own copies go after their days, versions are never touched', async () => {
    const world = liveWorld({ versioning: 'unversioned' });
    const pair = world.add('one');
    const copy = `${livePrefix}.driftless/trash/2026-01-01/copy`;
    world.bucket.write(copy, new TextEncoder().encode('copy'));
    world.bucket.write(`${livePrefix}kept.txt`, new TextEncoder().encode('live'));
    const item = {
      side: 'remote' as const,
      path: 'kept.txt' as never,
      content: null,
      sizeBytes: 4,
      executable: false,
      atMs: world.clock.nowMs() - 40 * dayMs,
      why: 'removed' as const,
    };
    pair.store.record([
      { kind: 'trash', item: { ...item, id: 'copy', where: copy, versionId: null } },
      { kind: 'trash', item: { ...item, id: 'version', where: `${livePrefix}kept.txt`, versionId: 'v1' } },
      { kind: 'trash', item: { ...item, id: 'foreign', where: `${livePrefix}kept.txt`, versionId: null } },
    ]);
    await world.clock.drive(sweepTrash(pair.context(), new AbortController().signal));
    expect(pair.store.trash()).toEqual([]);
    expect([...world.bucket.contents().keys()]).toEqual([`${livePrefix}kept.txt`]);
    const deletes = pair.remote.calls.filter((call) => call.operation === 'delete').map((call) => call.key);
    expect(deletes).toEqual([copy]);
  });
});

test('a folder whose watches report only our own changes is looked at every minute, and says so', async () => {
  const world = liveWorld();
  const pair = world.add('one');
  pair.start();
  await world.until(() => pair.engine.status().lastInSyncAtMs !== null, 60_000);
  pair.event({ kind: 'degraded', code: 'watch-deaf', message: 'nfs4' });
  await world.pass(5000);
  pair.disk.write('from another computer', 'there');
  await world.until(() => world.bucket.contents().has(`${livePrefix}from another computer`), 90_000);
  expect(pair.engine.status().notices).toContain('watch-deaf');
  expect(pair.engine.status().watch).toBe('timed');
});
