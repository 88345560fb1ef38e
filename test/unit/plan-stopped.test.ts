// Interrupted plans: every order of reads and steps leads to the same end.
import { expect, test } from 'vitest';
import type { Op } from '../../main/core/model/model.ts';
import { plan } from '../../main/core/plan/plan.ts';
import { PlanWorld } from '../property/plan-world.ts';
import {
  baseOf,
  folderBase,
  folderHere,
  folderThere,
  here,
  plainPolicy,
  planned,
  row,
  there,
} from '../support/plan-rows.ts';

function opsOf(world: PlanWorld): readonly Op[] {
  return plan(world.input(plainPolicy)).waves.flat();
}

function settle(world: PlanWorld): void {
  for (let cycle = 0; cycle < 10; cycle += 1) {
    for (const op of opsOf(world)) world.apply(op);
  }
}

function applyFirst(world: PlanWorld, count: number): void {
  let left = count;
  while (left > 0) {
    const ops = opsOf(world).slice(0, left);
    for (const op of ops) world.apply(op);
    left = ops.length === 0 ? 0 : left - ops.length;
  }
}

/**
 * Remotely, `c.txt` moved to `b/a`, and a new `a` has the same content as the file in it; locally, a new file
 * came into `c.txt`. Found by the property "ends in the same trees when it is stopped anywhere" (seed 205):
 * once only `a` had been read, the file was taken for moved to `a`, and the new one stayed behind in `c.txt`.
 */
function folderMovedBesideTwin(): PlanWorld {
  const world = new PlanWorld();
  world.writeRemote('c.txt/b', '2');
  settle(world);
  world.writeRemote('a', '2');
  world.renameRemote('c.txt', 'b/a');
  world.writeLocal('c.txt/a', 'new here');
  return world;
}

/**
 * Remotely, `a` moved to `c.txt`, and a new `b` holds a file of the same name and size; locally, a new file
 * came into `a`. Found by the same property (seed 207): `c.txt` was created while `b` was read, and then no
 * longer counted as a new folder.
 */
function folderMovedBesideLookalike(): PlanWorld {
  const world = new PlanWorld();
  world.writeRemote('a/c.txt', '33');
  settle(world);
  world.renameRemote('a', 'c.txt');
  world.writeLocal('a/a', 'new here');
  world.writeRemote('b/c.txt', '44');
  return world;
}

const stories = [
  ['a twin of its file', folderMovedBesideTwin, ['a=2', 'b/', 'b/a/', 'b/a/a=new here', 'b/a/b=2']],
  [
    'another likely place',
    folderMovedBesideLookalike,
    ['b/', 'b/c.txt=44', 'c.txt/', 'c.txt/a=new here', 'c.txt/c.txt=33'],
  ],
] as const;

test.each(stories.flatMap((story) => [0, 1, 2, 3, 4, 5, 6].map((stop) => [...story, stop] as const)))(
  'a folder moved remotely beside %s reaches the same end after an interruption',
  (_name, begin, end, stop) => {
    const world = begin();
    applyFirst(world, stop);
    settle(world);
    expect(world.trees()).toEqual({ local: end, remote: end });
    expect(world.losses).toEqual([]);
    expect(opsOf(world)).toEqual([]);
  },
);

/**
 * Locally, `b` moved to `c`; remotely, `a` moved into `b`; and a new local file came into `a`. Found by the
 * same property (seed 303): the contents that moved into a moving folder are handled only after it, and the
 * new file is uploaded meanwhile or not.
 */
test.each([0, 1, 2, 3, 4, 5, 6])(
  'a folder moved remotely into one moved locally, stopped after %i, ends with both sides equal in one of two right ways',
  (stop) => {
    const world = new PlanWorld();
    world.writeRemote('a/x', '');
    world.writeRemote('b/x', '');
    settle(world);
    world.writeLocal('a/new', 'new here');
    world.renameLocal('b', 'c');
    world.renameRemote('a', 'b/a');
    applyFirst(world, stop);
    settle(world);
    const { local, remote } = world.trees();
    expect(remote).toEqual(local);
    const shared = ['c/', 'c/a/', 'c/a/x=', 'c/x='];
    expect([['a/', 'a/new=new here', ...shared], [...shared, 'c/a/new=new here'].sort()]).toContainEqual(
      local,
    );
    expect(world.losses).toEqual([]);
    expect(opsOf(world)).toEqual([]);
  },
);

const twin = [
  row('c', { base: folderBase(), local: folderHere() }),
  row('c/b', { base: baseOf('B'), local: here('B') }),
  row('a', { remote: there('B') }),
  row('e', { remote: folderThere }),
];

test('both of two likely names are read before a move is planned, in either order', () => {
  const arrived = (unread: boolean) => row('e/b', { remote: there('B', { unread }) });
  expect(planned([...twin, arrived(true)])).toEqual([['identify-remote e/b']]);
  expect(planned([...twin, arrived(false)])).toEqual([['move-local c -> e'], ['download a']]);
});

test('a file is not read only because its name and size equal those of a file known to have moved', () => {
  const rows = twin.filter(({ path }) => path !== 'c' && path !== 'e');
  const kept = row('c', { base: folderBase(), local: folderHere(), remote: folderThere });
  const arrived = row('b', { remote: there('B', { unread: true }) });
  expect(planned([...rows, kept, arrived])).toEqual([['move-local c/b -> a'], ['download b']]);
});

test('all candidate places of a folder move wait with it, including the wrong one', () => {
  const rows = (unread: boolean) => [
    row('c', { base: folderBase(), local: folderHere() }),
    row('c/b', { base: baseOf('B'), local: here('B') }),
    row('d', { remote: folderThere }),
    row('d/b', { remote: there('X', { unread: true }) }),
    row('e', { remote: folderThere }),
    row('e/b', { remote: there('B', { unread }) }),
  ];
  expect(planned(rows(true))).toEqual([['identify-remote d/b', 'identify-remote e/b']]);
  expect(planned(rows(false))).toEqual([['identify-remote d/b']]);
});
