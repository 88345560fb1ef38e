// The provider's part of a sign-out: revoking refresh tokens (RFC 7009), again at the next start if need be, and ending the session.
import * as oidc from 'openid-client';
import { z } from 'zod';
import type { AccountConfig } from '../../core/config/config.ts';
import { SyncError } from '../../core/model/errors.ts';
import type { SignOutOutcome } from '../../ports/identity.port.ts';
import type { Log } from '../../ports/log.port.ts';
import type { Secrets } from '../../ports/secrets.port.ts';
import { mapOidcError } from './errors.ts';
import { parseJson } from './session-store.ts';

export type SignOutParts = {
  readonly account: AccountConfig;
  readonly secrets: Secrets;
  readonly log: Log;
  readonly onSecret?: (value: string) => void;
  readonly connect: (signal: AbortSignal) => Promise<oidc.Configuration>;
};

export type SignOutRequest = {
  /** The refresh tokens to revoke; they are stored nowhere any more. */
  readonly tokens: readonly string[];
  readonly openUrl: ((url: URL) => Promise<void>) | null;
};

const timeoutMs = 5_000;
/** More would only be kept by a provider that never answers. */
const mostLeftOvers = 8;

const leftOverSchema = z.strictObject({
  version: z.literal(1),
  issuer: z.string(),
  clientId: z.string(),
  tokens: z.array(z.string()).max(mostLeftOvers),
});

/** Never throws for a provider that does not answer: what it could not be told is kept, and told at the next start. */
export async function endAtProvider(
  parts: SignOutParts,
  { tokens, openUrl }: SignOutRequest,
  signal: AbortSignal,
): Promise<SignOutOutcome> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  const { signal: never } = new AbortController();
  const all = [...tokens, ...(await earlierOnes(parts))];
  // Before the provider is asked: neither an end of the process nor of the caller's patience may lose them.
  if (tokens.length > 0) await keepLeftOvers(parts, all, never);
  let config: oidc.Configuration;
  try {
    config = await parts.connect(limited);
  } catch (error) {
    parts.log.warn('sign-out could not reach the provider', { error: errorText(error) });
    return { revoked: all.length === 0 ? 'nothing-to-revoke' : 'failed', endSession: 'failed' };
  }
  return {
    revoked: await revokeAll(parts, config, all),
    endSession: await endSession(parts, config, openUrl),
  };
}

/** A keychain that fails or does not answer must not keep the tokens of now from being revoked. */
async function earlierOnes(parts: SignOutParts): Promise<readonly string[]> {
  try {
    return await readLeftOvers(parts, AbortSignal.timeout(timeoutMs));
  } catch (error) {
    parts.log.warn('what is still to be revoked could not be read', { error: errorText(error) });
    return [];
  }
}

/** What an earlier sign-out could not tell the provider. Never throws; what fails again waits for the next start. */
export async function revokeLeftOvers(parts: SignOutParts, signal: AbortSignal): Promise<void> {
  try {
    const tokens = await readLeftOvers(parts, signal);
    if (tokens.length === 0) return;
    await revokeAll(parts, await parts.connect(signal), tokens);
  } catch (error) {
    if (!signal.aborted) parts.log.warn('an ended sign-in could not be revoked', { error: errorText(error) });
  }
}

/** A token that no store holds: kept as one of an earlier sign-out, and revoked at once if the provider answers. Never throws. */
export async function revokeSoon(parts: SignOutParts, token: string): Promise<void> {
  const { signal } = new AbortController();
  try {
    await keepLeftOvers(parts, [token, ...(await readLeftOvers(parts, signal))], signal);
  } catch (error) {
    parts.log.warn('what is to be revoked could not be stored', { error: errorText(error) });
  }
  await revokeLeftOvers(parts, AbortSignal.timeout(timeoutMs));
}

async function revokeAll(
  parts: SignOutParts,
  config: oidc.Configuration,
  tokens: readonly string[],
): Promise<SignOutOutcome['revoked']> {
  if (config.serverMetadata().revocation_endpoint === undefined) {
    await dropLeftOvers(parts, { settled: tokens, failed: [] });
    return tokens.length === 0 ? 'nothing-to-revoke' : 'not-offered';
  }
  const failed: string[] = [];
  for (const token of tokens) if (!(await isRevoked(parts, config, token))) failed.push(token);
  await dropLeftOvers(parts, { settled: tokens.filter((token) => !failed.includes(token)), failed });
  if (tokens.length === 0) return 'nothing-to-revoke';
  return failed.length === 0 ? 'revoked' : 'failed';
}

async function isRevoked(parts: SignOutParts, config: oidc.Configuration, token: string): Promise<boolean> {
  try {
    await oidc.tokenRevocation(config, token, { token_type_hint: 'refresh_token' });
    return true;
  } catch (error) {
    parts.log.warn('the provider did not revoke the refresh token', {
      error: errorText(mapOidcError(error, 'issuer-invalid', 'revocation failed')),
    });
    return false;
  }
}

/** Without `id_token_hint`: it would put a token that STS still accepts into the browser's history. */
async function endSession(
  parts: SignOutParts,
  config: oidc.Configuration,
  openUrl: SignOutRequest['openUrl'],
): Promise<SignOutOutcome['endSession']> {
  if (openUrl === null || config.serverMetadata().end_session_endpoint === undefined) return 'not-offered';
  try {
    await openUrl(oidc.buildEndSessionUrl(config));
    return 'opened';
  } catch (error) {
    parts.log.warn('the end-session page could not be opened', { error: errorText(error) });
    return 'failed';
  }
}

/** Only these: another sign-out, or another process, may have added to the list while the provider was asked. */
async function dropLeftOvers(
  parts: SignOutParts,
  { settled, failed }: Readonly<Record<'settled' | 'failed', readonly string[]>>,
): Promise<void> {
  const { signal } = new AbortController();
  const now = await earlierOnes(parts);
  const left = [...new Set([...failed, ...now])].filter((token) => !settled.includes(token));
  await keepLeftOvers(parts, left, signal);
}

function keyOf(account: AccountConfig): string {
  return `oidc-revoke.${account.id}`;
}

/** Only for the provider and client that they were given by, as with a stored session (security rule 1). */
async function readLeftOvers(parts: SignOutParts, signal: AbortSignal): Promise<readonly string[]> {
  const { account, secrets, onSecret } = parts;
  const text = await secrets.read(keyOf(account), signal);
  if (text === null) return [];
  const parsed = leftOverSchema.safeParse(parseJson(text));
  if (!parsed.success || parsed.data.issuer !== account.issuer || parsed.data.clientId !== account.clientId)
    return [];
  for (const token of parsed.data.tokens) onSecret?.(token);
  return parsed.data.tokens;
}

/** A store that cannot be written to costs the second try, not the sign-out. */
async function keepLeftOvers(
  { account, secrets, log }: SignOutParts,
  tokens: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const { issuer, clientId } = account;
  try {
    if (tokens.length === 0) await secrets.remove(keyOf(account), signal);
    else {
      const kept = { version: 1, issuer, clientId, tokens: tokens.slice(0, mostLeftOvers) };
      await secrets.write(keyOf(account), JSON.stringify(kept), signal);
    }
  } catch (error) {
    log.warn('what is to be revoked could not be stored', { error: errorText(error) });
  }
}

function errorText(error: unknown): string {
  return error instanceof SyncError ? error.code : 'unexpected';
}
