// Objects that say no (in an archive, behind a policy): each costs itself, and the pair continues beside it.
import { describe, expect, test, vi } from 'vitest';
import { dayMs } from '../../main/core/trash/policy.ts';
import { relPath } from '../../main/core/model/path.ts';
import { restoreMany } from '../../main/sync/operations/restore.ts';
import { sweepTrash } from '../../main/sync/trash/sweep.ts';
import type { FakeOperation } from '../fakes/fake-remote-core.ts';
import { FakeBucket } from '../fakes/fake-remote-state.ts';
import { makeRefusals } from '../fakes/refusals.ts';
import type { RefusalName, Refusals } from '../fakes/refusals.ts';
import { livePrefix, liveWorld } from '../support/live-pair.ts';
import type { LivePair, LiveWorld } from '../support/live-pair.ts';
import { makeFakeWorld } from './fake-world.ts';

type Scene = {
  readonly world: LiveWorld;
  readonly one: LivePair;
  readonly other: LivePair;
  readonly refusals: Refusals;
};
type Versioning = 'enabled' | 'unversioned';

const minuteMs = 60_000;
const uploads = [
  'put',
  'create-upload',
  'upload-part',
  'copy-part',
  'list-parts',
  'complete',
  'abort',
] as const;
const verbs: Readonly<Record<string, readonly FakeOperation[]>> = {
  HEAD: ['head'],
  GET: ['get', 'get-version'],
  writing: uploads,
  DELETE: ['delete'],
  COPY: ['copy'],
  'tagging and versions': ['tagging', 'versions', 'get-version'],
  everything: ['head', 'get', 'get-version', ...uploads, 'delete', 'copy', 'tagging', 'versions'],
};
const answers = ['denied', 'archived'] as const satisfies readonly RefusalName[];
const refused = ['both', 'edited', 'elsewhere', 'removed', 'renamed', 'still'] as const;

/** Two running devices in sync over a few files, on a store that says no to nothing yet. */
async function twoInSync(versioning: Versioning): Promise<Scene> {
  const bucket = new FakeBucket({ versioning, opaqueEtags: false, nowMs: () => 0 });
  const refusals = makeRefusals(() => 0);
  const world = liveWorld({
    bucket,
    versioning,
    hooks: { beforeCall: (call) => refusals.faultFor(call, bucket) },
  });
  const one = world.add('one');
  const other = world.add('other');
  for (const name of refused) one.disk.write(`no/${name}`, `text of ${name}`);
  for (let at = 0; at < 20; at += 1) one.disk.write(`yes/${String(at)}`, `text ${String(at)}`);
  one.start();
  other.start();
  await world.until(() => other.disk.tree().size === one.disk.tree().size, minuteMs);
  await world.pass(minuteMs);
  return { world, one, other, refusals };
}

/** News of other files goes both ways, and neither pair is stopped. */
async function expectToGoOn({ world, one, other }: Scene, name: string): Promise<void> {
  one.write(`yes/${name}-of-one`, 'by one');
  other.write(`yes/${name}-of-other`, 'by the other');
  await world.until(
    () => other.disk.find(`yes/${name}-of-one`) !== null && one.disk.find(`yes/${name}-of-other`) !== null,
    6 * minuteMs,
  );
  for (const pair of [one, other]) expect(pair.engine.status().failure).toBeNull();
}

async function restart({ world, one, other }: Scene): Promise<void> {
  for (const pair of [one, other]) {
    await pair.stop();
    pair.restart();
  }
  await world.pass(minuteMs);
}

function change({ world, one, other }: Scene): void {
  one.write('no/both', 'edited by one');
  other.write('no/both', 'edited by the other');
  one.write('no/edited', 'edited');
  world.bucket.write(`${livePrefix}no/elsewhere`, new TextEncoder().encode('by another tool'));
  one.remove('no/removed');
  one.disk.rename('no/renamed', 'no/new-name');
  one.event(
    ...['no/renamed', 'no/new-name'].map((path) => ({ kind: 'entry' as const, path: relPath(path) })),
  );
}

