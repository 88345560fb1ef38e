// Buckets, objects and versions: decides and applies each change in one turn, so that conditional writes race safely, then journals it.
import { mkdirSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { AwsError } from './aws-error.ts';
import { Blobs } from './blobs.ts';
import type { Incoming, Segment } from './blobs.ts';
import { Journal } from './journal.ts';
import { KeyIndex } from './key-index.ts';
import type {
  JournalRecord,
  NewObject,
  ObjectPlace,
  Precondition,
  PutOptions,
  SharedBytes,
} from './object-records.ts';
import { currentVersion } from './object-types.ts';
import type { Bucket, KeyEntry, StoredVersion, Upload, UploadedPart, Versioning } from './object-types.ts';

/** A change to a key, kept for a while so that a lagging LIST can show what was before. */
type Change = {
  readonly atMs: number;
  readonly bucket: string;
  readonly key: string;
  readonly before: readonly StoredVersion[];
};

export class ObjectStore {
  readonly buckets = new Map<string, Bucket>();
  readonly uploads = new Map<string, Upload>();
  readonly blobs: Blobs;
  readonly journal: Journal;
  /** Set by the owner when listings lag; zero keeps no history. */
  historyMs = 0;
  #changes: Change[] = [];

  constructor(directory: string) {
    mkdirSync(directory, { recursive: true });
    this.blobs = new Blobs(join(directory, 'blobs'));
    this.journal = new Journal(join(directory, 'objects.log'), (record, offset, length) => {
      this.blobs.release(this.#apply(record as JournalRecord, offset, length));
    });
    this.blobs.removeStrays();
  }

  close(): Promise<void> {
    return this.journal.close();
  }

  bucket(name: string): Bucket {
    const bucket = this.buckets.get(name);
    if (bucket === undefined)
      throw new AwsError('NoSuchBucket', 404, 'The specified bucket does not exist', { BucketName: name });
    return bucket;
  }

  async createBucket(name: string, nowMs: number): Promise<void> {
    const record: JournalRecord = { t: 'bucket', bucket: name, createdMs: nowMs };
    this.#apply(record, 0, 0);
    await this.journal.append(record).written;
  }

  async deleteBucket(name: string): Promise<void> {
    const record: JournalRecord = { t: 'bucket-gone', bucket: name };
    this.#apply(record, 0, 0);
    await this.journal.append(record).written;
  }

  async setVersioning(name: string, versioning: Versioning): Promise<void> {
    const record: JournalRecord = { t: 'versioning', bucket: name, versioning };
    this.#apply(record, 0, 0);
    await this.journal.append(record).written;
  }

  /** Puts an object if the precondition holds at this instant. `incoming` may also name segments that other objects share. */
  async put(
    place: ObjectPlace,
    object: NewObject,
    incoming: Incoming | SharedBytes,
    options: PutOptions = {},
  ): Promise<StoredVersion> {
    const { bucket: bucketName, key } = place;
    const bucket = this.bucket(bucketName);
    const entry = bucket.keys.get(key);
    options.precondition?.(currentVersion(entry));
    const versionId = bucket.versioning === 'enabled' ? newVersionId() : 'null';
    const base = { ...object, versionId, isDeleteMarker: false };
    const segments =
      incoming.kind === 'memory' ? null : incoming.kind === 'file' ? [incoming.segment] : incoming.segments;
    const replaces = bucket.versioning === 'enabled' ? null : 'null';
    const record: JournalRecord = {
      t: 'put',
      bucket: bucketName,
      key,
      version: { ...base, segments },
      replaces,
      ...(options.uploadId === undefined ? {} : { upload: options.uploadId }),
    };
    const bytes = incoming.kind === 'memory' ? incoming.bytes : undefined;
    const { dataOffset, written } = this.journal.append(record, bytes);
    const version: StoredVersion = {
      ...base,
      segments: segments ?? [{ file: null, start: dataOffset, length: bytes?.length ?? 0 }],
      pending: bytes ?? null,
    };
    const freed = this.#place(bucket, key, version, replaces);
    const parts = options.uploadId === undefined ? [] : this.#forgetUpload(options.uploadId);
    await written;
    version.pending = null;
    // Only now: a kill before the record is on disk must find the old bytes still there.
    this.blobs.release([...freed, ...parts]);
    return version;
  }

  /** DELETE without a version: removes, or in a versioned bucket lays a delete marker on top. */
  async remove(
    bucketName: string,
    key: string,
    nowMs: number,
    precondition?: Precondition,
  ): Promise<StoredVersion | undefined> {
    const bucket = this.bucket(bucketName);
    const entry = bucket.keys.get(key);
    precondition?.(currentVersion(entry));
    if (bucket.versioning === 'off') {
      if (entry !== undefined) await this.#drop(bucket, key, 'null');
      return undefined;
    }
    const versionId = bucket.versioning === 'enabled' ? newVersionId() : 'null';
    const marker: StoredVersion = {
      versionId,
      etag: '',
      sizeBytes: 0,
      modifiedMs: nowMs,
      isDeleteMarker: true,
      headers: {},
      checksum: null,
      parts: null,
      segments: [],
      pending: null,
    };
    const replaces = bucket.versioning === 'enabled' ? null : 'null';
    const { pending: _pending, ...version } = marker;
    const { written } = this.journal.append({
      t: 'put',
      bucket: bucketName,
      key,
      version,
      replaces,
    } satisfies JournalRecord);
    const freed = this.#place(bucket, key, marker, replaces);
    await written;
    this.blobs.release(freed);
    return marker;
  }

  /** DELETE of one version, for good. */
  async removeVersion(
    bucketName: string,
    key: string,
    versionId: string,
  ): Promise<StoredVersion | undefined> {
    const bucket = this.bucket(bucketName);
    const found = bucket.keys.get(key)?.versions.find((version) => version.versionId === versionId);
    if (found !== undefined) await this.#drop(bucket, key, versionId);
    return found;
  }

  async createUpload(upload: Upload): Promise<void> {
    const { parts: _parts, ...description } = upload;
    this.uploads.set(upload.uploadId, upload);
    await this.journal.append({ t: 'upload', upload: description } satisfies JournalRecord).written;
  }

  async putPart(
    uploadId: string,
    number: number,
    part: Omit<UploadedPart, 'segments'>,
    incoming: Incoming | SharedBytes,
  ): Promise<void> {
    const upload = this.uploads.get(uploadId);
    if (upload === undefined) throw noSuchUpload();
    const segments =
      incoming.kind === 'memory' ? null : incoming.kind === 'file' ? [incoming.segment] : incoming.segments;
    const bytes = incoming.kind === 'memory' ? incoming.bytes : undefined;
    const { dataOffset, written } = this.journal.append(
      { t: 'part', uploadId, number, part: { ...part, segments } } satisfies JournalRecord,
      bytes,
    );
    // A part becomes readable only by Complete, which the client sends after this answer: no pending bytes are needed.
    const freed = this.#placePart(upload, number, {
      ...part,
      segments: segments ?? [{ file: null, start: dataOffset, length: bytes?.length ?? 0 }],
    });
    await written;
    this.blobs.release(freed);
  }

  async abortUpload(uploadId: string): Promise<void> {
    const freed = this.#forgetUpload(uploadId);
    await this.journal.append({ t: 'upload-gone', uploadId } satisfies JournalRecord).written;
    this.blobs.release(freed);
  }

  /** What keys looked like `lagMs` ago, for the keys that changed since: key to versions then. */
  before(bucketName: string, sinceMs: number): ReadonlyMap<string, readonly StoredVersion[]> {
    const then = new Map<string, readonly StoredVersion[]>();
    for (const change of this.#changes) {
      if (change.atMs >= sinceMs && change.bucket === bucketName && !then.has(change.key))
        then.set(change.key, change.before);
    }
    return then;
  }

  async #drop(bucket: Bucket, key: string, versionId: string): Promise<void> {
    const record: JournalRecord = { t: 'drop', bucket: bucket.name, key, versionId };
    const { written } = this.journal.append(record);
    const freed = this.#apply(record, 0, 0);
    await written;
    this.blobs.release(freed);
  }

  /** Answers the segments that nothing refers to any more. */
  #place(bucket: Bucket, key: string, version: StoredVersion, replaces: string | null): readonly Segment[] {
    const before = bucket.keys.get(key)?.versions ?? [];
    this.#remember(bucket, key, before);
    const kept = replaces === null ? before : before.filter((old) => old.versionId !== replaces);
    this.blobs.hold(version.segments);
    bucket.keys.set(key, { versions: kept.length === 0 ? [version] : [version, ...kept] });
    return kept.length === before.length
      ? []
      : before.filter((old) => old.versionId === replaces).flatMap((old) => old.segments);
  }

  #placePart(upload: Upload, number: number, part: UploadedPart): readonly Segment[] {
    const old = upload.parts.get(number);
    this.blobs.hold(part.segments);
    upload.parts.set(number, part);
    return old?.segments ?? [];
  }

  #forgetUpload(uploadId: string): readonly Segment[] {
    const upload = this.uploads.get(uploadId);
    this.uploads.delete(uploadId);
    return [...(upload?.parts.values() ?? [])].flatMap((part) => part.segments);
  }

  #remember(bucket: Bucket, key: string, before: readonly StoredVersion[]): void {
    if (this.historyMs === 0) return;
    const now = Date.now();
    this.#changes = this.#changes.filter((change) => change.atMs > now - this.historyMs);
    this.#changes.push({ atMs: now, bucket: bucket.name, key, before });
  }

  /** Brings memory to what a record says; used at replay, and live where nothing else has to be decided. */
  #apply(record: JournalRecord, dataOffset: number, dataLength: number): readonly Segment[] {
    const own = (segments: readonly Segment[] | null): readonly Segment[] =>
      segments ?? [{ file: null, start: dataOffset, length: dataLength }];
    switch (record.t) {
      case 'bucket':
        this.buckets.set(record.bucket, {
          name: record.bucket,
          createdMs: record.createdMs,
          versioning: 'off',
          keys: new KeyIndex<KeyEntry>(),
        });
        return [];
      case 'bucket-gone':
        this.buckets.delete(record.bucket);
        return [];
      case 'versioning':
        this.bucket(record.bucket).versioning = record.versioning;
        return [];
      case 'put':
        return [
          ...this.#place(
            this.bucket(record.bucket),
            record.key,
            { ...record.version, segments: own(record.version.segments), pending: null },
            record.replaces,
          ),
          ...(record.upload === undefined ? [] : this.#forgetUpload(record.upload)),
        ];
      case 'drop': {
        const { keys } = this.bucket(record.bucket);
        const before: readonly StoredVersion[] = keys.get(record.key)?.versions ?? [];
        this.#remember(this.bucket(record.bucket), record.key, before);
        const kept = before.filter((version) => version.versionId !== record.versionId);
        if (kept.length === 0) keys.delete(record.key);
        else keys.set(record.key, { versions: kept });
        return before
          .filter((version) => version.versionId === record.versionId)
          .flatMap((version) => version.segments);
      }
      case 'upload':
        this.uploads.set(record.upload.uploadId, { ...record.upload, parts: new Map() });
        return [];
      case 'part': {
        const upload = this.uploads.get(record.uploadId);
        return upload === undefined
          ? []
          : this.#placePart(upload, record.number, { ...record.part, segments: own(record.part.segments) });
      }
      case 'upload-gone':
        return this.#forgetUpload(record.uploadId);
    }
  }
}

export function noSuchUpload(): AwsError {
  return new AwsError(
    'NoSuchUpload',
    404,
    'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
  );
}

function newVersionId(): string {
  return randomBytes(24).toString('base64url');
}
