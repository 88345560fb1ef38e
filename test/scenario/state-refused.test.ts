// A disk without space for the state in mid-work: nothing is lost, and syncing continues by itself.
import { describe, expect, test } from 'vitest';
import { relPath, rootPath } from '../../main/core/model/path.ts';
import { stateError } from '../../main/adapters/system/state-error.ts';
import { diskTree } from '../simulation/agreement.ts';
import { liveWorld } from '../support/live-pair.ts';
import type { LivePair, LiveWorld } from '../support/live-pair.ts';

const minuteMs = 60_000;
const sqliteFull = 13;
const sqliteIoError = 10;

type Refusal = { from: number; lastsMs: number; untilMs: number; writes: number; refused: number };

function pairs(refusal: Refusal): { world: LiveWorld; laptop: LivePair; office: LivePair } {
  const world = liveWorld();
  const onRecord = (): void => {
    refusal.writes += 1;
    if (refusal.writes < refusal.from) return;
    const nowMs = world.clock.monotonicMs();
    if (refusal.refused > 0 && nowMs >= refusal.untilMs) return;
    if (refusal.refused === 0) refusal.untilMs = nowMs + refusal.lastsMs;
    refusal.refused += 1;
    throw stateError(Object.assign(new Error('database or disk is full'), { errcode: sqliteFull }));
  };
  const laptop = world.add('laptop', { onRecord });
  const office = world.add('office');
  return { world, laptop, office };
}

const isInSync = ({ engine, store }: LivePair): boolean => {
  const { failure, lastInSyncAtMs, phase } = engine.status();
  const isQuiet = phase === 'idle' && failure === null && lastInSyncAtMs !== null;
  return isQuiet && store.unsettled(1).length === 0 && store.intents().length === 0;
};

/** What both sides did before the work began to be refused. */
async function begin({ world, laptop, office }: ReturnType<typeof pairs>): Promise<void> {
  for (const name of ['edited', 'renamed', 'removed', 'theirs']) laptop.disk.write(`${name}.txt`, name);
  laptop.disk.write('folder/inside.txt', 'inside');
  laptop.start();
  office.start();
  await world.until(() => office.disk.find('folder/inside.txt') !== null && isInSync(office), 10 * minuteMs);
}

const wanted = {
  'edited.txt': 'edited again',
  'fresh.txt': 'fresh',
  'moved/': '',
  'moved/inside.txt': 'inside',
  'new name.txt': 'renamed',
  'theirs.txt': 'theirs again',
  'from office.txt': 'office',
};

describe.each([
  ['for two minutes', 2 * minuteMs],
  ['once', 0],
])('the state is refused %s', (_title, lastsMs) => {
  test.each(Array.from({ length: 24 }, (_, at) => at + 1))('from write %i on', async (first) => {
    const refusal: Refusal = { from: Infinity, lastsMs: 0, untilMs: Infinity, writes: 0, refused: 0 };
    const scene = pairs(refusal);
    const { world, laptop, office } = scene;
    await begin(scene);
    Object.assign(refusal, { from: refusal.writes + first, lastsMs });
    laptop.write('edited.txt', 'edited again');
    laptop.write('fresh.txt', 'fresh');
    laptop.disk.rename('renamed.txt', 'new name.txt');
    laptop.disk.rename('folder', 'moved');
    laptop.remove('removed.txt');
    laptop.event({ kind: 'overflow', path: rootPath });
    office.write('theirs.txt', 'theirs again');
    office.write('from office.txt', 'office');
    await world.pass(5 * minuteMs);
    await world.until(() => [laptop, office].every(isInSync), 30 * minuteMs);
    await world.pass(2 * minuteMs);
    expect(refusal.refused).toBeGreaterThan(0);
    for (const { disk } of [laptop, office]) expect(Object.fromEntries(diskTree(disk))).toEqual(wanted);
  });
});

const ioError = stateError(Object.assign(new Error('disk I/O error'), { errcode: sqliteIoError }));
/** Of a row that is damaged. */
const noJson = new SyntaxError('Unexpected end of JSON input');

test.each([
  ...[1, 2, 3, 4, 5, 6].map((first) => [first, ioError] as const),
  [1, noJson],
  [6, noJson],
] as const)(
  'a state that can neither be written nor read from write %i on ends no pair: %s',
  async (first, unreadable) => {
    const refusal: Refusal = { from: Infinity, lastsMs: 0, untilMs: Infinity, writes: 0, refused: 0 };
    const scene = pairs(refusal);
    const { world, laptop, office } = scene;
    await begin(scene);
    const { problems } = laptop.store;
    Object.assign(laptop.store, {
      problems: () => {
        const isRefused = refusal.refused > 0 && world.clock.monotonicMs() < refusal.untilMs;
        if (!isRefused) return problems();
        throw unreadable;
      },
    });
    Object.assign(refusal, { from: refusal.writes + first, lastsMs: 2 * minuteMs });
    for (const name of ['fresh 1', 'fresh 2', 'fresh 3']) laptop.write(name, name);
    await world.pass(5 * minuteMs);
    await world.until(() => [laptop, office].every(isInSync), 30 * minuteMs);
    expect(refusal.refused).toBeGreaterThan(0);
    expect(office.disk.read('fresh 3')).toBe('fresh 3');
  },
);

test('a wake-up while the state is refused is one all the same', async () => {
  const refusal: Refusal = { from: Infinity, lastsMs: 0, untilMs: Infinity, writes: 0, refused: 0 };
  const scene = pairs(refusal);
  const { world, laptop } = scene;
  await begin(scene);
  const path = relPath('waits');
  const times = { sinceMs: 0, attempts: 1, retryAtMs: world.clock.nowMs() + 60 * minuteMs };
  laptop.store.record([{ kind: 'problem', problem: { path, code: 'timeout', fields: {}, ...times } }]);
  Object.assign(refusal, { from: refusal.writes + 1, lastsMs: 2 * minuteMs });
  laptop.engine.retryNow();
  expect(refusal.refused).toBe(1);
  laptop.write('fresh.txt', 'fresh');
  await world.pass(5 * minuteMs);
  await world.until(() => isInSync(laptop), 30 * minuteMs);
});

test('a wake-up while the rows of waiting files are damaged ends nothing', async () => {
  const refusal: Refusal = { from: Infinity, lastsMs: 0, untilMs: Infinity, writes: 0, refused: 0 };
  const scene = pairs(refusal);
  const { world, laptop } = scene;
  await begin(scene);
  const { problems } = laptop.store;
  const damaged = (): never => {
    throw noJson;
  };
  Object.assign(laptop.store, { problems: damaged });
  expect(() => {
    laptop.engine.retryNow();
  }).not.toThrow();
  Object.assign(laptop.store, { problems });
  laptop.write('fresh.txt', 'fresh');
  await world.pass(5 * minuteMs);
  await world.until(() => isInSync(laptop), 30 * minuteMs);
});
