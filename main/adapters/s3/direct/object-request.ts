// Signed requests for one object, without the SDK.
import { percentEncoded } from '../../../core/net/percent-encoded.ts';
import type { SignedMethod, Signer, SigningKeys } from '../../http/sigv4.ts';

/** How the objects of one bucket are addressed, as plain values that another thread may be handed. */
export type ObjectPlace = {
  readonly bucket: string;
  readonly protocol: string;
  /** Without a port. */
  readonly hostname: string;
  /** With its port, where that is not the usual one. */
  readonly host: string;
  /** Empty for the usual one. */
  readonly port: string;
  readonly isPathStyle: boolean;
  readonly expectedBucketOwner: string | null;
};

export type ObjectAsked = {
  readonly method: SignedMethod;
  /** Null: of the bucket itself. */
  readonly key: string | null;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  /** Lower-case hex SHA-256 of the body. */
  readonly sha256: string;
};

/** Of what the engine never asks for, and the SDK is left to send. `others`: what of an input is not sent without it. */
export function isUnusual(others: Readonly<Record<string, unknown>>): boolean {
  return Object.values(others).some((value) => value !== undefined);
}

export type ObjectRequest = {
  readonly method: SignedMethod;
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  /** Without the query. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Record<string, string>;
};

/** Nothing in it is encoded. */
const plainKey = /^[\w.~/-]*$/u;

function encodedKey(key: string): string {
  return plainKey.test(key) ? key : key.split('/').map(percentEncoded).join('/');
}

export function signedObject(
  { method, key, query, headers, sha256 }: ObjectAsked,
  place: ObjectPlace,
  signing: { readonly signer: Signer; readonly keys: SigningKeys; readonly at: Date },
): ObjectRequest {
  const { bucket, isPathStyle, expectedBucketOwner, protocol, hostname, host, port } = place;
  const inBucket = `/${key === null ? '' : encodedKey(key)}`;
  const path = isPathStyle ? `/${bucket}${inBucket}` : inBucket;
  const before = isPathStyle ? '' : `${bucket}.`;
  const all = {
    ...headers,
    host: `${before}${host}`,
    ...(expectedBucketOwner === null ? {} : { 'x-amz-expected-bucket-owner': expectedBucketOwner }),
  };
  const { signer, keys, at } = signing;
  const signed = signer.sign({ method, path, query, headers: all, bodySha256: sha256 }, keys, at);
  return {
    method,
    protocol,
    hostname: `${before}${hostname}`,
    ...(port === '' ? {} : { port: Number(port) }),
    path,
    query,
    headers: { ...signed, 'user-agent': 'driftless' },
  };
}
