// Small objects transferred by the group in a worker thread, which has their files too.
//
// The engine's thread decides and records; signing, sending, receiving, hashing and writing are one piece of work elsewhere, and one
// message a step of a group (docs/decisions/0038, 0039).
import { Worker } from 'node:worker_threads';
import type {
  EndpointAbilities,
  HeldObject,
  HeldObjects,
  HeldSender,
  HeldSending,
  SentOutcome,
  WantedObject,
} from '../../ports/remote-objects.port.ts';
import { SmallFiles } from '../disk/small/small-files.ts';
import type { Lister } from '../disk/worker/pool.ts';
import { JobThread, threadOptions, workerFailed } from '../disk/worker/thread.ts';
import { defaultAwsHttp } from '../http/aws-handler.ts';
import type { AwsHttpOptions } from '../http/aws-handler.ts';
import type { Paces } from '../limits/pace.ts';
import type { DirectS3, DirectSigning } from '../s3/direct/direct.ts';
import type { GroupAnswer, GroupRequest, Sending, Way } from './protocol.ts';
import { ShortWay } from '../../core/net/short-way.ts';

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

/** Listings on the same thread, for a pass that has it running already: another one takes a tenth of a second to start. */
export function listerOn(thread: GroupThread): Lister {
  return {
    send: (make, { onReply, onFailure }) =>
      thread.send(make, {
        onReply: (answer) => {
          if (!('kind' in answer)) return;
          if (answer.kind === 'listings') onReply(answer);
          else if (answer.kind === 'crashed') onFailure(workerFailed(answer.message));
        },
        onFailure,
      }),
    close: () => thread.close(),
  };
}

export type HeldOptions = {
  readonly direct: DirectS3;
  readonly http?: Partial<AwsHttpOptions>;
  readonly paces: readonly Paces[];
  readonly abilities: () => EndpointAbilities | null;
  readonly onSlowDown: () => void;
  readonly monotonicMs?: () => number;
};

export function makeHeldObjects(thread: GroupThread, options: HeldOptions): HeldObjects {
  return new WorkerHeld(thread, options);
}

type Direction = 'up' | 'down';

class WorkerHeld implements HeldObjects {
  readonly #thread: GroupThread;
  readonly #options: HeldOptions;
  readonly #http: AwsHttpOptions;
  /** A group of which nothing came was in vain. */
  readonly #ways = { up: new ShortWay(), down: new ShortWay() };
  readonly #monotonicMs: () => number;

  constructor(thread: GroupThread, options: HeldOptions) {
    this.#thread = thread;
    this.#options = options;
    this.#http = { ...defaultAwsHttp, ...options.http };
    this.#monotonicMs = options.monotonicMs ?? (() => performance.now());
  }

  async fetch(
    wanted: readonly WantedObject[],
    signal: AbortSignal,
  ): Promise<readonly (HeldObject | null)[] | null> {
    const way = await this.#way('down', signal);
    if (way === null) return null;
    const opIds = wanted.map(({ opId }) => opId);
    const make = (id: number): GroupRequest => ({ ...way, kind: 'fetch', id, wanted });
    const answer = await this.#ask(make, opIds, signal);
    if (!('found' in answer)) return null;
    this.#learn('down', answer.found, answer.isSlow);
    const held = wanted.map(({ opId }, index): HeldObject | null => {
      const one = answer.found[index] ?? null;
      return one === null ? null : { ...one, opId, bytes: null };
    });
    const passed = wanted.map(({ sizeBytes }, index) => (held[index] === null ? 0 : sizeBytes));
    await this.#count('down', passed, signal);
    return held;
  }

  async sender(signal: AbortSignal): Promise<HeldSender | null> {
    const way = await this.#way('up', signal);
    if (way === null) return null;
    return { send: (files, now) => this.#send(way, files, now) };
  }

  async #send(
    way: Way,
    files: readonly HeldSending[],
    signal: AbortSignal,
  ): Promise<readonly (SentOutcome | null)[]> {
    const opIds = files.map(({ held }) => held.opId);
    const sendings = files.map(({ held, ...one }): Sending => ({ ...one, opId: held.opId }));
    const make = (id: number): GroupRequest => ({ ...way, kind: 'send', id, files: sendings });
    const answer = await this.#ask(make, opIds, signal);
    const sent = 'sent' in answer ? answer.sent : [];
    this.#learn('up', sent, 'sent' in answer && answer.isSlow);
    const passed = files.map(({ held }, index) =>
      (sent[index] ?? null) === null ? 0 : held.fingerprint.sizeBytes,
    );
    await this.#count('up', passed, signal);
    return files.map((_file, index) => sent[index] ?? null);
  }

  drop(opIds: readonly string[]): void {
    if (opIds.length > 0) this.#thread.tell({ kind: 'drop', id: 0, opIds });
  }

  /** Null where the general way has to transfer. */
  async #way(direction: Direction, signal: AbortSignal): Promise<Way | null> {
    signal.throwIfAborted();
    // A limit holds for each piece of a stream.
    const isLimited = this.#options.paces.some((pace) => pace[direction].mayLimit());
    if (isLimited) return null;
    const signing = await this.#signing(signal);
    // A proxy's tunnels are made on the engine's thread; plain http never goes through one.
    const isTunnelled = signing?.place.protocol === 'https:' && this.#http.proxyFor !== null;
    if (signing === null || isTunnelled || !this.#ways[direction].mayTry(this.#monotonicMs())) return null;
    const { connectTimeoutMs, idleTimeoutMs } = this.#http;
    const abilities = this.#options.abilities();
    return { signing, abilities, connectTimeoutMs, idleTimeoutMs, extraCa: this.#http.extraCa() };
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

  #learn(direction: Direction, answers: readonly unknown[], isSlow: boolean): void {
    if (isSlow) this.#options.onSlowDown();
    if (answers.every((one) => one === null)) this.#ways[direction].noteVain(this.#monotonicMs());
    else this.#ways[direction].noteUsed();
  }

  /** A limit that was set meanwhile counts these bytes, so that what follows makes up for them. */
  async #count(direction: Direction, passed: readonly number[], signal: AbortSignal): Promise<void> {
    const bytes = passed.reduce((sum, one) => sum + one, 0);
    for (const pace of this.#options.paces)
      if (pace[direction].mayLimit()) await pace[direction].take(bytes, signal);
  }

  #ask(
    make: (id: number) => GroupRequest,
    opIds: readonly string[],
    signal: AbortSignal,
  ): Promise<GroupAnswer> {
    signal.throwIfAborted();
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        end();
        this.drop(opIds);
        reject(signal.reason as Error);
      };
      const finished = this.#thread.send(make, {
        onReply: (answer) => {
          end();
          resolve(answer);
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
