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

/**
 * `crc64nvme`: the multipart object returned the CRC64NVME of all its bytes. The conditions are tried while the first checksum
 * that was verified is; again where an object could be made with another one only.
 */
export async function probeParts(probe: Probe): Promise<PartAbilities> {
  const wrongSpot = probe.spot();
  const spot = probe.spot();
  const spots = [probe.spot(), probe.spot(), probe.spot()] as const;
  const verified = verifiedSums(probe.signal, wrongSpot);
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
  spot: Spot,
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

async function makeOfOnePart(spot: Spot, sum: PartSum | null): Promise<Parts | null> {
  const begun = await begin(spot, sum);
  if ((await finish(spot, begun, { kind: 'none' })) !== 'done' || begun.sent.kind !== 'done') return null;
  const head = await spot.objects.head(spot.key, spot.signal);
  const keepsCrc64 = head.kind === 'found' && head.info.crc64nvme === two.crc64nvme;
  return { sum, areMd5: begun.sent.part.etag === two.md5, keepsCrc64 };
}

/** Three keys, because each question changes what the next one would meet. */
async function completesByCondition(
  [present, changed, same]: readonly [Spot, Spot, Spot],
  checksum: Promise<PartSum | null>,
): Promise<boolean> {
  const complete = async (spot: Spot, condition: Condition): Promise<string> =>
    finish(spot, await begin(spot, await checksum), condition);
  const whenPresent = async (spot: Spot): Promise<string> => {
    await put(spot, one);
    return complete(spot, { kind: 'absent' });
  };
  const byEtag = async (spot: Spot, which: 'stale' | 'etag'): Promise<string> => {
    const etags = await putTwice(spot);
    return complete(spot, { kind: 'etag', etag: etags[which] });
  };
  const kinds = await allOf([whenPresent(present), byEtag(changed, 'stale'), byEtag(same, 'etag')]);
  return kinds.join() === 'lost,lost,done';
}
