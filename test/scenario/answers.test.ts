// Stories of questions in a running pair: when they are asked, what each answer does to the end, and what is never asked.
import { describe, expect, test } from 'vitest';
import { livePrefix, liveWorld } from '../support/live-pair.ts';
import type { LivePair, LiveWorld } from '../support/live-pair.ts';

async function running(world: LiveWorld, pair: LivePair): Promise<void> {
  pair.start();
  await world.until(() => pair.engine.status().lastInSyncAtMs !== null, 60_000);
  await world.pass(5000);
}

async function filled(files: number) {
  const world = liveWorld();
  const pair = world.add('one');
  for (let file = 0; file < files; file += 1)
    pair.disk.write(`d/${String(file)}.txt`, `text ${String(file)}`);
  await running(world, pair);
  return { world, pair };
}

const inBucket = (world: LiveWorld): number =>
  [...world.bucket.contents().keys()].filter((key) => key.endsWith('.txt')).length;
const onDisk = (pair: LivePair): number =>
  [...pair.disk.tree().keys()].filter((path) => path.endsWith('.txt')).length;

async function asked(world: LiveWorld, pair: LivePair) {
  await world.until(() => pair.engine.status().guards.length > 0, 120_000);
  const [guard] = pair.engine.status().guards;
  if (guard === undefined) throw new Error('no question');
  return guard;
}

async function isSettled(world: LiveWorld, pair: LivePair): Promise<void> {
  await world.pass(120_000);
  expect(pair.engine.status().guards).toEqual([]);
  expect(pair.engine.status().activity).toBe('idle');
}

describe('a folder that is emptied while the pair runs', () => {
  test('nothing goes before the burst has come to its end, and the question counts all of it', async () => {
    const { world, pair } = await filled(400);
    // As `rm -rf` does it, seen in portions, each of them small enough to go by itself.
    for (let portion = 0; portion < 20; portion += 1) {
      for (let file = 0; file < 20; file += 1) pair.remove(`d/${String(portion * 20 + file)}.txt`);
      await world.pass(1200);
    }
    const guard = await asked(world, pair);
    expect(guard).toMatchObject({ kind: 'emptied-remote', counts: { removals: 400, total: 400, done: 0 } });
    expect(inBucket(world)).toBe(400);
    expect(pair.log.filter((line) => line === 'a question waits for an answer')).toHaveLength(1);
  });

  test('keep: the files come back, new files sync again, and nothing is asked', async () => {
    const { world, pair } = await filled(40);
    for (let file = 0; file < 40; file += 1) pair.remove(`d/${String(file)}.txt`);
    pair.remove('d');
    const guard = await asked(world, pair);
    expect(pair.engine.answer(guard.id, 'keep')).toBe(true);
    await world.until(() => onDisk(pair) === 40, 60_000);
    expect(pair.disk.read('d/7.txt')).toBe('text 7');
    pair.write('new.txt', 'after the answer');
    await world.until(() => inBucket(world) === 41, 60_000);
    await isSettled(world, pair);
    expect(pair.log).toContain('a question was answered');
    // The answer was for those; the next deletion is a deletion.
    pair.remove('d/7.txt');
    await world.until(() => inBucket(world) === 40, 60_000);
  });

  test('remove: they go, also those that an interruption left, without a second question', async () => {
    const { world, pair } = await filled(40);
    for (let file = 0; file < 40; file += 1) pair.remove(`d/${String(file)}.txt`);
    const guard = await asked(world, pair);
    pair.engine.answer(guard.id, 'remove');
    await world.until(() => inBucket(world) < 40, 60_000);
    pair.engine.restart();
    await world.until(() => inBucket(world) === 0, 120_000);
    await isSettled(world, pair);
  });

  test('later: the question stays, under the same id', async () => {
    const { world, pair } = await filled(40);
    for (let file = 0; file < 40; file += 1) pair.remove(`d/${String(file)}.txt`);
    const guard = await asked(world, pair);
    expect(pair.engine.answer(guard.id, 'later')).toBe(true);
    await world.pass(120_000);
    expect(pair.engine.status().guards.map((one) => one.id)).toEqual([guard.id]);
    expect(inBucket(world)).toBe(40);
  });

  test('an answer that comes right after an edit elsewhere is taken', async () => {
    const { world, pair } = await filled(40);
    pair.write('report.txt', 'first');
    await world.until(() => inBucket(world) === 41, 60_000);
    for (let file = 0; file < 40; file += 1) pair.remove(`d/${String(file)}.txt`);
    const guard = await asked(world, pair);
    for (let save = 0; save < 6; save += 1) {
      pair.write('report.txt', `saved ${String(save)}`);
      await world.pass(1500);
      expect(pair.engine.status().guards.map((one) => one.id)).toEqual([guard.id]);
    }
    expect(pair.engine.answer(guard.id, 'remove')).toBe(true);
    await world.until(() => inBucket(world) === 1, 60_000);
    await isSettled(world, pair);
  });

  test('an answer to a paused pair is carried out when it resumes', async () => {
    const { world, pair } = await filled(40);
    for (let file = 0; file < 40; file += 1) pair.remove(`d/${String(file)}.txt`);
    const guard = await asked(world, pair);
    pair.engine.pause();
    await world.pass(1000);
    expect(pair.engine.answer(guard.id, 'keep')).toBe(true);
    pair.engine.resume();
    await world.until(() => onDisk(pair) === 40, 60_000);
    await isSettled(world, pair);
  });

  test('an answer to something that is not asked is refused', async () => {
    const { world, pair } = await filled(40);
    expect(pair.engine.answer('mass-removal-remote-0000000000000000', 'keep')).toBe(false);
    pair.disk.remove('.driftless');
    pair.engine.restart();
    const guard = await asked(world, pair);
    expect(guard.kind).toBe('root-marker-missing');
    expect(pair.engine.answer(guard.id, 'remove')).toBe(false);
    expect(pair.engine.answer(guard.id, 'keep')).toBe(true);
    await isSettled(world, pair);
    expect(onDisk(pair)).toBe(40);
  });
});

