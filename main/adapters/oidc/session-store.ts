// Store of the refresh token, bound to its provider and client.
import { z } from 'zod';
import type { AccountConfig } from '../../core/config/config.ts';
import { isSyncError } from '../../core/model/errors.ts';
import type { SignInReason } from '../../ports/identity.port.ts';
import type { Log } from '../../ports/log.port.ts';
import type { Secrets } from '../../ports/secrets.port.ts';
import { proofKeySchema } from './proof-key.ts';

const sessionSchema = z.strictObject({
  version: z.literal(1),
  issuer: z.string(),
  clientId: z.string(),
  subject: z.string(),
  displayName: z.string().nullable(),
  refreshToken: z.string().nullable(),
  /** Key that the refresh token is bound to; null (or missing, before 0.2) for one that is not. */
  proofKey: proofKeySchema.nullable().default(null),
  /** Why the refresh token is no longer tried; kept so that a restart does not try again either. */
  spent: z.enum(['refresh-rejected', 'refresh-without-id-token']).nullable(),
});

export type OidcSession = Readonly<z.infer<typeof sessionSchema>>;

function secretKey(account: AccountConfig): string {
  return `oidc-session.${account.id}`;
}

/**
 * `null` when nothing is stored, when it cannot be read as ours, or when it belongs to another issuer or client: a stored session is never
 * sent to a provider it was not given by, whatever the configuration says now (S1).
 */
export async function readSession(
  secrets: Secrets,
  account: AccountConfig,
  signal: AbortSignal,
): Promise<OidcSession | null> {
  const text = await secrets.read(secretKey(account), signal);
  if (text === null) return null;
  const parsed = sessionSchema.safeParse(parseJson(text));
  if (!parsed.success) return null;
  return parsed.data.issuer === account.issuer && parsed.data.clientId === account.clientId
    ? parsed.data
    : null;
}

export async function writeSession(
  secrets: Secrets,
  account: AccountConfig,
  session: Omit<OidcSession, 'version' | 'issuer' | 'clientId'>,
  signal: AbortSignal,
): Promise<void> {
  const stored: OidcSession = { ...session, version: 1, issuer: account.issuer, clientId: account.clientId };
  await secrets.write(secretKey(account), JSON.stringify(stored), signal);
}

/** Null where it can be refreshed without the user. */
export function reasonToAsk(session: OidcSession | null): SignInReason | null {
  if (session === null) return 'signed-out';
  if (session.spent !== null) return session.spent;
  return session.refreshToken === null ? 'no-refresh-token' : null;
}

export type TakenTokens = {
  readonly tokens: readonly string[];
  /** False: there may be another one, in a store that could not be read. */
  readonly isWhole: boolean;
  /** Of the first store that could not be emptied. */
  readonly failure: { readonly error: unknown } | null;
};

/**
 * Empties every store of a home: desktop and command line have one each, and a sign-out ends both. A store that fails keeps neither the
 * others from being emptied nor what they held from being answered. One that cannot be read, such as a file that all users may read, is
 * emptied unread.
 */
export async function takeSessions(
  stores: readonly Secrets[],
  account: AccountConfig,
  log: Log,
  signal: AbortSignal,
): Promise<TakenTokens> {
  const tokens: string[] = [];
  let isWhole = true;
  let failure: TakenTokens['failure'] = null;
  for (const secrets of stores) {
    try {
      const token = (await readSession(secrets, account, signal))?.refreshToken ?? null;
      if (token !== null) tokens.push(token);
    } catch (error) {
      isWhole = false;
      const code = isSyncError(error) ? error.code : 'unexpected';
      log.warn('a stored sign-in was removed unread', { code });
    }
    try {
      await secrets.remove(secretKey(account), signal);
    } catch (error) {
      failure ??= { error };
    }
  }
  return { tokens, isWhole, failure };
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A damaged record is the same as none: the user signs in again.
    return null;
  }
}
