// AWS Signature Version 4 for S3 requests with a known payload hash.
//
// The derived key is kept for as long as it holds.
// Source: "Create a signed AWS API request" (docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html).
import { createHmac, hash } from 'node:crypto';
import { percentEncoded } from '../../core/net/percent-encoded.ts';

export type SigningKeys = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Empty for long-lived keys. */
  readonly sessionToken: string;
};

export type SignedMethod = 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';

export type Unsigned = {
  readonly method: SignedMethod;
  /** Percent-encoded, beginning with `/`. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** Lower-case names, `host` among them; values as they travel. */
  readonly headers: Readonly<Record<string, string>>;
  /** Lower-case hex SHA-256 of the body. */
  readonly bodySha256: string;
};

type Derived = { readonly scope: string; readonly secret: string; readonly key: MacKey };

export const emptySha256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

function mac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

/** The inner and outer block of an HMAC key (RFC 2104): two plain hashes cost a third of a new `Hmac` for every request. */
type MacKey = { readonly inner: Buffer; readonly outer: Buffer };

const blockBytes = 64;

/** @param key at most 64 bytes, as every derived key is */
function macKey(key: Buffer): MacKey {
  const block = Buffer.alloc(blockBytes);
  key.copy(block);
  return {
    inner: block.map((byte) => byte ^ 0x36) as Buffer,
    outer: block.map((byte) => byte ^ 0x5c) as Buffer,
  };
}

const digestBytes = 32;
/** Used again for each request. */
const outerInput = Buffer.alloc(blockBytes + digestBytes);

function macHex({ inner, outer }: MacKey, text: string): string {
  const digest = hash('sha256', Buffer.concat([inner, Buffer.from(text)]), 'buffer');
  outer.copy(outerInput);
  digest.copy(outerInput, blockBytes);
  return hash('sha256', outerInput);
}

function canonicalQuery(query: Unsigned['query']): string {
  const names = Object.keys(query);
  const pairs = names.map((name) => `${percentEncoded(name)}=${percentEncoded(query[name] ?? '')}`);
  return pairs.length > 1 ? pairs.sort().join('&') : (pairs[0] ?? '');
}

/** White space other than a blank between words. */
const needsTrim = /^\s|\s\s|[^\S ]|\s$/u;

function canonicalValue(value: string): string {
  return needsTrim.test(value) ? value.trim().replace(/\s+/gu, ' ') : value;
}

/** Names of headers as they are signed; kept from one request to the next, which mostly has the same. */
type SignedNames = {
  readonly given: readonly string[];
  readonly sorted: readonly string[];
  readonly text: string;
};

function signedNames(given: readonly string[], last: SignedNames | null): SignedNames {
  if (last?.given.length === given.length && given.every((name, index) => name === last.given[index]))
    return last;
  const sorted = given.filter((name) => !unsigned.has(name)).sort();
  return { given, sorted, text: sorted.join(';') };
}

/** Not signed: what a proxy may change, and what the signature does not cover by its definition in the SDKs. */
const unsigned = new Set(['user-agent', 'expect', 'connection']);

export class Signer {
  readonly #region: string;
  #derived: Derived | null = null;
  #names: SignedNames | null = null;
  #stamp = { atMs: Number.NaN, text: '' };

  constructor(region: string) {
    this.#region = region;
  }

  /** The headers to send, `authorization` among them. */
  sign(request: Unsigned, keys: SigningKeys, at: Date): Record<string, string> {
    const stamp = this.#stampOf(at);
    const headers: Record<string, string> = {
      ...request.headers,
      'x-amz-content-sha256': request.bodySha256,
      'x-amz-date': stamp,
      ...(keys.sessionToken === '' ? {} : { 'x-amz-security-token': keys.sessionToken }),
    };
    this.#names = signedNames(Object.keys(headers), this.#names);
    const { sorted, text: signedHeaders } = this.#names;
    let lines = '';
    for (const name of sorted) lines += `${name}:${canonicalValue(headers[name] ?? '')}\n`;
    const canonical =
      `${request.method}\n${request.path}\n${canonicalQuery(request.query)}\n` +
      `${lines}\n${signedHeaders}\n${request.bodySha256}`;
    const { scope, key } = this.#keyFor(keys.secretAccessKey, stamp.slice(0, 8));
    const toSign = `AWS4-HMAC-SHA256\n${stamp}\n${scope}\n${hash('sha256', canonical)}`;
    headers['authorization'] =
      `AWS4-HMAC-SHA256 Credential=${keys.accessKeyId}/${scope}, SignedHeaders=${signedHeaders}, ` +
      `Signature=${macHex(key, toSign)}`;
    return headers;
  }

  #stampOf(at: Date): string {
    const atMs = at.getTime();
    if (this.#stamp.atMs !== atMs)
      this.#stamp = { atMs, text: at.toISOString().replace(/[-:]|\.\d{3}/gu, '') };
    return this.#stamp.text;
  }

  #keyFor(secret: string, day: string): Derived {
    const scope = `${day}/${this.#region}/s3/aws4_request`;
    if (this.#derived?.scope === scope && this.#derived.secret === secret) return this.#derived;
    const key = [this.#region, 's3', 'aws4_request'].reduce<Buffer>(mac, mac(`AWS4${secret}`, day));
    this.#derived = { scope, secret, key: macKey(key) };
    return this.#derived;
  }
}
