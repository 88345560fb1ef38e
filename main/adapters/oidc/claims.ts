// Reads the claims of a JWT without verifying it; verification is the business of who obtained it.
import { SyncError } from '../../core/model/errors.ts';

/** RS/ES 256/384/512 only: what AWS accepts, and never a shared secret or no signature at all (security rule 4). */
export const allowedAlgorithms: readonly string[] = ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512'];

/** STS takes a WebIdentityToken of at most 20,000 characters. */
export const longestTokenChars = 20_000;

export type JwtClaims = {
  readonly algorithm: string;
  readonly issuer: string;
  readonly subject: string;
  readonly audiences: readonly string[];
  readonly authorizedParty: string | null;
  readonly expiresAtSeconds: number;
  readonly notBeforeSeconds: number | null;
  readonly issuedAtSeconds: number | null;
  readonly displayName: string | null;
  readonly tags: Readonly<Record<string, string>>;
};

export function tokenInvalid(
  message: string,
  code: 'token-invalid' | 'token-algorithm' | 'token-expired' = 'token-invalid',
  cause?: unknown,
): SyncError {
  return new SyncError({ code, retry: 'slow', scope: 'account', message, cause });
}

/** Throws `token-invalid` or `token-algorithm`; the message never carries a part of the token. */
export function readJwt(jwt: string): JwtClaims {
  if (jwt.length > longestTokenChars)
    throw tokenInvalid(
      `the id_token has ${String(jwt.length)} characters; AWS takes at most ${String(longestTokenChars)}`,
    );
  const parts = jwt.split('.');
  if (parts.length !== 3 || !parts.every((part) => /^[\w-]+$/.test(part)))
    throw tokenInvalid('the id_token is not a signed JWT');
  const header = decodePart(parts[0] ?? '');
  const claims = decodePart(parts[1] ?? '');
  const algorithm = header['alg'];
  if (typeof algorithm !== 'string' || !allowedAlgorithms.includes(algorithm)) {
    throw tokenInvalid(
      `the id_token is signed with ${describe(algorithm)}; only ${allowedAlgorithms.join(', ')} are accepted`,
      'token-algorithm',
    );
  }
  if ('crit' in header) throw tokenInvalid('the id_token has a critical extension that is not supported');
  const audience = claims['aud'];
  return {
    algorithm,
    issuer: requireString(claims['iss'], 'iss'),
    subject: requireString(claims['sub'], 'sub'),
    audiences:
      typeof audience === 'string'
        ? [audience]
        : Array.isArray(audience)
          ? audience.filter((item) => typeof item === 'string')
          : [],
    authorizedParty: optionalString(claims['azp']),
    expiresAtSeconds: requireSeconds(claims['exp'], 'exp'),
    notBeforeSeconds: claims['nbf'] === undefined ? null : requireSeconds(claims['nbf'], 'nbf'),
    issuedAtSeconds: claims['iat'] === undefined ? null : requireSeconds(claims['iat'], 'iat'),
    displayName:
      optionalString(claims['email']) ??
      optionalString(claims['preferred_username']) ??
      optionalString(claims['name']),
    tags: readSessionTags(claims),
  };
}

/** `iss`, `aud`, `azp`, `exp`, `nbf` as OpenID Connect Core 3.1.3.7 asks. `nowMs` is the corrected time. */
export function checkClaims(
  claims: JwtClaims,
  expected: { readonly issuer: string; readonly clientId: string; readonly nowMs: number },
): void {
  if (claims.issuer !== expected.issuer)
    throw tokenInvalid('the id_token was issued by another provider (iss)');
  if (!claims.audiences.includes(expected.clientId))
    throw tokenInvalid('the id_token is meant for another application (aud)');
  if (claims.audiences.length > 1 && claims.authorizedParty === null)
    throw tokenInvalid('the id_token has several audiences and no azp');
  if (claims.authorizedParty !== null && claims.authorizedParty !== expected.clientId)
    throw tokenInvalid('the id_token was given to another application (azp)');
  if (claims.expiresAtSeconds * 1000 <= expected.nowMs)
    throw tokenInvalid('the id_token has expired', 'token-expired');
  if (claims.notBeforeSeconds !== null && claims.notBeforeSeconds * 1000 > expected.nowMs + 30_000)
    throw tokenInvalid('the id_token is not valid yet (nbf)');
}

/** Session tags as AWS reads them: nested under one claim, or flattened into claim names. The first value of a list counts. */
function readSessionTags(claims: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  const tags: Record<string, string> = Object.create(null) as Record<string, string>;
  const nested = claims['https://aws.amazon.com/tags'];
  if (isRecord(nested) && isRecord(nested['principal_tags'])) {
    for (const [name, value] of Object.entries(nested['principal_tags'])) addTag(tags, name, value);
  }
  const flat = 'https://aws.amazon.com/tags/principal_tags/';
  for (const [claim, value] of Object.entries(claims)) {
    if (claim.startsWith(flat)) addTag(tags, claim.slice(flat.length), value);
  }
  return tags;
}

function addTag(tags: Record<string, string>, name: string, value: unknown): void {
  const first: unknown = Array.isArray(value) ? value[0] : value;
  if (typeof first === 'string') tags[name] = first;
}

function decodePart(part: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(part, 'base64url')));
  } catch (cause) {
    // The parser's message quotes what it read, so it is not passed on.
    throw tokenInvalid(
      'the id_token cannot be read',
      'token-invalid',
      cause instanceof Error ? cause.name : undefined,
    );
  }
  if (!isRecord(value)) throw tokenInvalid('the id_token cannot be read');
  return value;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function requireString(value: unknown, claim: string): string {
  if (typeof value !== 'string' || value === '') throw tokenInvalid(`the id_token lacks ${claim}`);
  return value;
}

function optionalString(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function requireSeconds(value: unknown, claim: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value))
    throw tokenInvalid(`the id_token lacks a numeric ${claim}`);
  return value;
}

function describe(algorithm: unknown): string {
  return typeof algorithm === 'string' && /^[\w-]{1,16}$/.test(algorithm)
    ? `"${algorithm}"`
    : 'an unknown algorithm';
}
