// Fingerprint comparison: when two stats mean the same bytes, and when to trust one (C6).
import type { ContentId, Fingerprint, LocalFile } from './model.ts';

/** Inode number 0 marks a disk without lasting numbers: it equals every other. */
export function sameInode(one: bigint, other: bigint): boolean {
  return one === other || one === 0n || other === 0n;
}

export function sameFingerprint(one: Fingerprint, other: Fingerprint): boolean {
  return (
    one.sizeBytes === other.sizeBytes &&
    one.mtimeNs === other.mtimeNs &&
    one.ctimeNs === other.ctimeNs &&
    sameInode(one.inode, other.inode)
  );
}

/** Largest signed 64-bit number, the type that records store: 292 years after 1970. */
const latestNs = 2n ** 63n - 1n;

/** Clamps a time of a disk or an object, which may be of any century, to the range that records store. */
export function recordableNs(timeNs: bigint): bigint {
  if (timeNs > latestNs) return latestNs;
  return timeNs < -latestNs ? -latestNs : timeNs;
}

/** Clamps a size: a sparse file may claim almost any, and no store accepts one that large. */
export function recordableBytes(sizeBytes: bigint): number {
  return Math.min(Number(sizeBytes), Number.MAX_SAFE_INTEGER);
}

/**
 * For re-checks just before an operation: as `sameFingerprint`, except that a smudged expectation (see
 * `smudge`) ignores the ctime. Operations hash the bytes anyway; this only saves work.
 */
export function stillMatches(expected: Fingerprint, actual: Fingerprint): boolean {
  return sameFingerprint(expected, isSmudged(expected) ? smudge(actual) : actual);
}

/**
 * A fingerprint that no later stat will equal, so that the file is hashed again. Used when the content was
 * read so soon after the file's mtime that a further write could fall into the same tick of the volume's
 * clock.
 */
export function smudge(fingerprint: Fingerprint): Fingerprint {
  return { ...fingerprint, ctimeNs: 0n };
}

export function isSmudged(fingerprint: Fingerprint): boolean {
  return fingerprint.ctimeNs === 0n;
}

/** True if a write after `readAtNs` could leave the same mtime. A future mtime is judged by its ctime. */
export function isTooYoung(fingerprint: Fingerprint, readAtNs: bigint, granularityNs: bigint): boolean {
  const stampNs = fingerprint.mtimeNs <= readAtNs ? fingerprint.mtimeNs : fingerprint.ctimeNs;
  const ageNs = readAtNs - stampNs;
  return ageNs <= granularityNs;
}

/** Fingerprint to store with content that was read at `readAtNs`. */
export function trustedFingerprint(
  fingerprint: Fingerprint,
  readAtNs: bigint,
  granularityNs: bigint,
): Fingerprint {
  return isTooYoung(fingerprint, readAtNs, granularityNs) ? smudge(fingerprint) : fingerprint;
}

/** Content of a scanned file if an earlier scan of the same bytes knows it, otherwise null. */
export function carriedContent(
  sighted: Fingerprint,
  earlier: readonly (Pick<LocalFile, 'fingerprint' | 'content'> | null)[],
): ContentId | null {
  for (const known of earlier) {
    if (known !== null && known.content !== null && sameFingerprint(known.fingerprint, sighted)) {
      return known.content;
    }
  }
  return null;
}
