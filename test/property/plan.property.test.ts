// Properties of the planner over a small world: it converges, stops, does not depend on order, and loses nothing.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Op } from '../../main/core/model.ts';
import type { Plan, PlanPolicy } from '../../main/core/plan-types.ts';
import { plan } from '../../main/core/plan.ts';
import { World } from './plan-world.ts';

const twoWay: PlanPolicy = {
  mode: 'two-way',
  propagateDeletes: false,
  caseSensitive: true,
  windowsNames: false,
  dateLabel: '2026-11-22',
  deviceName: 'laptop',
  localComplete: true,
  remoteComplete: true,
  hinted: new Set(),
  held: () => false,
  serverCopy: true,
};

type Act = {
  readonly side: 'local' | 'remote';
  readonly verb: 'write' | 'make' | 'remove' | 'rename';
  readonly path: string;
  readonly other: string;
  readonly content: string;
};

const name = fc.constantFrom('a', 'b', 'c.txt');
const pathArb = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join('/'));
const actArb: fc.Arbitrary<Act> = fc.record({
  side: fc.constantFrom('local' as const, 'remote' as const),
  verb: fc.constantFrom('write' as const, 'write' as const, 'make' as const, 'remove' as const, 'rename' as const),
  path: pathArb,
  other: pathArb,
  content: fc.constantFrom('', '1', '2', '33', '44'),
});

function act(world: World, { side, verb, path, other, content }: Act): void {
  if (side === 'local') {
    if (verb === 'write') world.writeLocal(path, content);
    else if (verb === 'make') world.makeLocal(path);
    else if (verb === 'remove') world.removeLocal(path);
    else world.renameLocal(path, other);
    return;
  }
  if (verb === 'write') world.writeRemote(path, content);
  else if (verb === 'make') world.makeRemote(path);
  else if (verb === 'remove') world.removeRemote(path);
  else world.renameRemote(path, other);
}

const opsOf = (made: Plan): readonly Op[] => made.waves.flat();

/** Cycles until a plan is empty. */
function settle(world: World, policy: PlanPolicy, atMost = 12): void {
  for (let cycle = 0; cycle < atMost; cycle += 1) {
    const ops = opsOf(plan(world.input(policy)));
    if (ops.length === 0) return;
    for (const op of ops) world.apply(op);
  }
  throw new Error(`still busy: ${JSON.stringify(opsOf(plan(world.input(policy))), (_, v: unknown) => (typeof v === 'bigint' ? String(v) : v))}`);
}

const acts = fc.array(actArb, { maxLength: 10 });

test('converges, then plans nothing, and loses nothing', () => {
  fc.assert(
    fc.property(acts, acts, acts, (first, second, third) => {
      const world = new World();
      for (const step of first) act(world, step);
      settle(world, twoWay);
      for (const round of [second, third]) {
        for (const step of round) act(world, step);
        settle(world, twoWay);
        const { local, remote } = world.trees();
        expect(local).toEqual(remote);
        expect(world.losses).toEqual([]);
      }
    }),
    { numRuns: 20000 },
  );
});
