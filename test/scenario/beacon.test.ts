// Stories of the change beacon: what one device does reaches the others at once, cheaply, and whatever happens to the logs (rule 24).
import { setImmediate as nextTurn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { makeAnnouncer } from '../../main/sync/feed/announcer.ts';
import {
  announceChange,
  announcementPending,
  pollFeed,
  rememberHead,
} from '../../main/sync/feed/change-feed.ts';
import { SyncError } from '../../main/core/model/errors.ts';
import type { Op } from '../../main/core/model/model.ts';
import { relPath } from '../../main/core/model/path.ts';
import {
  isLogName,
  logName,
  noChanges,
  parseHead,
  parseLog,
  seqOfLog,
  writeHead,
  writeLog,
} from '../../main/core/change-log.ts';
import { livePrefix, liveWorld } from '../support/live-pair.ts';
import type { RemoteChanges } from '../../main/core/change-log.ts';
import type { LiveOptions, LivePair, LiveWorld } from '../support/live-pair.ts';

const logPrefix = `${livePrefix}.driftless/log/`;
const headKey = `${livePrefix}.driftless/head`;

async function twoInSync(
  world: LiveWorld,
  howOther: LiveOptions = {},
): Promise<readonly [LivePair, LivePair]> {
  const one = world.add('one');
  const other = world.add('other', howOther);
  one.disk.write('docs/a.txt', 'a');
  one.disk.write('docs/b.txt', 'b');
  one.disk.write('top.txt', 'top');
  one.start();
  other.start();
  await world.until(
    () => other.disk.read('docs/a.txt') === 'a' && other.disk.read('top.txt') === 'top',
    60_000,
  );
  await world.pass(120_000);
  return [one, other];
}

function callsSince(pair: LivePair, from: number): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { operation } of pair.remote.calls.slice(from)) counts[operation] = (counts[operation] ?? 0) + 1;
  return counts;
}

function logsOf(world: LiveWorld): readonly string[] {
  return [...world.bucket.contents().keys()].filter((key) => key.startsWith(logPrefix)).sort();
}

function textOf(world: LiveWorld, key: string): string {
  return new TextDecoder().decode(world.bucket.contents().get(key));
}

function upload(path: string): Op {
  return { kind: 'upload', path: relPath(path), sizeBytes: 1, replaces: null } as unknown as Op;
}

/** Both are to be announced; the first has ended. */
function twoUploads(pair: LivePair): {
  readonly announcer: ReturnType<typeof makeAnnouncer>;
  readonly second: Op;
} {
  const context = pair.context();
  const [first, second] = [upload('first.txt'), upload('second.txt')];
  context.store.record(announcementPending(context, [first, second]));
  const announcer = makeAnnouncer(context);
  announcer.noteEnd(first);
  return { announcer, second };
}

