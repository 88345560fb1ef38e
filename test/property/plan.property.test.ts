// Properties of the planner over a small world: it converges, stops, does not depend on order, and loses nothing.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type {
  ContentId,
  Entry,
  Etag,
  LocalCell,
  ObjectKey,
  Op,
  RelPath,
  RemoteCell,
} from '../../main/core/model/model.ts';
import type { Plan, PlanPolicy } from '../../main/core/plan/types.ts';
import type { Decision } from '../../main/core/plan/decide.ts';
import { decide } from '../../main/core/plan/decide.ts';
import { foldName } from '../../main/core/model/path.ts';
import { plan } from '../../main/core/plan/plan.ts';
import { PlanWorld } from './plan-world.ts';
import { atLeast, runs } from '../sizes.ts';

/**
 * The same for every run of `npm test`, so that a red run is the change's doing; `DRIFTLESS_SEED=random` or a number
 * looks elsewhere. In the titles and in each failure.
 */
const asked = process.env['DRIFTLESS_SEED'] ?? '102107378';
const seed = asked === 'random' ? Date.now() % 2 ** 31 : Number(asked);
fc.configureGlobal({ seed });
const titled = (text: string): string => `${text} (seed ${seed})`;

const twoWay: PlanPolicy = {
  mode: 'two-way',
  propagateDeletes: false,
  caseSensitive: true,
  windowsNames: false,
  dateLabel: '2026-11-22',
  deviceName: 'laptop',
  localComplete: true,
  remoteComplete: true,
  changing: new Set(),
  held: () => false,
  running: () => false,
  serverCopy: true,
  movesOver: true,
};

type Act = {
  readonly side: 'local' | 'remote';
  readonly verb: 'write' | 'make' | 'remove' | 'rename' | 'swap';
  readonly path: string;
  readonly other: string;
  readonly content: string;
};

function actsOver(names: readonly [string, ...string[]], maxLength: number): fc.Arbitrary<readonly Act[]> {
  const path = fc
    .array(fc.constantFrom(...names), { minLength: 1, maxLength: 3 })
    .map((list) => list.join('/'));
  const one: fc.Arbitrary<Act> = fc.record({
    side: fc.constantFrom('local' as const, 'remote' as const),
    verb: fc.constantFrom(
      'write' as const,
      'write' as const,
      'make' as const,
      'remove' as const,
      'rename' as const,
      'swap' as const,
    ),
    path,
    other: path,
    content: fc.constantFrom('', '1', '2', '33', '44'),
  });
  return fc.array(one, { maxLength });
}
const acts = actsOver(['a', 'b', 'c.txt'], 10);
const policies = fc.record({
  mode: fc.constantFrom('two-way' as const, 'upload-only' as const, 'download-only' as const),
  propagateDeletes: fc.boolean(),
  serverCopy: fc.boolean(),
  movesOver: fc.boolean(),
});

function act(world: PlanWorld, { side, verb, path, other, content }: Act): void {
  if (side === 'local') {
    if (verb === 'write') world.writeLocal(path, content);
    else if (verb === 'make') world.makeLocal(path);
    else if (verb === 'remove') world.removeLocal(path);
    else if (verb === 'swap') world.swapLocal(path, other);
    else world.renameLocal(path, other);
    return;
  }
  if (verb === 'write') world.writeRemote(path, content);
  else if (verb === 'make') world.makeRemote(path);
  else if (verb === 'remove') world.removeRemote(path);
  else if (verb === 'swap') world.swapRemote(path, other);
  else world.renameRemote(path, other);
}

function actAll(world: PlanWorld, list: readonly Act[]): void {
  for (const step of list) act(world, step);
}

const opsOf = (made: Plan): readonly Op[] => made.waves.flat();
const planFor = (world: PlanWorld, policy: PlanPolicy): readonly Op[] => opsOf(plan(world.input(policy)));
const show = (ops: readonly Op[]): string => ops.map((op) => `${op.kind} ${op.path}`).join(', ');

/** Cycles until a plan is empty; as many as `sync --once` runs at most. */
function settle(world: PlanWorld, policy: PlanPolicy): void {
  for (let cycle = 0; cycle < 10; cycle += 1) {
    const ops = planFor(world, policy);
    if (ops.length === 0) return;
    for (const op of ops) world.apply(op);
  }
  throw new Error(`still busy: ${show(planFor(world, policy))}`);
}

function settled(before: readonly Act[], after: readonly Act[], policy = twoWay): PlanWorld {
  const world = new PlanWorld();
  actAll(world, before);
  settle(world, policy);
  actAll(world, after);
  return world;
}

const removals: Readonly<Record<'local' | 'remote', readonly Op['kind'][]>> = {
  local: ['remove-local', 'remove-local-folder', 'move-local'],
  remote: ['remove-remote', 'remove-remote-folder', 'move-remote'],
};

