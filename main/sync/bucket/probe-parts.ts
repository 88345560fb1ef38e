// The multipart half of the endpoint probe: checksums of parts, and conditions of completed uploads.
import { isSyncError } from '../../core/model/errors.ts';
import type { Condition, EndpointAbilities, PartSum } from '../../ports/remote-objects.port.ts';
import { allOf, honoured, one, put, putTwice, two } from './probe-kit.ts';
import type { Probe, Spot } from './probe-kit.ts';

/**
 * Checksums of `two`, best first: CRC64NVME is also kept for the whole object, which saves other devices a
 * download.
 */
const partSums: readonly PartSum[] = [
  { kind: 'crc64nvme', value: 'cJaazlBi0fg=' },
  { kind: 'crc32', value: 'lzH5eA==' },
  { kind: 'md5', value: 'NnGzyoHy7U9nzdRWYmTTvQ==' },
];
/** Checksums of `one`, so wrong for `two`. */
const wrongPartSums: Readonly<Record<PartSum['kind'], string>> = {
  crc64nvme: 'CGcemvOYNts=',
  crc32: '/Jf17w==',
  md5: 's8IKZmaMmvBaZgbM/VJTng==',
};

export type PartAbilities = Pick<
  EndpointAbilities,
  'partMd5' | 'partChecksum' | 'completeIfNoneMatch' | 'crc64nvme'
>;

/** Uploads are begun with these before it is known which checksums are verified: most stores verify the best one or none. */
const likelySums: readonly (PartSum | null)[] = [partSums[0] ?? null, null];

/** A key, with uploads begun ahead. */
class PartSpot {
  readonly spot: Spot;
  readonly #begun: Map<PartSum | null, Promise<Begun>>;

