// Envelope of a release manifest: payload bytes and Ed25519 signatures over them.
import { createHash, createPublicKey, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { z } from 'zod';
import { isReleasedVersion } from '../../core/updates/release.ts';
import type { ReleaseFacts, ReleaseRefusal } from '../../core/updates/release.ts';

export const manifestFormat = 'driftless-release-manifest-1';
export const manifestType = 'driftless-release';
/** Largest manifest that is read; a real one has about 500 bytes. */
export const longestManifestBytes = 16 * 1024;
const mostSignatures = 8;
/** Installers of a release: systems, architectures and formats. */
export const mostFiles = 32;

const envelopeSchema = z.strictObject({
  format: z.literal(manifestFormat),
  /** Base64 of the payload: what is signed are these very bytes, so no second reading of them can differ. */
  payload: z.base64().max(8192),
  signatures: z
    .array(z.strictObject({ key: z.string().max(64), signature: z.base64().max(128) }))
    .min(1)
    .max(mostSignatures),
});

const payloadSchema = z.object({
  type: z.string().max(64),
  version: z.string().refine(isReleasedVersion),
  issued: z.iso.datetime(),
  expires: z.iso.datetime(),
  sha512: z.array(z.base64().length(88)).max(mostFiles).optional(),
});

export type Envelope = z.infer<typeof envelopeSchema>;

/** Text in front of the payload, so that a signature for another purpose is none for this one. */
export function signedBytes(payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${manifestFormat}\n`), payload]);
}

/** Public key as build and releaser write it: base64 of its 32 bytes. Null for anything else. */
export function parsePublicKey(text: string): KeyObject | null {
  const raw = Buffer.from(text, 'base64');
  if (raw.length !== 32 || raw.toString('base64') !== text) return null;
  return createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: raw.toString('base64url') },
    format: 'jwk',
  });
}

export function publicKeyText(key: KeyObject): string {
  return Buffer.from(key.export({ format: 'jwk' }).x ?? '', 'base64url').toString('base64');
}

/** Names a key within a manifest; says nothing about trust. */
export function keyId(publicKey: string): string {
  return createHash('sha256').update(Buffer.from(publicKey, 'base64')).digest('hex').slice(0, 16);
}

/** The facts, if one of the trusted keys (`keys`, base64) signed them. */
export function openEnvelope(text: string, keys: readonly string[]): ReleaseFacts | ReleaseRefusal {
  if (text.length > longestManifestBytes) return 'unreadable';
  const envelope = envelopeSchema.safeParse(parseJson(text));
  if (!envelope.success) return 'unreadable';
  const payload = Buffer.from(envelope.data.payload, 'base64');
  if (!isSigned(envelope.data, payload, keys)) return 'not-signed';
  const document = parseJson(payload.toString('utf8'));
  const type = z.object({ type: z.string() }).safeParse(document);
  if (type.success && type.data.type !== manifestType) return 'wrong-type';
  const parsed = payloadSchema.safeParse(document);
  if (!parsed.success) return 'unreadable';
  const { version, issued, expires, sha512 } = parsed.data;
  const times = { issuedAtMs: Date.parse(issued), expiresAtMs: Date.parse(expires) };
  return { version, ...times, ...(sha512 === undefined ? {} : { sha512 }) };
}

function isSigned({ signatures }: Envelope, payload: Buffer, keys: readonly string[]): boolean {
  const bytes = signedBytes(payload);
  return keys.some((text) => {
    const key = parsePublicKey(text);
    const id = keyId(text);
    return (
      key !== null &&
      signatures.some(
        (one) => one.key === id && verify(null, bytes, key, Buffer.from(one.signature, 'base64')),
      )
    );
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Judged like any other document that is no manifest.
    return null;
  }
}
