// Hands directory lists and hashes to worker threads: one lists, two hash files, one hashes parts of files on their way up, one what comes down.
// So a large file never holds up a listing, and its parts, which are read as fast as they are sent, no other file.
import { Worker } from 'node:worker_threads';
import { makeTurns } from '../../system/clock.ts';
import { messageOf } from '../../system/errno.ts';
import { listDirectories } from './listing.ts';
import type { PartDigest, PartDigests, PartSizing } from '../../../ports/local-files.port.ts';
import { digestInTurn } from './part-digests.ts';
import type {
  HashReply,
  ListRequest,
  Listings,
  PackedListing,
  PartAsked,
  WalkReply,
  WalkRequest,
} from './protocol.ts';
import { JobThread, threadOptions, workerFailed } from './thread.ts';
import type { Job } from './thread.ts';
import { feederOn } from './thread-hasher.ts';

/** Directories sent to the worker at once: bounds what waits in the message queue when the reader is slow. */
const dirsPerRequest = 256;
const hashWorkers = 2;
/** A thread keeps some ten MiB, and its start costs 80 ms. */
const idleMs = 2000;
/** So long the caller works on listings before what else has come, as from the bucket, has its turn: a folder of a thousand takes it some. */
const turnMs = 2;

function openWorker(): Worker {
  return new Worker(new URL('./scan-worker.ts', import.meta.url), threadOptions);
}

/** A thread that lists directories; several replies answer one request. */
export type Lister = {
  send(make: (id: number) => ListRequest, job: Job<Listings>): () => void;
  close(): Promise<void>;
};

class WalkThread {
  readonly #thread = new JobThread<WalkRequest, WalkReply>('the walk worker', openWorker, idleMs);

  get load(): number {
    return this.#thread.load;
  }

  send(make: (id: number) => WalkRequest, { onReply, onFailure }: Job<WalkReply>): () => void {
    return this.#thread.send(make, {
      onReply: (reply) => {
        if (reply.kind === 'crashed') onFailure(workerFailed(reply.message));
        else onReply(reply);
      },
      onFailure,
    });
  }

  tell(request: WalkRequest): void {
    this.#thread.tell(request);
  }

  close(): Promise<void> {
    return this.#thread.close();
  }
}

function listerOf(thread: WalkThread): Lister {
  return {
    send: (make, { onReply, onFailure }) =>
      thread.send(make, {
        onReply: (reply) => {
          if (reply.kind === 'listings') onReply(reply);
        },
        onFailure,
      }),
    close: () => thread.close(),
  };
}

