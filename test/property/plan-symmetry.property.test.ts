// The two sides are treated alike, on whole trees: what people did here and there exchanged, so is what is planned.
//
// Left out is only what a disk and a bucket differ in: a file here is known by its inode, there by its content; a folder
// there is implied by what it holds; and of two that met, it is always the local one that steps aside (rule 10).
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Etag, Op } from '../../main/core/model/model.ts';
import { nameOf, parentOf, relPath } from '../../main/core/model/path.ts';
import { plan } from '../../main/core/plan/plan.ts';
import { plainPolicy } from '../support/plan-rows.ts';
import { idOf, PlanWorld } from './plan-world.ts';
import { atLeast, runs } from '../sizes.ts';

const asked = process.env['DRIFTLESS_SEED'] ?? '102107378';
const seed = asked === 'random' ? Date.now() % 2 ** 31 : Number(asked);
fc.configureGlobal({ seed });
const titled = (text: string): string => `${text} (seed ${seed})`;

type Side = 'local' | 'remote';
type Verb = 'write' | 'make' | 'remove' | 'rename' | 'rename-file';
type Act = {
  readonly side: Side;
  readonly verb: Verb;
  readonly path: string;
  readonly other: string;
  readonly digit: number;
};

const places: readonly string[] = [
  ...['a', 'b', 'c.txt'].flatMap((dir) => [dir, `${dir}/a`, `${dir}/b`, `${dir}/c.txt`]),
  ...['a/b/a', 'a/b/b', 'a/b/a/a'],
];

/**
 * Of three contents at each path, two of one size, and no size is that of another path: equal content then means the
 * same file, which is what the inode says here.
 */
function contentAt(path: string, digit: number): string {
  return String(digit).repeat(2 * places.indexOf(path) + (digit === 2 ? 2 : 1));
}

function actsOf(
  verbs: readonly [Verb, ...Verb[]],
  length: fc.ArrayConstraints,
): fc.Arbitrary<readonly Act[]> {
  const path = fc.constantFrom(...places);
  return fc.array(
    fc.record({
      side: fc.constantFrom('local' as const, 'remote' as const),
      verb: fc.constantFrom(...verbs),
      path,
      other: path,
      digit: fc.nat({ max: 2 }),
    }),
    length,
  );
}

const opposite: Readonly<Record<Side, Side>> = { local: 'remote', remote: 'local' };

function kindOn(world: PlanWorld, side: Side, path: string): 'file' | 'folder' | null {
  return side === 'local' ? (world.local.get(path)?.kind ?? null) : world.remoteKind(path);
}

/** On either side only what a user could do on a disk: nothing in a folder that is not there, nothing over another. */
function act(world: PlanWorld, { side, verb, path, other, digit }: Act): void {
  const isLocal = side === 'local';
  const kind = kindOn(world, side, path);
  const hasParent = (child: string): boolean => {
    const dir = parentOf(relPath(child));
    return dir === '' || kindOn(world, side, dir) === 'folder';
  };
  switch (verb) {
    case 'write':
      if (kind === 'folder' || !hasParent(path)) return;
      if (isLocal) world.writeLocal(path, contentAt(path, digit));
      else world.writeRemote(path, contentAt(path, digit));
      return;
    case 'make':
      if (kind !== null || !hasParent(path)) return;
      if (isLocal) world.makeLocal(path);
      else world.makeRemote(path);
      return;
    case 'remove':
      if (isLocal) world.removeLocal(path);
      else world.removeRemote(path);
      return;
    case 'rename':
    case 'rename-file':
      if (verb === 'rename-file' && kind === 'folder') return;
      if (kind === null || kindOn(world, side, other) !== null || !hasParent(other)) return;
      if (isLocal) world.renameLocal(path, other);
      else world.renameRemote(path, other);
  }
}

/** In sync, and each folder there has a marker, so that it stays when what it holds goes, as a folder here does. */
function inSync(acts: readonly Act[]): PlanWorld {
  const world = new PlanWorld();
  for (const one of acts) act(world, { ...one, side: 'local' });
  settle(world);
  for (const path of world.paths()) {
    if (world.remoteKind(path) !== 'folder' || world.remote.has(`${path}/`)) continue;
    world.remote.set(`${path}/`, { content: '', etag: `marker${world.next()}` as Etag });
  }
  return world;
}

