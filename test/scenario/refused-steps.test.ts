// Single refusals of a store and what they must not lead to; the long tables of them are in refused-moves.test.ts.
import { expect, test } from 'vitest';
import { FakeBucket } from '../fakes/fake-remote-state.ts';
import { makeRefusals } from '../fakes/refusals.ts';
import { makeFakeWorld } from './fake-world.ts';

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
  const bucket = new FakeBucket({ versioning: 'enabled', opaqueEtags: false, nowMs: () => 0 });
  const refusals = makeRefusals(() => 0);
  const world = makeFakeWorld({
    bucket,
    hooks: { beforeCall: (call) => refusals.faultFor(call, bucket) },
  });
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
