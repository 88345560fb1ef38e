// Small objects fetched by the group in a worker thread, which also places them.
//
// The engine's thread decides and records; signing, sending, receiving, hashing and writing are one piece of work elsewhere, and one
// message a group (docs/decisions/0038).
import { Worker } from 'node:worker_threads';
import type {
  EndpointAbilities,
  HeldObject,
  HeldObjects,
  WantedObject,
} from '../../ports/remote-objects.port.ts';
import { SmallFiles } from '../disk/small/small-files.ts';
import { JobThread, threadOptions } from '../disk/worker/thread.ts';
import { defaultAwsHttp } from '../http/aws-handler.ts';
import type { AwsHttpOptions } from '../http/aws-handler.ts';
import type { Paces } from '../limits/pace.ts';
import type { DirectS3, DirectSigning } from '../s3/request/direct.ts';
import type { FetchAnswer, FetchRequest, GroupAnswer, GroupRequest } from './protocol.ts';

function openWorker(): Worker {
  return new Worker(new URL('./group-worker.ts', import.meta.url), threadOptions);
}

export type GroupThread = JobThread<GroupRequest, GroupAnswer>;

export function openGroupThread(): GroupThread {
  return new JobThread<GroupRequest, GroupAnswer>('the worker for groups', openWorker);
}

/** Small files on the same thread, so that what it has fetched needs no way to another one. */
export function smallFilesOn(thread: GroupThread): SmallFiles {
  return new SmallFiles({
    send: (make, { onReply, onFailure }, transfer) =>
      thread.send(
        make,
        {
          onReply: (answer) => {
            if ('replies' in answer) onReply(answer);
          },
          onFailure,
        },
        transfer,
      ),
    close: () => thread.close(),
  });
}

export type HeldOptions = {
  readonly direct: DirectS3;
  readonly http?: Partial<AwsHttpOptions>;
  readonly paces: readonly Paces[];
  readonly abilities: () => EndpointAbilities | null;
  readonly onSlowDown: () => void;
};

/** After so many groups in a row of which nothing came this way is only a detour. */
const detourLimit = 3;

export function makeHeldObjects(thread: GroupThread, options: HeldOptions): HeldObjects {
  return new WorkerHeld(thread, options);
}

class WorkerHeld implements HeldObjects {
  readonly #thread: GroupThread;
  readonly #options: HeldOptions;
  readonly #http: AwsHttpOptions;
  #detours = 0;

  constructor(thread: GroupThread, options: HeldOptions) {
    this.#thread = thread;
    this.#options = options;
    this.#http = { ...defaultAwsHttp, ...options.http };
  }

  async fetch(
    wanted: readonly WantedObject[],
    signal: AbortSignal,
  ): Promise<readonly (HeldObject | null)[] | null> {
    signal.throwIfAborted();
    // A limit holds for each piece of a stream.
    const down = this.#options.paces.map((pace) => pace.down);
    if (this.#detours >= detourLimit || down.some((pace) => pace.mayLimit())) return null;
    const signing = await this.#signing(signal);
    // A proxy's tunnels are made on the engine's thread; plain http never goes through one.
    const isTunnelled = signing?.place.protocol === 'https:' && this.#http.proxyFor !== null;
    if (signing === null || isTunnelled) return null;
    const { found, isSlow } = await this.#send(wanted, signing, signal);
    if (isSlow) this.#options.onSlowDown();
    this.#detours = found.every((one) => one === null) ? this.#detours + 1 : 0;
    const held = wanted.map(({ opId }, index): HeldObject | null => {
      const one = found[index] ?? null;
      return one === null ? null : { ...one, opId, bytes: null };
    });
    // A limit that was set meanwhile counts these bytes, so that what follows makes up for them.
    const bytes = wanted.reduce(
      (sum, { sizeBytes }, index) => sum + (held[index] === null ? 0 : sizeBytes),
      0,
    );
    for (const pace of down) if (pace.mayLimit()) await pace.take(bytes, signal);
    return held;
  }

  drop(opIds: readonly string[]): void {
    if (opIds.length > 0) this.#thread.tell({ kind: 'drop', id: 0, opIds });
  }

  /** Null where the general way has to say what is wrong. */
  async #signing(signal: AbortSignal): Promise<DirectSigning | null> {
    try {
      return await this.#options.direct.signing(signal);
    } catch {
      signal.throwIfAborted();
      return null;
    }
  }

  #send(wanted: readonly WantedObject[], signing: DirectSigning, signal: AbortSignal): Promise<FetchAnswer> {
    signal.throwIfAborted();
    const { connectTimeoutMs, idleTimeoutMs } = this.#http;
    const request: Omit<FetchRequest, 'id'> = {
      kind: 'fetch',
      wanted,
      signing,
      abilities: this.#options.abilities(),
      connectTimeoutMs,
      idleTimeoutMs,
      extraCa: this.#http.extraCa(),
    };
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        end();
        this.drop(wanted.map(({ opId }) => opId));
        reject(signal.reason as Error);
      };
      const finished = this.#thread.send((id) => ({ ...request, id }), {
        onReply: (answer) => {
          end();
          if ('found' in answer) resolve(answer);
        },
        onFailure: (error) => {
          end();
          reject(error);
        },
      });
      const end = (): void => {
        signal.removeEventListener('abort', abort);
        finished();
      };
      signal.addEventListener('abort', abort, { once: true });
    });
  }
}
