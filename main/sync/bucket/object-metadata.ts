// User metadata of our objects, written and parsed. Only the op id is trusted (C7).
import { recordableNs } from '../../core/model/fingerprint.ts';
import type { ContentId, Etag, OpId } from '../../core/model/model.ts';
import type { ObjectInfo, ObjectMetadata } from '../../ports/remote-objects.port.ts';

const maxAncestors = 8;
/** Of all of them: S3 takes 2 KiB of metadata, and an object of another writer may name any. */
const maxAncestorChars = 1024;
/** What travels as it is. */
const plainText = /^[\x21-\x24\x26-\x7e]+$/u;

export type ObjectNotes = {
  readonly opId: OpId;
  readonly content: ContentId;
  /** Seconds with a fraction, in rclone's format. */
  readonly mtimeNs: bigint | null;
  readonly executable: boolean;
  /** Newest first; only if the store ignores conditions (C17). */
  readonly ancestors: readonly string[];
};

export function writeNotes(notes: ObjectNotes): ObjectMetadata {
  const ancestors = fitting(notes.ancestors.slice(0, maxAncestors));
  return {
    'driftless-op': notes.opId,
    'driftless-sha256': notes.content,
    ...(notes.mtimeNs === null ? {} : { mtime: secondsText(notes.mtimeNs) }),
    ...(notes.executable ? { 'driftless-exec': '1' } : {}),
    ...(ancestors.length === 0 ? {} : { 'driftless-ancestors': ancestors.join(',') }),
  };
}

export function readMtimeNs(metadata: ObjectMetadata): bigint | null {
  const match = /^(-?\d{1,11})(?:\.(\d{1,9}))?$/u.exec(metadata['mtime'] ?? '');
  if (match === null) return null;
  const [, seconds = '0', fraction = ''] = match;
  const ns = BigInt(seconds) * 1_000_000_000n;
  const part = BigInt(fraction.padEnd(9, '0'));
  return recordableNs(seconds.startsWith('-') ? ns - part : ns + part);
}

/**
 * Time of a file: the one another tool stored, otherwise when the object was created, as aws, rclone and
 * s3cmd do.
 */
export function readTimeNs(info: Pick<ObjectInfo, 'metadata' | 'modifiedMs'>): bigint | null {
  const noted = readMtimeNs(info.metadata);
  if (noted !== null) return noted;
  return info.modifiedMs > 0 ? recordableNs(BigInt(info.modifiedMs) * 1_000_000n) : null;
}

const fileTypeMask = 0o170_000;
const linkType = 0o120_000;

/** Object that s3fs presents as a symbolic link: the `lstat` mode in decimal, the target as content. */
export function isLinkObject(metadata: ObjectMetadata): boolean {
  const mode = Number(/^\d{1,10}$/u.exec(metadata['mode'] ?? '')?.[0] ?? 0);
  return (mode & fileTypeMask) === linkType;
}

export function readExecutable(metadata: ObjectMetadata): boolean {
  return metadata['driftless-exec'] === '1';
}

export function readOpId(metadata: ObjectMetadata): string | null {
  return metadata['driftless-op'] ?? null;
}

/** Null for an object that Driftless did not write: its ancestry is unknown. */
export function readAncestors(metadata: ObjectMetadata): readonly string[] | null {
  if (metadata['driftless-op'] === undefined) return null;
  const text = metadata['driftless-ancestors'];
  return text === undefined ? [] : text.split(',');
}

export function ancestorsAfter(previous: Etag | null, metadata: ObjectMetadata | null): readonly string[] {
  if (previous === null) return [];
  const older = metadata === null ? [] : (readAncestors(metadata) ?? []);
  return [previous, ...older.filter((etag) => plainText.test(etag))].slice(0, maxAncestors);
}

/** The first of them that fit. */
function fitting(ancestors: readonly string[]): readonly string[] {
  let chars = 0;
  return ancestors.filter((etag) => {
    chars += etag.length + 1;
    return chars <= maxAncestorChars;
  });
}

function secondsText(ns: bigint): string {
  const isNegative = ns < 0n;
  const whole = (isNegative ? -ns : ns) / 1_000_000_000n;
  const fraction = ((isNegative ? -ns : ns) % 1_000_000_000n).toString().padStart(9, '0');
  return `${isNegative ? '-' : ''}${whole.toString()}.${fraction}`;
}
