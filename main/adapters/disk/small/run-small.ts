// One group of tasks with small files, run in the worker that got it.
import { FileTimes } from '../changes/times.ts';
import { placeWhole } from './place-whole.ts';
import type {
  PlaceHeldTask,
  PlaceTask,
  SmallAnswer,
  SmallReply,
  SmallRequest,
  SmallTask,
} from './protocol.ts';
import { isSameFile, other, readWhole } from './read-whole.ts';

const times = new FileTimes();

/** Gives bytes away that were kept under a name; null where there are none. */
export type TakeHeld = (name: string) => Uint8Array<ArrayBuffer> | null;

type Placing = PlaceTask | PlaceHeldTask;

function isPlacing(task: SmallTask): task is Placing {
  return task.kind === 'place' || task.kind === 'place-held';
}

/** An error is left to the general way, which meets it again and reports it. */
function runNow(task: Exclude<SmallTask, Placing>): SmallReply {
  try {
    return task.kind === 'read' ? readWhole(task) : isSameFile(task);
  } catch {
    return task.kind === 'read' ? other : { kind: 'same', isSame: false };
  }
}

/** With its bytes; null where they are not here. */
function withBytes(task: Placing, takeHeld: TakeHeld): PlaceTask | null {
  if (task.kind === 'place') return task;
  const bytes = takeHeld(task.tempName);
  return bytes === null ? null : { ...task, kind: 'place', bytes };
}

async function placeAll(tasks: readonly Placing[], takeHeld: TakeHeld): Promise<readonly SmallReply[]> {
  if (tasks.length === 0) return [];
  const complete = tasks.map((task) => withBytes(task, takeHeld));
  const placed = await placeWhole(
    complete.filter((task) => task !== null),
    { times },
  );
  let at = 0;
  return complete.map((task) => (task === null ? other : (placed[at++] ?? other)));
}

/** Reads are answered at once, placements when they are durable. Rejects where nothing more is promised by this thread. */
export async function runSmall({ id, tasks }: SmallRequest, takeHeld: TakeHeld): Promise<SmallAnswer> {
  const placed = await placeAll(tasks.filter(isPlacing), takeHeld);
  let at = 0;
  return { id, replies: tasks.map((task) => (isPlacing(task) ? (placed[at++] ?? other) : runNow(task))) };
}

/** Handed over with the answer. */
export function bytesOf({ replies }: SmallAnswer): readonly ArrayBuffer[] {
  return replies.flatMap((reply) => (reply.kind === 'read' ? [reply.bytes.buffer] : []));
}
