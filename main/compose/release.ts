// Composition of the release check: channel of the build, settings, policy and network.
import { acceptedRelease, checkRelease } from '../adapters/updates/check.ts';
import { noChannel, releaseChannel } from '../adapters/updates/channel.ts';
import { makeFetch } from '../adapters/http/fetch.ts';
import { systemClock } from '../adapters/system/clock.ts';
import type { ManagedPolicy } from '../core/access/profile.ts';
import type { AppConfig } from '../core/config/config.ts';
import type { ProxyResolver } from '../core/net/proxy.ts';
import type { ReleaseFacts, ReleaseStatus } from '../core/updates/release.ts';
import type { Log } from '../ports/log.port.ts';

type Options = {
  readonly home: string;
  readonly version: string;
  readonly env: Readonly<Record<string, string | undefined>>;
};

type Parts = {
  readonly config: AppConfig;
  readonly managed: ManagedPolicy;
  readonly proxyFor: ProxyResolver | null;
  readonly log: Log;
};

type ReleaseQuestions = {
  readonly check: (signal: AbortSignal) => Promise<ReleaseStatus>;
  /** The last accepted manifest; null where there is none or updates are switched off. */
  readonly accepted: () => Promise<ReleaseFacts | null>;
};

/** The keys are the build's in every case: the settings may name another address, not another signer. */
export function composeReleaseCheck(
  { home, version, env }: Options,
  { config, managed, proxyFor, log }: Parts,
): ReleaseQuestions {
  const built = releaseChannel(env);
  const channel = built.publicKeys.length === 0 ? noChannel : built;
  const { updates } = config;
  const parts = {
    home,
    channel: { ...channel, manifestUrl: updates?.manifestUrl ?? channel.manifestUrl },
    isSwitchedOff: updates?.check === false || managed.disabled.includes('updates'),
    fetch: makeFetch({ extraCa: () => [], proxyFor }),
    clock: systemClock,
    log,
  };
  return {
    check: (signal) => checkRelease(parts, version, signal),
    accepted: () => acceptedRelease(parts),
  };
}
