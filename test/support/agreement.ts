// Convergence checks: both sides equal byte by byte; nothing lost, duplicated or left over.
import { isMutation } from '../../main/sync/operations/registry.ts';
import { openSession } from '../../main/sync/session/session.ts';
import type { BucketSide } from './bucket-side.ts';
import type { Machine, SideTree } from './machine.ts';

/** Contents by SHA-256 that must still be somewhere, with the words to name them by. */
export type Owed = Map<string, string>;

export type Leeway = {
  /** True after concurrent renames of one file, which both count. */
  readonly mayDouble: boolean;
  /**
   * A crash or a lost reply between CreateMultipartUpload and our journal leaves an upload whose id is not recorded anywhere;
   * the bucket's lifecycle rule ends it. No bytes of a file are at stake.
   */
  readonly mayLeaveUploads: boolean;
};

/** What is wrong with a pair that says it is in sync; empty when all is well. Also looks again: nothing may be left to do. */
export async function faultsOf(
  machines: readonly Machine[],
  bucket: BucketSide,
  owed: Owed,
  options: Leeway = { mayDouble: false, mayLeaveUploads: false },
): Promise<readonly string[]> {
  const remote = await bucket.tree();
  const found = [
    ...machines.flatMap((machine) => differences(machine, machine.tree(), remote)),
    ...(options.mayDouble ? [] : doubled(remote, owed)),
    ...(await lost(machines, bucket, owed)),
    // A probe that was killed cannot find its own: the bucket's lifecycle rule ends them.
    ...(options.mayLeaveUploads
      ? []
      : (await bucket.unfinishedUploads()).filter((key) => !key.includes('/.driftless/probe/'))
    ).map((key) => `unfinished upload of ${key}`),
    ...(await bucket.strayKeys()).map((key) => `left in the bucket: ${key}`),
  ];
  for (const machine of machines) {
    found.push(...machine.tempFiles().map((name) => `${machine.name}: temporary file ${name} left`));
    found.push(...(await unrest(machine)));
  }
  return found;
}

function differences(machine: Machine, local: SideTree, remote: SideTree): readonly string[] {
  const paths = new Set([...local.files.keys(), ...remote.files.keys()]);
  const files = [...paths].filter((path) => local.files.get(path) !== remote.files.get(path));
  const folders = [...local.folders].filter((path) => !remote.folders.has(path));
  const markers = [...remote.folders].filter((path) => !local.folders.has(path));
  const state = (hash: string | undefined): string => hash?.slice(0, 8) ?? 'nothing';
  return [
    ...files.map(
      (path) =>
        `${machine.name} disagrees at ${path}: ${state(local.files.get(path))} here, ${state(remote.files.get(path))} there`,
    ),
    ...folders.map((path) => `${machine.name}: folder ${path} is only here`),
    ...markers.map((path) => `${machine.name}: folder ${path} is only in the bucket`),
  ];
}

/** Every content in these tests is written once, under one name: two names for it in the tree are one too many. */
function doubled(tree: SideTree, owed: Owed): readonly string[] {
  const seen = new Map<string, string>();
  const found: string[] = [];
  for (const [path, hash] of tree.files) {
    const other = seen.get(hash);
    if (other !== undefined)
      found.push(`doubled: ${owed.get(hash) ?? hash} at ${other} and ${path} (${hash.slice(0, 8)})`);
    seen.set(hash, path);
  }
  return found;
}

async function lost(
  machines: readonly Machine[],
  bucket: BucketSide,
  owed: Owed,
): Promise<readonly string[]> {
  const there = await bucket.contents();
  for (const machine of machines) for (const hash of machine.contents()) there.add(hash);
  return [...owed]
    .filter(([hash]) => !there.has(hash))
    .map(([hash, words]) => `lost: ${words} (${hash.slice(0, 8)})`);
}

/** A second sync must be a no-op: nothing planned, no intent open, no file held back, every trash row with its bytes. */
async function unrest(machine: Machine): Promise<readonly string[]> {
  return machine.inspect(async (context) => {
    const { signal } = new AbortController();
    const problems = context.store.problems().map(({ path, code }) => `${machine.name}: ${path} has ${code}`);
    const intents = context.store
      .intents()
      .map(({ kind, path }) => `${machine.name}: open intent ${kind} ${path}`);
    const opened = await openSession(context, new Set(), signal);
    if (opened.kind === 'guard') return [`${machine.name}: guarded by ${opened.guard.kind}`];
    const notices = opened.session.notices.map((notice) => `${machine.name}: notice ${notice}`);
    await opened.session.scan({ local: 'full', remote: 'full' }, signal);
    const planned = opened.session.preview(new Set());
    // Reading a fresh file once more changes nothing.
    const ops = planned.ops
      .filter(isMutation)
      .map((op) => `${machine.name}: a second sync would ${op.kind} ${op.path}`);
    const trash = context.store
      .trash()
      .filter((item) => item.side === 'local')
      .map((item) => item.where);
    const onDisk = new Set(machine.trashNames());
    const orphans = trash
      .filter((name) => !onDisk.has(name))
      .map((name) => `${machine.name}: the trash list names ${name}, which is not there`);
    const listed = new Set(trash);
    const unlisted = [...onDisk]
      .filter((name) => !listed.has(name))
      .map((name) => `${machine.name}: ${name} lies in the trash and in no list`);
    return [...problems, ...intents, ...notices, ...ops, ...orphans, ...unlisted];
  });
}
