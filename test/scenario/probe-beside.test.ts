// One pass whose probe of the store takes long: reading continues meanwhile, and nothing is written.
import { expect, test } from 'vitest';
import { SyncError } from '../../main/core/model/errors.ts';
import { relPath } from '../../main/core/model/path.ts';
import { KnownAbilities, writesAfter } from '../../main/compose/abilities.ts';
import type { EndpointAbilities } from '../../main/ports/remote-objects.port.ts';
import type { PairContext } from '../../main/sync/context.ts';
import { syncOnce } from '../../main/sync/session/sync-once.ts';
import type { FakeCall } from '../fakes/fake-remote-core.ts';
import { makeFakeRemote } from '../fakes/fake-remote-objects.ts';
import { putOptions, sourceOf } from '../support/byte-source.ts';
import { livePrefix, liveWorld } from '../support/live-pair.ts';
import type { LivePair } from '../support/live-pair.ts';

const { signal } = new AbortController();
const quiet = { onPlanned: () => undefined, onOpEnd: () => undefined };
const reads = new Set(['get', 'head', 'list', 'versions', 'get-version', 'versioning']);
const isProbe = ({ key }: FakeCall): boolean => key.includes('/.driftless/probe/');

/** One pass as a command makes it, with its probe: `whenProbed` holds the answers back. */
function onePass(pair: LivePair, whenProbed: (call: FakeCall) => Promise<null>) {
  const given = pair.context();
  const probed = makeFakeRemote({ bucket: pair.remote.bucket, hooks: { beforeCall: whenProbed } });
  const { store, settings } = given;
  const known = new KnownAbilities({ store, settings, remote: probed }, signal);
  const remote = writesAfter(known.proof, {
    objects: given.remote,
    multipart: given.multipart,
    versions: given.versions,
  });
  const context: PairContext = {
    ...given,
    remote: remote.objects,
    multipart: remote.multipart,
    proof: known.proof,
    get abilities() {
      return known.now;
    },
  };
  return { known, over: syncOnce(context, new Set(), quiet, signal) };
}

const spaceKey = `${livePrefix}.driftless/space.json`;

function spaceOf(text: string | null): unknown {
  return text === null ? null : (JSON.parse(text) as { spaceId: unknown }).spaceId;
}

function spaceInBucket({ remote }: LivePair): unknown {
  const bytes = remote.contents().get(spaceKey);
  return bytes === undefined ? null : spaceOf(new TextDecoder().decode(bytes));
}

const spaceInFolder = ({ disk }: LivePair): unknown => spaceOf(disk.read('.driftless/root.json'));

test('marker and head are read while the probe waits for its answers, and nothing is written before', async () => {
  const world = liveWorld();
  world.bucket.write(`${livePrefix}there.txt`, new TextEncoder().encode('there'));
  const pair = world.add('one');
  pair.disk.write('here.txt', 'here');
  const { promise, resolve } = Promise.withResolvers<null>();
  const { known, over } = onePass(pair, () => promise);
  const own = (): readonly FakeCall[] => pair.remote.calls.filter((call) => !isProbe(call));
  for (let turns = 0; turns < 200; turns += 1) await new Promise(setImmediate);
  expect(own().map(({ key }) => key.slice(livePrefix.length))).toEqual(
    expect.arrayContaining(['.driftless/space.json', '.driftless/head']),
  );
  expect(own().filter(({ operation }) => !reads.has(operation))).toEqual([]);
  // Both sides were looked at as well.
  expect(own().map(({ operation }) => operation)).toContain('list');
  expect(pair.store.entry(relPath('there.txt')).remote).toMatchObject({ state: 'present' });
  expect(pair.store.entry(relPath('here.txt')).local).toMatchObject({ state: 'present' });
  expect(pair.disk.read('there.txt')).toBeNull();
  expect(() => known.now.putIfNoneMatch).toThrow('not probed yet');
  resolve(null);
  expect(await world.clock.drive(over)).toMatchObject({ kind: 'ended', isInSync: true });
  expect(pair.disk.read('there.txt')).toBe('there');
  expect(pair.remote.bucket.current(`${livePrefix}here.txt`)).not.toBeNull();
  await known.settled();
  expect([...pair.remote.contents().keys()].filter((key) => key.includes('/probe/'))).toEqual([]);
  expect(pair.store.meta('probeName')).toBeNull();
});

test('a device that makes the space meanwhile gives it its name, in the folder too', async () => {
  const world = liveWorld();
  const pair = world.add('one');
  pair.disk.write('here.txt', 'here');
  const { promise, resolve } = Promise.withResolvers<null>();
  const { over } = onePass(pair, () => promise);
  for (let turns = 0; turns < 200; turns += 1) await new Promise(setImmediate);
  const faster = 'f'.repeat(32);
  expect(spaceInFolder(pair)).not.toBe(faster);
  world.bucket.write(spaceKey, new TextEncoder().encode(JSON.stringify({ spaceId: faster })));
  resolve(null);
  expect(await world.clock.drive(over)).toMatchObject({ kind: 'ended', isInSync: true });
  expect([spaceInBucket(pair), spaceInFolder(pair), pair.store.meta('spaceId')]).toEqual(
    Array.from({ length: 3 }, () => faster),
  );
});

