// Hands small files to a worker thread in groups: what is asked for in one turn of the event loop goes in one message.
import { Worker } from 'node:worker_threads';
import { JobThread, threadOptions } from '../worker/thread.ts';
import type { Job } from '../worker/thread.ts';
import type {
  PlaceHeldTask,
  ReadHeldTask,
  SmallAnswer,
  SmallReply,
  SmallRequest,
  SmallTask,
} from './protocol.ts';

type Waiting = {
  readonly task: SmallTask;
  readonly resolve: (reply: SmallReply) => void;
  readonly reject: (error: unknown) => void;
};

/** What runs the groups. */
export type SmallThread = {
  send(
    make: (id: number) => SmallRequest,
    job: Job<SmallAnswer>,
    transfer?: readonly ArrayBuffer[],
  ): () => void;
  close(): Promise<void>;
};

type Group = {
  readonly tasks: readonly SmallTask[];
  readonly resolve: (replies: readonly SmallReply[]) => void;
  readonly reject: (error: unknown) => void;
};

function asGroup({ task, resolve, reject }: Waiting): Group {
  return {
    tasks: [task],
    resolve: ([reply]) => {
      resolve(reply ?? { kind: 'other' });
    },
    reject,
  };
}

function openWorker(): Worker {
  return new Worker(new URL('./small-worker.ts', import.meta.url), threadOptions);
}

/** Further placements gather meanwhile: the slower the disk, the more of them share a sync of their folder and a commit. */
const mostPlacing = 2;

export class SmallFiles {
  readonly #thread: SmallThread;
  #waiting: Waiting[] = [];
  #places: Waiting[] = [];
  #groups: Group[] = [];
  #placing = 0;

  /** @param thread another one than that for small files alone, which holds bytes for `placeHeld` */
  constructor(
    thread: SmallThread = new JobThread<SmallRequest, SmallAnswer>('the worker for small files', openWorker),
  ) {
    this.#thread = thread;
  }

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

  /** One reply for each, in order; as `run`. */
  readHeld(tasks: readonly ReadHeldTask[]): Promise<readonly SmallReply[]> {
    return new Promise((resolve, reject) => {
      this.#post([{ tasks, resolve, reject }], () => undefined);
    });
  }

  /** One reply for each, in order; as `run`. */
  placeHeld(tasks: readonly PlaceHeldTask[]): Promise<readonly SmallReply[]> {
    return new Promise((resolve, reject) => {
      this.#groups.push({ tasks, resolve, reject });
      this.#place();
    });
  }

  #send(): void {
    const all = this.#waiting;
    this.#waiting = [];
    // Reads must not wait for the syncs of placements.
    const reads = all.filter(({ task }) => task.kind !== 'place');
    if (reads.length > 0) this.#post(reads.map(asGroup), () => undefined);
    this.#places.push(...all.filter(({ task }) => task.kind === 'place'));
    this.#place();
  }

  #place(): void {
    if (this.#placing >= mostPlacing || this.#places.length + this.#groups.length === 0) return;
    const groups = [...this.#groups, ...this.#places.map(asGroup)];
    this.#groups = [];
    this.#places = [];
    this.#placing += 1;
    this.#post(groups, () => {
      this.#placing -= 1;
      this.#place();
    });
  }

  #post(groups: readonly Group[], onEnd: () => void): void {
    const tasks = groups.flatMap((group) => group.tasks);
    const finished = this.#thread.send(
      (id) => ({ id, tasks }),
      {
        onReply: ({ replies }) => {
          finished();
          onEnd();
          let at = 0;
          for (const group of groups) {
            group.resolve(replies.slice(at, at + group.tasks.length));
            at += group.tasks.length;
          }
        },
        onFailure: (error) => {
          finished();
          onEnd();
          for (const { reject } of groups) reject(error);
        },
      },
      tasks.flatMap((task) => (task.kind === 'place' ? [task.bytes.buffer] : [])),
    );
  }

  close(): Promise<void> {
    return this.#thread.close();
  }
}
