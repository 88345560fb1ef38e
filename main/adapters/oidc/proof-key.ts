// DPoP key (RFC 9449) that a refresh token is bound to, where the provider can.
import * as oidc from 'openid-client';
import { z } from 'zod';

/** P-256 private key as a JWK; stored with the session whose refresh token it goes with. */
export const proofKeySchema = z.strictObject({
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  x: z.string().max(64),
  y: z.string().max(64),
  d: z.string().max(64),
});

export type ProofKey = Readonly<z.infer<typeof proofKeySchema>>;

/** The one algorithm that every provider with DPoP has to know in practice, and that ours makes. */
const algorithm = 'ES256';
const curve = { name: 'ECDSA', namedCurve: 'P-256' } as const;

/** A new key if the provider's metadata offers DPoP; null leaves everything as without DPoP. */
export async function makeProofKey(metadata: oidc.ServerMetadata): Promise<ProofKey | null> {
  const offered: unknown = metadata.dpop_signing_alg_values_supported;
  if (!Array.isArray(offered) || !offered.includes(algorithm)) return null;
  const pair = await oidc.randomDPoPKeyPair(algorithm, { extractable: true });
  const { kty, crv, x, y, d } = await crypto.subtle.exportKey('jwk', pair.privateKey);
  return proofKeySchema.parse({ kty, crv, x, y, d });
}

/** Signs one proof per token request, with the nonces that the provider asks for. */
export async function openProofKey(
  config: oidc.Configuration,
  key: ProofKey | null,
): Promise<oidc.DPoPHandle | undefined> {
  if (key === null) return undefined;
  const { d: _private, ...open } = key;
  const [privateKey, publicKey] = await Promise.all([
    crypto.subtle.importKey('jwk', key, curve, false, ['sign']),
    crypto.subtle.importKey('jwk', open, curve, true, ['verify']),
  ]);
  return oidc.getDPoPHandle(config, { privateKey, publicKey });
}

export function dpopOptions(handle: oidc.DPoPHandle | undefined): oidc.DPoPOptions {
  return handle === undefined ? {} : { DPoP: handle };
}