test('without the marker of the bucket nothing is synced, and the next pass makes it', async () => {
  const world = liveWorld();
  const refused = new SyncError({ code: 'connection-lost', retry: 'backoff', scope: 'item' });
  let isRefused = true;
  const pair = world.add('one', {
    remote: {
      hooks: {
        beforeCall: ({ operation, key }) =>
          isRefused && operation === 'put' && key === spaceKey
            ? Promise.reject(refused)
            : Promise.resolve(null),
      },
    },
  });
  pair.disk.write('here.txt', 'here');
  const first = onePass(pair, () => Promise.resolve(null));
  await expect(world.clock.drive(first.over)).rejects.toMatchObject({ code: 'connection-lost' });
  expect(pair.remote.bucket.current(`${livePrefix}here.txt`)).toBeNull();
  isRefused = false;
  const next = onePass(pair, () => Promise.resolve(null));
  expect(await world.clock.drive(next.over)).toMatchObject({ kind: 'ended', isInSync: true });
  expect(spaceInFolder(pair)).toBe(spaceInBucket(pair));
  expect(spaceInFolder(pair)).not.toBeNull();
});

const texts: Readonly<Record<string, string>> = { 'a.txt': 'a', 'docs/b.txt': 'b', 'docs/deep/c.txt': 'c' };

/** A pair with an empty folder and these files in the bucket, after a time in which the probe gets no answer. */
async function filledWhileProbed() {
  const world = liveWorld();
  for (const [path, text] of Object.entries(texts))
    world.bucket.write(`${livePrefix}${path}`, new TextEncoder().encode(text));
  const pair = world.add('one', { isHeld: true });
  const answer = Promise.withResolvers<null>();
  // That one is asked for again by the machine's own clock.
  const { over } = onePass(pair, ({ operation }) =>
    operation === 'versioning' ? Promise.resolve(null) : answer.promise,
  );
  let isOver = false;
  const end = (): void => {
    isOver = true;
  };
  over.then(end, end);
  await world.pass(10_000);
  const found = Object.keys(texts).map((path) => pair.disk.read(path));
  return { world, pair, answer, over, found, isOver: () => isOver };
}

test('an empty folder is filled while the probe waits, and nothing is written into the bucket before', async () => {
  const { world, pair, answer, over, found, isOver } = await filledWhileProbed();
  expect(found).toEqual(Object.values(texts));
  const written = pair.remote.calls.filter(({ operation }) => !reads.has(operation));
  expect([isOver(), written, pair.store.counts().files]).toEqual([false, [], 3]);
  answer.resolve(null);
  expect(await world.clock.drive(over)).toMatchObject({ kind: 'ended', isInSync: true });
  expect(spaceInFolder(pair)).toBe(spaceInBucket(pair));
});

test('what was fetched before another device made the space stays in sync with it', async () => {
  const { world, pair, answer, over } = await filledWhileProbed();
  const faster = 'f'.repeat(32);
  world.bucket.write(spaceKey, new TextEncoder().encode(JSON.stringify({ spaceId: faster })));
  answer.resolve(null);
  expect(await world.clock.drive(over)).toMatchObject({ kind: 'ended', isInSync: true });
  expect([spaceInFolder(pair), pair.store.counts().files]).toEqual([faster, 3]);
  const from = pair.remote.calls.length;
  const again = onePass(pair, () => Promise.resolve(null));
  expect(await world.clock.drive(again.over)).toMatchObject({ kind: 'ended', isInSync: true });
  const objects = pair.remote.calls.slice(from).filter(({ key }) => !key.includes('.driftless/'));
  expect(objects.map(({ operation }) => operation)).toEqual(['list']);
});

test('what was fetched before the probe failed is in sync after a pass whose probe does not', async () => {
  const { world, pair, answer, over } = await filledWhileProbed();
  const lost = new SyncError({ code: 'connection-lost', retry: 'backoff', scope: 'item' });
  answer.reject(lost);
  await expect(world.clock.drive(over)).rejects.toBe(lost);
  expect(pair.remote.contents().has(spaceKey)).toBe(false);
  pair.disk.write('docs/b.txt', 'edited since');
  const again = onePass(pair, () => Promise.resolve(null));
  expect(await world.clock.drive(again.over)).toMatchObject({ kind: 'ended', isInSync: true });
  const trees = Object.keys(texts).map((path) => [
    pair.disk.read(path),
    new TextDecoder().decode(pair.remote.contents().get(`${livePrefix}${path}`)),
  ]);
  expect(trees[0]).toEqual(['a', 'a']);
  expect(trees[2]).toEqual(['c', 'c']);
  // Both versions of the one that was edited are kept.
  const all = [...pair.remote.contents().values()].map((bytes) => new TextDecoder().decode(bytes));
  expect(all).toContain('edited since');
  expect(spaceInFolder(pair)).toBe(spaceInBucket(pair));
});

