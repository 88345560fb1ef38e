// Remote side: plain objects in one bucket. Keys are full and raw; a failed precondition is an outcome.
//
// Source: Amazon S3 API reference. Implementations map foreign errors once, at their edge, to `SyncError`
// (core/model/errors.ts); 404, 409 and 412 are outcomes and never thrown. No implementation retries: one retry loop
// exists in the program, above this port.
import type { ContentId, Etag, Fingerprint, ObjectKey } from '../core/model/model.ts';

export type ObjectSummary = {
  readonly key: ObjectKey;
  readonly etag: Etag;
  readonly sizeBytes: number;
  /** LastModified, milliseconds; for display, never for a decision. */
  readonly modifiedMs: number;
};
/** Listing entry with too little information to sync; it alone is skipped, and reported (rule 3). */
export type UnusableEntry = {
  /** Null where the key itself is none (no UTF-8, too long, of another prefix). */
  readonly key: ObjectKey | null;
  /** The key as the store sent it, as far as it can be shown. */
  readonly label: string;
  readonly why: 'no-key' | 'no-etag' | 'no-size' | 'other-prefix';
};

export type RemotePage = {
  /** In the order of the store, which need not be that of the keys. */
  readonly objects: readonly ObjectSummary[];
  readonly unusable: readonly UnusableEntry[];
  readonly isLast: boolean;
};

export type ObjectMetadata = Readonly<Record<string, string>>;

/**
 * What an object carries beside its bytes, its type and our own metadata: kept by a rename, and by an edit as far as the
 * content does not decide it. Values as they travel; null where the store says nothing.
 */
export type ObjectHeaders = {
  readonly contentEncoding: string | null;
  readonly contentDisposition: string | null;
  readonly contentLanguage: string | null;
  readonly cacheControl: string | null;
  /** As an HTTP date; what is no date is not kept. */
  readonly expires: string | null;
  readonly websiteRedirect: string | null;
  /** Null for STANDARD, which HEAD does not name. */
  readonly storageClass: string | null;
  /** A key of the object's own; null for the store's own encryption. */
  readonly encryption: { readonly algorithm: string; readonly keyId: string | null } | null;
  /** User metadata that is not ours, not decoded. */
  readonly userMetadata: ObjectMetadata;
  /** `x-amz-tagging` of a write (`a=1&b=2`); null in what HEAD and GET answer, which only count tags. */
  readonly tagging: string | null;
};

export type ObjectInfo = ObjectSummary & {
  /** User metadata, lower-case names without `x-amz-meta-`. */
  readonly metadata: ObjectMetadata;
  readonly contentType: string | null;
  readonly headers: ObjectHeaders;
  /** How many tags there are, where the store says so; 0 otherwise. */
  readonly tagCount: number;
  readonly versionId: string | null;
  /** Full-object SHA-256 as lower-case hex, only where the store itself keeps and returns it. */
  readonly sha256: string | null;
  /** Full-object CRC-64/NVME as lower-case hex, likewise. */
  readonly crc64nvme: string | null;
  /** MD5 as lower-case hex where this is a single-part object and the endpoint was probed to use plain MD5 ETags. */
  readonly md5: string | null;
};

export type Condition =
  | { readonly kind: 'none' }
  /** `If-None-Match: *` */
  | { readonly kind: 'absent' }
  /** `If-Match: <etag>` */
  | { readonly kind: 'etag'; readonly etag: Etag };

export type HeadOutcome =
  | { readonly kind: 'found'; readonly info: ObjectInfo }
  /** 404 only; 403 is thrown as `remote-denied` and is never absence (rule 2). */
  | { readonly kind: 'absent' };

export type GetOutcome =
  | { readonly kind: 'found'; readonly info: ObjectInfo; readonly body: AsyncIterable<Uint8Array> }
  | { readonly kind: 'not-modified' }
  | { readonly kind: 'absent' }
  /** 412: the etag asked for is not there any more. Only where one was asked for: else a 412 is thrown. */
  | { readonly kind: 'lost' };

export type WriteOutcome =
  | { readonly kind: 'done'; readonly etag: Etag; readonly versionId: string | null }
  /** 404, 409, 412: re-head and re-plan (rule 17). */
  | { readonly kind: 'lost' }
  /** `beforeSend` said no: nothing was sent, or the upload was aborted before its last step (rule 13). */
  | { readonly kind: 'withdrawn' };

/** Bytes that can be read again by position, so that a retried or signed request never holds the whole file. */
export type ByteSource = {
  readonly sizeBytes: number;
  /** `into`: buffer of at least `length` bytes that may be filled and returned, to save an allocation. */
  read(position: number, length: number, into?: Uint8Array): Promise<Uint8Array>;
};

