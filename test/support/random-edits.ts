// Seeded random edits of a synced folder and its bucket while engines run.
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
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

export type EditSettings = {
  readonly machine: Machine;
  readonly bucket: BucketSide;
  readonly owed: Owed;
  readonly dice: Dice;
  /** Of a file, now and then, in bytes. */
  readonly largest: number;
  /** Told of every edit, so that a content that is missed has a story. */
  readonly tell?: (line: string) => void;
};

/** What one edit took away, by SHA-256: exactly that, even when an engine changed the folder a moment before. */
type Destroyed = string[];

export type RandomEdits = {
  /** One edit in the folder. */
  readonly act: () => Promise<void>;
  /** One edit in the bucket by a client that is not ours. */
  readonly actRemotely: () => Promise<void>;
};

export function makeRandomEdits(settings: EditSettings): RandomEdits {
  return {
    act: async () => {
      const destroyed: Destroyed = [];
      tolerant(() => {
        actLocally(settings, destroyed);
      });
      await release(settings, destroyed);
    },
    actRemotely: () => actInBucket(settings),
  };
}

/** The engine may take a file away between a look and an edit; then there was nothing to edit. */
function tolerant(edit: () => void): void {
  try {
    edit();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (
      code !== 'ENOENT' &&
      code !== 'ENOTDIR' &&
      code !== 'EISDIR' &&
      code !== 'EEXIST' &&
      code !== 'ENOTEMPTY'
    )
      throw error;
  }
}

/** Content removed before any engine uploaded it; its loss is not a fault. */
async function release({ bucket, owed, machine, tell }: EditSettings, destroyed: Destroyed): Promise<void> {
  if (destroyed.length === 0) return;
  const there = await bucket.contents();
  // Not the trash: an engine that has just moved a file there may find that it was not meant, and put it back.
  const here = new Set(machine.tree().files.values());
  for (const hash of destroyed) {
    if (there.has(hash) || here.has(hash)) continue;
    tell?.(`forgot ${hash.slice(0, 8)}`);
    owed.delete(hash);
  }
}

function actLocally(settings: EditSettings, destroyed: Destroyed): void {
  const roll = settings.dice(100);
  if (roll < 35) write(settings, join(pickFolder(settings), `f${String(settings.dice(9))}.txt`), destroyed);
  else if (roll < 60)
    onFile(settings, (path) => {
      write(settings, path, destroyed);
    });
  else if (roll < 75)
    onFile(settings, (path) => {
      rename(settings, path);
    });
  else if (roll < 85)
    onFile(settings, (path) => {
      takeAway(settings, path, destroyed);
    });
  else if (roll < 93) moveFolder(settings);
  else if (roll < 96) removeFolder(settings, destroyed);
  else
    mkdirSync(join(settings.machine.folder, pickFolder(settings), `e${String(settings.dice(4))}`), {
      recursive: true,
    });
}

function pickFolder({ dice }: EditSettings): string {
  return ['', 'd0', 'd1', 'd2', join('d0', 'deep')][dice(5)] ?? '';
}

function filesIn({ machine }: EditSettings): readonly string[] {
  const found: string[] = [];
  for (const entry of readdirSync(machine.folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name).slice(machine.folder.length + 1);
    // The anchor keeps the folder from ever being emptied, which a guard would rightly stop.
    if (entry.isFile() && !path.startsWith('.driftless') && !path.startsWith('anchor')) found.push(path);
  }
  return found.sort();
}

function onFile(settings: EditSettings, edit: (path: string) => void): void {
  const files = filesIn(settings);
  const path = files[settings.dice(Math.max(1, files.length))];
  if (path !== undefined) edit(path);
}

/** As an editor saves: into a new file that takes the name in one step. */
function write(settings: EditSettings, path: string, destroyed: Destroyed): void {
  const { machine, owed, tell } = settings;
  const { label, bytes } = content(settings, path);
  const full = join(machine.folder, path);
  mkdirSync(dirname(full), { recursive: true });
  const draft = join(machine.scratch, 'draft');
  writeFileSync(draft, bytes);
  // Opened now and read later: the name may not be reassigned between the check and the rename.
  const before = openIfThere(full);
  try {
    // Where an engine has just removed or moved the folder this throws, and the content never was in it.
    renameSync(draft, full);
    owed.set(sha256(bytes), label);
    const lost = before === null ? null : sha256(readFileSync(before));
    if (lost !== null) destroyed.push(lost);
    tell?.(`wrote ${path} ${short(sha256(bytes))} over ${short(lost)}`);
  } finally {
    if (before !== null) closeSync(before);
  }
}

