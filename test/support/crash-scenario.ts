// One round of the crash matrix: a folder's worth of edits on both sides that reaches every durable step of the engine.
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Owed } from './agreement.ts';
import type { BucketSide } from './bucket-side.ts';
import { sha256 } from './machine.ts';
import type { Machine, SideTree } from './machine.ts';

const mebibyte = 1024 * 1024;

export type Bench = {
  readonly machine: Machine;
  readonly bucket: BucketSide;
  readonly owed: Owed;
  /** What both sides must hold in the end, by path; a conflict copy stands under the path it came from plus ` *`. */
  readonly expected: Map<string, string>;
  readonly folders: Set<string>;
  /** False for a disk on which two files of one size and time that swap their names look the same as before. */
  readonly inodesLast: boolean;
};

export function makeBench(machine: Machine, bucket: BucketSide, { inodesLast = true } = {}): Bench {
  return { machine, bucket, owed: new Map(), expected: new Map(), folders: new Set(), inodesLast };
}

/** New on the machine, in sync before the round that edits it. */
export function layOut(bench: Bench, set: string): void {
  const names = [
    'edited-here',
    'edited-there',
    'gone-here',
    'gone-there',
    'moved-here',
    'moved-there',
    'both',
  ];
  const more = [
    'edit-beats-delete',
    'delete-against-edit',
    'dir-here/a',
    'dir-here/b',
    'dir-there/a',
    'dir-there/b',
    ...['swap-here-1', 'swap-here-2', 'swap-there-1', 'swap-there-2'],
  ];
  for (const name of [...names, ...more]) here(bench, `${set}/${name}.txt`, 'base');
  for (const name of ['empty-gone-here', 'empty-gone-there']) {
    mkdirSync(join(bench.machine.folder, set, name), { recursive: true });
    bench.folders.add(`${set}/${name}`);
  }
}

const swapSteps = [
  ['1', 'between'],
  ['2', '1'],
  ['between', '2'],
] as const;

/** Everything that can happen to a folder between two syncs. */
export async function editBothSides(bench: Bench, set: string): Promise<void> {
  const { machine, bucket, expected, folders } = bench;
  const at = (name: string): string => join(machine.folder, set, name);
  here(bench, `${set}/edited-here.txt`, 'edited here');
  here(bench, `${set}/edit-beats-delete.txt`, 'edited here');
  here(bench, `${set}/new-here.txt`, 'new here');
  here(bench, `${set}/both.txt`, 'edited here', ' *');
  here(bench, `${set}/both-new.txt`, 'new here', ' *');
  for (const name of ['gone-here.txt', 'delete-against-edit.txt']) {
    rmSync(at(name));
    expected.delete(`${set}/${name}`);
  }
  renameSync(at('moved-here.txt'), at('moved-here-now.txt'));
  renameSync(at('dir-here'), at('dir-here-now'));
  rmSync(at('empty-gone-here'), { recursive: true });
  mkdirSync(at('empty-here'));
  const shared = here(bench, `${set}/same-new.txt`, 'new on both sides');
  await bucket.put(`${set}/same-new.txt`, shared);

  for (const name of ['edited-there', 'both', 'both-new', 'new-there', 'delete-against-edit']) {
    await there(bench, `${set}/${name}.txt`, 'from another client');
  }
  for (const name of ['gone-there.txt', 'edit-beats-delete.txt', 'empty-gone-there/']) {
    await bucket.remove(`${set}/${name}`);
  }
  expected.delete(`${set}/gone-there.txt`);
  await bucket.put(`${set}/empty-there/`, new Uint8Array(0));
  await bucket.move(`${set}/moved-there.txt`, `${set}/moved-there-now.txt`);
  for (const name of ['a', 'b'])
    await bucket.move(`${set}/dir-there/${name}.txt`, `${set}/dir-there-now/${name}.txt`);

  for (const [from, to] of swapSteps) {
    renameSync(at(`swap-here-${from}.txt`), at(`swap-here-${to}.txt`));
    await bucket.move(`${set}/swap-there-${from}.txt`, `${set}/swap-there-${to}.txt`);
    for (const side of ['here', 'there'])
      moved(bench, `${set}/swap-${side}-${from}.txt`, `${set}/swap-${side}-${to}.txt`);
  }
  for (const name of ['moved-here', 'moved-there'])
    moved(bench, `${set}/${name}.txt`, `${set}/${name}-now.txt`);
  for (const name of ['dir-here', 'dir-there']) {
    for (const file of ['a', 'b'])
      moved(bench, `${set}/${name}/${file}.txt`, `${set}/${name}-now/${file}.txt`);
    folders.delete(`${set}/${name}`);
    folders.add(`${set}/${name}-now`);
  }
  for (const name of ['empty-gone-here', 'empty-gone-there']) folders.delete(`${set}/${name}`);
  for (const name of ['empty-here', 'empty-there']) folders.add(`${set}/${name}`);
}

/** A file that is sent in parts which survive a restart. */
export function addLargeFile(bench: Bench, set: string): void {
  const bytes = Buffer.alloc(70 * mebibyte);
  bytes.write(`large file of ${set}`);
  // Part by part another content, so that a part in the wrong place shows.
  for (let at = mebibyte; at < bytes.length; at += mebibyte) bytes.writeUInt32BE(at, at);
  put(bench, `${set}/large.bin`, bytes, 'large');
}

