// Refused names, folding disks and disks that go away, in combined shapes.
import { describe, expect, test } from 'vitest';
import { isSyncError } from '../../main/core/model/errors.ts';
import { FakeBucket } from '../fakes/fake-remote-state.ts';
import type { FakeOperation } from '../fakes/fake-remote-core.ts';
import { makeRefusals } from '../fakes/refusals.ts';
import type { RefusalName } from '../fakes/refusals.ts';
import { livePrefix, liveWorld } from '../support/live-pair.ts';
import type { LivePair, LiveWorld } from '../support/live-pair.ts';
import { makeFakeWorld } from './fake-world.ts';
import { settle } from './story.ts';
import type { StoryDevice, StoryWorld } from './story.ts';

const minuteMs = 60_000;
const weak = ['put-if-none-match', 'put-if-match', 'delete-if-match', 'copy-source', 'copy-target'] as const;
const stores = {
  'with versions': { versioning: 'enabled', ignores: [] },
  'without safe copies': { versioning: 'unversioned', ignores: weak },
} as const;

/** A world of which each content that is watched must be in every LIST of the bucket. */
function watchedWorld(store: keyof typeof stores) {
  const { versioning, ignores } = stores[store];
  const bucket = new FakeBucket({ versioning, opaqueEtags: false, nowMs: () => 0 });
  const refusals = makeRefusals(() => 0);
  const watched: string[] = [];
  const losses: string[] = [];
  const world = makeFakeWorld({
    bucket,
    ignores,
    hooks: {
      beforeCall: (call) => refusals.faultFor(call, bucket),
      afterCall: ({ operation, key }) => {
        const keys = bucket.liveKeys().filter((one) => !one.startsWith(`${livePrefix}.driftless/`));
        const there = new Set(keys.map((one) => new TextDecoder().decode(bucket.current(one)?.bytes)));
        for (const text of watched) if (!there.has(text)) losses.push(`${text} after ${operation} ${key}`);
      },
    },
  });
  const refuse = (answer: RefusalName, verbs: readonly FakeOperation[], where: (name: string) => boolean) => {
    refusals.add({ answer, verbs, where: (key) => where(key.slice(livePrefix.length)) });
  };
  return { world, refusals, refuse, watched, losses };
}

/** Until all have nothing left to do; refusals may leave a problem. */
async function rounds(devices: readonly StoryDevice[], times = 4): Promise<void> {
  for (let round = 0; round < times; round += 1)
    for (const device of devices) await device.sync().catch(unlessOfPair);
}

/** What ends a whole sync, as a full store does. */
function unlessOfPair(error: unknown): void {
  if (!isSyncError(error) || error.scope === 'item') throw error;
}

async function expectSame(world: StoryWorld, devices: readonly StoryDevice[]): Promise<void> {
  const tree = await world.bucket.tree();
  for (const device of devices) {
    expect(await device.tree()).toEqual(tree);
    expect(device.problems()).toEqual([]);
    for (const path of tree) expect(await device.read(path)).toBe(await world.bucket.read(path));
  }
}

const letters = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];