function openIfThere(full: string): number | null {
  try {
    return openSync(full, 'r');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

function short(hash: string | null): string {
  return hash?.slice(0, 8) ?? 'nothing';
}

type Content = { readonly label: string; readonly bytes: Buffer };

function content({ machine, owed, dice, largest }: EditSettings, path: string): Content {
  const label = `${machine.name} wrote ${path}, content ${String(owed.size)}-${String(dice(2 ** 30))}`;
  const line = `${label}\n`;
  const sizeBytes = dice(20) === 0 ? dice(largest) : dice(4000);
  return { label, bytes: Buffer.from(line.repeat(1 + Math.floor(sizeBytes / line.length))) };
}

function rename(settings: EditSettings, path: string): void {
  const { machine, dice } = settings;
  const name = join(pickFolder(settings), `r${String(dice(9))}.txt`);
  const to = join(machine.folder, name);
  if (existsSync(to)) return;
  mkdirSync(dirname(to), { recursive: true });
  const hash = sha256(readFileSync(join(machine.folder, path)));
  renameSync(join(machine.folder, path), to);
  settings.tell?.(`renamed ${path} to ${name} ${short(hash)}`);
}

/** Out of the folder in one step, and only then looked at. */
function takeAway({ machine, tell }: EditSettings, path: string, destroyed: Destroyed): void {
  const away = join(machine.scratch, 'away');
  renameSync(join(machine.folder, path), away);
  const hash = sha256(readFileSync(away));
  rmSync(away);
  destroyed.push(hash);
  tell?.(`removed ${path} ${short(hash)}`);
}

function moveFolder(settings: EditSettings): void {
  const { machine, dice } = settings;
  const from = `d${String(dice(3))}`;
  const to = `d${String(dice(3))}`;
  let goal = to;
  if (!existsSync(join(machine.folder, from)) || existsSync(join(machine.folder, to))) {
    goal = join(to, `m${String(dice(3))}`);
    if (from === to || existsSync(join(machine.folder, goal)) || !existsSync(join(machine.folder, to)))
      return;
  }
  renameSync(join(machine.folder, from), join(machine.folder, goal));
  settings.tell?.(`moved folder ${from} to ${goal}`);
}

function removeFolder(settings: EditSettings, destroyed: Destroyed): void {
  const { machine, dice } = settings;
  const folder = `d${String(dice(3))}`;
  for (const path of filesIn(settings))
    if (path.startsWith(`${folder}/`)) takeAway(settings, path, destroyed);
  // What an engine has put there since stays, with its folder.
  removeEmptyFolders(join(machine.folder, folder));
}

function removeEmptyFolders(directory: string): void {
  for (const entry of readdirSync(directory, { withFileTypes: true }))
    if (entry.isDirectory()) removeEmptyFolders(join(directory, entry.name));
  rmdirSync(directory);
}

async function actInBucket(settings: EditSettings): Promise<void> {
  const { bucket, dice, owed, tell } = settings;
  const { files } = await bucket.tree();
  const known = [...files].filter(([path]) => !path.startsWith('anchor'));
  const [path, seen] = known[dice(Math.max(1, known.length))] ?? ['', ''];
  const roll = dice(10);
  if (roll < 4 || path === '') {
    const name = `there${String(dice(2 ** 30))}.txt`;
    const { label, bytes } = content(settings, name);
    await bucket.put(name, bytes);
    owed.set(sha256(bytes), label);
    tell?.(`put ${name} ${short(sha256(bytes))}`);
    return;
  }
  const next = roll < 8 ? content(settings, path) : null;
  // Refused where an engine was first: what was to be written then never was in the bucket.
  const isDone = await bucket.replace(path, seen, next?.bytes ?? null);
  const hash = next === null ? null : sha256(next.bytes);
  tell?.(`${isDone ? 'put' : 'could not put'} ${path} ${short(hash)} over ${short(seen)}`);
  if (!isDone) return;
  if (next !== null && hash !== null) owed.set(hash, next.label);
  await release(settings, [seen]);
}