/** The next round's edits take it away again. */
export function dropLargeFile(bench: Bench, set: string): void {
  if (!bench.expected.delete(`${set}/large.bin`)) return;
  rmSync(join(bench.machine.folder, set, 'large.bin'));
}

/** Edits between crash and restart; the general checks apply to them. */
export async function editAfterCrash(bench: Bench, set: string): Promise<void> {
  const { machine, bucket } = bench;
  for (const name of ['edited-here', 'edited-there', 'new-here', 'both', 'moved-here-now']) {
    put(
      bench,
      `${set}/${name}.txt`,
      textFor(bench, `${set}/${name}.txt`, 'edited after the crash'),
      'after the crash',
    );
  }
  rmSync(join(machine.folder, set, 'dir-here-now', 'a.txt'), { force: true });
  for (const name of ['new-there', 'gone-here', 'moved-there-now']) {
    const path = `${set}/${name}.txt`;
    await bucket.put(path, remember(bench, path, 'from another client after the crash'));
  }
}

/** For edits while no engine runs: content destroyed by the user or another client is not the engine's loss. */
export async function byHand(bench: Bench, edit: () => Promise<void> | void): Promise<void> {
  const before = await everywhere(bench);
  await edit();
  const after = await everywhere(bench);
  for (const hash of [...bench.owed.keys()])
    if (before.has(hash) && !after.has(hash)) bench.owed.delete(hash);
}

async function everywhere({ machine, bucket }: Bench): Promise<ReadonlySet<string>> {
  return new Set([...machine.contents(), ...(await bucket.contents())]);
}

/** What differs from the model; the names of conflict copies are the engine's to choose. */
export function surprises(bench: Bench, tree: SideTree): readonly string[] {
  const left = new Map(tree.files);
  const found: string[] = [];
  for (const [path, hash] of bench.expected) {
    const name = path.endsWith(' *') ? conflictOf(path.slice(0, -2), hash, left) : path;
    if (name === null || left.get(name) !== hash) {
      found.push(
        `expected ${bench.owed.get(hash) ?? hash} at ${path}, found ${left.get(name ?? '')?.slice(0, 8) ?? 'nothing'}`,
      );
    }
    if (name !== null) left.delete(name);
  }
  for (const [path, hash] of left) found.push(`unexpected ${path}: ${bench.owed.get(hash) ?? hash}`);
  for (const path of bench.folders) if (!tree.folders.has(path)) found.push(`expected a folder at ${path}`);
  return found;
}

/** Only this machine wrote these, before the crash and after it: a conflict copy would be a quarrel with itself (rule 11). */
export function needlessConflicts(set: string, tree: SideTree): readonly string[] {
  const own = ['edited-here', 'new-here', 'moved-here-now'].map((name) => `${set}/${name} (conflict `);
  return [...tree.files.keys()]
    .filter((path) => own.some((start) => path.startsWith(start)))
    .map((path) => `a conflict without a second edit: ${path}`);
}

/** After edits whose outcome depends on when the crash came: what is there is taken as it is. */
export function adoptTree(bench: Bench, tree: SideTree): void {
  bench.expected.clear();
  for (const [path, hash] of tree.files) bench.expected.set(path, hash);
  bench.folders.clear();
  for (const path of tree.folders) bench.folders.add(path);
}

function conflictOf(path: string, hash: string, files: ReadonlyMap<string, string>): string | null {
  const stem = `${path.replace(/\.txt$/u, '')} (conflict `;
  const found = [...files].find(([name, content]) => content === hash && name.startsWith(stem));
  return found?.[0] ?? null;
}

function moved({ expected }: Bench, from: string, to: string): void {
  const hash = expected.get(from);
  if (hash === undefined) throw new Error(`${from} is not in the model`);
  expected.delete(from);
  expected.set(to, hash);
}

let serial = 0;

function textFor({ inodesLast }: Pick<Bench, 'inodesLast'>, path: string, what: string): Buffer {
  serial += 1;
  const lines = inodesLast ? 20 : 20 + (serial % 7);
  return Buffer.from(`${path}: ${what}, content ${String(serial)}\n`.repeat(lines));
}

function remember(bench: Bench, path: string, what: string): Buffer {
  const bytes = textFor(bench, path, what);
  bench.owed.set(sha256(bytes), `${path} (${what})`);
  return bytes;
}

function here(bench: Bench, path: string, what: string, suffix = ''): Buffer {
  const bytes = textFor(bench, path, what);
  put(bench, path, bytes, what, suffix);
  return bytes;
}

function put(bench: Bench, path: string, bytes: Buffer, what: string, suffix = ''): void {
  const full = join(bench.machine.folder, path);
  mkdirSync(dirname(full), { recursive: true });
  // As an editor saves: never a moment with half a file.
  const draft = join(bench.machine.scratch, 'draft');
  writeFileSync(draft, bytes);
  renameSync(draft, full);
  const hash = sha256(bytes);
  bench.owed.set(hash, `${path} (${what})`);
  bench.expected.set(path + suffix, hash);
}

async function there(bench: Bench, path: string, what: string): Promise<void> {
  const bytes = remember(bench, path, what);
  await bench.bucket.put(path, bytes);
  bench.expected.set(path, sha256(bytes));
}