describe.each(answers)('an object that is %s', (answer) => {
  test.each(Object.keys(verbs))('for %s costs itself, also over a restart', async (name) => {
    const versioning = name.length % 2 === 0 ? 'enabled' : 'unversioned';
    const scene = await twoInSync(versioning);
    scene.refusals.add({
      verbs: verbs[name] ?? [],
      answer,
      where: (key) => key.startsWith(`${livePrefix}no/`),
    });
    change(scene);
    await scene.world.pass(minuteMs);
    await expectToGoOn(scene, 'running');
    await restart(scene);
    await expectToGoOn(scene, 'restarted');
    scene.refusals.end();
    await restart(scene);
    await scene.world.until(() => isAgreed(scene), 2 * 60 * minuteMs);
    expect(scene.one.store.problems()).toEqual([]);
  });
});

function isAgreed({ world, one, other }: Scene): boolean {
  const here = [...one.disk.tree().entries()].map(String).sort();
  const there = [...other.disk.tree().entries()].map(String).sort();
  const keys = [...world.bucket.contents().keys()]
    .filter((key) => !key.includes('/.driftless/'))
    .map((key) => key.slice(livePrefix.length));
  const names = [...one.disk.tree().keys()].sort();
  return here.join() === there.join() && keys.sort().join() === names.join();
}

/** Three files of one device in the trash of the bucket, and no GET of the first one's copy. */
async function withRefusedCopy(answer: (typeof answers)[number]) {
  const scene = await twoInSync('unversioned');
  const { world, one, refusals } = scene;
  const names = ['yes/1', 'yes/2', 'yes/3'];
  for (const name of names) one.remove(name);
  await world.until(() => one.store.trash().length === names.length, 2 * minuteMs);
  const items = one.store.trash();
  const [first] = items;
  refusals.add({ verbs: verbs['GET'] ?? [], answer, where: (key) => key === first?.where });
  return { scene, world, one, names, items, first };
}

test.each(answers)(
  'of many removed files one copy that is %s keeps no other from coming back',
  async (answer) => {
    const { world, one, items, first } = await withRefusedCopy(answer);
    const context = one.engine.context();
    if (context === null) throw new Error('no context');
    const asked = restoreMany(context, items, new AbortController().signal);
    // What is recorded waits for its turn by the clock.
    await world.pass(minuteMs);
    const back = await asked;
    expect(back.restored).toHaveLength(2);
    expect(back.failed).toEqual([{ path: first?.path, code: `remote-${answer}` }]);
  },
);

test.each(answers)(
  'a copy that is %s holds up no pair that an answer lets bring back files',
  async (answer) => {
    const { scene, one, names, first } = await withRefusedCopy(answer);
    // As the answer "keep" to a question about removals leaves it.
    one.store.record([{ kind: 'meta', key: 'guardRestores', value: JSON.stringify(names) }]);
    await expectToGoOn(scene, 'beside-the-answer');
    expect(one.store.trash().map(({ id }) => id)).toEqual([first?.id]);
    expect(names.filter((name) => one.disk.find(name) === null)).toEqual([first?.path]);
  },
);

describe.each(answers)('an object of our own that is %s', (answer) => {
  const names = ['space.json', 'head', 'log/', 'deleted/', 'trash/', ''];
  // In an archive only the bytes are out of reach.
  const refusals = answer === 'archived' ? ['GET'] : ['GET', 'everything'];
  const cases = names.flatMap((own) => refusals.map((what) => ({ own, what })));
  test.each(cases)('.driftless/$own for $what costs itself, also over a restart', async ({ own, what }) => {
    const scene = await twoInSync('unversioned');
    const where = (key: string): boolean => key.startsWith(`${livePrefix}.driftless/${own}`);
    scene.refusals.add({ verbs: verbs[what] ?? [], answer, where });
    change(scene);
    await scene.world.pass(minuteMs);
    await expectToGoOn(scene, 'running');
    await restart(scene);
    await expectToGoOn(scene, 'restarted');
  });
});

