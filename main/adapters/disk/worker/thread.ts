// Worker thread that its first job starts; it never keeps the process alive by itself.
import type { Worker } from 'node:worker_threads';
import { SyncError } from '../../../core/model/errors.ts';
import { messageOf } from '../../system/errno.ts';

export type Job<Reply> = {
  readonly onReply: (reply: Reply) => void;
  /** Gets a SyncError `local-worker-failed`; once the thread is gone, with every job that is open. */
  readonly onFailure: (error: SyncError) => void;
};

export function workerFailed(message: string): SyncError {
  return new SyncError({ code: 'local-worker-failed', retry: 'backoff', scope: 'pair', message });
}

/** Not at once: the caller has not been given yet what ends the job. */
function failSoon({ onFailure }: Pick<Job<never>, 'onFailure'>, message: string): () => void {
  queueMicrotask(() => {
    onFailure(workerFailed(message));
  });
  return () => undefined;
}

/**
 * Flags meant for the main program (`--input-type`, an inspector) are not for such a thread. What it allocates soon goes over to the main
 * thread or away: V8's default would let the young part grow to 48 MiB.
 */
export const threadOptions = { execArgv: [] as string[], resourceLimits: { maxYoungGenerationSizeMb: 12 } };

export class JobThread<Request, Reply extends { readonly id: number }> {
  readonly #name: string;
  readonly #open: () => Worker;
  readonly #idleMs: number | null;
  #idle: NodeJS.Timeout | null = null;
  #worker: Worker | null = null;
  readonly #jobs = new Map<number, Job<Reply>>();
  #nextId = 1;
  #isClosed = false;

  /**
   * @param open a new thread, which answers each request under its id
   * @param idleMs after so long without a job the thread ends, and its heap with it; the next job starts another
   */
  constructor(name: string, open: () => Worker, idleMs: number | null = null) {
    this.#name = name;
    this.#open = open;
    this.#idleMs = idleMs;
  }

  /** Jobs that are open. */
  get load(): number {
    return this.#jobs.size;
  }

  #start(): Worker {
    const worker = this.#open();
    worker.on('message', (reply: Reply) => {
      this.#jobs.get(reply.id)?.onReply(reply);
    });
    const failed = (error: unknown): void => {
      if (this.#worker === worker) this.#fail(workerFailed(messageOf(error)));
    };
    worker.on('error', failed);
    // An answer that cannot be read is one to any of them: without this its job would wait for ever.
    worker.on('messageerror', failed);
    worker.on('exit', () => {
      // One that ended because it was idle; the open jobs are those of the next thread.
      if (this.#worker !== worker) return;
      this.#worker = null;
      this.#fail(workerFailed(`${this.#name} ended`));
    });
    return worker;
  }

  #fail(error: SyncError): void {
    for (const job of [...this.#jobs.values()]) job.onFailure(error);
  }

  /** Returns what ends the job: until then it holds the thread, and the process, alive. */
  send(make: (id: number) => Request, job: Job<Reply>, transfer: readonly ArrayBuffer[] = []): () => void {
    if (this.#isClosed) return failSoon(job, `${this.#name} ended`);
    const id = this.#nextId++;
    if (this.#idle !== null) clearTimeout(this.#idle);
    this.#idle = null;
    try {
      this.#worker ??= this.#start();
      this.#worker.ref();
      this.#worker.postMessage(make(id), transfer);
    } catch (error) {
      // The user or the container may have no more threads. Timers send jobs, and one that throws ends the process.
      return failSoon(job, messageOf(error));
    }
    this.#jobs.set(id, job);
    return () => {
      this.#jobs.delete(id);
      if (this.#jobs.size === 0) this.#rest();
    };
  }

  #rest(): void {
    this.#worker?.unref();
    if (this.#idleMs === null || this.#worker === null || this.#isClosed) return;
    if (this.#idle !== null) clearTimeout(this.#idle);
    this.#idle = setTimeout(() => {
      this.#idle = null;
      const worker = this.#worker;
      this.#worker = null;
      worker?.terminate().catch(() => undefined);
    }, this.#idleMs).unref();
  }

  /** Starts the thread ahead of the first job, which is sure to come soon. */
  begin(): void {
    if (this.#isClosed || this.#worker !== null) return;
    try {
      this.#worker = this.#start();
    } catch {
      // The first job meets the same, and reports it.
      return;
    }
    this.#rest();
  }

  /** What wants no answer; nothing where no thread runs. */
  tell(request: Request): void {
    this.#worker?.postMessage(request);
  }

  /** Later jobs fail: a thread that they started would never be ended. */
  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#idle !== null) clearTimeout(this.#idle);
    await this.#worker?.terminate();
  }
}
