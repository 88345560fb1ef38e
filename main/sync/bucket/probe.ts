// Endpoint probe: real small requests below `.driftless/probe/`, removed afterwards.
// Abilities differ between stores, and even between buckets of one store: Ceph honours PUT conditions only in
// unversioned buckets. What was refused, denied or not implemented counts as not honoured; C17 then keeps
// data safe without it.
import { isSyncError } from '../../core/model/errors.ts';
import type { Etag, ObjectKey } from '../../core/model/model.ts';
import type { Random } from '../../ports/clock.port.ts';
import type {
  Condition,
  EndpointAbilities,
  MultipartObjects,
  ObjectVersions,
  PartSum,
  PutOptions,
  RemoteObjects,
  WriteOutcome,
} from '../../ports/remote-objects.port.ts';

type Sample = { readonly text: string; readonly sha256: string };

/** Literal checksums, so that a mismatch is the store's fault and not ours. */
const one = {
  text: 'driftless probe one',
  sha256: 'c9f5884aabb141db6c95de69d925ff0da33815ca2929bf408fbf20ca484d20dc',
  md5: 'b3c20a66668c9af05a6606ccfd52539e',
  crc64nvme: '08671e9af39836db',
};
const two = {
  text: 'driftless probe two',
  sha256: '59de578377ec7c977048857d5ae53511219450bc1d8f8a1f4ae3d693798c7aee',
  md5: '3671b3ca81f2ed4f67cdd4566264d3bd',
  crc64nvme: '70969ace5062d1f8',
};

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
const wrongSum = { text: 'driftless probe three', sha256: one.sha256 };

type Probe = {
  readonly objects: RemoteObjects;
  readonly multipart: MultipartObjects;
  readonly keys: readonly [ObjectKey, ObjectKey];
  readonly signal: AbortSignal;
  /** Verified checksum of parts. */
  readonly partSum: PartSum | null;
};

/**
 * Call before the adapter knows the abilities: a condition known not to be honoured is not sent.
 * @param prefix the pair's prefix, ending in `/`, or empty
 */
export async function probeEndpoint(
  endpoint: {
    readonly objects: RemoteObjects;
    readonly multipart: MultipartObjects;
    readonly versions: ObjectVersions;
  },
  prefix: string,
  random: Pick<Random, 'hex'>,
  signal: AbortSignal,
): Promise<EndpointAbilities> {
  const { objects, multipart, versions } = endpoint;
  const name = `${prefix}.driftless/probe/${random.hex(8)}`;
  const probe: Probe = {
    objects,
    multipart,
    keys: [`${name}-a` as ObjectKey, `${name}-b` as ObjectKey],
    signal,
    partSum: null,
  };
  try {
    const first = await put(probe, one, { kind: 'none' });
    const facts = await probeFacts(probe);
    const parts = await probeParts(probe);
    const completing: Probe = { ...probe, partSum: parts.sum };
    const isVersioned = first.versionId !== null && (await versions.bucketVersioning(signal)) !== 'suspended';
    return {
      putIfNoneMatch: await honoured(signal, () => losesIfPresent(probe)),
      putIfMatch: await honoured(signal, () => replacesByEtag(probe)),
      completeIfNoneMatch: await honoured(signal, () => completesByCondition(completing)),
      copyConditions: await honoured(signal, () => copiesByCondition(probe)),
      sha256: facts.sha256 && (await honoured(signal, () => refusesWrongSum(probe))),
      crc64nvme: facts.crc64nvme || parts.keepsCrc64,
      md5Etag: facts.md5Etag,
      partMd5: parts.areMd5,
      partChecksum: parts.sum?.kind ?? 'none',
      versioned: isVersioned,
      deleteIfMatch: await honoured(signal, () => deletesByEtag(probe)),
    };
  } finally {
    await cleanUp(probe);
  }
}

const unable = new Set(['remote-denied', 'remote-refused', 'remote-archived', 'content-mismatch']);

async function honoured(signal: AbortSignal, check: () => Promise<boolean>): Promise<boolean> {
  try {
    return await check();
  } catch (error) {
    signal.throwIfAborted();
    // A network failure proves nothing about the store.
    if (isSyncError(error) && unable.has(error.code)) return false;
    throw error;
  }
}