function opsOf(world: PlanWorld): readonly Op[] {
  return plan(world.input(plainPolicy)).waves.flat();
}

function settle(world: PlanWorld): void {
  for (let cycle = 0; cycle < 10; cycle += 1) for (const op of opsOf(world)) world.apply(op);
  expect(opsOf(world)).toEqual([]);
}

const isReading = ({ kind }: Op): boolean => kind === 'hash-local' || kind === 'identify-remote';

/** What is planned once all that the plan asks for has been read. */
function afterReading(world: PlanWorld): readonly Op[] {
  for (let ops = opsOf(world); ; ops = opsOf(world)) {
    const readings = ops.filter(isReading);
    if (readings.length === 0) return ops;
    for (const op of readings) world.apply(op);
  }
}

const mirroredWords: Readonly<Record<string, string>> = {
  upload: 'download',
  'hash-local': 'identify-remote',
  'make-local-folder': 'make-remote-folder',
  'remove-local': 'remove-remote',
  'remove-local-folder': 'remove-remote-folder',
  'move-local': 'move-remote',
  'new-local': 'new-remote',
  'changed-local': 'changed-remote',
  'gone-local': 'gone-remote',
  'moved-local': 'moved-remote',
};
const bothWays = new Map(
  Object.entries(mirroredWords).flatMap(([one, two]) => [
    [one, two],
    [two, one],
  ]),
);
const mirroredWord = (word: string): string => bothWays.get(word) ?? word;

function line(op: Op, word: (text: string) => string): string {
  const from = 'from' in op ? `${op.from} -> ` : '';
  return `${word(op.kind)} ${from}${op.path} (${word(op.reason)})`;
}

/**
 * Without what is no person's change: a folder that holds something comes to the bucket with what it holds, and to a disk
 * before it; and another version of the same bytes has an ETag to be recorded, which another time of a file has not.
 */
function comparable(world: PlanWorld, ops: readonly Op[]): readonly Op[] {
  const holds = (dir: string): boolean =>
    [...world.local.keys(), ...world.remote.keys()].some(
      (path) => path.startsWith(`${dir}/`) && path !== `${dir}/`,
    );
  return ops.filter((op) => {
    if (op.kind === 'make-local-folder' || op.kind === 'make-remote-folder') return !holds(op.path);
    return op.kind !== 'adopt' || !world.base.has(op.path);
  });
}

type Mirrored = { readonly plain: PlanWorld; readonly mirror: PlanWorld };

/** The same two worlds, but that what was done on one side in the first was done on the other in the second. */
function mirrored(before: readonly Act[], after: readonly Act[]): Mirrored {
  const [plain, mirror] = [inSync(before), inSync(before)];
  for (const one of after) {
    act(plain, one);
    act(mirror, { ...one, side: opposite[one.side] });
  }
  return { plain, mirror };
}

type Seen = Map<Op['kind'], number>;

function expectSamePlan({ plain, mirror }: Mirrored, seen: Seen): void {
  let here = comparable(plain, afterReading(plain));
  let there = comparable(mirror, afterReading(mirror));
  // What else moved into or out of a folder that moves waits for the next cycle there; here it is found by that only then.
  if ([...here, ...there].some(movesFolder))
    [here, there] = [here.filter(movesFolder), there.filter(movesFolder)];
  const lines = here.map((op) => line(op, (word) => word)).sort();
  expect(there.map((op) => line(op, mirroredWord)).sort()).toEqual(lines);
  for (const { kind } of here) seen.set(kind, (seen.get(kind) ?? 0) + 1);
}

function movesFolder(op: Op): boolean {
  return (op.kind === 'move-local' || op.kind === 'move-remote') && op.entry === 'folder';
}

/** A file on one side and a folder on the other have one name. */
function hasClash(world: PlanWorld): boolean {
  return world.paths().some((path) => {
    const [here, there] = [kindOn(world, 'local', path), kindOn(world, 'remote', path)];
    return here !== null && there !== null && here !== there;
  });
}

const before = fc
  .tuple(
    fc.subarray(['a', 'b', 'a/b', 'c.txt']),
    actsOf(['write', 'write', 'write', 'make'], { maxLength: 20 }),
  )
  .map(([dirs, acts]) => [...dirs.map((path): Act => ({ ...making, path })), ...acts]);