test('an archived marker of the bucket is written again, and a new device knows it by its metadata', async () => {
  const scene = await twoInSync('unversioned');
  const isMarker = (key: string): boolean => key.endsWith('/.driftless/space.json');
  const idNow = (): string =>
    new TextDecoder().decode(scene.world.bucket.contents().get(`${livePrefix}.driftless/space.json`));
  const before = idNow();
  scene.refusals.add({ verbs: ['get', 'copy'], answer: 'archived', where: isMarker });
  const third = scene.world.add('third');
  third.start();
  await scene.world.until(() => third.disk.find('yes/1') !== null, minuteMs);
  const writes = third.remote.calls.filter(({ operation, key }) => operation === 'put' && isMarker(key));
  expect(writes).toHaveLength(1);
  expect(idNow()).toBe(before);
});

test('a copy in the trash under a retention keeps its row, and the others go', async () => {
  const { world, one, refusals } = await twoInSync('unversioned');
  for (const name of ['no/both', 'no/still']) one.remove(name);
  await world.until(() => one.store.trash().length === 2, minuteMs);
  await one.stop();
  const [kept] = one.store.trash();
  refusals.add({ verbs: ['delete'], answer: 'denied', where: (key) => key === kept?.where });
  world.clock.advance(31 * dayMs);
  const days = 40;
  for (let day = 0; day < days; day += 1) {
    world.clock.advance(dayMs);
    await world.clock.drive(sweepTrash(one.context(), new AbortController().signal));
  }
  expect(one.store.trash()).toEqual([kept]);
});

describe('an ignore file that cannot be read', () => {
  const tooLong = '# a long list\n'.repeat(30_000);

  test('is a problem of its own: its last rules apply, and the pair continues', async () => {
    const world = makeFakeWorld();
    const laptop = world.device('laptop', {});
    await laptop.write('.driftlessignore', '*.log\n');
    await laptop.sync();
    await laptop.write('.driftlessignore', tooLong);
    await laptop.write('kept.log', 'left out');
    await laptop.write('new.txt', 'has nothing to do with it');
    const report = await laptop.sync();
    expect(await world.bucket.tree()).toEqual(['.driftlessignore', 'new.txt']);
    expect(report).toMatchObject({
      isInSync: false,
      planProblems: [{ path: '.driftlessignore', code: 'ignore-file-unread' }],
    });
    await laptop.write('.driftlessignore', '*.tmp\n');
    expect(await laptop.sync()).toMatchObject({ isInSync: true, planProblems: [] });
    expect(await world.bucket.tree()).toEqual(['.driftlessignore', 'kept.log', 'new.txt']);
  });

  test('and never was read holds the pair: what it leaves out may be secret', async () => {
    const world = makeFakeWorld();
    const laptop = world.device('laptop', {});
    await laptop.write('.driftlessignore', tooLong);
    await laptop.write('new.txt', 'new');
    await expect(laptop.sync()).rejects.toMatchObject({
      code: 'local-too-large',
      scope: 'pair',
      fields: { path: '.driftlessignore' },
    });
    expect(await world.bucket.tree()).toEqual([]);
  });
});

test('a refused file that no plan has anything for any more is planned for now and then, not all the time', async () => {
  const bucket = new FakeBucket({ versioning: 'enabled', opaqueEtags: false, nowMs: () => 0 });
  const refusals = makeRefusals(() => 0);
  const world = liveWorld({ bucket, hooks: { beforeCall: (call) => refusals.faultFor(call, bucket) } });
  const pair = world.add('one');
  const text = new TextEncoder().encode('text');
  world.bucket.write(`${livePrefix}no/file`, text);
  refusals.add({ verbs: ['get'], answer: 'archived', where: (key) => key.endsWith('/no/file') });
  pair.start();
  await world.until(() => pair.store.problem(relPath('no/file')) !== null, minuteMs);
  // Another writer puts a file in the place of the folder: neither is touched then.
  world.bucket.write(`${livePrefix}no`, text);
  pair.engine.checkNow();
  await world.pass(minuteMs);
  expect(pair.store.entry(relPath('no/file')).remote).toMatchObject({ reason: 'name-clash' });
  // Its next try is due.
  await world.pass(6 * minuteMs);
  const plans = vi.spyOn(pair.store, 'unsettled');
  await world.pass(minuteMs);
  expect(plans.mock.calls.length).toBeLessThan(10);
  // It is tried again once the place is free.
  refusals.end();
  bucket.remove(`${livePrefix}no`);
  pair.engine.checkNow();
  await world.until(() => pair.disk.find('no/file') !== null, 30 * minuteMs);
});
