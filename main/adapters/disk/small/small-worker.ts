// The worker thread for small files: whole groups of them with synchronous calls, which cost a tenth of promises.
import { parentPort } from 'node:worker_threads';
import { FileTimes } from '../changes/times.ts';
import { placeWhole } from './place-whole.ts';
import type { PlaceTask, SmallAnswer, SmallReply, SmallRequest, SmallTask } from './protocol.ts';
import { isSameFile, other, readWhole } from './read-whole.ts';

const times = new FileTimes();

/** An error is left to the general way, which meets it again and reports it. */
function runNow(task: Exclude<SmallTask, PlaceTask>): SmallReply {
  try {
    return task.kind === 'read' ? readWhole(task) : isSameFile(task);
  } catch {
    return task.kind === 'read' ? other : { kind: 'same', isSame: false };
  }
}

function post(answer: SmallAnswer): void {
  const bytes = answer.replies.flatMap((reply) => (reply.kind === 'read' ? [reply.bytes.buffer] : []));
  parentPort?.postMessage(answer, bytes);
}

/** Reads are answered at once, placements when they are durable. */
async function run({ id, tasks }: SmallRequest): Promise<void> {
  const placements = tasks.filter((task) => task.kind === 'place');
  const placed = placements.length === 0 ? [] : await placeWhole(placements, { times });
  let at = 0;
  post({
    id,
    replies: tasks.map((task) => (task.kind === 'place' ? (placed[at++] ?? other) : runNow(task))),
  });
}

parentPort?.on('message', (request: SmallRequest) => {
  run(request).catch((error: unknown) => {
    // Nothing more is promised by this thread: its jobs fail, and the next one begins in another.
    throw error;
  });
});