export type PutOptions = {
  readonly condition: Condition;
  readonly contentType: string;
  readonly metadata: ObjectMetadata;
  /** Left out: a new object without headers of its own. */
  readonly headers?: ObjectHeaders;
  /** Lower-case hex SHA-256 of all bytes, sent as the store's checksum where it takes one. */
  readonly sha256: string;
  /**
   * Asked after the last byte was read and before PutObject or CompleteMultipartUpload is sent; false withdraws.
   * Implemented as middleware of the S3 client, so that lib-storage obeys it too.
   */
  readonly beforeSend: () => Promise<boolean>;
  readonly onProgress: (bytesSent: number) => void;
};

export type DeleteOutcome =
  | { readonly kind: 'done'; readonly versionId: string | null; readonly isDeleteMarker: boolean }
  | { readonly kind: 'absent' }
  | { readonly kind: 'lost' };

export type WantedObject = {
  /** Names the bytes until they are placed. */
  readonly opId: string;
  readonly key: ObjectKey;
  readonly etag: Etag;
  readonly sizeBytes: number;
};

/** Of the key, version and length that were asked for, and proven to be that. */
export type HeldObject = Pick<ObjectInfo, 'metadata' | 'modifiedMs'> & {
  readonly opId: string;
  readonly content: ContentId;
  /** Null where the placing side has the bytes already. */
  readonly bytes: Uint8Array | null;
};

/** A small file that was read whole and proven to have held still meanwhile. */
export type HeldRead = {
  readonly opId: string;
  readonly fingerprint: Fingerprint;
  readonly executable: boolean;
  readonly content: ContentId;
  /** Null where the sending side has the bytes already. */
  readonly source: (ByteSource & { isUnchanged(): Promise<boolean> }) | null;
};

/** A new object: it is made only where its key is free. */
export type HeldSending = {
  readonly held: HeldRead;
  readonly key: ObjectKey;
  readonly contentType: string;
  readonly metadata: ObjectMetadata;
};

export type SentOutcome =
  | WriteOutcome
  /** The answer was lost, or said too little: it may be there (rule 17). */
  | { readonly kind: 'unclear' };

export type HeldSender = {
  /**
   * One answer for each, of which `beforeSend` (rule 13) was asked by the sending side; null where nothing happened, and the general way has to send it.
   * None of the bytes are kept.
   */
  send(files: readonly HeldSending[], signal: AbortSignal): Promise<readonly (SentOutcome | null)[]>;
};

/**
 * Small objects that are transferred in groups. What was fetched is kept in memory until `LocalChanges.placeHeld` or `drop` has it, and what
 * `LocalFiles.readHeld` has read until it is sent or dropped.
 */
export interface HeldObjects {
  /**
   * One answer for each; null where the general way has to ask, whatever came instead of the object. Null for all of them where
   * this way is not open: behind a proxy, under a limit, or after it was in vain.
   */
  fetch(wanted: readonly WantedObject[], signal: AbortSignal): Promise<readonly (HeldObject | null)[] | null>;
  /** Null where this way is not open for uploads, as of `fetch`. */
  sender(signal: AbortSignal): Promise<HeldSender | null>;
  drop(opIds: readonly string[]): void;
}

export interface RemoteObjects {
  /** Pages of all keys under `prefix`, `encoding-type=url`, from after `startAfter` on. */
  list(prefix: string, startAfter: string | null, signal: AbortSignal): AsyncIterable<RemotePage>;
  head(key: ObjectKey, signal: AbortSignal): Promise<HeadOutcome>;
  /**
   * `ifNoneMatch` gives `not-modified` (the beacon's 304); `range` in bytes, end exclusive. `into` is memory for the bytes of
   * `range`, or of the object where there is none: they may come straight there, and the body then yields views of it, each at its place; what is elsewhere is to be copied. It is
   * the adapter's until `get` has rejected, or the body has ended or thrown.
   */
  get(
    key: ObjectKey,
    options: {
      readonly condition: Condition;
      readonly ifNoneMatch?: Etag;
      readonly range?: { readonly start: number; readonly end: number };
      readonly into?: Uint8Array;
    },
    signal: AbortSignal,
  ): Promise<GetOutcome>;
  /** One PutObject, or lib-storage's multipart above the single-PUT limit (8 MiB). */
  put(key: ObjectKey, source: ByteSource, options: PutOptions, signal: AbortSignal): Promise<WriteOutcome>;
  delete(key: ObjectKey, condition: Condition, signal: AbortSignal): Promise<DeleteOutcome>;
  /** Server-side copy within the bucket, metadata replaced; `source` pins the version copied; null takes whatever is there. */
  copy(
    from: ObjectKey,
    to: ObjectKey,
    options: {
      readonly source: Etag | null;
      readonly condition: Condition;
      readonly metadata: ObjectMetadata;
      readonly contentType: string;
      /** Left out: the copy has none. Tags are copied by the store itself. */
      readonly headers?: ObjectHeaders;
      /** Leaves the tags out, which a role may do without rights to tags. */
      readonly withoutTags?: boolean;
    },
    signal: AbortSignal,
  ): Promise<WriteOutcome>;
  /** The object's tags as `x-amz-tagging` takes them; null when there are none, or they may not be read. */
  tagging(key: ObjectKey, signal: AbortSignal): Promise<string | null>;
}