export class WalkPool {
  /** Entries that are still listed on the calling thread. */
  #left: number;
  readonly #lister: Lister;
  readonly #digester = new WalkThread();
  readonly #feeder = new WalkThread();
  /** One thread, which nothing else holds up. */
  readonly feeder = feederOn(this.#feeder);
  readonly #hashers = Array.from({ length: hashWorkers }, () => new WalkThread());

  /**
   * @param entriesHere listed on the calling thread, before the worker is started: 300 files take it 10 ms, and the start
   * of a worker 80. None where a disk that does not answer must not hold up the thread.
   * @param lister by default a thread that ends when it is idle
   */
  constructor(entriesHere = 0, lister: Lister = listerOf(new WalkThread())) {
    this.#left = entriesHere;
    this.#lister = lister;
  }

  /** The directories that are listed here, one by one, until the worker is worth its start. Returns how many those were. */
  *#listHere(root: string, dirs: readonly string[], signal: AbortSignal): Generator<PackedListing, number> {
    let listed = 0;
    try {
      for (const listing of this.#left <= 0 ? [] : listDirectories(root, dirs)) {
        listed += 1;
        this.#left -= listing.kind === 'listed' ? listing.codes.length + 1 : 1;
        yield listing;
        signal.throwIfAborted();
        if (this.#left <= 0) break;
      }
    } catch (error) {
      signal.throwIfAborted();
      throw workerFailed(messageOf(error));
    }
    return listed;
  }

  /** The listings of one chunk of directories, as the worker finds them. */
  async *#listChunk(
    root: string,
    dirs: readonly string[],
    signal: AbortSignal,
  ): AsyncIterable<PackedListing> {
    const arrived: PackedListing[] = [];
    const progress: { isDone: boolean; failure: Error | null } = { isDone: false, failure: null };
    let wake = (): void => undefined;
    const fail = (error: unknown): void => {
      progress.failure = error instanceof Error ? error : new Error(messageOf(error));
      wake();
    };
    const onAbort = (): void => {
      fail(signal.reason);
    };
    const finished = this.#lister.send((id) => ({ kind: 'list', id, root, dirs }), {
      onReply: (reply) => {
        arrived.push(...reply.listings);
        progress.isDone = reply.isLast;
        wake();
      },
      onFailure: fail,
    });
    signal.addEventListener('abort', onAbort, { once: true });
    const turn = makeTurns(turnMs);
    try {
      for (;;) {
        for (const listing of arrived.splice(0)) {
          yield listing;
          await turn();
        }
        if (progress.failure !== null) throw progress.failure;
        if (arrived.length > 0) continue;
        if (progress.isDone) return;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    } finally {
      signal.removeEventListener('abort', onAbort);
      finished();
    }
  }

  async *list(root: string, dirs: readonly string[], signal: AbortSignal): AsyncIterable<PackedListing> {
    signal.throwIfAborted();
    const listed = yield* this.#listHere(root, dirs, signal);
    for (let at = listed; at < dirs.length; at += dirsPerRequest) {
      signal.throwIfAborted();
      yield* this.#listChunk(root, dirs.slice(at, at + dirsPerRequest), signal);
    }
  }

  #idlestHasher(): WalkThread {
    return this.#hashers.reduce((best, next) => (next.load < best.load ? next : best));
  }

  async hash(file: string, withMd5: boolean, signal: AbortSignal): Promise<HashReply> {
    signal.throwIfAborted();
    const cancel = new Int32Array(new SharedArrayBuffer(4));
    const onAbort = (): void => {
      Atomics.store(cancel, 0, 1);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    let finished = (): void => undefined;
    try {
      return await new Promise<HashReply>((resolve, reject) => {
        finished = this.#idlestHasher().send((id) => ({ kind: 'hash', id, file, withMd5, cancel }), {
          onReply: (reply) => {
            if (reply.kind === 'hash') resolve(reply.reply);
          },
          onFailure: reject,
        });
      });
    } finally {
      signal.removeEventListener('abort', onAbort);
      finished();
    }
  }

  /** Parts of several files take turns on one thread; what is asked for before its turn is left to the asking thread. */
  digestParts(file: string, sizeBytes: number, sizing: PartSizing): PartDigests {
    const cancel = new Int32Array(new SharedArrayBuffer(4));
    const digests = digestInTurn(sizeBytes, sizing, (stretch) =>
      this.#digest({ file, ...stretch, checksum: sizing.checksum, cancel }),
    );
    const end = (): void => {
      Atomics.store(cancel, 0, 1);
      digests.end();
    };
    return { ...digests, end };
  }

  /** Never rejects: a digest that is missing is made by its caller. */
  #digest(asked: PartAsked): Promise<PartDigest | null> {
    return new Promise((resolve) => {
      const finished = this.#digester.send((id) => ({ kind: 'digest', id, ...asked }), {
        onReply: (reply) => {
          finished();
          resolve(reply.kind === 'digest' ? reply.digest : null);
        },
        onFailure: () => {
          finished();
          resolve(null);
        },
      });
    });
  }

  async close(): Promise<void> {
    const threads = [this.#lister, this.#digester, this.#feeder, ...this.#hashers];
    await Promise.all(threads.map((thread) => thread.close()));
  }
}
