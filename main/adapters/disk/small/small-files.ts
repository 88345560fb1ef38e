// Hands small files to a worker thread in groups: what is asked for in one turn of the event loop goes in one message.
import { Worker } from 'node:worker_threads';
import { SyncError } from '../../../core/model/errors.ts';
import { messageOf } from '../../system/errno.ts';
import type { SmallAnswer, SmallReply, SmallTask } from './protocol.ts';

type Job = {
  readonly task: SmallTask;
  readonly resolve: (reply: SmallReply) => void;
  readonly reject: (error: unknown) => void;
};

function ended(message: string): SyncError {
  return new SyncError({ code: 'local-worker-failed', retry: 'backoff', scope: 'pair', message });
}

/** The thread is started by the first task; it never keeps the process alive by itself. */
export class SmallFiles {
  #worker: Worker | null = null;
  #nextId = 1;
  #waiting: Job[] = [];
  readonly #sent = new Map<number, readonly Job[]>();

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
    const group = this.#waiting;
    this.#waiting = [];
    // Reads must not wait for the syncs of placements.
    for (const isPlace of [false, true]) {
      const jobs = group.filter(({ task }) => (task.kind === 'place') === isPlace);
      if (jobs.length > 0) this.#post(jobs);
    }
  }

  #post(jobs: readonly Job[]): void {
    const id = this.#nextId++;
    this.#worker ??= this.#start();
    this.#sent.set(id, jobs);
    this.#worker.ref();
    const tasks = jobs.map(({ task }) => task);
    this.#worker.postMessage(
      { id, tasks },
      tasks.flatMap((task) => (task.kind === 'place' ? [task.bytes.buffer] : [])),
    );
  }

  #start(): Worker {
    // Flags meant for the main program (`--input-type`, an inspector) are not for this thread.
    const worker = new Worker(new URL('./small-worker.ts', import.meta.url), { execArgv: [] });
    worker.on('message', ({ id, replies }: SmallAnswer) => {
      const jobs = this.#sent.get(id) ?? [];
      this.#sent.delete(id);
      if (this.#sent.size === 0) worker.unref();
      for (const [index, job] of jobs.entries()) job.resolve(replies[index] ?? { kind: 'other' });
    });
    worker.on('error', (error: unknown) => {
      this.#fail(ended(messageOf(error)));
    });
    worker.on('exit', () => {
      this.#worker = null;
      this.#fail(ended('the worker for small files ended'));
    });
    return worker;
  }

  #fail(error: SyncError): void {
    const jobs = [...this.#sent.values()].flat();
    this.#sent.clear();
    for (const job of jobs) job.reject(error);
  }

  async close(): Promise<void> {
    await this.#worker?.terminate();
  }
}