describe.each(Object.keys(stores) as (keyof typeof stores)[])('renames on a store %s', (store) => {
  test('a folder and one inside it are renamed and edited, and one new name is refused', async () => {
    const { world, refusals, refuse, watched, losses } = watchedWorld(store);
    const [one, two, three] = [world.device('one'), world.device('two'), world.device('three')];
    for (const name of letters) await one.write(`d/inner/${name}`, `inner ${name}`);
    for (const name of letters) await one.write(`d/${name}`, `outer ${name}`);
    await settle(one, two, three);
    watched.push(...letters.filter((name) => name !== 'b').map((name) => `inner ${name}`));
    watched.push(...letters.map((name) => `outer ${name}`));
    refuse('archived', ['copy'], (name) => name === 'new/deep/c');
    refuse('denied', ['put', 'copy'], (name) => name === 'new/deep/e');
    await one.rename('d/inner', 'd/deep');
    await one.rename('d', 'new');
    await one.write('new/deep/b', 'inner b, edited');
    await rounds([one, two, three]);
    expect(losses).toEqual([]);
    for (const device of [one, two, three]) {
      const texts = await Promise.all((await device.tree()).map((path) => device.read(path)));
      expect(texts).toEqual(expect.arrayContaining(watched));
    }
    expect(await world.bucket.tree()).toContain('d/inner/e');
    refusals.end();
    await rounds([one, two, three]);
    await expectSame(world, [one, two, three]);
    expect(await world.bucket.tree()).toEqual(
      letters.flatMap((name) => [`new/${name}`, `new/deep/${name}`]).sort(),
    );
    expect(losses).toEqual([]);
  });

  test('two devices rename one folder differently while copies are refused', async () => {
    const { world, refusals, refuse, watched, losses } = watchedWorld(store);
    const [one, two] = [world.device('one'), world.device('two')];
    for (const name of letters) await one.write(`d/${name}`, `text ${name}`);
    await settle(one, two);
    watched.push(...letters.map((name) => `text ${name}`));
    refuse('kms', ['copy'], (name) => name.startsWith('by-one/'));
    refuse('denied', ['put'], (name) => name === 'by-one/d' || name === 'by-two/e');
    await one.rename('d', 'by-one');
    await two.rename('d', 'by-two');
    await rounds([one, two]);
    expect(losses).toEqual([]);
    refusals.end();
    await rounds([one, two]);
    await expectSame(world, [one, two]);
    expect(losses).toEqual([]);
  });

  test('a folder whose new name makes one key too long keeps that file, and takes it along under a shorter one', async () => {
    const { world, watched, losses } = watchedWorld(store);
    const [one, two] = [world.device('one'), world.device('two')];
    const deep = Array.from({ length: 4 }, () => '文'.repeat(70)).join('/');
    for (const name of letters) await one.write(`d/${name}`, `text ${name}`);
    await one.write(`d/${deep}/far`, 'far away');
    await settle(one, two);
    watched.push(...letters.map((name) => `text ${name}`), 'far away');
    await one.rename('d', '名'.repeat(80));
    await rounds([one, two]);
    expect(losses).toEqual([]);
    expect(await world.bucket.tree()).toContain(`d/${deep}/far`);
    expect(await two.read(`d/${deep}/far`)).toBe('far away');
    expect(await two.read(`${'名'.repeat(80)}/a`)).toBe('text a');
    await one.rename('名'.repeat(80), 'short');
    await rounds([one, two]);
    await expectSame(world, [one, two]);
    expect(await two.read(`short/${deep}/far`)).toBe('far away');
    expect(losses).toEqual([]);
  });

  test('a refused new name, its old name taken by another file, and both renamed back', async () => {
    const { world, refuse, refusals, losses, watched } = watchedWorld(store);
    const [one, two] = [world.device('one'), world.device('two')];
    await one.write('a', 'text of a');
    await one.write('other', 'other text');
    await settle(one, two);
    watched.push('other text');
    refuse('full', ['put', 'copy'], (name) => name === 'b');
    await one.rename('a', 'b');
    await one.rename('other', 'a');
    await rounds([one, two], 2);
    expect(losses).toEqual([]);
    await one.rename('a', 'other');
    await one.rename('b', 'a');
    refusals.end();
    await rounds([one, two]);
    await expectSame(world, [one, two]);
    expect(await world.bucket.tree()).toEqual(['a', 'other']);
    expect(losses).toEqual([]);
  });
});

test('a file renamed elsewhere to a name that this disk cannot hold stays here, and follows to the next name', async () => {
  const { world, watched, losses } = watchedWorld('with versions');
  const [stick, laptop] = [world.device('stick', { disk: 'short-names' }), world.device('laptop')];
  for (const name of letters) await laptop.write(`d/${name}`, `text ${name}`);
  await settle(laptop, stick);
  watched.push(...letters.map((name) => `text ${name}`));
  const long = 'n'.repeat(200);
  await laptop.rename('d/a', `d/${long}`);
  await laptop.rename('d', long);
  await rounds([laptop, stick]);
  const here = async (): Promise<readonly (string | null)[]> =>
    Promise.all((await stick.tree()).map((path) => stick.read(path)));
  expect(await here()).toEqual(expect.arrayContaining(watched));
  expect((await laptop.tree()).every((path) => path.startsWith(`${long}/`))).toBe(true);
  await laptop.rename(long, 'again');
  await laptop.rename(`again/${long}`, 'again/a');
  await rounds([laptop, stick]);
  await expectSame(world, [laptop, stick]);
  expect(losses).toEqual([]);
});

describe.each(['exfat', 'apfs', 'ntfs-ignore-case'] as const)('a folding disk (%s)', (disk) => {
  test('renames in letter case outside of ASCII, in a folder that is renamed too, beside an edit', async () => {
    const { world, watched, losses } = watchedWorld('with versions');
    const [stick, laptop] = [world.device('stick', { disk }), world.device('laptop')];
    await laptop.write('été/ÉCOLE.txt', 'school');
    await laptop.write('été/straße.txt', 'street');
    await laptop.write('été/ﬁn.txt', 'end');
    await settle(laptop, stick);
    watched.push('street', 'end');
    await laptop.rename('été', 'ÉTÉ');
    await laptop.rename('ÉTÉ/ÉCOLE.txt', 'ÉTÉ/école.txt');
    await laptop.write('ÉTÉ/école.txt', 'school, edited');
    await rounds([laptop, stick]);
    expect(await world.bucket.tree()).toEqual(['ÉTÉ/straße.txt', 'ÉTÉ/école.txt', 'ÉTÉ/ﬁn.txt'].sort());
    expect(await stick.read('ÉTÉ/école.txt')).toBe('school, edited');
    expect(await stick.tree()).toHaveLength(3);
    await stick.write('ÉTÉ/école.txt', 'edited on the stick');
    await rounds([stick, laptop]);
    expect(await laptop.read('ÉTÉ/école.txt')).toBe('edited on the stick');
    expect(await world.bucket.tree()).toHaveLength(3);
    expect(losses).toEqual([]);
  });

  test('two files of which each takes the spelling of the other', async () => {
    const { world, watched, losses } = watchedWorld('with versions');
    const [stick, laptop] = [world.device('stick', { disk }), world.device('laptop')];
    await laptop.write('A/x', 'first');
    await laptop.write('b/x', 'second, longer');
    await settle(laptop, stick);
    watched.push('first', 'second, longer');
    await laptop.rename('A', 'between');
    await laptop.rename('b', 'a');
    await laptop.rename('between', 'B');
    await rounds([laptop, stick]);
    expect(await world.bucket.tree()).toEqual(['B/x', 'a/x']);
    expect(await stick.read('a/x')).toBe('second, longer');
    expect(await stick.read('B/x')).toBe('first');
    expect(await stick.tree()).toHaveLength(2);
    expect(losses).toEqual([]);
  });
});

