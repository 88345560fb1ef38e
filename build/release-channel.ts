// Release channel of a build, from the releaser's environment, as a constant for the bundler.
import { noChannel, parseChannel } from '../main/adapters/updates/channel.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const names = ['DRIFTLESS_RELEASE_MANIFEST', 'DRIFTLESS_RELEASE_KEYS'] as const;

/** Vite's `define` for what `main/adapters/updates/channel.ts` declares. Throws for one variable without the other, or a wrong one. */
export function releaseDefine(env: Environment): Readonly<Record<string, string>> {
  const isAbsent = names.every((name) => (env[name] ?? '') === '');
  const channel = isAbsent ? noChannel : parseChannel(env);
  if (channel === null)
    throw new Error(
      `${names.join(' and ')}: an https address, and base64 of 32 bytes for each Ed25519 public key, separated by commas`,
    );
  return { DRIFTLESS_RELEASE_CHANNEL: JSON.stringify(channel) };
}