describe('two devices', () => {
  test('a new file on one is on the other within ten seconds of its upload, without a LIST', async () => {
    const world = liveWorld();
    const [one, other] = await twoInSync(world);
    one.write('docs/new.txt', 'hello');
    await world.until(() => world.bucket.contents().has(`${livePrefix}docs/new.txt`), 10_000);
    const from = other.remote.calls.length;
    const tookMs = await world.until(() => other.disk.read('docs/new.txt') === 'hello', 12_000);
    expect(tookMs).toBeLessThanOrEqual(10_200);
    expect(callsSince(other, from)).not.toHaveProperty('list');
    expect(callsSince(other, from)['head'] ?? 0).toBeLessThanOrEqual(3);
  });

  test('an edit, a delete, a move and a new folder all travel by the log', async () => {
    const world = liveWorld();
    const [one, other] = await twoInSync(world);
    const from = other.remote.calls.length;
    one.write('docs/a.txt', 'edited');
    one.remove('docs/b.txt');
    one.disk.rename('top.txt', 'moved.txt');
    one.disk.makeFolders('empty');
    one.event(
      ...['top.txt', 'moved.txt', 'empty'].map((path) => ({ kind: 'entry' as const, path: path as never })),
    );
    await world.until(
      () => other.disk.read('moved.txt') === 'top' && other.disk.find('empty') !== null,
      40_000,
    );
    await world.until(() => other.disk.read('docs/a.txt') === 'edited', 40_000);
    // A removal rests first, in case it is one of many.
    await world.until(() => other.disk.find('docs/b.txt') === null, 40_000);
    expect([...other.disk.tree().keys()].sort()).toEqual(['docs/a.txt', 'moved.txt']);
    expect(callsSince(other, from)).not.toHaveProperty('list');
  });

  test('a folder renamed on one is one LIST of that folder on the other, not of the bucket', async () => {
    const world = liveWorld();
    const [one, other] = await twoInSync(world);
    const from = other.remote.calls.length;
    one.disk.rename('docs', 'papers');
    one.event({ kind: 'entry', path: 'docs' as never }, { kind: 'entry', path: 'papers' as never });
    await world.until(
      () => other.disk.read('papers/b.txt') === 'b' && other.disk.find('docs') === null,
      40_000,
    );
    const listed = other.remote.calls.slice(from).filter((call) => call.operation === 'list');
    expect(listed.map((call) => call.key)).not.toContain(livePrefix);
  });

  test('a folder made, and filled with hundreds of files before the other asks, is there whole', async () => {
    const world = liveWorld();
    let isAway = false;
    const [one, other] = await twoInSync(world, {
      wrap: (objects) => ({
        ...objects,
        get: (key, how, signal) =>
          isAway && key === headKey
            ? Promise.resolve({ kind: 'not-modified' })
            : objects.get(key, how, signal),
      }),
    });
    isAway = true;
    one.disk.makeFolders('many');
    one.event({ kind: 'entry', path: relPath('many') });
    await world.until(() => world.bucket.contents().has(`${livePrefix}many/`), 20_000);
    await world.pass(20_000);
    const files = Array.from({ length: 250 }, (_, at) => `many/${String(at)}`);
    for (const path of files) one.write(path, path);
    await world.until(() => files.every((path) => world.bucket.contents().has(livePrefix + path)), 60_000);
    await world.pass(20_000);
    isAway = false;
    await world.until(() => files.every((path) => other.disk.read(path) === path), 60_000);
  });

  test('idle devices ask for the head alone and are answered 304', async () => {
    const world = liveWorld();
    const [one] = await twoInSync(world);
    const from = one.remote.calls.length;
    await world.pass(100_000);
    const calls = one.remote.calls.slice(from);
    expect(calls.filter((call) => call.operation === 'get').every((call) => call.key === headKey)).toBe(true);
    expect(calls.length).toBeLessThanOrEqual(11);
  });
});

describe('the first announcement of a device that listed a bucket without a head', () => {
  const news = (pair: LivePair) => {
    const context = pair.context();
    rememberHead(context, null);
    context.store.record(announcementPending(context, [upload('first.txt')]));
    return { context, from: pair.remote.calls.length };
  };

  test('asks for none again', async () => {
    const world = liveWorld();
    const pair = world.add('one');
    const { context, from } = news(pair);
    expect(await announceChange(context, new AbortController().signal)).toBe(true);
    expect(callsSince(pair, from)).toEqual({ put: 2 });
    expect(parseHead(textOf(world, headKey))).toBe(logsOf(world)[0]?.slice(logPrefix.length));
  });

  test('follows that of another device, which was faster', async () => {
    const world = liveWorld();
    const [one, other] = [world.add('one'), world.add('other')];
    const [late, early] = [news(one), news(other)];
    expect(await announceChange(early.context, new AbortController().signal)).toBe(true);
    const first = parseHead(textOf(world, headKey));
    expect(await announceChange(late.context, new AbortController().signal)).toBe(true);
    const last = parseHead(textOf(world, headKey));
    expect(last).not.toBe(first);
    expect(parseLog(textOf(world, `${logPrefix}${String(last)}`), String(last))?.previous).toBe(first);
  });
});