test(titled('converges, then plans nothing, and loses nothing'), () => {
  const seen = { files: 0, over: 0, folders: 0 };
  const copying = fc.record({ serverCopy: fc.boolean(), movesOver: fc.boolean() });
  fc.assert(
    fc.property(acts, acts, acts, copying, (first, second, third, copies) => {
      const policy = { ...twoWay, ...copies };
      const world = settled(first, second, policy);
      settle(world, policy);
      expect(world.trees().local).toEqual(world.trees().remote);
      actAll(world, third);
      settle(world, policy);
      expect(world.trees().local).toEqual(world.trees().remote);
      expect(world.losses).toEqual([]);
      seen.files += world.moved;
      seen.over += world.movedOver;
      seen.folders += world.movedFolders;
    }),
    { numRuns: runs(8000) },
  );
  // The cases reach moves of both sorts; otherwise the figures above say nothing about them.
  expect(seen.files).toBeGreaterThan(atLeast(50));
  expect(seen.over).toBeGreaterThan(atLeast(5));
  expect(seen.folders).toBeGreaterThan(atLeast(10));
});

test(titled('gives the same plan whatever order the entries come in'), () => {
  fc.assert(
    fc.property(acts, acts, fc.infiniteStream(fc.nat()), (first, second, dice) => {
      const world = settled(first, second);
      const input = world.input(twoWay);
      const shuffled = [...input.entries]
        .map((entry) => ({ entry, at: Number(dice.next().value) }))
        .sort((a, b) => a.at - b.at)
        .map(({ entry }) => entry);
      expect(plan({ ...input, entries: shuffled })).toEqual(plan(input));
    }),
    { numRuns: runs(2000) },
  );
});

test(titled('ends in the same trees when it is stopped anywhere and planned again'), () => {
  fc.assert(
    fc.property(acts, acts, fc.nat({ max: 12 }), (first, second, stop) => {
      const straight = settled(first, second);
      const stopped = straight.clone();
      const hasTwoEnds = isFileAgainstFolder(straight) || isFolderMovedIntoMoved(straight);
      settle(straight, twoWay);
      for (const op of planFor(stopped, twoWay).slice(0, stop)) stopped.apply(op);
      settle(stopped, twoWay);
      if (!hasTwoEnds) expect(stopped.trees()).toEqual(straight.trees());
      expect(stopped.trees().local).toEqual(stopped.trees().remote);
      expect(filesByName(stopped)).toEqual(filesByName(straight));
    }),
    { numRuns: runs(3000) },
  );
});

/**
 * A folder there took the name of a file here. Until that file is out of the way nothing can be placed below its name, so
 * that what is new in a folder that moved there goes along with it or stays behind, as the stop has it: the same files with
 * the same contents, in one of two folders.
 */
function isFileAgainstFolder(world: PlanWorld): boolean {
  return world
    .paths()
    .some((path) => world.local.get(path)?.kind === 'file' && world.remoteKind(path) === 'folder');
}

/**
 * A folder came there into one that moved here: it is looked at under its new name only after that move, and what is new
 * in it here goes along or stays behind, as the stop has it. `plan-stopped.test.ts` has the story.
 */
function isFolderMovedIntoMoved(world: PlanWorld): boolean {
  const movedHere = [...world.base].filter(([path, cell]) => {
    const isThere = ([other, node]: [string, { kind: string; inode: bigint }]): boolean =>
      cell.kind === 'folder' && node.kind === 'folder' && node.inode === cell.inode && other !== path;
    return [...world.local].some(isThere);
  });
  return movedHere.some(([path]) =>
    world
      .paths()
      .some(
        (other) =>
          other.startsWith(`${path}/`) && world.remoteKind(other) === 'folder' && !world.base.has(other),
      ),
  );
}

function filesByName(world: PlanWorld): readonly string[] {
  const files = world.trees().local.filter((line) => line.includes('='));
  return files.map((line) => line.slice(line.lastIndexOf('/') + 1)).sort();
}

test(titled('loses nothing while people edit between the operations'), () => {
  fc.assert(
    fc.property(acts, acts, acts, (first, second, meanwhile) => {
      const world = settled(first, second);
      const edits = [...meanwhile];
      for (let cycle = 0; cycle < 4; cycle += 1) {
        for (const op of planFor(world, twoWay)) {
          const edit = edits.shift();
          if (edit !== undefined) act(world, edit);
          world.apply(op);
        }
      }
      actAll(world, edits);
      settle(world, twoWay);
      expect(world.trees().local).toEqual(world.trees().remote);
      expect(world.losses).toEqual([]);
    }),
    { numRuns: runs(4000) },
  );
});

