// Verifies an id_token the way AWS STS does: registered issuer, signature by the issuer's published keys, audience, expiry.
import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, errors, jwtVerify } from 'jose';
import type { JWTPayload, JWTVerifyGetKey } from 'jose';
import { z } from 'zod';
import { AwsError } from './aws-error.ts';
import type { Iam } from './iam.ts';
import type { Settings } from './settings.ts';

export type VerifiedToken = {
  readonly issuer: string;
  readonly sub: string;
  readonly audience: string;
  readonly claims: JWTPayload;
};

/** Asymmetric only: with HS the public key would be the secret, `none` has no signature, and AWS takes no PS or EdDSA. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512'];

export type TokenVerifier = (token: string) => Promise<VerifiedToken>;

export function createTokenVerifier(
  iam: Iam,
  settings: Settings,
  /** This cloud's own provider, and where it is reached on this machine. */
  own: { readonly issuer: string; readonly address: string },
  now: () => number,
): TokenVerifier {
  const keySets = new Map<string, JWTVerifyGetKey>();
  return async (token) => {
    const { issuer, algorithm } = peek(token);
    const provider = iam.oidcProviders.get(issuer);
    if (provider === undefined)
      throw invalid(`No OpenIDConnect provider found in your account for ${issuer}`);
    if (settings.strictAws) checkAsAws(issuer, algorithm, own.issuer);
    if (!ALGORITHMS.includes(algorithm) && (settings.strictAws || !/^(PS\d+|EdDSA)$/.test(algorithm))) {
      throw invalid(`Unsupported signature algorithm ${algorithm}`);
    }
    const keySet =
      keySets.get(issuer) ?? (await discover(issuer, issuer === own.issuer ? own.address : issuer));
    keySets.set(issuer, keySet);
    const claims = await verify(token, keySet, algorithm, now());
    if (claims.iss !== issuer || typeof claims.sub !== 'string' || claims.sub === '')
      throw invalid('Missing a required claim: sub');
    if (typeof claims.iat !== 'number' || typeof claims.exp !== 'number')
      throw invalid('Missing a required claim: exp, iat');
    const audiences = typeof claims.aud === 'string' ? [claims.aud] : (claims.aud ?? []);
    // With several audiences AWS looks at azp, the party the token was issued to.
    const audience = typeof claims['azp'] === 'string' && audiences.length > 1 ? claims['azp'] : audiences[0];
    if (audience === undefined || !provider.clientIds.includes(audience))
      throw invalid('Incorrect token audience');
    return { issuer, sub: claims.sub, audience, claims };
  };
}

function invalid(message: string): AwsError {
  return new AwsError('InvalidIdentityToken', 400, message);
}

function peek(token: string): { readonly issuer: string; readonly algorithm: string } {
  try {
    const issuer = decodeJwt(token).iss;
    const algorithm = decodeProtectedHeader(token).alg;
    if (issuer !== undefined && algorithm !== undefined) return { issuer, algorithm };
  } catch {
    // Falls through: what cannot be decoded is answered like what lacks the claims.
  }
  throw invalid(
    'The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)',
  );
}

/** What the real AWS refuses even when the operator registered it; the loopback issuer is this equipment's one exception. */
function checkAsAws(issuer: string, algorithm: string, loopbackIssuer: string): void {
  if (!ALGORITHMS.includes(algorithm)) throw invalid(`Unsupported signature algorithm ${algorithm}`);
  if (issuer === loopbackIssuer) return;
  const url = URL.parse(issuer);
  if (url === null || url.protocol !== 'https:' || url.port !== '' || url.search !== '' || url.hash !== '') {
    throw invalid(`strict-aws: the issuer ${issuer} must be an https URL without port, query and fragment`);
  }
}

async function discover(issuer: string, address: string): Promise<JWTVerifyGetKey> {
  try {
    const response = await fetch(`${address.replace(/\/$/, '')}/.well-known/openid-configuration`, {
      redirect: 'error',
      signal: AbortSignal.timeout(5000),
    });
    const document = z.object({ issuer: z.string(), jwks_uri: z.url() }).parse(await response.json());
    if (document.issuer !== issuer) throw new Error(`discovery names the issuer ${document.issuer}`);
    return createRemoteJWKSet(new URL(document.jwks_uri), { cooldownDuration: 0 });
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unknown';
    throw new AwsError(
      'IDPCommunicationError',
      400,
      `Could not reach the identity provider ${issuer}: ${reason}`,
    );
  }
}

async function verify(
  token: string,
  keySet: JWTVerifyGetKey,
  algorithm: string,
  nowMs: number,
): Promise<JWTPayload> {
  try {
    const { payload } = await jwtVerify(token, keySet, {
      algorithms: [algorithm],
      currentDate: new Date(nowMs),
      clockTolerance: 0,
    });
    return payload;
  } catch (error) {
    if (error instanceof errors.JWTExpired) {
      throw new AwsError(
        'ExpiredTokenException',
        400,
        `Token expired: current date/time ${new Date(nowMs).toISOString()} must be before the expiration date/time ${String(error.payload.exp ?? '')}`,
      );
    }
    if (
      error instanceof errors.JWKSTimeout ||
      (error instanceof errors.JOSEError && error.code === 'ERR_JOSE_GENERIC')
    ) {
      throw new AwsError(
        'IDPCommunicationError',
        400,
        `Could not fetch the verification keys: ${error.message}`,
      );
    }
    throw invalid(`Couldn't verify the token: ${error instanceof Error ? error.message : 'unknown'}`);
  }
}