test('what the probe failed with ends the pass, with nothing written', async () => {
  const world = liveWorld();
  const pair = world.add('one');
  pair.disk.write('here.txt', 'here');
  const lost = new SyncError({ code: 'connection-lost', retry: 'backoff', scope: 'item' });
  const { known, over } = onePass(pair, ({ operation }) =>
    operation === 'put' ? Promise.reject(lost) : Promise.resolve(null),
  );
  await expect(world.clock.drive(over)).rejects.toBe(lost);
  await known.settled();
  expect([...pair.remote.contents().keys()]).toEqual([]);
});

/** Of the sample that the checks themselves never delete. */
const isRemoval = ({ operation, key }: FakeCall): boolean => operation === 'delete' && key.endsWith('-a');
const samples = (pair: LivePair): readonly string[] =>
  [...pair.remote.contents().keys()].filter((key) => key.includes('/probe/'));

test('a process that ends while the samples are removed leaves them to the next start, not to the next hour', async () => {
  const world = liveWorld();
  const pair = world.add('one');
  const killed = new Promise<null>(() => undefined);
  const first = onePass(pair, (call) => (isRemoval(call) ? killed : Promise.resolve(null)));
  await world.clock.drive(first.over);
  expect(samples(pair).length).toBeGreaterThan(0);
  // Meanwhile the same process asks for nothing again.
  await first.known.renew(signal);

  // Requests of the first one may still be under way: nothing is written where they could meet.
  const before = new Set(samples(pair));
  const written: string[] = [];
  const next = onePass(pair, ({ operation, key }) => {
    if (operation !== 'delete') written.push(key);
    return Promise.resolve(null);
  });
  await world.clock.drive(next.over);
  await next.known.settled();
  expect(written.length).toBeGreaterThan(0);
  expect(written.filter((key) => before.has(key))).toEqual([]);
  expect(samples(pair)).toEqual([]);
  expect(pair.store.meta('probeName')).toBeNull();
});

test('samples whose removal failed are tried again within the hour, not at each start', async () => {
  const world = liveWorld();
  const pair = world.add('one');
  const lost = new SyncError({ code: 'connection-lost', retry: 'backoff', scope: 'item' });
  const first = onePass(pair, (call) => (isRemoval(call) ? Promise.reject(lost) : Promise.resolve(null)));
  await world.clock.drive(first.over);
  await first.known.settled();
  const left = samples(pair);
  expect(left.length).toBeGreaterThan(0);

  const next = onePass(pair, () => Promise.resolve(null));
  await world.clock.drive(next.over);
  await next.known.settled();
  expect(samples(pair)).toEqual(left);
  expect(pair.store.meta('probeName')).not.toBeNull();
});

test('each write waits for the proof, removals and the parts of an earlier upload too', async () => {
  const remote = makeFakeRemote();
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const gated = writesAfter(promise, remote);
  const bytes = new TextEncoder().encode('text');
  const key = 'p/a.txt' as Parameters<typeof gated.objects.put>[0];
  const put = gated.objects.put(key, sourceOf(bytes), putOptions(bytes), signal);
  const removed = gated.objects.delete(key, { kind: 'none' }, signal);
  const range = { start: 0, end: bytes.length };
  const parts = [
    gated.multipart.uploadPart(key, 'earlier', { number: 1, bytes }, signal),
    gated.multipart.copyPart(key, 'earlier', { number: 1, from: key, source: null, range }, signal),
  ];
  for (let turns = 0; turns < 20; turns += 1) await new Promise(setImmediate);
  expect(remote.calls).toEqual([]);
  resolve(undefined);
  expect(await put).toMatchObject({ kind: 'done' });
  await removed;
  expect(await Promise.all(parts)).toEqual([{ kind: 'upload-gone' }, { kind: 'upload-gone' }]);
});

test('a probe that the records have no room to note asks the store nothing that would answer to no one', async () => {
  const pair = liveWorld().add('one');
  const { store, settings } = pair.context();
  const full = new SyncError({ code: 'disk-full', retry: 'backoff', scope: 'pair' });
  const record = (): never => {
    throw full;
  };
  const known = new KnownAbilities({ store: { ...store, record }, settings, remote: pair.remote }, signal);
  await expect(known.proof).rejects.toBe(full);
  await known.settled();
  expect(pair.remote.calls).toEqual([]);
});

test('a download-only pair needs no proof: nothing of its store is written to or relied on', async () => {
  const world = liveWorld();
  const pair = world.add('one', { mode: 'download-only' });
  const { known } = onePass(pair, () => Promise.reject(new Error('not to be probed')));
  await known.proof;
  const found: EndpointAbilities = known.now;
  expect(found).toMatchObject({ putIfNoneMatch: false, sha256: false, versioned: false });
});
