// What the local S3 keeps about buckets, objects, versions and uploads.
import type { Segment } from './blobs.ts';
import type { Checksum, ChecksumAlgorithm } from './checksums.ts';
import type { KeyIndex } from './key-index.ts';

export type PartInfo = {
  readonly sizeBytes: number;
  readonly etag: string;
  readonly checksum: string | null;
};

export type StoredVersion = {
  /** `null` (the text) where the bucket was not versioned. */
  readonly versionId: string;
  readonly etag: string;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
  readonly isDeleteMarker: boolean;
  /** content-type and friends, and x-amz-meta-*, in lower case, as raw header text. */
  readonly headers: Readonly<Record<string, string>>;
  readonly checksum: Checksum | null;
  readonly parts: readonly PartInfo[] | null;
  segments: readonly Segment[];
  /** Small bytes whose journal write is still under way. */
  pending: Buffer | null;
};

/** Newest first. */
export type KeyEntry = { versions: readonly StoredVersion[] };

export type Versioning = 'off' | 'enabled' | 'suspended';

export type Bucket = {
  readonly name: string;
  readonly createdMs: number;
  versioning: Versioning;
  readonly keys: KeyIndex<KeyEntry>;
};

export type UploadedPart = {
  readonly etag: string;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
  readonly checksums: Readonly<Partial<Record<ChecksumAlgorithm, string>>>;
  readonly segments: readonly Segment[];
};

export type Upload = {
  readonly uploadId: string;
  readonly bucket: string;
  readonly key: string;
  readonly initiatedMs: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly algorithm: ChecksumAlgorithm | null;
  readonly checksumType: 'FULL_OBJECT' | 'COMPOSITE';
  readonly parts: Map<number, UploadedPart>;
};

export function currentVersion(entry: KeyEntry | undefined): StoredVersion | undefined {
  const newest = entry?.versions[0];
  return newest === undefined || newest.isDeleteMarker ? undefined : newest;
}
