// Verifies AWS Signature Version 4 on a request: header or presigned query, session token, scope and clock.
import { createHmac, createSecretKey, hash, timingSafeEqual } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { AwsError, accessDenied } from './aws-error.ts';
import type { Principal, Sessions } from './sessions.ts';

export type SignedRequest = {
  readonly method: string;
  /** Path and query exactly as on the wire. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
};

export type SignatureRules = {
  readonly service: string;
  readonly region: string | null;
  readonly nowMs: number;
  readonly expiredIs: 'ExpiredToken' | 'AccessDenied';
  /** SHA-256 of the body where the service signs it without a header (STS); S3 sends x-amz-content-sha256. */
  readonly bodyHash?: string;
};

export type Verified = {
  readonly principal: Principal;
  /** The value of x-amz-content-sha256: a hash, UNSIGNED-PAYLOAD or one of the STREAMING forms. */
  readonly payload: string;
  readonly signature: string;
  readonly signingKey: KeyObject;
  readonly amzDate: string;
  readonly scope: string;
  readonly isPresigned: boolean;
};

type Claim = {
  readonly accessKeyId: string;
  readonly scope: string;
  readonly signedHeaders: string;
  readonly signature: string;
  readonly amzDate: string;
  readonly sessionToken: string | undefined;
  readonly expiresSeconds: number | null;
};

const MAX_SKEW_MS = 15 * 60_000;

/** Who signed this request; throws the error that AWS would answer. Nothing unsigned passes. */
export function verifySignature(request: SignedRequest, rules: SignatureRules, sessions: Sessions): Verified {
  const mark = request.target.indexOf('?');
  const rawPath = mark < 0 ? request.target : request.target.slice(0, mark);
  const query = mark < 0 ? [] : parseQuery(request.target.slice(mark + 1));
  const claim = readClaim(request.headers, query);
  const [date, region, service, terminator] = claim.scope.split('/');
  if (terminator !== 'aws4_request' || service !== rules.service || date !== claim.amzDate.slice(0, 8)) {
    throw new AwsError('AuthorizationHeaderMalformed', 400, `The credential scope ${claim.scope} is wrong`);
  }
  if (rules.region !== null && region !== rules.region) {
    throw new AwsError(
      'AuthorizationHeaderMalformed',
      400,
      `The region '${region ?? ''}' is wrong; expecting '${rules.region}'`,
      { Region: rules.region },
    );
  }
  checkClock(claim, rules);
  const known = sessions.resolve(claim.accessKeyId, claim.sessionToken);
  if (known.kind === 'unknown-key')
    throw new AwsError(
      'InvalidAccessKeyId',
      403,
      'The AWS Access Key Id you provided does not exist in our records.',
    );
  if (known.kind === 'bad-token')
    throw new AwsError('InvalidToken', 400, 'The provided token is malformed or otherwise invalid.');
  const signingKey = deriveKey(known.secretAccessKey, claim.scope);
  const payload = payloadOf(request.headers, claim, rules);
  const canonical = canonicalRequest(request, {
    rawPath,
    query,
    signedHeaders: claim.signedHeaders,
    payload,
  });
  // Of the bytes on the wire, which Node reads as Latin-1.
  const digest = hash('sha256', Buffer.from(canonical, 'latin1'));
  const text = `AWS4-HMAC-SHA256\n${claim.amzDate}\n${claim.scope}\n${digest}`;
  const expected = createHmac('sha256', signingKey).update(text).digest();
  const given = Buffer.from(claim.signature, 'hex');
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    throw new AwsError(
      'SignatureDoesNotMatch',
      403,
      'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
    );
  }
  // Only the rightful holder learns that the session is over.
  if (known.expiresAtMs <= rules.nowMs) {
    throw rules.expiredIs === 'ExpiredToken'
      ? new AwsError('ExpiredToken', 400, 'The provided token has expired.')
      : accessDenied();
  }
  return {
    principal: known.principal,
    payload,
    signature: claim.signature,
    signingKey,
    amzDate: claim.amzDate,
    scope: claim.scope,
    isPresigned: claim.expiresSeconds !== null,
  };
}

type QueryPair = readonly [name: string, value: string];

function parseQuery(raw: string): readonly QueryPair[] {
  const pairs: QueryPair[] = [];
  for (const part of raw.split('&')) {
    if (part === '') continue;
    const equals = part.indexOf('=');
    pairs.push(
      equals < 0 ? [decode(part), ''] : [decode(part.slice(0, equals)), decode(part.slice(equals + 1))],
    );
  }
  return pairs;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.includes('+') ? text.replaceAll('+', ' ') : text);
  } catch {
    throw new AwsError('InvalidURI', 400, "Couldn't parse the specified URI.");
  }
}

function readClaim(headers: IncomingHttpHeaders, query: readonly QueryPair[]): Claim {
  const authorization = headers.authorization;
  if (authorization !== undefined) return headerClaim(authorization, headers);
  const get = (name: string): string | undefined => query.find(([candidate]) => candidate === name)?.[1];
  if (get('X-Amz-Algorithm') === undefined) throw accessDenied('Anonymous access is not allowed');
  if (get('X-Amz-Algorithm') !== 'AWS4-HMAC-SHA256')
    throw queryError('X-Amz-Algorithm only supports "AWS4-HMAC-SHA256"');
  const credential = get('X-Amz-Credential') ?? '';
  const expiresSeconds = Number(get('X-Amz-Expires') ?? Number.NaN);
  if (!Number.isInteger(expiresSeconds) || expiresSeconds < 1 || expiresSeconds > 604_800)
    throw queryError('X-Amz-Expires must be between 1 and 604800 seconds');
  const slash = credential.indexOf('/');
  return {
    accessKeyId: credential.slice(0, slash),
    scope: credential.slice(slash + 1),
    signedHeaders: get('X-Amz-SignedHeaders') ?? '',
    signature: get('X-Amz-Signature') ?? '',
    amzDate: get('X-Amz-Date') ?? '',
    sessionToken: get('X-Amz-Security-Token'),
    expiresSeconds,
  };
}