test('removals that went in portions before the question come back with the others', async () => {
  const { world, pair } = await filled(20);
  for (let portion = 0; portion < 3; portion += 1) {
    for (let file = 0; file < 2; file += 1) pair.remove(`d/${String(portion * 2 + file)}.txt`);
    await world.pass(20_000);
  }
  const guard = await asked(world, pair);
  expect(guard).toMatchObject({ kind: 'mass-removal-remote', counts: { removals: 6, total: 20, done: 4 } });
  expect(inBucket(world)).toBe(16);
  pair.engine.answer(guard.id, 'keep');
  await world.until(() => onDisk(pair) === 20 && inBucket(world) === 20, 60_000);
  expect(pair.disk.read('d/1.txt')).toBe('text 1');
  await isSettled(world, pair);
});

test('a question after other removals names and does only what waits, and counts what went', async () => {
  const { world, pair } = await filled(29);
  for (let file = 0; file < 3; file += 1) pair.remove(`d/${String(file)}.txt`);
  await world.until(() => inBucket(world) === 26, 60_000);
  for (let file = 3; file < 26; file += 1) pair.remove(`d/${String(file)}.txt`);
  const guard = await asked(world, pair);
  expect(guard.counts).toEqual({ removals: 26, replacements: 0, conflicts: 0, total: 29, done: 3 });
  expect(guard.examples.filter((path) => world.bucket.contents().has(`${livePrefix}${path}`))).toEqual(
    guard.examples,
  );
  pair.engine.answer(guard.id, 'remove');
  await world.until(() => inBucket(world) === 3, 60_000);
  await isSettled(world, pair);
});

test('what was replaced before a question is counted apart, and stays when the rest comes back', async () => {
  const { world, pair } = await filled(20);
  for (let file = 0; file < 4; file += 1) pair.write(`d/${String(file)}.txt`, 'written again');
  await world.until(() => pair.engine.status().phase === 'idle' && inBucket(world) === 20, 60_000);
  await isSettled(world, pair);
  for (let file = 4; file < 10; file += 1) pair.remove(`d/${String(file)}.txt`);
  const guard = await asked(world, pair);
  expect(guard.counts).toMatchObject({ removals: 6, replacements: 4, done: 4, doneReplacements: 4 });
  pair.engine.answer(guard.id, 'keep');
  await world.until(() => onDisk(pair) === 20, 60_000);
  await isSettled(world, pair);
  expect([pair.disk.read('d/0.txt'), pair.disk.read('d/5.txt')]).toEqual(['written again', 'text 5']);
});

test('files deleted in the bucket come back there, with those that went here before', async () => {
  const { world, pair } = await filled(20);
  for (let portion = 0; portion < 3; portion += 1) {
    for (let file = 0; file < 2; file += 1)
      pair.remote.remove(`${livePrefix}d/${String(portion * 2 + file)}.txt`);
    pair.engine.checkNow();
    await world.pass(20_000);
  }
  const guard = await asked(world, pair);
  expect(guard).toMatchObject({ kind: 'mass-removal-local', counts: { removals: 6, done: 4 } });
  pair.engine.answer(guard.id, 'keep');
  await world.until(() => onDisk(pair) === 20 && inBucket(world) === 20, 60_000);
  await isSettled(world, pair);
});

describe('what a program makes and takes away by itself', () => {
  test('is no mass removal, however often it does so within the hour', async () => {
    const { world, pair } = await filled(12);
    for (let session = 0; session < 12; session += 1) {
      pair.write('d/notes.db-wal', `journal ${String(session)}`);
      pair.write('d/notes.db-tmp', `more ${String(session)}`);
      await world.until(() => world.bucket.contents().has(`${livePrefix}d/notes.db-tmp`), 60_000);
      pair.remove('d/notes.db-wal');
      pair.remove('d/notes.db-tmp');
      await world.until(() => !world.bucket.contents().has(`${livePrefix}d/notes.db-tmp`), 60_000);
    }
    expect(pair.engine.status().guards).toEqual([]);
  });

  test('counts once it is older than an hour', async () => {
    const { world, pair } = await filled(12);
    for (let file = 0; file < 8; file += 1) pair.write(`d/kept ${String(file)}.txt`, 'kept');
    await world.until(() => inBucket(world) === 20, 60_000);
    await world.pass(61 * 60_000);
    for (let file = 0; file < 6; file += 1) {
      pair.remove(`d/kept ${String(file)}.txt`);
      await world.pass(20_000);
    }
    expect(pair.engine.status().guards).toMatchObject([{ counts: { removals: 6 } }]);
  });
});