test('folders of a lower layer renamed twice elsewhere, with an edit between', async () => {
  const { world, watched, losses } = watchedWorld('with versions');
  const [layered, laptop] = [world.device('layered', { disk: 'overlay' }), world.device('laptop')];
  for (const name of letters) await laptop.write(`d/e/${name}`, `text ${name}`);
  await settle(laptop, layered);
  watched.push(...letters.slice(1).map((name) => `text ${name}`));
  await laptop.rename('d/e', 'd/f');
  await laptop.write('d/f/a', 'edited');
  await rounds([laptop, layered], 1);
  await laptop.rename('d', 'g');
  await layered.write('d/f/new', 'made here');
  await rounds([laptop, layered]);
  await expectSame(world, [laptop, layered]);
  expect(losses).toEqual([]);
});

describe('the disk goes away', () => {
  const names = letters.map((name) => `${name}.txt`);
  const bucketOf = (world: LiveWorld): readonly string[] =>
    [...world.bucket.contents().keys()]
      .filter((key) => !key.startsWith(`${livePrefix}.driftless/`))
      .map((key) => key.slice(livePrefix.length))
      .sort();

  /** In sync; the disk goes at the step of that name that counts `left` down to zero. */
  async function pulled(step: string) {
    const pull = { step, left: -1, act: (): void => undefined };
    const world = liveWorld();
    const pair = world.add('one', {
      onDiskStep: (name) => {
        if (name === pull.step && --pull.left === 0) pull.act();
      },
    });
    for (const name of names) pair.disk.write(name, `text of ${name}`);
    pair.start();
    await world.until(() => bucketOf(world).length === names.length, minuteMs);
    await world.until(() => pair.engine.status().activity === 'idle', minuteMs);
    pull.act = () => {
      pair.place.unmount();
    };
    return { world, pair, pull };
  }

  async function expectBack(world: LiveWorld, pair: LivePair): Promise<void> {
    await world.until(() => pair.place.isAway, 5 * minuteMs);
    await world.pass(3 * minuteMs);
    expect(pair.engine.status().failure?.error.code).toBe('root-away');
    expect([...pair.place.bare.tree({ withOwn: true }).keys()]).toEqual([]);
    pair.place.mount();
    await world.until(() => pair.engine.status().failure === null, minuteMs);
    await world.pass(3 * minuteMs);
    expect(pair.engine.status().guards).toEqual([]);
    expect([...pair.disk.tree().keys()].sort()).toEqual(bucketOf(world));
  }

  test.each([1, 2, 3])('during removals here, at the %ith', async (count) => {
    const { world, pair, pull } = await pulled('capture');
    for (const name of names.slice(0, 3)) world.bucket.remove(livePrefix + name);
    pull.left = count;
    pair.engine.checkNow();
    await expectBack(world, pair);
    expect(bucketOf(world)).toEqual(names.slice(3));
  });

  test.each(['list', 'look', 'sweep'])('and again at a %s of the recovery', async (step) => {
    const { world, pair, pull } = await pulled('replace:kept');
    for (const name of names.slice(0, 4))
      world.bucket.write(livePrefix + name, new TextEncoder().encode(`edited elsewhere: ${name}`));
    world.bucket.remove(`${livePrefix}h.txt`);
    pull.left = 2;
    pair.engine.checkNow();
    await world.until(() => pair.place.isAway, 5 * minuteMs);
    await pair.stop();
    expect(pair.store.intents()).not.toEqual([]);
    pair.place.mount();
    Object.assign(pull, { step, left: 1 });
    pair.restart();
    await expectBack(world, pair);
    expect(bucketOf(world)).toEqual(names.slice(0, 7));
    for (const name of names.slice(0, 4)) expect(pair.disk.read(name)).toBe(`edited elsewhere: ${name}`);
  });
});
