// What a pair's store honours: probed, remembered, and probed again when due. Part of compose.
import { systemClock, systemRandom } from '../adapters/system/clock.ts';
import type { EndpointAbilities, ObjectVersions } from '../ports/remote-objects.port.ts';
import type { PairStore, StateChange } from '../ports/sync-state.port.ts';
import { isProbeDue, settleDoubt, soonDueMs } from '../sync/bucket/ability-doubt.ts';
import { probeEndpoint } from '../sync/bucket/probe.ts';
import type { PairSettings } from '../sync/context.ts';
import { withRetryVersions } from '../sync/transfer/retry.ts';

export type Remote = Parameters<typeof probeEndpoint>[0];

/** A download-only pair changes nothing remotely, so nothing needs to be known of what writes honour. */
const readOnlyAbilities: EndpointAbilities = {
  putIfNoneMatch: false,
  putIfMatch: false,
  deleteIfMatch: false,
  completeIfNoneMatch: false,
  copyConditions: false,
  sha256: false,
  crc64nvme: false,
  md5Etag: false,
  partMd5: false,
  partChecksum: 'none',
  versioned: false,
};

async function versioningOf(versions: ObjectVersions, signal: AbortSignal): Promise<string> {
  return await withRetryVersions(versions, { clock: systemClock, random: systemRandom }).bucketVersioning(
    signal,
  );
}

type Probing = { readonly store: PairStore; readonly settings: PairSettings; readonly remote: Remote };

type Known = { readonly where: string; readonly atMs?: number; readonly abilities: EndpointAbilities };

function rememberedAbilities(store: PairStore): Known | null {
  const text = store.meta('abilities');
  return text === null ? null : (JSON.parse(text) as Known); // our own database wrote it
}

/** Read before anything is known, these fail: what was assumed instead would leave a condition out of a write. */
const unprovenAbilities = new Proxy({} as EndpointAbilities, {
  get: (_, name) => {
    throw new Error(`${String(name)}: the store was not probed yet`);
  },
});

/** What one pair knows of its store. A probe runs beside what needs none of it. */
export class KnownAbilities {
  readonly #probing: Probing;
  #abilities: EndpointAbilities | null;
  #cleaning: Promise<void> = Promise.resolve();
  #isCleaning = false;
  #names: ProbeNames | null = null;
  /** Resolves once the abilities are known; rejects if they cannot be learned. */
  readonly proof: Promise<void>;

  constructor(probing: Probing, signal: AbortSignal) {
    this.#probing = probing;
    this.#abilities = probing.settings.mode === 'download-only' ? readOnlyAbilities : null;
    this.proof = this.#abilities === null ? this.#learn(signal) : Promise.resolve();
    // Reported to all that wait for it, if any.
    this.proof.catch(() => undefined);
  }

  get now(): EndpointAbilities {
    return this.#abilities ?? unprovenAbilities;
  }

  /** Null before the proof. Objects fetched in a group are then held to every checksum in the answer, which can only refuse them. */
  get proven(): EndpointAbilities | null {
    return this.#abilities;
  }

  /** For requests that only read: nothing that an answer says of its bytes is trusted before the proof. */
  get ofAnswers(): EndpointAbilities {
    return this.#abilities ?? readOnlyAbilities;
  }

  async renew(signal: AbortSignal): Promise<void> {
    await this.proof;
    const { store, settings } = this.#probing;
    // What was learned a moment ago is not asked for again while its samples are removed.
    if (settings.mode === 'download-only' || this.#isCleaning) return;
    const atMs = rememberedAbilities(store)?.atMs ?? 0;
    if (isProbeDue({ store }, atMs, systemClock.nowMs())) await this.#learn(signal);
  }

  /** When nothing of a probe is under way; never rejects. */
  async settled(): Promise<void> {
    await Promise.allSettled([this.proof]);
    await this.#cleaning;
  }

  /**
   * Probed per endpoint, bucket, prefix and state of versioning, remembered, and probed again each day and when an answer
   * contradicts it.
   */
  async #learn(signal: AbortSignal): Promise<void> {
    // Two probes have the same keys while the first one's samples are removed.
    await this.#cleaning;
    const { store, settings, remote } = this.#probing;
    const { endpoint, bucket, prefix } = settings.binding;
    const known = rememberedAbilities(store);
    const nowMs = systemClock.nowMs();
    const isDue = known === null || isProbeDue({ store }, known.atMs ?? 0, nowMs);
    // Before the request: on a full disk this throws, and the rejection of a request that was sent would be handled nowhere.
    if (isDue) this.#names ??= probeNames(store);
    const versioning = versioningOf(remote.versions, signal);
    // What is honoured depends on versioning too: Ceph drops conditions where it is on.
    const whereOf = (state: string): string => JSON.stringify([endpoint, bucket, prefix, state]);
    if (!isDue && known.where === whereOf(await versioning)) {
      this.#abilities = known.abilities;
      return;
    }
    const { name, left } = (this.#names ??= probeNames(store));
    // By this one answer the client learns how far this clock is off, without which all of the probe would be refused.
    const how = { left, ready: versioning };
    const { abilities, isClean } = await probeEndpoint(remote, prefix, { hex: () => name }, signal, how);
    const where = whereOf(await versioning);
    // Due at the next start, which finds this only where the process ended during the removal.
    remember(store, { where, atMs: 0, abilities });
    settleDoubt({ store });
    this.#abilities = abilities;
    const noteEnd = (is: boolean): void => {
      if (is)
        remember(store, { where, atMs: nowMs, abilities }, { kind: 'meta', key: 'probeName', value: null });
      else remember(store, { where, atMs: soonDueMs(nowMs), abilities });
      if (is) this.#names = null;
    };
    this.#isCleaning = true;
    // Not noted, the next start probes again and removes what this one left.
    this.#cleaning = isClean
      .then(noteEnd)
      .catch(() => undefined)
      .finally(() => {
        this.#isCleaning = false;
      });
  }
}

function remember(store: PairStore, known: Known, ...more: readonly StateChange[]): void {
  store.record([{ kind: 'meta', key: 'abilities', value: JSON.stringify(known) }, ...more]);
}

/** Nothing is written before it is known which conditions the store honours. */
export function writesAfter(proof: Promise<void>, { objects, multipart, versions }: Remote): Remote {
  return {
    versions,
    objects: {
      ...objects,
      put: (...given) => proof.then(() => objects.put(...given)),
      delete: (...given) => proof.then(() => objects.delete(...given)),
      copy: (...given) => proof.then(() => objects.copy(...given)),
    },
    multipart: {
      ...multipart,
      create: (...given) => proof.then(() => multipart.create(...given)),
      uploadPart: (...given) => proof.then(() => multipart.uploadPart(...given)),
      copyPart: (...given) => proof.then(() => multipart.copyPart(...given)),
      complete: (...given) => proof.then(() => multipart.complete(...given)),
      abort: (...given) => proof.then(() => multipart.abort(...given)),
    },
  };
}

type ProbeNames = { readonly name: string; readonly left: readonly string[] };

/** More were left by as many kills in a row; what the oldest of them left stays. */
const mostNames = 8;

/**
 * A name of its own for each process: requests of one that was killed may still reach the store, and would falsify what is found under
 * the same keys. What it left is removed by the names that were noted.
 */
function probeNames(store: PairStore): ProbeNames {
  const left = (store.meta('probeName') ?? '').split(' ').filter((known) => known !== '');
  const name = systemRandom.hex(8);
  store.record([{ kind: 'meta', key: 'probeName', value: [...left, name].slice(-mostNames).join(' ') }]);
  return { name, left };
}
