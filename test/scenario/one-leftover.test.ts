// One file or leftover that disk or store refuses stops itself, and no pair.
import { expect, test } from 'vitest';
import { mapS3Error } from '../../main/adapters/s3/errors.ts';
import { localError } from '../../main/adapters/disk/errors.ts';
import { dayMs } from '../../main/core/trash/policy.ts';
import { relPath } from '../../main/core/model/path.ts';
import { syncOnce } from '../../main/sync/session/sync-once.ts';
import { transferSizes } from '../../main/sync/transfer-sizes.ts';
import { FakeBucket } from '../fakes/fake-remote-state.ts';
import { makeRefusals } from '../fakes/refusals.ts';
import { livePrefix, liveWorld } from '../support/live-pair.ts';
import type { LiveOptions, LivePair, LiveWorld } from '../support/live-pair.ts';

const minuteMs = 60_000;
const sizes = { ...transferSizes, singlePutBytes: 10, resumableBytes: 10, partBytes: 50, partUnitBytes: 10 };
const hourMs = 60 * minuteMs;

function refusedBy(code: string): unknown {
  return localError(Object.assign(new Error(code), { code }), 'a step');
}

type Scene = { readonly world: LiveWorld; readonly pair: LivePair };

/** In sync over a few files. */
async function inSync(how: LiveOptions, world = liveWorld()): Promise<Scene> {
  const pair = world.add('one', how);
  for (const name of ['a', 'b', 'c', 'folder/d']) pair.disk.write(name, `text of ${name}`);
  pair.start();
  await world.until(() => isIdle(pair), 5 * minuteMs);
  // Files of this moment are read once more.
  await world.pass(minuteMs);
  pair.engine.checkNow();
  await world.pass(minuteMs);
  await world.until(() => isIdle(pair), 5 * minuteMs);
  return { world, pair };
}

function isIdle({ engine }: LivePair): boolean {
  const { phase, failure, lastInSyncAtMs } = engine.status();
  return phase === 'idle' && failure === null && lastInSyncAtMs !== null;
}

/** How often something has stopped the pair so far. */
function stopsOf({ log }: LivePair): number {
  return log.filter((line) => line === 'pair stopped').length;
}

async function expectToGoOn({ world, pair }: Scene, name: string): Promise<void> {
  pair.write(name, name);
  await world.until(() => world.bucket.contents().has(`${livePrefix}${name}`), 5 * minuteMs);
  await world.until(() => isIdle(pair), 5 * minuteMs);
}

test.each(['EACCES', 'EBUSY'])(
  'a leftover among the temporary files that cannot be removed (%s) stops no start',
  async (code) => {
    const scene = await inSync({
      onDiskStep: (name) => {
        if (name === 'sweep') throw refusedBy(code);
      },
    });
    await expectToGoOn(scene, 'after');
    expect(scene.pair.log).toContain('a leftover stays: it cannot be removed');
  },
);

test('a file in the trash that cannot be removed stays in it, and stops nothing', async () => {
  const refused = { is: false };
  const scene = await inSync({
    options: { trash: { days: 1 } },
    onDiskStep: (name) => {
      if (name === 'sweep' && refused.is) throw refusedBy('EACCES');
    },
  });
  const { world, pair } = scene;
  const nextDays = async (): Promise<void> => {
    for (let day = 0; day < 2; day += 1) {
      await pair.stop();
      world.clock.advance(dayMs);
      pair.restart();
      await world.until(() => pair.engine.status().phase === 'idle', 5 * minuteMs);
      await world.pass(1000);
    }
  };
  world.bucket.remove(`${livePrefix}a`);
  pair.engine.checkNow();
  await world.until(() => pair.store.trash().length === 1, 5 * minuteMs);
  await world.until(() => isIdle(pair), 5 * minuteMs);
  refused.is = true;
  await nextDays();
  expect(stopsOf(pair)).toBe(0);
  expect(pair.store.trash()).toHaveLength(1);
  expect(pair.log).toContain('a file in the trash cannot be removed yet');
  await expectToGoOn(scene, 'meanwhile');
  refused.is = false;
  await nextDays();
  expect(pair.store.trash()).toEqual([]);
});

test('a file that the slow audit may not look at any more is left to the scan', async () => {
  const refused = { is: false };
  const { world, pair } = await inSync({
    onDiskStep: (name, path) => {
      if (refused.is && name === 'hash' && path === 'folder/d') throw refusedBy('EACCES');
    },
  });
  refused.is = true;
  await world.pass(3 * hourMs);
  expect(stopsOf(pair)).toBe(0);
  await pair.stop();
  world.clock.advance(2 * hourMs);
  // A single pass audits before it looks.
  const report = syncOnce(pair.context(), new Set(), events, new AbortController().signal);
  expect(await world.clock.drive(report)).toMatchObject({ kind: 'ended', problems: [] });
});