describe('the chain', () => {
  test('each log names the one before it, and the head the last', async () => {
    const world = liveWorld();
    const [one] = await twoInSync(world);
    for (const turn of [1, 2, 3]) {
      one.write('docs/a.txt', `turn ${String(turn)}`);
      await world.pass(20_000);
    }
    const names = logsOf(world).map((key) => key.slice(logPrefix.length));
    expect(names.length).toBeGreaterThanOrEqual(4);
    expect(names.every(isLogName)).toBe(true);
    const previous = names.map(
      (name) => (JSON.parse(textOf(world, logPrefix + name)) as { previous: string }).previous,
    );
    expect(previous).toEqual([null, ...names.slice(0, -1)]);
    expect(JSON.parse(textOf(world, headKey))).toMatchObject({ log: names.at(-1) });
  });

  test('a device that was away reads what changed from the logs since', async () => {
    const world = liveWorld();
    const [one, other] = await twoInSync(world);
    other.engine.pause();
    await world.pass(1000);
    expect(other.engine.status().isPaused).toBe(true);
    for (const turn of [1, 2, 3]) {
      one.write(`docs/${String(turn)}.txt`, `turn ${String(turn)}`);
      await world.pass(20_000);
    }
    const news = await pollFeed(other.context(), new AbortController().signal);
    expect(news).toMatchObject({ kind: 'changes' });
    expect(news.kind === 'changes' ? [...news.changes.files].sort() : []).toEqual([
      'docs/1.txt',
      'docs/2.txt',
      'docs/3.txt',
    ]);
    other.engine.resume();
    await world.until(() => other.disk.read('docs/3.txt') === 'turn 3', 30_000);
    expect(other.disk.read('docs/1.txt')).toBe('turn 1');
  });

  test('a chain is followed up to a megabyte of logs, and a longer one leads to a LIST', async () => {
    const world = liveWorld();
    const [, other] = await twoInSync(world);
    other.engine.pause();
    await world.pass(1000);
    const deep = Array.from({ length: 4 }, () => 'x'.repeat(220)).join('/');
    const files = Array.from({ length: 260 }, (_, index) => relPath(`${String(index)}/${deep}`));
    let newest = parseHead(textOf(world, headKey));
    const append = (): void => {
      const name = logName(seqOfLog(newest ?? '') + 1, 'ab'.repeat(16));
      const log = writeLog({ name, previous: newest, changes: { ...noChanges, files } });
      world.bucket.write(`${logPrefix}${name}`, new TextEncoder().encode(log));
      world.bucket.write(headKey, new TextEncoder().encode(writeHead(name)));
      newest = name;
    };
    const news = () => pollFeed(other.context(), new AbortController().signal);
    for (let count = 0; count < 4; count += 1) append();
    expect(await news()).toMatchObject({ kind: 'changes' });
    append();
    expect(await news()).toEqual({ kind: 'broken', why: 'the chain names too much' });
  });

  test.each([
    [
      'a log that is gone',
      (world: LiveWorld) => {
        for (const key of logsOf(world)) world.bucket.remove(key);
      },
    ],
    [
      'a log that is not JSON',
      (world: LiveWorld) => {
        for (const key of logsOf(world)) world.bucket.write(key, new TextEncoder().encode('{"version":1'));
      },
    ],
    [
      'a log with a path that leaves the folder',
      (world: LiveWorld) => {
        for (const key of logsOf(world)) {
          const text = textOf(world, key).replace('docs/new.txt', '../../etc/passwd');
          world.bucket.write(key, new TextEncoder().encode(text));
        }
      },
    ],
    [
      'a log larger than any we write',
      (world: LiveWorld) => {
        for (const key of logsOf(world)) world.bucket.write(key, new Uint8Array(300 * 1024).fill(32));
      },
    ],
    [
      'a head that names nothing',
      (world: LiveWorld) => {
        world.bucket.write(headKey, new TextEncoder().encode('{"log":"../../x"}'));
      },
    ],
    [
      'a head of a gigabyte of nothing',
      (world: LiveWorld) => {
        world.bucket.write(headKey, new Uint8Array(64 * 1024));
      },
    ],
    [
      'no head',
      (world: LiveWorld) => {
        world.bucket.remove(headKey);
      },
    ],
  ])('%s leads to a LIST of everything, and nothing is missed or lost', async (_what, harm) => {
    const world = liveWorld();
    const [one, other] = await twoInSync(world);
    one.write('docs/new.txt', 'hello');
    await world.until(
      () =>
        world.bucket.contents().has(headKey) &&
        !one.store.meta('beaconOwed') &&
        world.bucket.contents().has(`${livePrefix}docs/new.txt`),
      10_000,
    );
    harm(world);
    const from = other.remote.calls.length;
    await world.until(() => other.disk.read('docs/new.txt') === 'hello', 30_000);
    expect(other.remote.calls.slice(from).some((call) => call.operation === 'list')).toBe(true);
    expect(other.disk.read('docs/a.txt')).toBe('a');
    const listed = other.remote.calls.length;
    await world.pass(60_000);
    // At most once more, when the device whose head was harmed has announced its batch again.
    expect(callsSince(other, listed)['list'] ?? 0).toBeLessThanOrEqual(2);
    const healed = other.remote.calls.length;
    await world.pass(60_000);
    // A page of the rolling audit may fall into it.
    expect(callsSince(other, healed)['list'] ?? 0).toBeLessThanOrEqual(1);
  });

  const writeNewestLog = (world: LiveWorld, at: number, named: Partial<RemoteChanges>): void => {
    const previous = parseHead(textOf(world, headKey));
    const name = logName(previous === null ? 1 : seqOfLog(previous) + 1, at.toString(16).padStart(32, '0'));
    const log = { name, previous, changes: { ...noChanges, ...named } };
    world.bucket.write(`${logPrefix}${name}`, new TextEncoder().encode(writeLog(log)));
    world.bucket.write(headKey, new TextEncoder().encode(writeHead(name)));
  };
  test.each([
    [
      'a head that names nothing',
      (world: LiveWorld, at: number) => {
        world.bucket.write(headKey, new TextEncoder().encode(`{"log":${String(at)}}`));
      },
    ],
    [
      'a log that names everything',
      (world: LiveWorld, at: number) => {
        writeNewestLog(world, at, { below: [relPath('')] });
      },
    ],
    [
      'a log that names the only folder',
      (world: LiveWorld, at: number) => {
        writeNewestLog(world, at, { below: [relPath('docs')] });
      },
    ],
    [
      'a log that names hundreds of files of the only folder',
      (world: LiveWorld, at: number) => {
        const files = Array.from({ length: 201 }, (_, file) => relPath(`docs/${String(file)}`));
        writeNewestLog(world, at, { files });
      },
    ],
    [
      'a log that names the only folder as a file, too',
      (world: LiveWorld, at: number) => {
        writeNewestLog(world, at, { files: [relPath('docs')], folders: [relPath('docs')] });
      },
    ],
  ])('%s, again and again, keeps no device listing a large bucket all the time', async (_what, write) => {
    const world = liveWorld();
    let listings = 0;
    let listingMs = 0;
    const pair = world.add('one', {
      wrap: (objects) => ({
        ...objects,
        async *list(prefix, after, signal) {
          const isFirst = [livePrefix, `${livePrefix}docs/`].includes(prefix) && after === null;
          for await (const page of objects.list(prefix, after, signal))
            yield isFirst ? { ...page, isLast: false } : page;
          if (!isFirst) return;
          // Who reads on lists everything, and no single page.
          listings += 1;
          await world.clock.sleep(listingMs, signal);
          yield { objects: [], unusable: [], isLast: true };
        },
      }),
    });
    pair.disk.write('docs/a.txt', 'a');
    pair.start();
    await world.until(() => world.bucket.contents().has(`${livePrefix}docs/a.txt`), 60_000);
    await world.pass(60_000);
    listingMs = 60_000;
    listings = 0;
    for (let at = 0; at < 360; at += 1) {
      write(world, at);
      await world.pass(10_000);
    }
    expect(listings).toBeGreaterThan(1);
    expect(listings).toBeLessThan(8);
    world.bucket.write(`${livePrefix}docs/b.txt`, new TextEncoder().encode('b'));
    write(world, 360);
    await world.until(() => pair.disk.find('docs/b.txt') !== null, 30 * 60_000);
  });

  test('a log that says a file is gone is not believed: the HEAD finds it', async () => {
    const world = liveWorld();
    const [one, other] = await twoInSync(world);
    const [last = ''] = logsOf(world)
      .slice(-1)
      .map((key) => key.slice(logPrefix.length));
    const seq = String(Number(last.slice(0, 12)) + 1).padStart(12, '0');
    const name = `${seq}-${'ab'.repeat(16)}`;
    const changes = { files: ['docs/a.txt'], folders: ['docs'], below: ['docs'], moves: [] };
    const lie = { version: 1, name, previous: last, changes };
    world.bucket.write(logPrefix + name, new TextEncoder().encode(JSON.stringify(lie)));
    world.bucket.write(headKey, new TextEncoder().encode(JSON.stringify({ version: 1, log: name })));
    await world.pass(30_000);
    for (const device of [one, other]) {
      expect(device.disk.read('docs/a.txt')).toBe('a');
      expect(device.disk.read('docs/b.txt')).toBe('b');
    }
    expect(world.bucket.contents().has(`${livePrefix}docs/a.txt`)).toBe(true);
  });

  test('of two that announce at once, each hears of the other', async () => {
    const world = liveWorld();
    const [one, other] = await twoInSync(world);
    one.write('from-one.txt', '1');
    other.write('from-other.txt', '2');
    await world.until(
      () => one.disk.read('from-other.txt') === '2' && other.disk.read('from-one.txt') === '1',
      30_000,
    );
  });

  test('where the head cannot be written conditionally, a head written over ours is announced again', async () => {
    const world = liveWorld({ ignores: ['put-if-match'] });
    const [one, other] = await twoInSync(world);
    const before = new TextEncoder().encode(textOf(world, headKey));
    const beforeLogs = new Set(logsOf(world));
    one.write('lost.txt', 'announced');
    await world.until(
      () => logsOf(world).length > beforeLogs.size && one.store.meta('beaconOwed') === null,
      10_000,
    );
    // Another device read the head before ours and writes its own over it: our log drops out of the chain.
    const [last = ''] = [...beforeLogs].slice(-1).map((key) => key.slice(logPrefix.length));
    const name = `${String(Number(last.slice(0, 12)) + 1).padStart(12, '0')}-${'cd'.repeat(16)}`;
    expect(new TextDecoder().decode(before)).toContain(last);
    const log = {
      version: 1,
      name,
      previous: last,
      changes: { files: ['third.txt'], folders: [], below: [], moves: [] },
    };
    world.bucket.write(logPrefix + name, new TextEncoder().encode(JSON.stringify(log)));
    world.bucket.write(headKey, new TextEncoder().encode(JSON.stringify({ version: 1, log: name })));
    await world.until(() => other.disk.read('lost.txt') === 'announced', 40_000);
  });

  test('a crash between the upload and its announcement pays at the next start', async () => {
    const world = liveWorld();
    const [one, other] = await twoInSync(world);
    await other.stop();
    one.write('docs/a.txt', 'after the crash');
    await world.until(() => textOf(world, `${livePrefix}docs/a.txt`) === 'after the crash', 10_000);
    await world.pass(10_000);
    const owed = JSON.stringify({ files: ['docs/a.txt'], folders: [], below: [], moves: [] });
    one.store.record([{ kind: 'meta', key: 'beaconOwed', value: owed }]);
    const count = logsOf(world).length;
    one.engine.restart();
    await world.until(() => one.store.meta('beaconOwed') === null, 30_000);
    expect(logsOf(world).length).toBe(count + 1);
  });

  test('what ends while an announcement is on its way stays to be announced', async () => {
    const world = liveWorld();
    const ends: { meanwhile: (() => void) | null } = { meanwhile: null };
    const pair = world.add('one', {
      remote: {
        hooks: {
          beforeCall: (call) => {
            if (call.operation === 'put' && call.key.startsWith(logPrefix)) {
              ends.meanwhile?.();
              ends.meanwhile = null;
            }
            return Promise.resolve(null);
          },
        },
      },
    });
    const { signal } = new AbortController();
    const { announcer, second } = twoUploads(pair);
    ends.meanwhile = () => {
      announcer.noteEnd(second);
    };
    await announcer.announce([second], signal);
    expect(pair.store.meta('beaconOwed')).toContain('second.txt');
    await announcer.announce([], signal);
    expect(pair.store.meta('beaconOwed')).toBeNull();
    const told = logsOf(world).map((key) => textOf(world, key));
    expect(told).toHaveLength(2);
    expect(told[1]).toContain('second.txt');
  });

  test('of thousands that ended only the places are kept, and all of them are announced', async () => {
    const world = liveWorld();
    const pair = world.add('one');
    const context = pair.context();
    const announcer = makeAnnouncer(context);
    const noteMany = (): WeakRef<Op> => {
      const ops = Array.from({ length: 5000 }, (_, at) => upload(`many/${String(at % 7)}/${String(at)}.txt`));
      context.store.record(announcementPending(context, ops));
      for (const op of ops) announcer.noteEnd(op);
      return new WeakRef(ops[0] ?? upload('none'));
    };
    const first = noteMany();
    // What a WeakRef was made of lives until the turn ends.
    await nextTurn();
    setFlagsFromString('--expose-gc');
    (runInNewContext('gc') as () => void)();
    expect(first.deref()).toBeUndefined();
    announcer.noteEnd(upload('last.txt'));
    await announcer.announce([], new AbortController().signal);
    expect(pair.store.meta('beaconOwed')).toBeNull();
    const [told = '', ...more] = logsOf(world).map((key) => textOf(world, key));
    expect(more).toEqual([]);
    const { changes } = JSON.parse(told) as { changes: { files: string[]; below: string[] } };
    expect(changes.files).toContain('last.txt');
    const isTold = (path: string): boolean =>
      changes.files.includes(path) || changes.below.some((dir) => dir === '' || path.startsWith(`${dir}/`));
    expect([0, 1, 2, 3, 4, 5, 6].every((at) => isTold(`many/${String(at)}/${String(at)}.txt`))).toBe(true);
  });

  test('an announcement that fails is made again with what ended meanwhile', async () => {
    const world = liveWorld();
    let refusals = 1;
    const pair = world.add('one', {
      remote: {
        hooks: {
          beforeCall: (call) => {
            if (call.operation !== 'put' || !call.key.startsWith(logPrefix) || refusals === 0)
              return Promise.resolve(null);
            refusals -= 1;
            announcer.noteEnd(second);
            throw new SyncError({
              code: 'remote-forbidden',
              retry: 'slow',
              scope: 'item',
              message: 'refused',
            });
          },
        },
      },
    });
    const { signal } = new AbortController();
    const { announcer, second } = twoUploads(pair);
    await announcer.announce([], signal);
    expect(refusals).toBe(0);
    await announcer.announce([], signal);
    const [told = ''] = logsOf(world).map((key) => textOf(world, key));
    expect(told).toContain('first.txt');
    expect(told).toContain('second.txt');
  });

  test('after the last number that a log can have, announcements begin again and are understood', async () => {
    const world = liveWorld();
    const pair = world.add('one');
    const signal = new AbortController().signal;
    const last = `999999999999-${'ab'.repeat(16)}`;
    world.bucket.write(headKey, new TextEncoder().encode(writeHead(last)));
    const owed = JSON.stringify({ files: ['a.txt'], folders: [], below: [], moves: [] });
    for (const previous of [last, null]) {
      const before = parseHead(textOf(world, headKey));
      pair.store.record([{ kind: 'meta', key: 'beaconOwed', value: owed }]);
      expect(await announceChange(pair.context(), signal)).toBe(true);
      const name = parseHead(textOf(world, headKey));
      expect(name).not.toBeNull();
      expect(JSON.parse(textOf(world, `${logPrefix}${name ?? ''}`))).toMatchObject({
        previous: previous ?? before,
      });
    }
  });

  test('logs older than a week beyond the newest 500 are pruned', async () => {
    const world = liveWorld();
    const pair = world.add('one');
    const signal = new AbortController().signal;
    const context = pair.context();
    const announce = async (): Promise<void> => {
      const owed = JSON.stringify({ files: ['a.txt'], folders: [], below: [], moves: [] });
      pair.store.record([{ kind: 'meta', key: 'beaconOwed', value: owed }]);
      await announceChange(context, signal);
    };
    for (let at = 0; at < 549; at += 1) await announce();
    expect(logsOf(world).length).toBe(549);
    world.clock.advance(8 * 24 * 3_600_000);
    await announce();
    expect(logsOf(world).length).toBe(500);
  });

  test('what another writer put among the logs is not listed to its end', async () => {
    const world = liveWorld();
    let pages = 0;
    const pair = world.add('one', {
      wrap: (objects) => ({
        ...objects,
        list: async function* (prefix, after, by) {
          if (prefix !== logPrefix) {
            yield* objects.list(prefix, after, by);
            return;
          }
          for (; pages < 1000; pages += 1) yield { objects: [], unusable: [], isLast: false };
        },
      }),
    });
    const owed = JSON.stringify({ files: ['a.txt'], folders: [], below: [], moves: [] });
    for (let at = 0; at < 50; at += 1) {
      pair.store.record([{ kind: 'meta', key: 'beaconOwed', value: owed }]);
      await announceChange(pair.context(), new AbortController().signal);
    }
    expect(pages).toBeGreaterThan(0);
    expect(pages).toBeLessThan(25);
  });
});
