// Single refusals of a store and what they must not lead to; the long tables of them are in refused-moves.test.ts.
import { expect, test } from 'vitest';
import { FakeBucket } from '../fakes/fake-remote-state.ts';
import { makeRefusals } from '../fakes/refusals.ts';
import { makeFakeWorld } from './fake-world.ts';

/** A bucket, with versions unless said otherwise, whose refusals the test chooses. */
function refusingWorld(versioning: 'enabled' | 'unversioned' = 'enabled') {
  const bucket = new FakeBucket({ versioning, opaqueEtags: false, nowMs: () => 0 });
  const refusals = makeRefusals(() => 0);
  const world = makeFakeWorld({
    bucket,
    hooks: { beforeCall: (call) => refusals.faultFor(call, bucket) },
  });
  return { bucket, refusals, world };
}

test('an unconditional removal that a busy store refuses is made up for: the old name does not come back', async () => {
  const bucket = new FakeBucket({ versioning: 'enabled', opaqueEtags: false, nowMs: () => 0 });
  const refusals = makeRefusals(() => 0);
  const world = makeFakeWorld({
    bucket,
    ignores: ['delete-if-match'],
    hooks: { beforeCall: (call) => refusals.faultFor(call, bucket) },
  });
  const laptop = world.device('laptop');
  const desktop = world.device('desktop');
  await laptop.write('d/a', 'text of a');
  await laptop.write('d/b', 'text of b');
  await laptop.makeFolder('d/empty');
  await laptop.write('single', 'text of single');
  await laptop.sync();
  await desktop.sync();
  const isOld = (key: string): boolean => /\/(?:d\/a|d\/empty\/|single)$/u.test(key);
  refusals.add({ verbs: ['delete'], answer: 'condition', where: isOld, times: 3 });
  await laptop.rename('d', 'e');
  await laptop.rename('single', 'moved');
  for (const device of [laptop, desktop, laptop, desktop]) await device.sync();
  expect(refusals.count).toBe(3);
  const all = ['e/a', 'e/b', 'e/empty/', 'moved'];
  expect(await world.bucket.tree()).toEqual(all);
  expect(await desktop.tree()).toEqual(all);
  expect(await laptop.tree()).toEqual(all);
});

test('a refused new file holds no removal of another file of its size back, and a refused rename is one problem', async () => {
  const { refusals, world } = refusingWorld();
  const laptop = world.device('laptop');
  for (const name of ['gone', 'old']) await laptop.write(name, `text of ${name.padEnd(4)}`);
  await laptop.sync();
  const isNew = (key: string): boolean => key.endsWith('/new') || key.endsWith('/other');
  refusals.add({ verbs: ['put', 'copy'], answer: 'denied', where: isNew });
  await laptop.write('new', 'another one.');
  await laptop.remove('gone');
  await laptop.rename('old', 'other');
  await laptop.sync();
  const report = await laptop.sync();
  expect(await world.bucket.tree()).toEqual(['old']);
  expect(laptop.problems().toSorted()).toEqual(['remote-denied new', 'remote-denied other']);
  expect(report.kind === 'ended' ? report.planProblems : report).toEqual([]);
  refusals.end();
  await laptop.sync();
  expect(await world.bucket.tree()).toEqual(['new', 'other']);
});

test('a name that the disk refuses is reported once, by name, and its object is never fetched for nothing', async () => {
  const fetched: string[] = [];
  const world = makeFakeWorld({
    hooks: {
      beforeCall: ({ operation, key }) => {
        if (operation === 'get' && !key.includes('/.driftless/')) fetched.push(key);
        return null;
      },
    },
  });
  const stick = world.device('stick', { disk: 'short-names' });
  await world.bucket.put('n'.repeat(144), 'too long a name for this disk');
  await world.bucket.put('plain', 'plain');
  for (let round = 0; round < 3; round += 1) {
    await stick.sync();
    expect(stick.problems()).toEqual([`local-name-refused ${'n'.repeat(144)}`]);
    world.wait(48);
  }
  expect(await stick.tree()).toEqual(['plain']);
  expect(fetched).toEqual(['users/alice/plain']);
});

test('a rename whose copy is refused is sent with the headers and tags of the object', async () => {
  const { bucket, refusals, world } = refusingWorld();
  const laptop = world.device('laptop');
  await laptop.write('old.bin', 'text of old');
  await laptop.sync();
  const current = bucket.current('users/alice/old.bin');
  if (current === null) throw new Error('the object is not there');
  const headers = { ...current.headers, cacheControl: 'no-cache', tagging: 'kind=report' };
  bucket.put('users/alice/old.bin', { ...current, headers, contentType: 'application/x-own' });
  await laptop.sync();
  refusals.add({ verbs: ['copy'], answer: 'denied', where: () => true });
  await laptop.rename('old.bin', 'new.bin');
  await laptop.sync();
  const renamed = bucket.current('users/alice/new.bin');
  expect(await world.bucket.tree()).toEqual(['new.bin']);
  expect(renamed?.headers).toMatchObject({ cacheControl: 'no-cache', tagging: 'kind=report' });
  expect(renamed?.contentType).toBe('application/x-own');
});

