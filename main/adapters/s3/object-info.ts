// Object metadata from HEAD and GET headers, trusted as far as probed.
import type {
  GetObjectCommandOutput,
  HeadObjectCommandOutput,
  ServerSideEncryption,
  StorageClass,
} from '@aws-sdk/client-s3';
import { SyncError } from '../../core/model/errors.ts';
import type { Etag, ObjectKey } from '../../core/model/model.ts';
import type {
  EndpointAbilities,
  ObjectInfo,
  ObjectHeaders,
  ObjectMetadata,
} from '../../ports/remote-objects.port.ts';

/** Keys longer than this break the S3 API's own limit: a store that lists them is hostile or broken (S22). */
const keyLimitBytes = 1024;

export function parseKey(raw: string): ObjectKey | null {
  const isSound = raw !== '' && raw.isWellFormed() && Buffer.byteLength(raw) <= keyLimitBytes;
  // The one place where a store's text becomes a key.
  return isSound ? (raw as ObjectKey) : null;
}

/** Of ETags and version ids; those of S3 are shorter, and each is kept for every object (S22). */
const idLimitChars = 1024;

/** Without quotes; null when there is none, it is too long, or it could not stand in a header. */
export function parseEtag(raw: string | undefined): Etag | null {
  const plain = raw?.replace(/^W\//, '').replace(/^"|"$/g, '') ?? '';
  // A control character here would be a forged header.
  return plain === '' || plain.length > idLimitChars || /[\u0000-\u001f"\u007f]/.test(plain)
    ? null
    : (plain as Etag);
}

export function isSoundVersion(versionId: string): boolean {
  return versionId.length <= idLimitChars;
}

/** `null` is what stores without versioning (or with it suspended) call a version: not one to come back to. */
export function realVersion(versionId: string | undefined): string | null {
  return versionId === undefined || versionId === '' || versionId === 'null' || !isSoundVersion(versionId)
    ? null
    : versionId;
}

/** Milliseconds since the epoch; 0 for a time that is missing or none. */
export function modifiedMsOf({ LastModified }: { readonly LastModified?: Date | undefined }): number {
  const ms = LastModified?.getTime() ?? 0;
  return Number.isFinite(ms) ? ms : 0;
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

/** Of metadata that travels as it is. */
const plainMetadata = /^[\x20-\x24\x26-\x7e]*$/u;

/** Non-ASCII metadata travels percent-encoded; what does not decode stays as it is. In a loop: it runs for each of many thousand small files. */
function encodeMetadata(metadata: ObjectMetadata): Record<string, string> {
  const encoded: Record<string, string> = {};
  for (const name of Object.keys(metadata)) {
    const value = metadata[name] ?? '';
    encoded[name.toLowerCase()] = plainMetadata.test(value)
      ? value
      : value.replace(/[^\x20-\x24\x26-\x7e]/gu, (char) => encodeURIComponent(char));
  }
  return encoded;
}

function decodeMetadata(raw: Record<string, string> | undefined): ObjectMetadata {
  const decoded: Record<string, string> = {};
  for (const [name, value] of Object.entries(raw ?? {})) decoded[name.toLowerCase()] = decodedText(value);
  return decoded;
}

function decodedText(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    // Written by another tool with a bare percent sign: its text stands.
    return text;
  }
}

type Answer = HeadObjectCommandOutput | GetObjectCommandOutput;

function wholeSize(answer: Answer): number {
  const range = 'ContentRange' in answer ? answer.ContentRange : undefined;
  const total = range === undefined ? answer.ContentLength : Number(/\/(\d+)$/.exec(range)?.[1]);
  if (total === undefined || !Number.isSafeInteger(total) || total < 0)
    throw invalidAnswer('an object came back without its size');
  return total;
}

/**
 * A value that can be signed and sent again as it came. With another one, which any writer of the object chooses, the store would not find
 * our signature in the request, and refuse it as that of a stranger: an error of the whole account.
 */
function plainHeader(value: string | undefined): string | null {
  return value !== undefined && value !== '' && /^[\x20-\x7e]+$/u.test(value) ? value : null;
}

function headersOf(answer: Answer): ObjectHeaders {
  const algorithm = answer.ServerSideEncryption ?? 'AES256';
  const expires = plainHeader(answer.ExpiresString);
  return {
    contentEncoding: plainHeader(answer.ContentEncoding),
    contentDisposition: plainHeader(answer.ContentDisposition),
    contentLanguage: plainHeader(answer.ContentLanguage),
    cacheControl: plainHeader(answer.CacheControl),
    expires: expires !== null && !Number.isNaN(Date.parse(expires)) ? expires : null,
    websiteRedirect: plainHeader(answer.WebsiteRedirectLocation),
    storageClass: plainHeader(answer.StorageClass),
    encryption: algorithm === 'AES256' ? null : { algorithm, keyId: plainHeader(answer.SSEKMSKeyId) },
    userMetadata: foreignMetadata(answer.Metadata),
    tagging: null,
  };
}

function foreignMetadata(raw: Record<string, string> | undefined): ObjectMetadata {
  const kept = Object.entries(raw ?? {}).flatMap(([name, value]) => {
    const plain = name.toLowerCase().startsWith('driftless-') ? null : plainHeader(value);
    return plain === null ? [] : [[name.toLowerCase(), plain] as const];
  });
  return Object.fromEntries(kept);
}

const metadataLimitBytes = 2048;

/** Ours win over what was kept; what would go beyond the limit of S3 (2 KB of names and values) stays out. */
export function joinMetadata(
  own: ObjectMetadata,
  headers: ObjectHeaders | undefined,
): Record<string, string> {
  const joined = encodeMetadata(own);
  if (headers === undefined) return joined;
  let bytes = Object.entries(joined).reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  for (const [name, value] of Object.entries(headers.userMetadata)) {
    const size = name.length + value.length;
    if (Object.hasOwn(joined, name) || bytes + size > metadataLimitBytes) continue;
    joined[name] = value;
    bytes += size;
  }
  return joined;
}

type HeaderInput = {
  ContentEncoding?: string;
  ContentDisposition?: string;
  ContentLanguage?: string;
  CacheControl?: string;
  Expires?: Date;
  WebsiteRedirectLocation?: string;
  StorageClass?: StorageClass;
  ServerSideEncryption?: ServerSideEncryption;
  SSEKMSKeyId?: string;
  Tagging?: string;
};

/** Kept headers as the fields of PutObject, CreateMultipartUpload and CopyObject. */
export function headerInput(headers: ObjectHeaders | undefined): HeaderInput {
  if (headers === undefined) return {};
  const { encryption } = headers;
  return {
    ...(headers.contentEncoding === null ? {} : { ContentEncoding: headers.contentEncoding }),
    ...(headers.contentDisposition === null ? {} : { ContentDisposition: headers.contentDisposition }),
    ...(headers.contentLanguage === null ? {} : { ContentLanguage: headers.contentLanguage }),
    ...(headers.cacheControl === null ? {} : { CacheControl: headers.cacheControl }),
    ...(headers.expires === null ? {} : { Expires: new Date(headers.expires) }),
    ...(headers.websiteRedirect === null ? {} : { WebsiteRedirectLocation: headers.websiteRedirect }),
    // Words of the store's own, which may be newer than the SDK's list.
    ...(headers.storageClass === null ? {} : { StorageClass: headers.storageClass as StorageClass }),
    ...(encryption === null
      ? {}
      : {
          ServerSideEncryption: encryption.algorithm as ServerSideEncryption,
          ...(encryption.keyId === null ? {} : { SSEKMSKeyId: encryption.keyId }),
        }),
    ...(headers.tagging === null ? {} : { Tagging: headers.tagging }),
  };
}

/** What proves that an object has come whole, and what its file is to be. */
export type ObjectFacts = Pick<ObjectInfo, 'etag' | 'sizeBytes' | 'modifiedMs' | 'metadata' | 'sha256'>;

/** As `infoOf`, without what only a write needs. */
export function factsOf(key: ObjectKey, answer: Answer, abilities: EndpointAbilities | null): ObjectFacts {
  const isWhole = answer.ChecksumType !== 'COMPOSITE';
  return {
    etag: requireEtag(answer.ETag, key),
    sizeBytes: wholeSize(answer),
    modifiedMs: modifiedMsOf(answer),
    metadata: decodeMetadata(answer.Metadata),
    sha256: isWhole && abilities?.sha256 !== false ? checksumHex(answer.ChecksumSHA256, 32) : null,
  };
}

/** `abilities` null: not probed yet, so checksums are passed on for the probe itself to judge. */
export function infoOf(key: ObjectKey, answer: Answer, abilities: EndpointAbilities | null): ObjectInfo {
  const facts = factsOf(key, answer, abilities);
  const { etag } = facts;
  const isEncrypted =
    (answer.ServerSideEncryption ?? 'AES256') !== 'AES256' || answer.SSECustomerAlgorithm !== undefined;
  const isMd5 = abilities?.md5Etag === true && !isEncrypted && /^[0-9a-f]{32}$/.test(etag);
  const isWhole = answer.ChecksumType !== 'COMPOSITE';
  return {
    key,
    ...facts,
    contentType: plainHeader(answer.ContentType),
    headers: headersOf(answer),
    tagCount: answer.TagCount ?? 0,
    versionId: realVersion(answer.VersionId),
    crc64nvme: isWhole && abilities?.crc64nvme !== false ? checksumHex(answer.ChecksumCRC64NVME, 8) : null,
    md5: isMd5 ? etag : null,
  };
}