type Put = Extract<WriteOutcome, { kind: 'done' }>;

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

function attempt(probe: Probe, sample: Sample, condition: Condition): Promise<WriteOutcome> {
  const bytes = new TextEncoder().encode(sample.text);
  const source = {
    sizeBytes: bytes.length,
    read: (position: number, length: number) => Promise.resolve(bytes.slice(position, position + length)),
  };
  return probe.objects.put(probe.keys[0], source, options(sample, condition), probe.signal);
}

async function put(probe: Probe, sample: Sample, condition: Condition): Promise<Put> {
  const outcome = await attempt(probe, sample, condition);
  if (outcome.kind === 'done') return outcome;
  throw new Error(`probe: an unconditional write ended as ${outcome.kind}`);
}

async function probeFacts(probe: Probe) {
  const head = await probe.objects.head(probe.keys[0], probe.signal);
  const isFound = head.kind === 'found';
  return {
    sha256: isFound && head.facts.sha256 === one.sha256,
    crc64nvme: isFound && head.facts.crc64nvme === one.crc64nvme,
    md5Etag: isFound && head.facts.etag === one.md5,
  };
}

async function losesIfPresent(probe: Probe): Promise<boolean> {
  return (await attempt(probe, two, { kind: 'absent' })).kind === 'lost';
}

/**
 * Checks both ways: the current etag must succeed (a store that always refuses is useless), a stale one must
 * fail.
 */
async function replacesByEtag(probe: Probe): Promise<boolean> {
  const { etag: stale } = await put(probe, one, { kind: 'none' });
  const right = await attempt(probe, two, { kind: 'etag', etag: stale });
  if (right.kind !== 'done') return false;
  return (await attempt(probe, one, { kind: 'etag', etag: stale })).kind === 'lost';
}

async function completesByCondition(probe: Probe): Promise<boolean> {
  const { etag: stale } = await put(probe, one, { kind: 'none' });
  const { etag } = await put(probe, two, { kind: 'none' });
  const whenPresent = await completeOnce(probe, { kind: 'absent' });
  if (whenPresent !== 'lost' || (await completeOnce(probe, { kind: 'etag', etag: stale })) !== 'lost')
    return false;
  return (await completeOnce(probe, { kind: 'etag', etag })) === 'done';
}

async function completeOnce(probe: Probe, condition: Condition): Promise<string> {
  const { multipart, signal } = probe;
  const [key] = probe.keys;
  const { partSum: sum } = probe;
  const about = { contentType: 'text/plain', metadata: {}, checksum: sum?.kind ?? 'none' } as const;
  const { uploadId } = await multipart.create(key, about, signal);
  try {
    const bytes = new TextEncoder().encode(two.text);
    const sent = await multipart.uploadPart(key, uploadId, { number: 1, bytes, sum }, signal);
    if (sent.kind !== 'done') return sent.kind;
    const beforeSend = () => Promise.resolve(true);
    return (await multipart.complete(key, uploadId, [sent.part], { condition, beforeSend }, signal)).kind;
  } finally {
    await quietly(() => multipart.abort(key, uploadId, signal));
  }
}

type Parts = {
  readonly sum: PartSum | null;
  readonly areMd5: boolean;
  /** The multipart object returned the CRC64NVME of all its bytes. */
  readonly keepsCrc64: boolean;
};

const noParts: Parts = { sum: null, areMd5: false, keepsCrc64: false };

/** First checksum kind that is verified rather than merely stored; none if parts are sent without one. */
async function probeParts(probe: Probe): Promise<Parts> {
  for (const sum of [...partSums, null]) {
    let found: Parts = noParts;
    const check = async (): Promise<boolean> => {
      if (sum !== null && !(await refusesWrongPart(probe, sum.kind))) return false;
      const made = await makeOfOnePart(probe, sum);
      if (made !== null) found = made;
      return made !== null;
    };
    if (await honoured(probe.signal, check)) return found;
  }
  return noParts;
}

