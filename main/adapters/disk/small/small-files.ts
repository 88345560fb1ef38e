// Hands small files to a worker thread in groups: what is asked for in one turn of the event loop goes in one message.
import { Worker } from 'node:worker_threads';
import { JobThread } from '../worker/thread.ts';
import type { SmallAnswer, SmallReply, SmallRequest, SmallTask } from './protocol.ts';

type Waiting = {
  readonly task: SmallTask;
  readonly resolve: (reply: SmallReply) => void;
  readonly reject: (error: unknown) => void;
};

/** What it allocates soon goes over to the main thread or away: V8's default would let the young part grow to 48 MiB. */
const resourceLimits = { maxYoungGenerationSizeMb: 12 };

/** Flags meant for the main program (`--input-type`, an inspector) are not for this thread. */
function openWorker(): Worker {
  return new Worker(new URL('./small-worker.ts', import.meta.url), { execArgv: [], resourceLimits });
}

/** Further placements gather meanwhile: the slower the disk, the more of them share a sync of their folder and a commit. */
const mostPlacing = 2;

export class SmallFiles {
  readonly #thread = new JobThread<SmallRequest, SmallAnswer>('the worker for small files', openWorker);
  #waiting: Waiting[] = [];
  #places: Waiting[] = [];
  #placing = 0;

  /** Rejects with `local-worker-failed` only: what the disk answers is in the reply. */
  run(task: SmallTask): Promise<SmallReply> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ task, resolve, reject });
      if (this.#waiting.length === 1) {
        setImmediate(() => {
          this.#send();
        });
      }
    });
  }

  #send(): void {
    const all = this.#waiting;
    this.#waiting = [];
    // Reads must not wait for the syncs of placements.
    const reads = all.filter(({ task }) => task.kind !== 'place');
    if (reads.length > 0) this.#post(reads, () => undefined);
    this.#places.push(...all.filter(({ task }) => task.kind === 'place'));
    this.#place();
  }

  #place(): void {
    if (this.#places.length === 0 || this.#placing >= mostPlacing) return;
    const group = this.#places;
    this.#places = [];
    this.#placing += 1;
    this.#post(group, () => {
      this.#placing -= 1;
      this.#place();
    });
  }

  #post(group: readonly Waiting[], onEnd: () => void): void {
    const tasks = group.map(({ task }) => task);
    const finished = this.#thread.send(
      (id) => ({ id, tasks }),
      {
        onReply: ({ replies }) => {
          finished();
          onEnd();
          for (const [index, { resolve }] of group.entries()) resolve(replies[index] ?? { kind: 'other' });
        },
        onFailure: (error) => {
          finished();
          onEnd();
          for (const { reject } of group) reject(error);
        },
      },
      tasks.flatMap((task) => (task.kind === 'place' ? [task.bytes.buffer] : [])),
    );
  }

  close(): Promise<void> {
    return this.#thread.close();
  }
}