const events = { onPlanned: () => undefined, onOpEnd: () => undefined };

test('a session whose end fails ends nothing but itself', async () => {
  const failing = { left: 0 };
  const scene = await inSync({
    onClose: () => {
      if (failing.left === 0) return;
      failing.left -= 1;
      throw new Error('the database did not close');
    },
  });
  failing.left = 1;
  scene.pair.engine.restart();
  await scene.world.pass(minuteMs);
  await scene.world.until(() => isIdle(scene.pair), 5 * minuteMs);
  await expectToGoOn(scene, 'after');
  expect(failing.left).toBe(0);
  expect(scene.pair.log).toContain('pair stopped');
});

test('of the files that an answer brings back, one that the store does not give now waits alone', async () => {
  const bucket = new FakeBucket({ versioning: 'unversioned', opaqueEtags: false, nowMs: () => 0 });
  const refusals = makeRefusals(() => 0);
  const world = liveWorld({
    bucket,
    versioning: 'unversioned',
    hooks: { beforeCall: (call) => refusals.faultFor(call, bucket) },
  });
  const { pair } = await inSync({}, world);
  pair.remove('a');
  pair.remove('b');
  await world.until(() => pair.store.trash().length === 2, 5 * minuteMs);
  await world.until(() => isIdle(pair), 5 * minuteMs);
  const kept = pair.store.trash().find(({ path }) => path === 'a');
  refusals.add({ verbs: ['get'], answer: 'internal', where: (key) => key === kept?.where });
  pair.store.record([{ kind: 'meta', key: 'guardRestores', value: JSON.stringify(['a', 'b']) }]);
  pair.engine.checkNow();
  await world.until(() => pair.disk.find('b') !== null, 5 * minuteMs);
  await expectToGoOn({ world, pair }, 'meanwhile');
  expect(pair.disk.find('a')).toBeNull();
  refusals.end();
  await world.until(() => pair.store.meta('guardRestores') === null, 2 * hourMs);
  expect(pair.disk.read('a')).toBe('text of a');
});

test('an interrupted upload whose parts may not be dropped does not keep the next version from being sent', async () => {
  const bucket = new FakeBucket({ versioning: 'enabled', opaqueEtags: false, nowMs: () => 0 });
  const refusals = makeRefusals(() => 0);
  const world = liveWorld({
    bucket,
    versioning: 'enabled',
    hooks: { beforeCall: (call) => refusals.faultFor(call, bucket) },
  });
  const { pair } = await inSync({ sizes }, world);
  refusals.add({ verbs: ['abort'], answer: 'denied', where: () => true });
  refusals.add({ verbs: ['complete'], answer: 'internal', where: () => true, times: 5 });
  pair.write('large', 'x'.repeat(100));
  await world.until(() => pair.store.problem(relPath('large')) !== null, 5 * minuteMs);
  pair.write('large', 'y'.repeat(100));
  await world.until(() => textOf(world, 'large') === 'y'.repeat(100), 2 * hourMs);
  await world.until(() => isIdle(pair) && pair.store.problems().length === 0, 2 * hourMs);
  expect(pair.store.intents()).toEqual([]);
});

test('a file whose request does not arrive as it was signed stops itself alone', async () => {
  const signed = Object.assign(new Error('no match'), {
    name: 'SignatureDoesNotMatch',
    $metadata: { httpStatusCode: 403 },
  });
  const error = mapS3Error(signed, { writes: true, deniedScope: 'item', nowMs: 0 });
  const world = liveWorld({
    hooks: {
      beforeCall: ({ operation, key }) =>
        operation === 'put' && key.includes('+') ? { kind: 'refused', error } : null,
    },
  });
  const scene = await inSync({}, world);
  scene.pair.write('odd+name', 'odd');
  await world.until(() => scene.pair.store.problem(relPath('odd+name')) !== null, 5 * minuteMs);
  await expectToGoOn(scene, 'beside');
  expect(stopsOf(scene.pair)).toBe(0);
  expect(scene.pair.store.problem(relPath('odd+name'))?.code).toBe('signature-refused');
});

function textOf(world: LiveWorld, name: string): string {
  return new TextDecoder().decode(world.bucket.contents().get(`${livePrefix}${name}`));
}
