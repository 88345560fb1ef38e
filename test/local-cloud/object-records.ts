// What a change to the store is made of: its inputs, and the record that the journal keeps of it.
import type { Segment } from './blobs.ts';
import type { StoredVersion, Upload, UploadedPart, Versioning } from './object-types.ts';

/** Called with the current version in the same turn as the change; throws to refuse. */
export type Precondition = (current: StoredVersion | undefined) => void;

export type ObjectPlace = { readonly bucket: string; readonly key: string };

/** Bytes that other objects have already. */
export type SharedBytes = { readonly kind: 'segments'; readonly segments: readonly Segment[] };

export type PutOptions = { readonly precondition?: Precondition; readonly uploadId?: string };

export type NewObject = Omit<StoredVersion, 'versionId' | 'isDeleteMarker' | 'pending' | 'segments'>;

export type VersionRecord = Omit<StoredVersion, 'pending' | 'segments'> & {
  readonly segments: readonly Segment[] | null;
};

export type JournalRecord =
  | { readonly t: 'bucket'; readonly bucket: string; readonly createdMs: number }
  | { readonly t: 'bucket-gone'; readonly bucket: string }
  | { readonly t: 'versioning'; readonly bucket: string; readonly versioning: Versioning }
  | {
      readonly t: 'put';
      readonly bucket: string;
      readonly key: string;
      readonly version: VersionRecord;
      readonly replaces: string | null;
      readonly upload?: string;
    }
  | { readonly t: 'drop'; readonly bucket: string; readonly key: string; readonly versionId: string }
  | { readonly t: 'upload'; readonly upload: Omit<Upload, 'parts'> }
  | {
      readonly t: 'part';
      readonly uploadId: string;
      readonly number: number;
      readonly part: Omit<UploadedPart, 'segments'> & { readonly segments: readonly Segment[] | null };
    }
  | { readonly t: 'upload-gone'; readonly uploadId: string };
