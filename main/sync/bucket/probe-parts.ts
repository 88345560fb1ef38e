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

/** `crc64nvme`: the multipart object returned the CRC64NVME of all its bytes. */
export async function probeParts(probe: Probe): Promise<PartAbilities> {
  const parts = findPartSum(probe);
  // Written meanwhile; which checksum the parts carry is known later.
  const conditions = honoured(probe.signal, () => completesByCondition(probe, parts));
  const [{ sum, areMd5, keepsCrc64 }, completeIfNoneMatch] = await allOf([parts, conditions]);
  return { partMd5: areMd5, partChecksum: sum?.kind ?? 'none', crc64nvme: keepsCrc64, completeIfNoneMatch };
}

type Parts = { readonly sum: PartSum | null; readonly areMd5: boolean; readonly keepsCrc64: boolean };

const noParts: Parts = { sum: null, areMd5: false, keepsCrc64: false };

/** First checksum kind that is verified rather than merely stored; none if parts are sent without one. */
async function findPartSum(probe: Probe): Promise<Parts> {
  const { signal } = probe;
  const wrongSpot = probe.spot();
  const spot = probe.spot();
  const refusals = await allOf(
    partSums.map(({ kind }) => honoured(signal, () => refusesWrongPart(wrongSpot, kind))),
  );
  for (const sum of [...partSums.filter((_, at) => refusals[at]), null]) {
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
async function completesByCondition(probe: Probe, parts: Promise<Parts>): Promise<boolean> {
  const complete = async (spot: Spot, condition: Condition): Promise<string> => {
    const { sum } = await parts;
    return finish(spot, await begin(spot, sum), condition);
  };
  const whenPresent = async (spot: Spot): Promise<string> => {
    await put(spot, one);
    return complete(spot, { kind: 'absent' });
  };
  const byEtag = async (spot: Spot, which: 'stale' | 'etag'): Promise<string> => {
    const etags = await putTwice(spot);
    return complete(spot, { kind: 'etag', etag: etags[which] });
  };
  const kinds = await allOf([
    whenPresent(probe.spot()),
    byEtag(probe.spot(), 'stale'),
    byEtag(probe.spot(), 'etag'),
  ]);
  return kinds.join() === 'lost,lost,done';
}
