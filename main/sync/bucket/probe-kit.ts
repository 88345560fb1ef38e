// Samples, keys and clean-up of the endpoint probe.
import type { Etag, ObjectKey } from '../../core/model/model.ts';
import { isSyncError } from '../../core/model/errors.ts';
import type {
  Condition,
  MultipartObjects,
  PutOptions,
  RemoteObjects,
  WriteOutcome,
} from '../../ports/remote-objects.port.ts';

export type Sample = { readonly text: string; readonly sha256: string };

/** Literal checksums, so that a mismatch is the store's fault and not ours. */
export const one = {
  text: 'driftless probe one',
  sha256: 'c9f5884aabb141db6c95de69d925ff0da33815ca2929bf408fbf20ca484d20dc',
  md5: 'b3c20a66668c9af05a6606ccfd52539e',
  crc64nvme: '08671e9af39836db',
};
export const two = {
  text: 'driftless probe two',
  sha256: '59de578377ec7c977048857d5ae53511219450bc1d8f8a1f4ae3d693798c7aee',
  md5: '3671b3ca81f2ed4f67cdd4566264d3bd',
  crc64nvme: '70969ace5062d1f8',
};
export const wrongSum: Sample = { text: 'driftless probe three', sha256: one.sha256 };

type Endpoint = {
  readonly objects: RemoteObjects;
  readonly multipart: MultipartObjects;
  /** Without the letter of a spot. */
  readonly name: string;
  readonly signal: AbortSignal;
};

/** One key, used by one check alone: stores may answer 409 to writes that meet on a key. */
export type Spot = Pick<Endpoint, 'objects' | 'multipart' | 'signal'> & {
  readonly key: ObjectKey;
  /** Aborts an upload while the check continues; `cleanUp` waits for it. */
  readonly abort: (uploadId: string) => void;
};

/** One run of the probe: gives out spots, and removes afterwards what was left at them. */
export class Probe {
  readonly signal: AbortSignal;
  readonly #endpoint: Endpoint;
  readonly #keys: ObjectKey[] = [];
  readonly #aborts: Promise<void>[] = [];

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
    this.signal = endpoint.signal;
  }

  /** The same keys in each run: `-a`, `-b` and so on. */
  spot(): Spot {
    const { objects, multipart, name, signal } = this.#endpoint;
    const letter = String.fromCharCode('a'.charCodeAt(0) + this.#keys.length);
    const key = `${name}-${letter}` as ObjectKey;
    this.#keys.push(key);
    return {
      objects,
      multipart,
      signal,
      key,
      abort: (uploadId) => {
        this.#aborts.push(quietly(() => multipart.abort(key, uploadId, signal)));
      },
    };
  }

  /**
   * Removes what was written at the spots. False where something may be left that another try could remove; what the
   * store does not let us remove is in our own folder and harmless.
   * @param tries of each removal, one straight after the other
   * @param left names of probes that ended without this
   */
  async cleanUp(tries: number, left: readonly string[] = []): Promise<boolean> {
    const { objects, signal, name } = this.#endpoint;
    const letters = this.#keys.map((key) => key.slice(name.length));
    const keys = [name, ...left].flatMap((one) => letters.map((letter) => `${one}${letter}` as ObjectKey));
    const removals = keys.map((key) => removes(() => objects.delete(key, { kind: 'none' }, signal), tries));
    const [removed] = await Promise.all([Promise.all(removals), Promise.all(this.#aborts)]);
    return removed.every(Boolean);
  }
}

async function removes(remove: () => Promise<unknown>, tries: number): Promise<boolean> {
  for (let left = tries; left > 0; left -= 1) {
    try {
      await remove();
      return true;
    } catch (error) {
      if (isUnable(error)) return true;
    }
  }
  return false;
}

/** The bucket's lifecycle rule ends an upload that stays. */
async function quietly(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch {
    // Nothing to do here: the probe's result stands, or its own error is already being thrown.
  }
}

/** Rejects with the first failure in this order, after all have ended: nothing is sent once it has settled. */
export async function allOf<const Work extends readonly Promise<unknown>[]>(
  work: Work,
): Promise<{ -readonly [At in keyof Work]: Awaited<Work[At]> }> {
  await Promise.allSettled(work);
  return Promise.all(work);
}

const unable = new Set(['remote-denied', 'remote-refused', 'remote-archived', 'content-mismatch']);

function isUnable(error: unknown): boolean {
  return isSyncError(error) && unable.has(error.code);
}

/** False where the store refused, denied or does not know what was asked. */
export async function honoured(signal: AbortSignal, check: () => Promise<boolean>): Promise<boolean> {
  try {
    return await check();
  } catch (error) {
    signal.throwIfAborted();
    // A network failure proves nothing about the store.
    if (isUnable(error)) return false;
    throw error;
  }
}

function options(sample: Sample, condition: Condition): PutOptions {
  return {
    condition,
    contentType: 'text/plain',
    metadata: {},
    sha256: sample.sha256,
    beforeSend: () => Promise.resolve(true),
    onProgress: () => undefined,
  };
}

export function attempt(spot: Spot, sample: Sample, condition: Condition): Promise<WriteOutcome> {
  const bytes = new TextEncoder().encode(sample.text);
  const source = {
    sizeBytes: bytes.length,
    read: (position: number, length: number) => Promise.resolve(bytes.slice(position, position + length)),
  };
  return spot.objects.put(spot.key, source, options(sample, condition), spot.signal);
}

export async function put(spot: Spot, sample: Sample): Promise<Extract<WriteOutcome, { kind: 'done' }>> {
  const outcome = await attempt(spot, sample, { kind: 'none' });
  if (outcome.kind === 'done') return outcome;
  throw new Error(`probe: an unconditional write ended as ${outcome.kind}`);
}

/** Two versions: the ETag of the first is stale afterwards. */
export async function putTwice(spot: Spot): Promise<{ readonly stale: Etag; readonly etag: Etag }> {
  const { etag: stale } = await put(spot, one);
  const { etag } = await put(spot, two);
  return { stale, etag };
}
