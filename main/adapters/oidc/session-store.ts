// Store of the refresh token, bound to its provider and client.
import { z } from 'zod';
import type { AccountConfig } from '../../core/config/config.ts';
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

export async function removeSession(
  secrets: Secrets,
  account: AccountConfig,
  signal: AbortSignal,
): Promise<void> {
  await secrets.remove(secretKey(account), signal);
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A damaged record is the same as none: the user signs in again.
    return null;
  }
}
