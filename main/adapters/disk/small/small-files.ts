// Hands small files to a worker thread in groups: what is asked for in one turn of the event loop goes in one message.
import { Worker } from 'node:worker_threads';
import { JobThread } from '../worker/thread.ts';
import type { SmallAnswer, SmallReply, SmallRequest, SmallTask } from './protocol.ts';

type Waiting = {
  readonly task: SmallTask;
  readonly resolve: (reply: SmallReply) => void;
  readonly reject: (error: unknown) => void;
};

/** Flags meant for the main program (`--input-type`, an inspector) are not for this thread. */
function openWorker(): Worker {
  return new Worker(new URL('./small-worker.ts', import.meta.url), { execArgv: [] });
}

export class SmallFiles {
  readonly #thread = new JobThread<SmallRequest, SmallAnswer>('the worker for small files', openWorker);
  #waiting: Waiting[] = [];

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
    for (const isPlace of [false, true]) {
      const group = all.filter(({ task }) => (task.kind === 'place') === isPlace);
      if (group.length > 0) this.#post(group);
    }
  }

  #post(group: readonly Waiting[]): void {
    const tasks = group.map(({ task }) => task);
    const finished = this.#thread.send(
      (id) => ({ id, tasks }),
      {
        onReply: ({ replies }) => {
          finished();
          for (const [index, { resolve }] of group.entries()) resolve(replies[index] ?? { kind: 'other' });
        },
        onFailure: (error) => {
          finished();
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