async function makeOfOnePart(probe: Probe, sum: PartSum | null): Promise<Parts | null> {
  const { multipart, objects, signal } = probe;
  const [key] = probe.keys;
  const about = { contentType: 'text/plain', metadata: {}, checksum: sum?.kind ?? 'none' } as const;
  const { uploadId } = await multipart.create(key, about, signal);
  try {
    const bytes = new TextEncoder().encode(two.text);
    const sent = await multipart.uploadPart(key, uploadId, { number: 1, bytes, sum }, signal);
    if (sent.kind !== 'done') return null;
    const last = { condition: { kind: 'none' }, beforeSend: () => Promise.resolve(true) } as const;
    const done = await multipart.complete(key, uploadId, [sent.part], last, signal);
    if (done.kind !== 'done') return null;
    const head = await objects.head(key, signal);
    const keepsCrc64 = head.kind === 'found' && head.facts.crc64nvme === two.crc64nvme;
    return { sum, areMd5: sent.part.etag === two.md5, keepsCrc64 };
  } finally {
    await quietly(() => multipart.abort(key, uploadId, signal));
  }
}

async function refusesWrongPart(probe: Probe, kind: PartSum['kind']): Promise<boolean> {
  const { multipart, signal } = probe;
  const [key] = probe.keys;
  const about = { contentType: 'text/plain', metadata: {}, checksum: kind } as const;
  const { uploadId } = await multipart.create(key, about, signal);
  try {
    const sum = { kind, value: wrongPartSums[kind] };
    await multipart.uploadPart(
      key,
      uploadId,
      { number: 1, bytes: new TextEncoder().encode(two.text), sum },
      signal,
    );
    return false;
  } catch (error) {
    // A store that does not know the header may refuse it as well; the correct checksum tells which it is.
    if (isSyncError(error) && (error.code === 'content-mismatch' || error.code === 'remote-refused'))
      return true;
    throw error;
  } finally {
    await quietly(() => multipart.abort(key, uploadId, signal));
  }
}

async function copiesByCondition(probe: Probe): Promise<boolean> {
  const { etag: stale } = await put(probe, one, { kind: 'none' });
  const { etag } = await put(probe, two, { kind: 'none' });
  const [from, to] = probe.keys;
  const copy = async (source: Etag, condition: Condition) => {
    const rest = { metadata: {}, contentType: 'text/plain' };
    return (await probe.objects.copy(from, to, { source, condition, ...rest }, probe.signal)).kind;
  };
  if ((await copy(stale, { kind: 'absent' })) !== 'lost') return false;
  if ((await copy(etag, { kind: 'absent' })) !== 'done') return false;
  if ((await copy(etag, { kind: 'absent' })) !== 'lost') return false;
  // A move onto an existing name must replace one given version and no other.
  if ((await copy(etag, { kind: 'etag', etag: stale })) !== 'lost') return false;
  const head = await probe.objects.head(to, probe.signal);
  if (head.kind !== 'found') return false;
  return (await copy(etag, { kind: 'etag', etag: head.facts.etag })) === 'done';
}

async function refusesWrongSum(probe: Probe): Promise<boolean> {
  try {
    await attempt(probe, wrongSum, { kind: 'none' });
    return false;
  } catch (error) {
    if (isSyncError(error) && error.code === 'content-mismatch') return true;
    throw error;
  }
}

async function deletesByEtag(probe: Probe): Promise<boolean> {
  const { etag: stale } = await put(probe, one, { kind: 'none' });
  const { etag } = await put(probe, two, { kind: 'none' });
  const [key] = probe.keys;
  if ((await probe.objects.delete(key, { kind: 'etag', etag: stale }, probe.signal)).kind !== 'lost')
    return false;
  return (await probe.objects.delete(key, { kind: 'etag', etag }, probe.signal)).kind === 'done';
}

async function cleanUp(probe: Probe): Promise<void> {
  for (const key of probe.keys)
    await quietly(() => probe.objects.delete(key, { kind: 'none' }, probe.signal));
}

/** A leftover probe object is in our own folder and harmless. */
async function quietly(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch {
    // Nothing to do here: the probe's result stands, or its own error is already being thrown.
  }
}
