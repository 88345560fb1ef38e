// What a pair's store honours: probed, remembered, and probed again when due. Part of compose.
import { systemClock, systemRandom } from '../adapters/system/clock.ts';
import type { EndpointAbilities, ObjectVersions } from '../ports/remote-objects.port.ts';
import type { PairStore } from '../ports/sync-state.port.ts';
import { isProbeDue, settleDoubt, soonDueMs } from '../sync/bucket/ability-doubt.ts';
import { probeEndpoint } from '../sync/bucket/probe.ts';
import type { PairSettings } from '../sync/context.ts';
import { withRetryVersions } from '../sync/transfer/retry.ts';

export type Remote = Parameters<typeof probeEndpoint>[0];

/** A download-only pair changes nothing remotely, so nothing needs to be known of what writes honour. */
export const readOnlyAbilities: EndpointAbilities = {
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

export function rememberedAbilities(store: PairStore): Known | null {
  const text = store.meta('abilities');
  return text === null ? null : (JSON.parse(text) as Known); // our own database wrote it
}

/**
 * Probed per endpoint, bucket, prefix and state of versioning, remembered, and probed again each day and when an answer
 * contradicts it.
 */
export async function knownAbilities(
  { store, settings, remote }: Probing,
  onProbe: () => void,
  signal: AbortSignal,
): Promise<EndpointAbilities> {
  if (settings.mode === 'download-only') return readOnlyAbilities;
  const { endpoint, bucket, prefix } = settings.binding;
  // What is honoured depends on versioning too: Ceph drops conditions where it is on.
  const where = JSON.stringify([endpoint, bucket, prefix, await versioningOf(remote.versions, signal)]);
  const known = rememberedAbilities(store);
  const nowMs = systemClock.nowMs();
  if (known?.where === where && !isProbeDue({ store }, known.atMs ?? 0, nowMs)) return known.abilities;
  onProbe();
  const name = probeName(store);
  const { abilities, isClean } = await probeEndpoint(remote, prefix, { hex: () => name }, signal);
  const value: Known = { where, atMs: isClean ? nowMs : soonDueMs(nowMs), abilities };
  store.record([
    { kind: 'meta', key: 'abilities', value: JSON.stringify(value) },
    ...(isClean ? [{ kind: 'meta', key: 'probeName', value: null } as const] : []),
  ]);
  settleDoubt({ store });
  return abilities;
}

/** The same one again after a crash or a failed removal, so that what was left in the bucket is used up and removed. */
function probeName(store: PairStore): string {
  const known = store.meta('probeName');
  if (known !== null) return known;
  const name = systemRandom.hex(8);
  store.record([{ kind: 'meta', key: 'probeName', value: name }]);
  return name;
}
