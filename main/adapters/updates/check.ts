// Daily look at the release manifest; it reads, and installs nothing.
import { judgeRelease, releaseStatus } from '../../core/updates/release.ts';
import type { ReleaseFacts, ReleaseRefusal, ReleaseStatus } from '../../core/updates/release.ts';
import type { Clock } from '../../ports/clock.port.ts';
import type { Log } from '../../ports/log.port.ts';
import { readCapped } from '../http/bounded-fetch.ts';
import type { FetchLike } from '../http/bounded-fetch.ts';
import { checkUrl } from '../../core/net/url.ts';
import type { ReleaseChannel } from './channel.ts';
import { longestManifestBytes, openEnvelope } from './envelope.ts';
import { readReleaseMemory, writeReleaseMemory } from './memory.ts';

export type ReleaseCheckParts = {
  readonly home: string;
  readonly channel: ReleaseChannel;
  /** By the settings or by the machine's administrator. */
  readonly isSwitchedOff: boolean;
  readonly fetch: FetchLike;
  readonly clock: Clock;
  readonly log: Log;
};

type Failure = 'unreachable' | ReleaseRefusal;

const dayMs = 86_400_000;
const longestWaitMs = 30_000;

/** Asks at most once a day, whatever the answer was. Never throws: an update that cannot be looked for is no error. */
export async function checkRelease(
  parts: ReleaseCheckParts,
  ownVersion: string,
  signal: AbortSignal,
): Promise<ReleaseStatus> {
  const { channel, home, clock, log } = parts;
  if (parts.isSwitchedOff) return { kind: 'off', why: 'switched-off' };
  if (channel.manifestUrl === null || channel.publicKeys.length === 0)
    return { kind: 'off', why: 'no-address' };
  const memory = await readReleaseMemory(home);
  const manifest = memory?.manifest ?? null;
  const known = manifest === null ? null : factsOf(manifest, channel);
  const nowMs = clock.nowMs();
  const askedAgoMs = memory === null ? Infinity : nowMs - memory.askedAtMs;
  // A clock that was set back must not silence the check for years.
  if (askedAgoMs >= 0 && askedAgoMs < dayMs) return releaseStatus(ownVersion, known, null, nowMs);
  // First, so that an answer which ends this process is not asked for again at once.
  await remember(parts, nowMs, manifest);
  const fetched = await fetchManifest(channel.manifestUrl, parts.fetch, signal);
  const judged = fetched === null ? 'unreachable' : judge(fetched, known, { channel, nowMs });
  if (typeof judged === 'string') {
    log.info('no valid release manifest', { why: judged });
    return releaseStatus(ownVersion, known, judged, nowMs);
  }
  await remember(parts, nowMs, fetched);
  return releaseStatus(ownVersion, judged, null, nowMs);
}

/** The last accepted manifest, verified again; null where there is none or updates are off. */
export async function acceptedRelease(
  parts: Pick<ReleaseCheckParts, 'home' | 'channel' | 'isSwitchedOff'>,
): Promise<ReleaseFacts | null> {
  if (parts.isSwitchedOff) return null;
  const manifest = (await readReleaseMemory(parts.home))?.manifest ?? null;
  return manifest === null ? null : factsOf(manifest, parts.channel);
}

function factsOf(manifest: string, channel: ReleaseChannel): ReleaseFacts | null {
  const opened = openEnvelope(manifest, channel.publicKeys);
  return typeof opened === 'string' ? null : opened;
}

function judge(
  manifest: string,
  known: ReleaseFacts | null,
  { channel, nowMs }: { readonly channel: ReleaseChannel; readonly nowMs: number },
): ReleaseFacts | Failure {
  const opened = openEnvelope(manifest, channel.publicKeys);
  if (typeof opened === 'string') return opened;
  return judgeRelease(opened, known, nowMs) ?? opened;
}

class TooLong extends Error {}

/** Null for whatever is not a plain answer within size and time; redirects are not followed. */
async function fetchManifest(url: string, fetch: FetchLike, signal: AbortSignal): Promise<string | null> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(longestWaitMs)]);
  try {
    checkUrl(url, 'the address of the release manifest', { development: false });
    const response = await fetch(url, { method: 'GET', redirect: 'manual', signal: limited });
    if (response.status !== 200) {
      await response.body?.cancel();
      return null;
    }
    return new TextDecoder().decode(await readCapped(response, longestManifestBytes, () => new TooLong()));
  } catch (error) {
    // An answer over the cap did arrive: it is no manifest.
    return error instanceof TooLong ? '' : null;
  }
}

async function remember({ home, log }: ReleaseCheckParts, askedAtMs: number, manifest: string | null) {
  try {
    await writeReleaseMemory(home, { askedAtMs, manifest });
  } catch (error) {
    log.warn('the release check could not be remembered', { cause: String(error) });
  }
}