  constructor(spot: Spot) {
    this.spot = spot;
    this.#begun = new Map(likelySums.map((sum) => [sum, begin(spot, sum)]));
    // Only what is taken counts.
    for (const begun of this.#begun.values()) begun.catch(() => undefined);
  }

  /** Each upload can be taken once. */
  take(sum: PartSum | null): Promise<Begun> {
    const begun = this.#begun.get(sum);
    this.#begun.delete(sum);
    return begun ?? begin(this.spot, sum);
  }

  /** Aborts what was not taken. */
  async drop(): Promise<void> {
    for (const begun of await Promise.allSettled(this.#begun.values()))
      if (begun.status === 'fulfilled') this.spot.abort(begun.value.uploadId);
  }
}

/**
 * `crc64nvme`: the multipart object returned the CRC64NVME of all its bytes. The conditions are tried while the first checksum
 * that was verified is; again where an object could be made with another one only.
 */
export async function probeParts(probe: Probe): Promise<PartAbilities> {
  const verified = verifiedSums(probe.signal, probe.spot());
  const ahead = (): PartSpot => new PartSpot(probe.spot());
  const spots = [ahead(), ahead(), ahead(), ahead()] as const;
  try {
    return await tryParts(probe, spots, verified);
  } finally {
    await Promise.all(spots.map((spot) => spot.drop()));
  }
}

async function tryParts(
  probe: Probe,
  [spot, ...spots]: readonly [PartSpot, ...ThreeSpots],
  verified: Promise<readonly PartSum[]>,
): Promise<PartAbilities> {
  const first = verified.then(([sum]) => sum ?? null);
  const completes = (sum: Promise<PartSum | null>): Promise<boolean> =>
    honoured(probe.signal, () => completesByCondition(spots, sum));
  const [likely, { sum, areMd5, keepsCrc64 }, isHonoured] = await allOf([
    first,
    findPartSum(probe.signal, spot, verified),
    completes(first),
  ]);
  return {
    partMd5: areMd5,
    partChecksum: sum?.kind ?? 'none',
    crc64nvme: keepsCrc64,
    completeIfNoneMatch: sum === likely ? isHonoured : await completes(Promise.resolve(sum)),
  };
}

type ThreeSpots = readonly [PartSpot, PartSpot, PartSpot];

type Parts = { readonly sum: PartSum | null; readonly areMd5: boolean; readonly keepsCrc64: boolean };

const noParts: Parts = { sum: null, areMd5: false, keepsCrc64: false };

/** Those that are verified rather than merely stored. */
async function verifiedSums(signal: AbortSignal, spot: Spot): Promise<readonly PartSum[]> {
  const refusals = await allOf(
    partSums.map(({ kind }) => honoured(signal, () => refusesWrongPart(spot, kind))),
  );
  return partSums.filter((_, at) => refusals[at]);
}

/** First of them with which an object can be made; none if parts are sent without one. */
async function findPartSum(
  signal: AbortSignal,
  spot: PartSpot,
  verified: Promise<readonly PartSum[]>,
): Promise<Parts> {
  for (const sum of [...(await verified), null]) {
    let found = noParts;
    const isMade = async (): Promise<boolean> => {
      const made = await makeOfOnePart(spot, sum);
      found = made ?? noParts;
      return made !== null;
    };
    if (await honoured(signal, isMade)) return found;
  }
  return noParts;
}

type Begun = {
  readonly uploadId: string;
  readonly sent: Awaited<ReturnType<Spot['multipart']['uploadPart']>>;
};

/** An upload with one part of the bytes of `two`. */
async function begin({ multipart, key, signal, abort }: Spot, sum: PartSum | null): Promise<Begun> {
  const about = { contentType: 'text/plain', metadata: {}, checksum: sum?.kind ?? 'none' } as const;
  const { uploadId } = await multipart.create(key, about, signal);
  try {
    const bytes = new TextEncoder().encode(two.text);
    return { uploadId, sent: await multipart.uploadPart(key, uploadId, { number: 1, bytes, sum }, signal) };
  } catch (error) {
    abort(uploadId);
    throw error;
  }
}

/** Completes the upload, or aborts it. Returns what kept it from being completed, or `done`. */
async function finish(
  { multipart, key, signal, abort }: Spot,
  { uploadId, sent }: Begun,
  condition: Condition,
): Promise<string> {
  let kind = 'failed';
  try {
    if (sent.kind !== 'done') return sent.kind;
    const beforeSend = () => Promise.resolve(true);
    ({ kind } = await multipart.complete(key, uploadId, [sent.part], { condition, beforeSend }, signal));
    return kind;
  } finally {
    if (kind !== 'done') abort(uploadId);
  }
}

async function refusesWrongPart(spot: Spot, kind: PartSum['kind']): Promise<boolean> {
  try {
    const { uploadId } = await begin(spot, { kind, value: wrongPartSums[kind] });
    spot.abort(uploadId);
    return false;
  } catch (error) {
    // A store that does not know the header may refuse it as well; the correct checksum tells which it is.
    if (isSyncError(error) && (error.code === 'content-mismatch' || error.code === 'remote-refused'))
      return true;
    throw error;
  }
}

async function makeOfOnePart(ahead: PartSpot, sum: PartSum | null): Promise<Parts | null> {
  const { spot } = ahead;
  const begun = await ahead.take(sum);
  if ((await finish(spot, begun, { kind: 'none' })) !== 'done' || begun.sent.kind !== 'done') return null;
  const head = await spot.objects.head(spot.key, spot.signal);
  const keepsCrc64 = head.kind === 'found' && head.info.crc64nvme === two.crc64nvme;
  return { sum, areMd5: begun.sent.part.etag === two.md5, keepsCrc64 };
}

/** Three keys, because each question changes what the next one would meet. */
async function completesByCondition(
  [present, changed, same]: ThreeSpots,
  checksum: Promise<PartSum | null>,
): Promise<boolean> {
  const complete = async (at: PartSpot, condition: Condition): Promise<string> =>
    finish(at.spot, await at.take(await checksum), condition);
  const whenPresent = async (at: PartSpot): Promise<string> => {
    await put(at.spot, one);
    return complete(at, { kind: 'absent' });
  };
  const byEtag = async (at: PartSpot, which: 'stale' | 'etag'): Promise<string> => {
    const etags = await putTwice(at.spot);
    return complete(at, { kind: 'etag', etag: etags[which] });
  };
  const kinds = await allOf([whenPresent(present), byEtag(changed, 'stale'), byEtag(same, 'etag')]);
  return kinds.join() === 'lost,lost,done';
}
