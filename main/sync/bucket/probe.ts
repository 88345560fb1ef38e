// Endpoint probe: real small requests below `.driftless/probe/`, removed afterwards.
// Abilities differ between stores, and even between buckets of one store: Ceph honours PUT conditions only in
// unversioned buckets. What was refused, denied or not implemented counts as not honoured; C17 then keeps
// data safe without it. The checks run side by side: one after another their forty answers are most of a first
// sync with a distant store.
import { isSyncError } from '../../core/model/errors.ts';
import type { Etag } from '../../core/model/model.ts';
import type { Random } from '../../ports/clock.port.ts';
import type {
  Condition,
  EndpointAbilities,
  MultipartObjects,
  ObjectVersions,
  RemoteObjects,
} from '../../ports/remote-objects.port.ts';
import { Probe, allOf, attempt, honoured, one, put, putTwice, two, wrongSum } from './probe-kit.ts';
import type { Spot } from './probe-kit.ts';
import { probeParts } from './probe-parts.ts';

/** A dozen removals at a bad moment: a lost answer to one must not leave an object behind. */
const removalTries = 6;

type Probed = {
  readonly abilities: EndpointAbilities;
  /**
   * The samples are removed beside what follows, with those of the names in `left`; never rejects. False where one may have stayed in the
   * bucket.
   */
  readonly isClean: Promise<boolean>;
};

type ProbeHow = { readonly left?: readonly string[]; readonly ready?: Promise<unknown> };

/**
 * Call before the adapter knows the abilities: a condition known not to be honoured is not sent. Rejects where the store
 * cannot be reached.
 * @param prefix the pair's prefix, ending in `/`, or empty
 * @param left what `random.hex` gave to earlier probes that did not remove their samples
 * @param ready resolves once the clock offset is known. The first write does not wait for it, and is repeated after it if refused
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
  { left = [], ready = Promise.resolve() }: ProbeHow = {},
): Promise<Probed> {
  const { objects, multipart, versions } = endpoint;
  const nameOf = (random8: string): string => `${prefix}.driftless/probe/${random8}`;
  const name = nameOf(random.hex(8));
  const probe = new Probe({ objects, multipart, name, signal });
  let abilities: EndpointAbilities;
  try {
    abilities = await findAbilities(probe, versions, ready);
  } catch (error) {
    await probe.cleanUp(1);
    throw error;
  }
  return { abilities, isClean: probe.cleanUp(removalTries, left.map(nameOf)) };
}

async function findAbilities(
  probe: Probe,
  versions: ObjectVersions,
  ready: Promise<unknown>,
): Promise<EndpointAbilities> {
  const spot = probe.spot();
  const [early] = await allOf([put(spot, one).catch(() => null), ready]);
  const { versionId } = early ?? (await put(spot, one));
  // One write comes first: what is denied or out of reach altogether ends here.
  const isVersioned = async (): Promise<boolean> =>
    versionId !== null && (await versions.bucketVersioning(probe.signal)) !== 'suspended';
  const [info, checks, parts, versioned] = await allOf([
    probeFacts(spot),
    probeObjects(probe, spot),
    probeParts(probe),
    isVersioned(),
  ]);
  return {
    ...checks,
    ...parts,
    sha256: info.sha256 && checks.sha256,
    crc64nvme: info.crc64nvme || parts.crc64nvme,
    md5Etag: info.md5Etag,
    versioned,
  };
}

type ObjectChecks = Pick<
  EndpointAbilities,
  'putIfNoneMatch' | 'putIfMatch' | 'copyConditions' | 'sha256' | 'deleteIfMatch'
>;

/** @param present the object is there */
async function probeObjects(probe: Probe, present: Spot): Promise<ObjectChecks> {
  const { signal } = probe;
  const [putIfNoneMatch, putIfMatch, copyConditions, sha256, deleteIfMatch] = await allOf([
    honoured(signal, () => losesIfPresent(present)),
    honoured(signal, () => replacesByEtag(probe.spot())),
    honoured(signal, () => copiesByCondition([probe.spot(), probe.spot(), probe.spot(), probe.spot()])),
    honoured(signal, () => refusesWrongSum(probe.spot())),
    honoured(signal, () => deletesByEtag(probe.spot())),
  ]);
  return { putIfNoneMatch, putIfMatch, copyConditions, sha256, deleteIfMatch };
}

async function probeFacts(spot: Spot) {
  const head = await spot.objects.head(spot.key, spot.signal);
  const isFound = head.kind === 'found';
  return {
    sha256: isFound && head.info.sha256 === one.sha256,
    crc64nvme: isFound && head.info.crc64nvme === one.crc64nvme,
    md5Etag: isFound && head.info.etag === one.md5,
  };
}

/** Writes the same bytes again, because the facts are read meanwhile. */
async function losesIfPresent(spot: Spot): Promise<boolean> {
  return (await attempt(spot, one, { kind: 'absent' })).kind === 'lost';
}

/**
 * Checks both ways: the current etag must succeed (a store that always refuses is useless), a stale one must
 * fail.
 */
async function replacesByEtag(spot: Spot): Promise<boolean> {
  const { etag: stale } = await put(spot, one);
  const right = await attempt(spot, two, { kind: 'etag', etag: stale });
  if (right.kind !== 'done') return false;
  return (await attempt(spot, one, { kind: 'etag', etag: stale })).kind === 'lost';
}

type CopySpots = readonly [from: Spot, fresh: Spot, present: Spot, changed: Spot];

/** @param spots of the source, of an object that is only to be made, and of two that are replaced or not */
async function copiesByCondition([from, fresh, present, changed]: CopySpots): Promise<boolean> {
  const [source, target] = await allOf([putTwice(from), putTwice(changed), put(present, one)]);
  const copy = async (to: Spot, etag: Etag, condition: Condition): Promise<string> => {
    const rest = { metadata: {}, contentType: 'text/plain' };
    return (await from.objects.copy(from.key, to.key, { source: etag, condition, ...rest }, from.signal))
      .kind;
  };
  const makes = async (): Promise<readonly string[]> => [
    await copy(fresh, source.stale, { kind: 'absent' }),
    await copy(fresh, source.etag, { kind: 'absent' }),
  ];
  // A move onto an existing name must replace one given version and no other.
  const replaces = async (): Promise<readonly string[]> => [
    await copy(changed, source.etag, { kind: 'etag', etag: target.stale }),
    await copy(changed, source.etag, { kind: 'etag', etag: target.etag }),
  ];
  const kinds = await allOf([makes(), replaces(), copy(present, source.etag, { kind: 'absent' })]);
  return kinds.flat().join() === 'lost,done,lost,done,lost';
}

async function refusesWrongSum(spot: Spot): Promise<boolean> {
  try {
    await attempt(spot, wrongSum, { kind: 'none' });
    return false;
  } catch (error) {
    if (isSyncError(error) && error.code === 'content-mismatch') return true;
    throw error;
  }
}

async function deletesByEtag(spot: Spot): Promise<boolean> {
  const { stale, etag } = await putTwice(spot);
  const { objects, key, signal } = spot;
  if ((await objects.delete(key, { kind: 'etag', etag: stale }, signal)).kind !== 'lost') return false;
  return (await objects.delete(key, { kind: 'etag', etag }, signal)).kind === 'done';
}