function queryError(message: string): AwsError {
  return new AwsError('AuthorizationQueryParametersError', 400, message);
}

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256\s+Credential=([^/,\s]+)\/([^,\s]+),\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]{64})$/;

function headerClaim(authorization: string, headers: IncomingHttpHeaders): Claim {
  const match = AUTHORIZATION.exec(authorization);
  if (match === null)
    throw new AwsError(
      'AuthorizationHeaderMalformed',
      400,
      'The authorization header you provided is invalid.',
    );
  const amzDate = single(headers['x-amz-date']);
  if (amzDate === undefined)
    throw accessDenied('AWS authentication requires a valid Date or x-amz-date header');
  const [, accessKeyId = '', scope = '', signedHeaders = '', signature = ''] = match;
  return {
    accessKeyId,
    scope,
    signedHeaders,
    signature,
    amzDate,
    sessionToken: single(headers['x-amz-security-token']),
    expiresSeconds: null,
  };
}

function single(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(',') : value;
}

function checkClock(claim: Claim, rules: SignatureRules): void {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(claim.amzDate);
  if (match === null) throw accessDenied('AWS authentication requires a valid Date or x-amz-date header');
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1).map(Number);
  const signedAt = Date.UTC(year, month - 1, day, hour, minute, second);
  if (claim.expiresSeconds !== null) {
    if (rules.nowMs > signedAt + claim.expiresSeconds * 1000) throw accessDenied('Request has expired');
    if (rules.nowMs < signedAt - MAX_SKEW_MS) throw accessDenied('Request is not valid yet');
    return;
  }
  if (Math.abs(rules.nowMs - signedAt) <= MAX_SKEW_MS) return;
  throw new AwsError(
    'RequestTimeTooSkewed',
    403,
    'The difference between the request time and the current time is too large.',
    {
      RequestTime: claim.amzDate,
      ServerTime: new Date(rules.nowMs).toISOString(),
      MaxAllowedSkewMilliseconds: String(MAX_SKEW_MS),
    },
  );
}

function payloadOf(headers: IncomingHttpHeaders, claim: Claim, rules: SignatureRules): string {
  if (rules.bodyHash !== undefined) return rules.bodyHash;
  const header = single(headers['x-amz-content-sha256']);
  if (claim.expiresSeconds !== null) return header ?? 'UNSIGNED-PAYLOAD';
  if (header === undefined)
    throw new AwsError(
      'InvalidRequest',
      400,
      'Missing required header for this request: x-amz-content-sha256',
    );
  return header;
}

/** Key objects, because an HMAC with a plain buffer as key costs four times as much (Node 24). */
const keyCache = new Map<string, KeyObject>();

function deriveKey(secret: string, scope: string): KeyObject {
  const name = `${secret}/${scope}`;
  const cached = keyCache.get(name);
  if (cached !== undefined) return cached;
  const bytes = scope
    .split('/')
    .reduce(
      (parent, part) => createHmac('sha256', parent).update(part).digest(),
      Buffer.from(`AWS4${secret}`),
    );
  const key = createSecretKey(bytes);
  if (keyCache.size > 5000) keyCache.clear();
  keyCache.set(name, key);
  return key;
}

/** Percent-encodes all but RFC 3986 unreserved characters, as AWS wants it. */
export function encodeStrict(text: string): string {
  if (/^[A-Za-z0-9\-._~]*$/.test(text)) return text;
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function canonicalPath(rawPath: string): string {
  if (/^[A-Za-z0-9\-._~/]*$/.test(rawPath)) return rawPath;
  try {
    return rawPath
      .split('/')
      .map((segment) => encodeStrict(decodeURIComponent(segment)))
      .join('/');
  } catch {
    throw new AwsError('InvalidURI', 400, "Couldn't parse the specified URI.");
  }
}

type Canonical = {
  readonly rawPath: string;
  readonly query: readonly QueryPair[];
  readonly signedHeaders: string;
  readonly payload: string;
};

function canonicalRequest(request: SignedRequest, signed: Canonical): string {
  const { rawPath, query, signedHeaders, payload } = signed;
  const names = signedHeaders.split(';');
  if (!names.includes('host')) throw accessDenied('The host header must be signed');
  let headerText = '';
  for (const name of names) {
    const value = single(request.headers[name]) ?? '';
    headerText += `${name}:${value.includes('  ') ? value.trim().replace(/ +/g, ' ') : value.trim()}\n`;
  }
  for (const name in request.headers) {
    // Whatever steers S3 must be covered by the signature, else an intermediary could add it.
    if (name.startsWith('x-amz-') && !names.includes(name))
      throw accessDenied(`There were headers present in the request which were not signed: ${name}`);
  }
  let queryText = '';
  if (query.length > 0) {
    const encoded = query
      .filter(([name]) => name !== 'X-Amz-Signature')
      .map(([name, value]) => [encodeStrict(name), encodeStrict(value)] as const);
    encoded.sort((a, b) => (a[0] === b[0] ? order(a[1], b[1]) : order(a[0], b[0])));
    queryText = encoded.map(([name, value]) => `${name}=${value}`).join('&');
  }
  return `${request.method}\n${canonicalPath(rawPath)}\n${queryText}\n${headerText}\n${signedHeaders}\n${payload}`;
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
