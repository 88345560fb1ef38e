// Reads what the engine may know of an object from the headers of HEAD and GET, believing only what was probed.
import type { GetObjectCommandOutput, HeadObjectCommandOutput } from '@aws-sdk/client-s3';
import { SyncError } from '../core/errors.ts';
import type { Etag, ObjectKey } from '../core/model.ts';
import type { EndpointAbilities, ObjectFacts, ObjectMetadata } from '../ports/remote-objects.port.ts';

/** Keys longer than this break the S3 API's own limit: a store that lists them is hostile or broken (security rule 22). */
const keyLimitBytes = 1024;

export function parseKey(raw: string): ObjectKey | null {
  const isSound = raw !== '' && raw.isWellFormed() && Buffer.byteLength(raw) <= keyLimitBytes;
  // The one place where a store's text becomes a key.
  return isSound ? (raw as ObjectKey) : null;
}

/** Without quotes; null when there is none or it could not stand in a header. */
export function parseEtag(raw: string | undefined): Etag | null {
  const plain = raw?.replace(/^W\//, '').replace(/^"|"$/g, '') ?? '';
  // A control character here would be a forged header.
  return plain === '' || /[\u0000-\u001f"\u007f]/.test(plain) ? null : (plain as Etag);
}

/** `null` is what stores without versioning (or with it suspended) call a version: not one to come back to. */
export function realVersion(versionId: string | undefined): string | null {
  return versionId === undefined || versionId === '' || versionId === 'null' ? null : versionId;
}

export function invalidAnswer(message: string): SyncError {
  return new SyncError({ code: 'remote-invalid-answer', retry: 'backoff', scope: 'item', message });
}

export function requireEtag(raw: string | undefined, what: string): Etag {
  const etag = parseEtag(raw);
  if (etag === null) throw invalidAnswer(`${what} came back without a usable ETag`);
  return etag;
}

function checksumHex(base64: string | undefined, bytes: number): string | null {
  // A composite checksum carries `-<parts>` and says nothing of the whole.
  if (base64 === undefined || base64.includes('-')) return null;
  const decoded = Buffer.from(base64, 'base64');
  return decoded.length === bytes ? decoded.toString('hex') : null;
}

/** Non-ASCII metadata travels percent-encoded; what does not decode stays as it is. */
export function encodeMetadata(metadata: ObjectMetadata): Record<string, string> {
  const entries = Object.entries(metadata).map(([name, value]) => [
    name.toLowerCase(),
    value.replace(/[^\x20-\x24\x26-\x7e]/gu, (char) => encodeURIComponent(char)),
  ]);
  return Object.fromEntries(entries) as Record<string, string>;
}

function decodeMetadata(raw: Record<string, string> | undefined): ObjectMetadata {
  const decoded: Record<string, string> = {};
  for (const [name, value] of Object.entries(raw ?? {})) {
    let text = value;
    try {
      text = decodeURIComponent(value);
    } catch {
      // Written by another tool with a bare percent sign: its text stands.
    }
    decoded[name.toLowerCase()] = text;
  }
  return decoded;
}

type Answer = HeadObjectCommandOutput | GetObjectCommandOutput;

function wholeSize(answer: Answer): number {
  const range = 'ContentRange' in answer ? answer.ContentRange : undefined;
  const total = range === undefined ? answer.ContentLength : Number(/\/(\d+)$/.exec(range)?.[1]);
  if (total === undefined || !Number.isSafeInteger(total) || total < 0)
    throw invalidAnswer('an object came back without its size');
  return total;
}

/** `abilities` null: not probed yet, so checksums are passed on for the probe itself to judge. */
export function factsOf(key: ObjectKey, answer: Answer, abilities: EndpointAbilities | null): ObjectFacts {
  const etag = requireEtag(answer.ETag, key);
  const isEncrypted =
    (answer.ServerSideEncryption ?? 'AES256') !== 'AES256' || answer.SSECustomerAlgorithm !== undefined;
  const isMd5 = abilities?.md5Etag === true && !isEncrypted && /^[0-9a-f]{32}$/.test(etag);
  const isWhole = answer.ChecksumType !== 'COMPOSITE';
  return {
    key,
    etag,
    sizeBytes: wholeSize(answer),
    modifiedMs: answer.LastModified?.getTime() ?? 0,
    metadata: decodeMetadata(answer.Metadata),
    contentType: answer.ContentType ?? null,
    versionId: realVersion(answer.VersionId),
    sha256: isWhole && abilities?.sha256 !== false ? checksumHex(answer.ChecksumSHA256, 32) : null,
    crc64nvme: isWhole && abilities?.crc64nvme !== false ? checksumHex(answer.ChecksumCRC64NVME, 8) : null,
    md5: isMd5 ? etag : null,
  };
}
