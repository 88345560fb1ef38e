// Seeded hands on a synced folder and on its bucket: people who create, edit, rename, move and delete while engines run.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Owed } from './agreement.ts';
import type { BucketSide } from './bucket-side.ts';
import { sha256 } from './machine.ts';
import type { Machine } from './machine.ts';

/** A whole number from 0 to below the limit. */
export type Dice = (below: number) => number;

/** Reproducible: the seed is printed by the test, and names the whole sequence of edits. */
export function diceOf(seed: number): Dice {
  let state = seed >>> 0;
  return (below) => {
    // mulberry32, public domain.
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

export type Hands = {
  readonly machine: Machine;
  readonly bucket: BucketSide;
  readonly owed: Owed;
  readonly dice: Dice;
  /** Of a file, now and then, in bytes. */
  readonly largest: number;
  /** Told of each content that gets another name. */
  readonly onRename?: (hash: string) => void;
};

export type Acting = {
  /** One edit in the folder. */
  readonly act: () => Promise<void>;
  /** One edit in the bucket by a client that is not ours. */
  readonly actRemotely: () => Promise<void>;
};

export function makeHands(hands: Hands): Acting {
  return {
    act: async () => {
      const destroyed = tolerant(() => actLocally(hands));
      await release(hands, destroyed);
    },
    actRemotely: () => actInBucket(hands),
  };
}

/** The engine may take a file away between a look and an edit; then there was nothing to edit. */
function tolerant(edit: () => readonly string[]): readonly string[] {
  try {
    return edit();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (
      code === 'ENOENT' ||
      code === 'ENOTDIR' ||
      code === 'EISDIR' ||
      code === 'EEXIST' ||
      code === 'ENOTEMPTY'
    )
      return [];
    throw error;
  }
}

/** What the hands took away before any engine carried it to the bucket is theirs to lose. */
async function release({ bucket, owed, machine }: Hands, destroyed: readonly string[]): Promise<void> {
  if (destroyed.length === 0) return;
  const there = await bucket.contents();
  const here = machine.contents();
  for (const hash of destroyed) if (!there.has(hash) && !here.has(hash)) owed.delete(hash);
}

function actLocally(hands: Hands): readonly string[] {
  const roll = hands.dice(100);
  if (roll < 35) return write(hands, join(pickFolder(hands), `f${String(hands.dice(9))}.txt`));
  if (roll < 60) return onFile(hands, (path) => write(hands, path));
  if (roll < 75) return onFile(hands, (path) => rename(hands, path));
  if (roll < 85) return onFile(hands, (path) => removeFile(hands, path));
  if (roll < 93) return moveFolder(hands);
  if (roll < 96) return removeFolder(hands);
  mkdirSync(join(hands.machine.folder, pickFolder(hands), `e${String(hands.dice(4))}`), { recursive: true });
  return [];
}

function pickFolder({ dice }: Hands): string {
  return ['', 'd0', 'd1', 'd2', join('d0', 'deep')][dice(5)] ?? '';
}

function filesIn({ machine }: Hands): readonly string[] {
  const found: string[] = [];
  for (const entry of readdirSync(machine.folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name).slice(machine.folder.length + 1);
    // The anchor keeps the folder from ever being emptied, which a guard would rightly stop.
    if (entry.isFile() && !path.startsWith('.driftless') && !path.startsWith('anchor')) found.push(path);
  }
  return found.sort();
}

function onFile(hands: Hands, edit: (path: string) => readonly string[]): readonly string[] {
  const files = filesIn(hands);
  const path = files[hands.dice(Math.max(1, files.length))];
  return path === undefined ? [] : edit(path);
}

/** As an editor saves: into a new file that takes the name in one step. */
function write(hands: Hands, path: string): readonly string[] {
  const { machine } = hands;
  const bytes = content(hands, path);
  const full = join(machine.folder, path);
  mkdirSync(dirname(full), { recursive: true });
  const draft = join(machine.scratch, 'draft');
  writeFileSync(draft, bytes);
  const before = existsSync(full) ? [sha256(readFileSync(full))] : [];
  renameSync(draft, full);
  return before;
}

function content({ machine, owed, dice, largest }: Hands, path: string): Buffer {
  const label = `${machine.name} wrote ${path}, content ${String(owed.size)}-${String(dice(2 ** 30))}`;
  const line = `${label}\n`;
  const sizeBytes = dice(20) === 0 ? dice(largest) : dice(4000);
  const bytes = Buffer.from(line.repeat(1 + Math.floor(sizeBytes / line.length)));
  owed.set(sha256(bytes), label);
  return bytes;
}

function rename(hands: Hands, path: string): readonly string[] {
  const { machine, dice } = hands;
  const to = join(machine.folder, pickFolder(hands), `r${String(dice(9))}.txt`);
  if (existsSync(to)) return [];
  mkdirSync(dirname(to), { recursive: true });
  hands.onRename?.(sha256(readFileSync(join(machine.folder, path))));
  renameSync(join(machine.folder, path), to);
  return [];
}

function removeFile({ machine }: Hands, path: string): readonly string[] {
  const full = join(machine.folder, path);
  const hash = sha256(readFileSync(full));
  rmSync(full);
  return [hash];
}

function moveFolder(hands: Hands): readonly string[] {
  const { machine, dice } = hands;
  const from = `d${String(dice(3))}`;
  const to = `d${String(dice(3))}`;
  for (const path of hands.onRename === undefined ? [] : filesIn(hands)) {
    if (path.startsWith(`${from}/`)) hands.onRename?.(sha256(readFileSync(join(machine.folder, path))));
  }
  if (!existsSync(join(machine.folder, from)) || existsSync(join(machine.folder, to))) {
    const deep = join(machine.folder, to, `m${String(dice(3))}`);
    if (from === to || existsSync(deep) || !existsSync(join(machine.folder, to))) return [];
    renameSync(join(machine.folder, from), deep);
    return [];
  }
  renameSync(join(machine.folder, from), join(machine.folder, to));
  return [];
}

function removeFolder(hands: Hands): readonly string[] {
  const folder = `d${String(hands.dice(3))}`;
  const gone = filesIn(hands)
    .filter((path) => path.startsWith(`${folder}/`))
    .map((path) => sha256(readFileSync(join(hands.machine.folder, path))));
  rmSync(join(hands.machine.folder, folder), { recursive: true, force: true });
  return gone;
}

async function actInBucket(hands: Hands): Promise<void> {
  const { bucket, dice } = hands;
  const { files } = await bucket.tree();
  const known = [...files].filter(([path]) => !path.startsWith('anchor'));
  const [path, seen] = known[dice(Math.max(1, known.length))] ?? ['', ''];
  const roll = dice(10);
  if (roll < 4 || path === '') {
    const name = `there${String(dice(2 ** 30))}.txt`;
    await bucket.put(name, content(hands, name));
  } else if (await bucket.replace(path, seen, roll < 8 ? content(hands, path) : null)) {
    await release(hands, [seen]);
  }
}