/** What a body carries so that the store can check it; `md5` is `Content-MD5`. */
export type PartChecksum = 'crc64nvme' | 'crc32' | 'md5' | 'none';

/** @property value base64 */
export type PartSum = { readonly kind: Exclude<PartChecksum, 'none'>; readonly value: string };

export type PartInfo = {
  readonly number: number;
  readonly etag: Etag;
  readonly sizeBytes: number;
  /** As sent, or as the store lists it; null where there is none. Composite checksums are made of them. */
  readonly sum?: PartSum | null;
};

/** Journalled multipart for large files: every step apart, so that a restart resumes (Amazon S3 multipart API). */
export interface MultipartObjects {
  create(
    key: ObjectKey,
    options: {
      readonly contentType: string;
      readonly metadata: ObjectMetadata;
      readonly headers?: ObjectHeaders;
      /** Left out: what the endpoint was probed to take. */
      readonly checksum?: PartChecksum;
    },
    signal: AbortSignal,
  ): Promise<{ readonly uploadId: string }>;
  uploadPart(
    key: ObjectKey,
    uploadId: string,
    part: {
      readonly number: number;
      readonly bytes: Uint8Array;
      /** Absent: computed here, of the kind that the endpoint accepts. */
      readonly sum?: PartSum | null;
      /** Lower-case hex, of the bytes. Absent: computed here. */
      readonly sha256?: string;
    },
    signal: AbortSignal,
  ): Promise<{ readonly kind: 'done'; readonly part: PartInfo } | { readonly kind: 'upload-gone' }>;
  /** A part of bytes that the store has already: `source` pins the version copied; `range` in bytes, end exclusive. */
  copyPart(
    key: ObjectKey,
    uploadId: string,
    part: {
      readonly number: number;
      readonly from: ObjectKey;
      readonly source: Etag | null;
      readonly range: { readonly start: number; readonly end: number };
    },
    signal: AbortSignal,
  ): Promise<
    | { readonly kind: 'done'; readonly part: PartInfo }
    | { readonly kind: 'upload-gone' }
    /** The source is not there, or not that version any more. */
    | { readonly kind: 'lost' }
  >;
  listParts(
    key: ObjectKey,
    uploadId: string,
    signal: AbortSignal,
  ): Promise<
    { readonly kind: 'parts'; readonly parts: readonly PartInfo[] } | { readonly kind: 'upload-gone' }
  >;
  complete(
    key: ObjectKey,
    uploadId: string,
    parts: readonly PartInfo[],
    options: { readonly condition: Condition; readonly beforeSend: () => Promise<boolean> },
    signal: AbortSignal,
  ): Promise<WriteOutcome | { readonly kind: 'upload-gone' }>;
  /** An upload that is gone counts as aborted. */
  abort(key: ObjectKey, uploadId: string, signal: AbortSignal): Promise<void>;
}

export type ObjectVersion = {
  readonly key: ObjectKey;
  readonly versionId: string;
  readonly isLatest: boolean;
  readonly isDeleteMarker: boolean;
  readonly etag: Etag | null;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
};

export interface ObjectVersions {
  /** Newest first per key; an endpoint without versions gives only current ones with versionId `null`. */
  versions(prefix: string, signal: AbortSignal): AsyncIterable<ObjectVersion>;
  getVersion(key: ObjectKey, versionId: string, signal: AbortSignal): Promise<GetOutcome>;
  /** `unversioned` when it cannot be told (denied): treated as no undo on the remote side. */
  bucketVersioning(signal: AbortSignal): Promise<'enabled' | 'suspended' | 'unversioned'>;
}

/** What an endpoint honours, probed once per account with real requests under `<prefix>.driftless/probe/`. */
export type EndpointAbilities = {
  readonly putIfNoneMatch: boolean;
  readonly putIfMatch: boolean;
  readonly deleteIfMatch: boolean;
  readonly completeIfNoneMatch: boolean;
  readonly copyConditions: boolean;
  /** The store verifies and returns full-object SHA-256 / CRC-64/NVME. */
  readonly sha256: boolean;
  readonly crc64nvme: boolean;
  /** Single-part ETags are plain MD5. */
  readonly md5Etag: boolean;
  /** Those of parts are. */
  readonly partMd5: boolean;
  /** Verified with each part; buckets with Object Lock retention refuse parts without one. */
  readonly partChecksum: PartChecksum;
  /** Our own PUT came back with a real version id (rule 18). */
  readonly versioned: boolean;
};