test(titled('deletes nothing on the strength of an incomplete scan'), () => {
  fc.assert(
    fc.property(acts, acts, policies, fc.boolean(), (first, second, options, isLocal) => {
      const policy = { ...twoWay, ...options };
      const world = settled(first, second, policy);
      const partial = isLocal ? { localComplete: false } : { remoteComplete: false };
      const kinds = planFor(world, { ...policy, ...partial }).map((op) => op.kind);
      expect(kinds.filter((kind) => removals[isLocal ? 'remote' : 'local'].includes(kind))).toEqual([]);
      expect(kinds).not.toContain('forget');
    }),
    { numRuns: runs(2000) },
  );
});

test(titled('leaves paths with events undeleted and held paths alone'), () => {
  fc.assert(
    fc.property(acts, acts, policies, fc.nat(), (first, second, options, pick) => {
      const policy = { ...twoWay, ...options };
      const world = settled(first, second, policy);
      const paths = world.paths();
      const path = paths[pick % Math.max(1, paths.length)];
      if (path === undefined) return;
      const touches = (op: Op): boolean => op.path === path || ('from' in op && op.from === path);
      const all = [...removals.local, ...removals.remote];
      const changing = planFor(world, { ...policy, changing: new Set([path]) });
      expect(
        changing.filter((op) => all.includes(op.kind) && touches(op) && !op.kind.startsWith('move')),
      ).toEqual([]);
      expect(changing.filter((op) => 'from' in op && op.from === path)).toEqual([]);
      const isHeld = (other: RelPath): boolean => other === path || other.startsWith(`${path}/`);
      const held = planFor(world, { ...policy, held: isHeld });
      expect(held.filter((op) => isHeld(op.path) || ('from' in op && isHeld(op.from)))).toEqual([]);
    }),
    { numRuns: runs(2000) },
  );
});

test(titled('is safe with any part of the entries, and converges with all of them'), () => {
  fc.assert(
    fc.property(
      acts,
      acts,
      fc.array(fc.nat({ max: 255 }), { minLength: 1, maxLength: 8 }),
      (first, second, masks) => {
        const world = settled(first, second);
        for (const mask of masks) {
          const input = world.input(twoWay);
          const entries = input.entries.filter((_entry, index) => ((mask >> (index % 8)) & 1) === 1);
          for (const op of opsOf(plan({ ...input, entries }))) world.apply(op);
        }
        settle(world, twoWay);
        expect(world.trees().local).toEqual(world.trees().remote);
        expect(world.losses).toEqual([]);
      },
    ),
    { numRuns: runs(2000) },
  );
});

test(titled('upload-only never changes the local side, download-only never the remote one'), () => {
  const changes: Readonly<Record<'upload-only' | 'download-only', readonly Op['kind'][]>> = {
    'upload-only': [
      'download',
      'make-local-folder',
      'remove-local',
      'remove-local-folder',
      'move-local',
      'set-aside',
    ],
    'download-only': ['upload', 'make-remote-folder', 'remove-remote', 'remove-remote-folder', 'move-remote'],
  };
  fc.assert(
    fc.property(
      acts,
      acts,
      fc.constantFrom('upload-only' as const, 'download-only' as const),
      fc.boolean(),
      (first, second, mode, propagateDeletes) => {
        const policy = { ...twoWay, mode, propagateDeletes };
        const world = settled(first, second, policy);
        for (const op of planFor(world, policy)) expect(changes[mode]).not.toContain(op.kind);
        settle(world, policy);
        expect(world.losses).toEqual([]);
        const { local, remote } = world.trees();
        // What the leading side has, the other one has too, unless a file stands where a folder would have to be.
        const [leading, other] = mode === 'upload-only' ? [local, remote] : [remote, local];
        const problems = plan(world.input(policy)).problems.map((problem) => problem.path);
        const isBlocked = (line: string): boolean =>
          problems.some((path) => line.startsWith(`${path}/`) || line.startsWith(`${path}=`));
        expect(leading.filter((line) => !other.includes(line) && !isBlocked(line))).toEqual([]);
      },
    ),
    { numRuns: runs(3000) },
  );
});

test(titled('never puts two names that are one on a disk that does not tell case'), () => {
  const mixed = actsOver(['a', 'A', 'b.txt', 'B.txt'], 8);
  fc.assert(
    fc.property(mixed, mixed, (first, second) => {
      const policy = { ...twoWay, caseSensitive: false };
      const world = new PlanWorld();
      for (const list of [first, second]) {
        for (const step of list) act(world, step.side === 'remote' ? step : asOnDisk(world, step));
        settle(world, policy);
        const names = [...world.local.keys()].map((path) => foldName(path));
        expect(new Set(names).size).toBe(names.length);
        expect(world.losses).toEqual([]);
      }
    }),
    { numRuns: runs(1500) },
  );
});