test('a tagged object is renamed by a role that may neither copy it nor read its tags', async () => {
  const { bucket, refusals, world } = refusingWorld();
  const laptop = world.device('laptop');
  await laptop.write('old.bin', 'text of old');
  await laptop.sync();
  const current = bucket.current('users/alice/old.bin');
  if (current === null) throw new Error('the object is not there');
  bucket.put('users/alice/old.bin', { ...current, headers: { ...current.headers, tagging: 'scan=clean' } });
  await laptop.sync();
  refusals.add({ verbs: ['copy', 'tagging'], answer: 'denied', where: () => true });
  await laptop.rename('old.bin', 'new.bin');
  await laptop.sync();
  expect(await world.bucket.tree()).toEqual(['new.bin']);
  expect(await world.bucket.read('new.bin')).toBe('text of old');
  expect(bucket.current('users/alice/new.bin')?.headers.tagging).toBeNull();
  expect(laptop.problems()).toEqual([]);
});

test.each(['an edit', 'a removal', 'a replacement by a rename'])(
  'in a bucket without versions %s of a tagged object keeps its bytes, though the role may not copy tags',
  async (change) => {
    const bucket = new FakeBucket({ versioning: 'unversioned', opaqueEtags: false, nowMs: () => 0 });
    const refusals = makeRefusals(() => 0);
    const world = makeFakeWorld({
      bucket,
      hooks: { beforeCall: (call) => refusals.faultFor(call, bucket) },
    });
    const laptop = world.device('laptop');
    await laptop.write('report', 'text of report');
    await laptop.write('other', 'another text');
    await laptop.sync();
    const current = bucket.current('users/alice/report');
    if (current === null) throw new Error('the object is not there');
    bucket.put('users/alice/report', { ...current, headers: { ...current.headers, tagging: 'scan=clean' } });
    await laptop.sync();
    // As AWS answers a role without s3:GetObjectTagging and s3:PutObjectTagging.
    refusals.add({ verbs: ['copy', 'tagging'], answer: 'denied', where: () => true });
    if (change === 'an edit') await laptop.write('report', 'edited text');
    else await laptop.remove('report');
    if (change === 'a replacement by a rename') await laptop.rename('other', 'report');
    await laptop.sync();
    await laptop.sync();
    expect(laptop.problems()).toEqual([]);
    expect(await world.bucket.tree()).toEqual(await laptop.tree());
    const kept = bucket.liveKeys().filter((key) => key.includes('/.driftless/trash/'));
    const texts = kept.map((key) => new TextDecoder().decode(bucket.current(key)?.bytes));
    expect(texts).toContain('text of report');
  },
);

test('a rename that waits for a marker which the store answers with 412 is a problem with it, and ends when it may', async () => {
  const { refusals, world } = refusingWorld();
  const laptop = world.device('laptop');
  await laptop.write('d/only', 'text of only');
  await laptop.sync();
  refusals.add({ verbs: ['put'], answer: 'condition', where: (key) => key.endsWith('/d/') });
  await laptop.rename('d/only', 'moved');
  await laptop.sync();
  expect(laptop.problems().toSorted()).toEqual(['no-progress d', 'no-progress moved']);
  expect(await world.bucket.tree()).toEqual(['d/only']);
  refusals.end();
  world.wait(1);
  await laptop.sync();
  expect(laptop.problems()).toEqual([]);
  expect(await world.bucket.tree()).toEqual(['d/', 'moved']);
});

test('a change there whose download is answered with 412 for good is a problem, though its object is looked at between two tries', async () => {
  const { refusals, world } = refusingWorld('unversioned');
  const laptop = world.device('laptop');
  await laptop.write('text', 'text here');
  await laptop.sync();
  await world.bucket.put('text', 'text then');
  refusals.add({ verbs: ['get'], answer: 'condition', where: (key) => key.endsWith('/text') });
  await laptop.sync();
  expect(laptop.problems()).toEqual(['no-progress text']);
  refusals.end();
  world.wait(1);
  await laptop.sync();
  expect(laptop.problems()).toEqual([]);
  expect(await laptop.read('text')).toBe('text then');
});

test('a rename without safe copies whose upload is answered with 412 for good is one problem of two names', async () => {
  const bucket = new FakeBucket({ versioning: 'enabled', opaqueEtags: false, nowMs: () => 0 });
  const refusals = makeRefusals(() => 0);
  const world = makeFakeWorld({
    bucket,
    ignores: ['copy-source', 'copy-target'],
    hooks: { beforeCall: (call) => refusals.faultFor(call, bucket) },
  });
  const laptop = world.device('laptop');
  await laptop.write('old', 'text of old');
  await laptop.sync();
  refusals.add({ verbs: ['put', 'copy'], answer: 'condition', where: (key) => key.endsWith('/new') });
  await laptop.rename('old', 'new');
  const report = await laptop.sync();
  expect(laptop.problems()).toEqual(['no-progress new']);
  const problems = report.kind === 'ended' ? report.problems : [];
  expect(problems.map(({ fields }) => fields.from)).toEqual(['old']);
  expect(await world.bucket.tree()).toEqual(['old']);
  refusals.end();
  world.wait(1);
  await laptop.sync();
  expect(await world.bucket.tree()).toEqual(['new']);
});
