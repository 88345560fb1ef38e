// Files that change places in any way, on either side: the new order is carried over, the bytes are not; stopped anywhere it still ends right.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Op } from '../../main/core/model/model.ts';
import { plan } from '../../main/core/plan/plan.ts';
import { plainPolicy } from '../support/plan-rows.ts';
import { PlanWorld } from './plan-world.ts';
import { atLeast, runs } from '../sizes.ts';

const asked = process.env['DRIFTLESS_SEED'] ?? '102107378';
const seed = asked === 'random' ? Date.now() % 2 ** 31 : Number(asked);
fc.configureGlobal({ seed });

const names = ['a', 'b', 'c', 'd/a', 'd/b', 'e', 'f/g/h', 'f/g/i'] as const;
/** Some of one length, so that size alone tells nothing. */
const contents = ['1', '2', '3', '44', '55', '666'] as const;

const places = fc
  .shuffledSubarray([...names], { minLength: contents.length, maxLength: contents.length })
  .map((list) => new Map(contents.map((content, index) => [list[index] ?? '', content])));
type Places = ReadonlyMap<string, string>;

const side = fc.constantFrom('local' as const, 'remote' as const);

function laidOut(before: Places): PlanWorld {
  const world = new PlanWorld();
  for (const dir of ['d', 'f', 'f/g']) world.makeLocal(dir);
  for (const [path, content] of before) world.writeLocal(path, content);
  settle(world, []);
  return world;
}

/** Every file first leaves its name, then all take their new ones: what a sync sees of any order of renames. */
function rearrange(world: PlanWorld, before: Places, after: Places, where: 'local' | 'remote'): void {
  const rename = (from: string, to: string): void => {
    if (where === 'local') world.renameLocal(from, to);
    else world.renameRemote(from, to);
  };
  const target = new Map([...after].map(([path, content]) => [content, path]));
  const moving = [...before].filter(([path, content]) => target.get(content) !== path);
  for (const [path, content] of moving) rename(path, `between-${content}`);
  for (const [, content] of moving) rename(`between-${content}`, target.get(content) ?? '');
}

function settle(world: PlanWorld, seen: Op[]): void {
  for (let cycle = 0; cycle < 10; cycle += 1) {
    const ops = plan(world.input(plainPolicy)).waves.flat();
    if (ops.length === 0) return;
    for (const op of ops) world.apply(op);
    seen.push(...ops);
  }
  throw new Error('still busy');
}

function files(world: PlanWorld): readonly string[] {
  const { local, remote } = world.trees();
  const only = (list: readonly string[]): readonly string[] => list.filter((line) => line.includes('='));
  expect(only(local)).toEqual(only(remote));
  return only(local);
}

function linesOf(after: Places): readonly string[] {
  return [...after].map(([path, content]) => `${path}=${content}`).sort();
}

test(`whatever changes places moves, and nothing is transferred (seed ${seed})`, () => {
  const seen = { over: 0 };
  fc.assert(
    fc.property(places, places, side, (before, after, where) => {
      const world = laidOut(before);
      rearrange(world, before, after, where);
      const ops: Op[] = [];
      settle(world, ops);
      expect(ops.filter((op) => op.kind === 'upload' || op.kind === 'download')).toEqual([]);
      expect(files(world)).toEqual(linesOf(after));
      expect(world.losses).toEqual([]);
      seen.over += world.movedOver;
    }),
    { numRuns: runs(1500) },
  );
  expect(seen.over).toBeGreaterThan(atLeast(200));
});

test(`stopped anywhere, whatever changes places ends where it should (seed ${seed})`, () => {
  fc.assert(
    fc.property(places, places, side, fc.nat({ max: 24 }), (before, after, where, stop) => {
      const world = laidOut(before);
      rearrange(world, before, after, where);
      let left = stop;
      while (left > 0) {
        const ops = plan(world.input(plainPolicy)).waves.flat();
        for (const op of ops.slice(0, left)) world.apply(op);
        left = ops.length === 0 ? 0 : Math.max(0, left - ops.length);
        if (left === 0) break;
      }
      settle(world, []);
      expect(files(world)).toEqual(linesOf(after));
      expect(world.losses).toEqual([]);
    }),
    { numRuns: runs(1500) },
  );
});