/** Who asks such a disk for `A/b` gets what is there as `a/B`. */
function asOnDisk(world: PlanWorld, step: Act): Act {
  const spelled = (path: string): string =>
    path.split('/').reduce((dir, name) => {
      const asked = dir === '' ? name : `${dir}/${name}`;
      return [...world.local.keys()].find((key) => foldName(key) === foldName(asked)) ?? asked;
    }, '');
  const isRenameOfCase = step.verb === 'rename' && foldName(step.path) === foldName(step.other);
  const dir = step.other.slice(0, Math.max(0, step.other.lastIndexOf('/')));
  const name = step.other.slice(step.other.lastIndexOf('/') + 1);
  const other = isRenameOfCase
    ? [spelled(dir), name].filter((part) => part !== '').join('/')
    : spelled(step.other);
  return { ...step, path: spelled(step.path), other };
}

// ---- symmetry, on single paths: exchanging the sides exchanges the decision ----

const contents = fc.constantFrom('11', '22', '333');
const localArb: fc.Arbitrary<LocalCell> = fc.oneof(
  fc.constant<LocalCell>({ state: 'absent' }),
  fc.constant<LocalCell>({ state: 'unknown', reason: 'ignored' }),
  fc.constant<LocalCell>({ state: 'present', kind: 'folder', rawName: 'p', inode: 1n }),
  fc.record({ text: contents, isKnown: fc.boolean() }).map(({ text, isKnown }) => localOf(text, isKnown)),
);
const remoteArb: fc.Arbitrary<RemoteCell> = localArb.map(mirrored);

function localOf(text: string, isKnown: boolean): LocalCell {
  const stamp = BigInt(text);
  return {
    state: 'present',
    kind: 'file',
    rawName: 'p',
    fingerprint: { sizeBytes: text.length, mtimeNs: stamp, ctimeNs: stamp, inode: 1n },
    content: isKnown ? (text as ContentId) : null,
    executable: false,
  };
}

function mirrored(cell: LocalCell): RemoteCell {
  if (cell.state !== 'present') return cell;
  if (cell.kind === 'folder') return { state: 'present', kind: 'folder', marker: null };
  const etag = String(cell.fingerprint.mtimeNs) as Etag;
  const { sizeBytes } = cell.fingerprint;
  return { state: 'present', kind: 'file', rawKey: 'p' as ObjectKey, etag, sizeBytes, content: cell.content };
}

function mirroredBack(cell: RemoteCell): LocalCell {
  if (cell.state !== 'present') return cell;
  if (cell.kind === 'folder') return { state: 'present', kind: 'folder', rawName: 'p', inode: 1n };
  return localOf(cell.etag, cell.content !== null);
}

const baseArb: fc.Arbitrary<Entry['base']> = fc.oneof(
  fc.constant(null),
  fc.constant<Entry['base']>({ kind: 'folder', inode: 1n }),
  contents.map((text): Entry['base'] => ({
    kind: 'file',
    content: text as ContentId,
    sizeBytes: text.length,
    // A version that is not on the remote: there, as here, only known content tells what is the same.
    etag: 'old' as Etag,
    fingerprint: { sizeBytes: text.length, mtimeNs: 0n, ctimeNs: 0n, inode: 9n },
    executable: false,
  })),
);

const mirrorNames: Readonly<Record<string, string>> = {
  upload: 'download',
  download: 'upload',
  'remove-local': 'remove-remote',
  'remove-remote': 'remove-local',
  'local-folder-only': 'remote-folder-only',
  'remote-folder-only': 'local-folder-only',
  'file-over-folder': 'folder-over-file',
  'folder-over-file': 'file-over-folder',
};

function gist(verdict: Decision): string {
  if (verdict.kind === 'learn') return `learn ${verdict.local} ${verdict.remote}`;
  if ('then' in verdict) return `${verdict.kind} ${verdict.then === 'fetch' ? 'send' : verdict.then}`;
  return verdict.kind;
}

function mirroredGist(verdict: Decision): string {
  if (verdict.kind === 'learn') return `learn ${verdict.remote} ${verdict.local}`;
  const [kind = '', ...rest] = gist(verdict).split(' ');
  return [mirrorNames[kind] ?? kind, ...rest].join(' ');
}

test(titled('two-way treats both sides alike'), () => {
  fc.assert(
    fc.property(baseArb, localArb, remoteArb, (base, local, remote) => {
      const path = 'p' as RelPath;
      const plain = decide({ path, base, local, remote }, twoWay);
      const swapped = decide({ path, base, local: mirroredBack(remote), remote: mirrored(local) }, twoWay);
      expect(gist(swapped)).toBe(mirroredGist(plain));
    }),
    { numRuns: runs(3000) },
  );
});
