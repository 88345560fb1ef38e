// Keys of the local cloud: the provider's RSA and EC signing keys, a self-signed certificate for `x5c`, and the secret for session tokens.
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  sign,
} from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const jwkSchema = z.looseObject({ kty: z.string(), kid: z.string(), alg: z.string(), use: z.string() });
export type PrivateJwk = z.infer<typeof jwkSchema>;

const storedSchema = z.object({
  jwks: z.array(jwkSchema),
  certificatePem: z.string(),
  sessionSecret: z.string(),
  admin: z.object({ accessKeyId: z.string(), secretAccessKey: z.string() }),
});

/** Everything secret that the local cloud owns; kept in its directory so that a restart honours old tokens. */
export type CloudKeys = z.infer<typeof storedSchema>;

// Making an RSA key takes up to 200 ms: tests that start many clouds in one process share one.
let cachedInProcess: CloudKeys | undefined;

/** Loads the keys kept in the directory, or makes and keeps new ones. */
export function loadKeys(directory: string): CloudKeys {
  const path = join(directory, 'keys.json');
  try {
    return storedSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    // Not there yet, or of an older shape: make new ones.
  }
  cachedInProcess ??= makeSigningKeys();
  const keys: CloudKeys = {
    ...cachedInProcess,
    sessionSecret: randomBytes(32).toString('base64url'),
    admin: {
      accessKeyId: `AKIA${base32(randomBytes(10))}`,
      secretAccessKey: randomBytes(30).toString('base64'),
    },
  };
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  writeFileSync(path, JSON.stringify(keys), { mode: 0o600 });
  return keys;
}

export function privateKeyOf(jwk: PrivateJwk): KeyObject {
  return createPrivateKey({ key: jwk, format: 'jwk' });
}

/** The RSA key that signs id_tokens and assertions; it is the first of the set because Ceph looks only there for `x5c`. */
export function rsaKeyOf(keys: CloudKeys): PrivateJwk {
  const first = keys.jwks[0];
  if (first === undefined) throw new Error('the key set is empty');
  return first;
}

export function base32(bytes: Uint8Array): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  let bits = 0;
  let value = 0;
  let text = '';
  for (const byte of bytes) {
    value = ((value << 8) | byte) & 0xfff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += alphabet[(value >>> bits) & 31] ?? '';
    }
  }
  return text;
}

function makeSigningKeys(): CloudKeys {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const certificate = selfSignedCertificate(rsa.privateKey);
  const x5c = [certificate.toString('base64')];
  const rsaJwk = { ...rsa.privateKey.export({ format: 'jwk' }), kty: 'RSA', alg: 'RS256', use: 'sig', x5c };
  const ecJwk = { ...ec.privateKey.export({ format: 'jwk' }), kty: 'EC', alg: 'ES256', use: 'sig' };
  return {
    jwks: [
      { ...rsaJwk, kid: thumbprint(rsa.publicKey) },
      { ...ecJwk, kid: thumbprint(ec.publicKey) },
    ],
    certificatePem: `-----BEGIN CERTIFICATE-----\n${(x5c[0] ?? '').replace(/(.{64})/g, '$1\n').trimEnd()}\n-----END CERTIFICATE-----\n`,
    sessionSecret: '',
    admin: { accessKeyId: '', secretAccessKey: '' },
  };
}

function thumbprint(key: KeyObject): string {
  return createHash('sha256')
    .update(key.export({ format: 'der', type: 'spki' }))
    .digest('base64url')
    .slice(0, 16);
}

// --- DER by hand: no dependency and no openssl binary is needed for one self-signed certificate (RFC 5280, 4.1).

function der(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(contents);
  if (body.length < 0x80) return Buffer.concat([Buffer.from([tag, body.length]), body]);
  const length: number[] = [];
  for (let rest = body.length; rest > 0; rest >>= 8) length.unshift(rest & 0xff);
  return Buffer.concat([Buffer.from([tag, 0x80 | length.length, ...length]), body]);
}

const SHA256_WITH_RSA = Buffer.from('06092a864886f70d01010b0500', 'hex');
const COMMON_NAME = Buffer.from('0603550403', 'hex');

function selfSignedCertificate(privateKey: KeyObject): Buffer {
  const algorithm = der(0x30, SHA256_WITH_RSA);
  const name = der(0x30, der(0x31, der(0x30, COMMON_NAME, der(0x0c, Buffer.from('Driftless local cloud')))));
  const validity = der(
    0x30,
    der(0x17, Buffer.from('250101000000Z')),
    der(0x17, Buffer.from('490101000000Z')),
  );
  const serial = Buffer.from([0x01, ...randomBytes(15)]);
  const publicKey = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  const version3 = der(0xa0, der(0x02, Buffer.from([2])));
  const toBeSigned = der(0x30, version3, der(0x02, serial), algorithm, name, validity, name, publicKey);
  const signature = sign('sha256', toBeSigned, privateKey);
  return der(0x30, toBeSigned, algorithm, der(0x03, Buffer.from([0]), signature));
}
