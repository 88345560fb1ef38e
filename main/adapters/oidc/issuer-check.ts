// Looks at an issuer's published metadata without signing in: reachable, consistent, with what algorithms, and by what clock.
import { z } from 'zod';
import { isSyncError } from '../../core/model/errors.ts';
import type { Clock } from '../../ports/clock.port.ts';
import { providerFetch } from '../http/bounded-fetch.ts';
import type { FetchLike } from '../http/bounded-fetch.ts';

const metadataSchema = z.object({
  issuer: z.string(),
  authorization_endpoint: z.string().optional(),
  device_authorization_endpoint: z.string().optional(),
  id_token_signing_alg_values_supported: z.array(z.string()).default(['RS256']),
});

export type IssuerLook =
  | {
      readonly kind: 'seen';
      readonly issuer: string;
      readonly algorithms: readonly string[];
      readonly hasDeviceFlow: boolean;
      readonly clockOffsetMs: number | null;
    }
  | { readonly kind: 'unreachable'; readonly message: string }
  | { readonly kind: 'not-a-provider'; readonly message: string };

export async function probeIssuer(
  account: { readonly issuer: string; readonly development: boolean },
  deps: { readonly fetch: FetchLike; readonly clock: Clock },
  signal: AbortSignal,
): Promise<IssuerLook> {
  let clockOffsetMs: number | null = null;
  const get = providerFetch({
    ...deps,
    development: account.development,
    signal,
    onClockOffset: (offsetMs) => {
      clockOffsetMs = offsetMs;
    },
  });
  const url = `${account.issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  try {
    const response = await get(url, { headers: { accept: 'application/json' } });
    if (response.status !== 200)
      return {
        kind: 'not-a-provider',
        message: `it answers ${String(response.status)} where its metadata should be`,
      };
    const parsed = metadataSchema.safeParse(await response.json().catch(() => null));
    if (!parsed.success)
      return { kind: 'not-a-provider', message: 'its metadata is not an OpenID provider’s' };
    return {
      kind: 'seen',
      issuer: parsed.data.issuer,
      algorithms: parsed.data.id_token_signing_alg_values_supported,
      hasDeviceFlow: parsed.data.device_authorization_endpoint !== undefined,
      clockOffsetMs,
    };
  } catch (error) {
    signal.throwIfAborted();
    if (isSyncError(error)) return { kind: 'unreachable', message: error.message };
    throw error;
  }
}