const making: Act = { side: 'local', verb: 'make', path: '', other: '', digit: 0 };

/** The cases reach all of these, or the figures would say nothing. */
function expectSeen(seen: Seen, kinds: readonly Op['kind'][]): void {
  for (const kind of kinds) expect(seen.get(kind) ?? 0, kind).toBeGreaterThan(atLeast(20));
}

const changes = ['upload', 'download', 'remove-local', 'remove-remote'] as const;
const folders = [
  'make-local-folder',
  'make-remote-folder',
  'remove-local-folder',
  'remove-remote-folder',
] as const;
const moves = ['move-local', 'move-remote'] as const;

test(titled('what both sides changed is planned alike, files that moved too'), () => {
  const seen: Seen = new Map();
  const after = actsOf(['write', 'write', 'make', 'remove', 'rename-file', 'rename-file'], {
    minLength: 1,
    maxLength: 12,
  });
  fc.assert(
    fc.property(before, after, (first, second) => {
      const worlds = mirrored(first, second);
      // The local one steps aside, and a folder only after what is to go from it went: not the same in one cycle.
      fc.pre(!hasClash(worlds.plain));
      expectSamePlan(worlds, seen);
    }),
    { numRuns: runs(4000) },
  );
  expectSeen(seen, [...changes, ...folders, ...moves, 'set-aside', 'adopt', 'forget']);
});

/**
 * A file of the same name and bytes as before in another folder, with other times: it was written again, or renamed by
 * itself. That its folder moved is then known by content there, and not by inode and times here.
 */
function isCarriedAlone(world: PlanWorld): boolean {
  const known = [...world.base].flatMap(([path, cell]) => (cell.kind === 'file' ? [{ path, cell }] : []));
  return [...world.local].some(
    ([path, node]) =>
      node.kind === 'file' &&
      known.some(
        ({ path: old, cell }) =>
          old !== path &&
          nameOf(relPath(old)) === nameOf(relPath(path)) &&
          cell.content === idOf(node.content) &&
          (cell.fingerprint.mtimeNs !== node.stamp || cell.fingerprint.ctimeNs !== node.changed),
      ),
  );
}

test(titled('what one side changed is planned alike, folders that moved too'), () => {
  const seen: Seen = new Map();
  // Of one side alone: where its files were edited on the other one, only an inode still tells that a folder moved.
  const after = actsOf(['write', 'write', 'make', 'remove', 'rename', 'rename', 'rename'], {
    minLength: 1,
    maxLength: 8,
  });
  const side = fc.constantFrom('local' as const, 'remote' as const);
  let movedFolders = 0;
  fc.assert(
    fc.property(before, after, side, (first, second, where) => {
      const worlds = mirrored(
        first,
        second.map((one) => ({ ...one, side: where })),
      );
      fc.pre(!isCarriedAlone(worlds.plain) && !isCarriedAlone(worlds.mirror));
      expectSamePlan(worlds, seen);
      settle(worlds.plain);
      movedFolders += worlds.plain.movedFolders;
    }),
    { numRuns: runs(4000) },
  );
  expectSeen(seen, [...changes, ...folders, ...moves]);
  expect(movedFolders).toBeGreaterThan(atLeast(20));
});

test(titled('both ways round the same contents are left, whichever had to step aside'), () => {
  const after = actsOf(['write', 'write', 'make', 'remove', 'rename-file'], { minLength: 1, maxLength: 12 });
  let clashes = 0;
  fc.assert(
    fc.property(before, after, (first, second) => {
      const { plain, mirror } = mirrored(first, second);
      if (hasClash(plain)) clashes += 1;
      settle(plain);
      settle(mirror);
      expect(contentsOf(mirror)).toEqual(contentsOf(plain));
    }),
    { numRuns: runs(3000) },
  );
  expect(clashes).toBeGreaterThan(atLeast(20));
});

function contentsOf(world: PlanWorld): readonly string[] {
  const { local, remote } = world.trees();
  expect(local).toEqual(remote);
  expect(world.losses).toEqual([]);
  const files = local.filter((entry) => entry.includes('='));
  return files.map((entry) => entry.slice(entry.indexOf('=') + 1)).sort();
}
