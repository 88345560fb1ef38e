// Constants of a build: where its release manifest is, and which keys may sign it.
import { parsePublicKey } from './envelope.ts';

export type ReleaseChannel = {
  /** https address of the manifest; null: nothing is asked. */
  readonly manifestUrl: string | null;
  /** Trusted public keys, base64 of 32 bytes each: the current one, and during a rotation the next one as well. */
  readonly publicKeys: readonly string[];
};

export const noChannel: ReleaseChannel = { manifestUrl: null, publicKeys: [] };

/** Put in place of this name by the bundler (`build/release-channel.ts`); in a checkout the name does not exist. */
declare const DRIFTLESS_RELEASE_CHANNEL: ReleaseChannel;

/** Of a build its constants. A checkout has none, but tests give it one in the environment. */
export function releaseChannel(env: Readonly<Record<string, string | undefined>>): ReleaseChannel {
  if (typeof DRIFTLESS_RELEASE_CHANNEL !== 'undefined') return DRIFTLESS_RELEASE_CHANNEL;
  return parseChannel(env) ?? noChannel;
}

/** From `DRIFTLESS_RELEASE_MANIFEST` and `DRIFTLESS_RELEASE_KEYS` (separated by commas). Null where one is missing or wrong. */
export function parseChannel(env: Readonly<Record<string, string | undefined>>): ReleaseChannel | null {
  const manifestUrl = env['DRIFTLESS_RELEASE_MANIFEST'] ?? '';
  const publicKeys = (env['DRIFTLESS_RELEASE_KEYS'] ?? '').split(',').filter((text) => text !== '');
  if (URL.parse(manifestUrl)?.protocol !== 'https:' || publicKeys.length === 0) return null;
  return publicKeys.every((text) => parsePublicKey(text) !== null) ? { manifestUrl, publicKeys } : null;
}
