// One group of tasks with small files, run in the worker that got it.
import { FileTimes } from '../changes/times.ts';
import { FileSyncs } from './file-syncs.ts';
import { FoldersByRoot } from './group-folders.ts';
import { placeWhole } from './place-whole.ts';
import type {
  PlaceHeldTask,
  PlaceTask,
  ReadHeldTask,
  SmallAnswer,
  SmallReply,
  SmallRequest,
  SmallTask,
  WholeRead,
} from './protocol.ts';
import { isSameFile, other, readWhole, sharedMemory } from './read-whole.ts';
import type { Memory } from './read-whole.ts';

const times = new FileTimes();
const syncs = new FileSyncs();
/** Of all groups: thousands of tiny files would each have a piece to a few of them, and V8 collects by what is allocated. */
const memory = sharedMemory();

/** What the thread keeps between two messages. */
export type Holding = {
  /** Gives bytes away that were kept under a name; null where there are none. */
  take(name: string): Uint8Array<ArrayBuffer> | null;
  keep(name: string, file: string, read: WholeRead): void;
};

type Reading = { readonly holding: Holding; readonly roots: FoldersByRoot; readonly memory: Memory };

type Placing = PlaceTask | PlaceHeldTask;

function isPlacing(task: SmallTask): task is Placing {
  return task.kind === 'place' || task.kind === 'place-held';
}

function readHeld({ root, path, name }: ReadHeldTask, { holding, roots, memory }: Reading): SmallReply {
  const read = readWhole(path, roots.of(root), memory);
  if (read.kind !== 'read') return read;
  holding.keep(name, `${root}/${path}`, read);
  const { sha256, fingerprint, isExecutable } = read;
  return { kind: 'read-held', sha256, fingerprint, isExecutable };
}

/** An error is left to the general way, which meets it again and reports it. */
function runNow(task: Exclude<SmallTask, Placing>, reading: Reading): SmallReply {
  try {
    if (task.kind === 'same') return { kind: 'same', isSame: isSameFile(task) };
    return task.kind === 'read' ? readWhole(task.path, reading.roots.of(task.root)) : readHeld(task, reading);
  } catch {
    return task.kind === 'same' ? { kind: 'same', isSame: false } : other;
  }
}

/** With its bytes; null where they are not here. */
function withBytes(task: Placing, holding: Holding): PlaceTask | null {
  if (task.kind === 'place') return task;
  const bytes = holding.take(task.tempName);
  return bytes === null ? null : { ...task, kind: 'place', bytes };
}

async function placeAll(tasks: readonly Placing[], holding: Holding): Promise<readonly SmallReply[]> {
  if (tasks.length === 0) return [];
  const complete = tasks.map((task) => withBytes(task, holding));
  const placed = await placeWhole(
    complete.filter((task) => task !== null),
    { times, syncs },
  );
  let at = 0;
  return complete.map((task) => (task === null ? other : (placed[at++] ?? other)));
}

/** Reads are answered at once, placements when they are durable. Rejects where nothing more is promised by this thread. */
export async function runSmall({ id, tasks }: SmallRequest, holding: Holding): Promise<SmallAnswer> {
  const placed = await placeAll(tasks.filter(isPlacing), holding);
  let at = 0;
  const reading: Reading = { holding, roots: new FoldersByRoot(), memory };
  try {
    const replies = tasks.map((task) => (isPlacing(task) ? (placed[at++] ?? other) : runNow(task, reading)));
    return { id, replies };
  } finally {
    reading.roots.close();
  }
}

/** Handed over with the answer. */
export function bytesOf({ replies }: SmallAnswer): readonly ArrayBuffer[] {
  return replies.flatMap((reply) => (reply.kind === 'read' ? [reply.bytes.buffer] : []));
}
