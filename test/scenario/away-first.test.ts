// A disk that goes away during the first look of a new pair (rule 27).
import { expect, test } from 'vitest';
import { livePrefix, liveWorld } from '../support/live-pair.ts';
import type { LivePair, LiveWorld } from '../support/live-pair.ts';

const minuteMs = 60_000;
const here = ['d/a.txt', 'd/b.txt', 'e.txt', 'f.txt', 'g.txt', 'h.txt', 'i.txt'];
const there = ['d/from-there.txt', 'x.txt', 'y.txt'];
const all = [...here, ...there].sort();

type Tried = { readonly steps: number; readonly wrong: readonly string[] };

function bucketOf(world: LiveWorld): readonly string[] {
  return [...world.bucket.contents().keys()]
    .map((key) => key.slice(livePrefix.length))
    .filter((path) => !path.startsWith('.driftless/') && !path.endsWith('/'))
    .sort();
}

/** Its disk goes at the `at`th step on the disk or call of the store, and is back five minutes later. */
async function pulledAt(at: number, isFirm: boolean): Promise<Tried> {
  let steps = 0;
  const pull: { act: () => void } = { act: () => undefined };
  const step = (): void => {
    steps += 1;
    if (steps === at) pull.act();
  };
  const world = liveWorld();
  const beforeCall = (): null => {
    step();
    return null;
  };
  const pair = world.add('one', { onDiskStep: step, remote: { hooks: { beforeCall } } });
  pair.place.isFirm = isFirm;
  pull.act = () => {
    pair.place.unmount();
  };
  for (const path of here) pair.disk.write(path, `text of ${path}`);
  for (const path of there)
    world.bucket.write(livePrefix + path, new TextEncoder().encode(`text of ${path}`));
  pair.start();
  await world.pass(5 * minuteMs);
  const reached = steps;
  const atPoint = [...pair.place.bare.tree({ withOwn: true }).keys()];
  const wrong = pair.place.isAway ? judged(pair, at, isFirm ? atPoint : []) : [];
  pair.place.mount();
  await world.pass(5 * minuteMs);
  const trees = { disk: [...pair.disk.tree().keys()].sort(), bucket: bucketOf(world) };
  for (const [side, paths] of Object.entries(trees))
    if (JSON.stringify(paths) !== JSON.stringify(all))
      wrong.push(`${String(at)}: ${side} holds ${paths.join(' ')}`);
  const { guards, failure } = pair.engine.status();
  if (guards.length > 0) wrong.push(`${String(at)}: asks ${guards.map(({ kind }) => kind).join(' ')}`);
  if (failure !== null) wrong.push(`${String(at)}: ${failure.error.code}`);
  await pair.stop();
  return { steps: reached, wrong };
}

function judged(pair: LivePair, at: number, atPoint: readonly string[]): string[] {
  const { failure } = pair.engine.status();
  return [
    ...(atPoint.length > 0 ? [`${String(at)}: the mount point holds ${atPoint.join(' ')}`] : []),
    ...(failure === null ? [`${String(at)}: no failure is shown`] : []),
  ];
}

const every = 7;

// Without a descriptor one step under way may land in the mount point (rule 27); nothing counts as synced by it.
test.each([true, false])(
  'nothing is lost, removed or asked; the folder is held by a descriptor: %s',
  async (isFirm) => {
    const { steps } = await pulledAt(0, isFirm);
    expect(steps).toBeGreaterThan(60);
    const wrong: string[] = [];
    for (let at = 1; at < steps - every; at += every) wrong.push(...(await pulledAt(at, isFirm)).wrong);
    expect(wrong).toEqual([]);
  },
);
