// Rate limit for streams: one pace shared by all its transfers, first come, first served.
import { Readable } from 'node:stream';
import { emptyBucket, pieceBytes, refill, spend, waitMsFor } from '../../core/token-bucket.ts';
import type { Clock } from '../../ports/clock.port.ts';

export type Pace = {
  /** Resolves when so many bytes may pass; at once without a limit. Rejects with the signal's reason when aborted. */
  take(bytes: number, signal: AbortSignal): Promise<void>;
  /** From now on, also for what waits already. */
  set(limit: Limit): void;
  /** The limit at this moment; null where there is none. */
  bytesPerSecond(): number | null;
  /** False where there is no limit, and none comes by the clock. */
  mayLimit(): boolean;
};

/** Bytes per second, or what tells them for each moment (a timetable); null is no limit. */
export type Limit = number | null | (() => number | null);

/** How long a waiter may sleep under a limit that changes by the clock. */
const lookAgainMs = 1000;

/** The two directions of a line. */
export type Paces = { readonly up: Pace; readonly down: Pace };

type Waiter = {
  readonly bytes: number;
  readonly pass: () => void;
};

export function makePace(clock: Pick<Clock, 'monotonicMs' | 'sleep'>, first: Limit): Pace {
  let limit = first;
  let rate = rateOf(first);
  let bucket = emptyBucket(clock.monotonicMs());
  let isServing = false;
  let disturb = new AbortController();
  const queue: Waiter[] = [];

  /** What was earned under the old rate stays earned. */
  function currentRate(): number | null {
    const next = rateOf(limit);
    if (next === rate) return rate;
    if (rate !== null) {
      const asked = { bytesPerSecond: rate, wantedBytes: queue[0]?.bytes ?? 0 };
      bucket = refill(bucket, { ...asked, nowMs: clock.monotonicMs() });
    } else bucket = emptyBucket(clock.monotonicMs());
    rate = next;
    return rate;
  }

  async function serve(): Promise<void> {
    isServing = true;
    for (let first = queue[0]; first !== undefined; first = queue[0]) {
      const bytesPerSecond = currentRate();
      if (bytesPerSecond !== null) {
        const asked = { bytesPerSecond, wantedBytes: first.bytes };
        bucket = refill(bucket, { ...asked, nowMs: clock.monotonicMs() });
        const waitMs = waitMsFor(bucket, asked);
        if (waitMs > 0) {
          disturb = new AbortController();
          const sleepMs = typeof limit === 'function' ? Math.min(waitMs, lookAgainMs) : waitMs;
          // Ends early when the rate changes or no waiter is left; the loop checks both again.
          await clock.sleep(sleepMs, disturb.signal).catch(() => undefined);
          continue;
        }
        bucket = spend(bucket, first.bytes);
      }
      queue.shift();
      first.pass();
    }
    isServing = false;
  }

  return {
    bytesPerSecond: currentRate,
    mayLimit: () => limit !== null,
    set(next) {
      if (next === limit) return;
      limit = next;
      currentRate();
      disturb.abort();
    },
    async take(bytes, signal) {
      signal.throwIfAborted();
      if (currentRate() === null && queue.length === 0) return;
      const passed = Promise.withResolvers<undefined>();
      const waiter: Waiter = {
        bytes,
        pass: () => {
          passed.resolve(undefined);
        },
      };
      const leave = (): void => {
        const at = queue.indexOf(waiter);
        if (at >= 0) queue.splice(at, 1);
        if (at === 0) disturb.abort();
        passed.reject(signal.reason);
      };
      signal.addEventListener('abort', leave, { once: true });
      queue.push(waiter);
      // Never rejects: the loop itself handles a sleep that ends early.
      if (!isServing) void serve();
      try {
        await passed.promise;
      } finally {
        signal.removeEventListener('abort', leave);
      }
    },
  };
}

function rateOf(limit: Limit): number | null {
  return typeof limit === 'function' ? limit() : limit;
}

/** The same bytes at the rate of all `paces`, in pieces; null where none of them may limit. */
export function pacedStream(source: Uint8Array | Readable, paces: readonly Pace[]): Readable | null {
  if (!paces.some((pace) => pace.mayLimit())) return null;
  const over = new AbortController();
  const stream = Readable.from(pieces(source, paces, over.signal), { objectMode: false });
  stream.once('close', () => {
    over.abort(new Error('the stream is closed'));
    // An unread stream holds a socket.
    if (source instanceof Readable) source.destroy();
  });
  return stream;
}

async function* pieces(
  source: Uint8Array | Readable,
  paces: readonly Pace[],
  signal: AbortSignal,
): AsyncIterable<Uint8Array> {
  const chunks = source instanceof Readable ? (source as AsyncIterable<Uint8Array>) : [source];
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length;) {
      const piece = chunk.subarray(at, at + pieceBytes(slowest(paces)));
      for (const pace of paces) await pace.take(piece.length, signal);
      at += piece.length;
      yield piece;
    }
  }
}

function slowest(paces: readonly Pace[]): number {
  return Math.min(...paces.map((pace) => pace.bytesPerSecond() ?? Infinity));
}
