// The bucket behind fake-remote-objects.ts: keys, versions and uploads in memory, deterministic and small.
import { hash } from 'node:crypto';
import type { ObjectKey, Etag } from '../../main/core/model/model.ts';
import type { ObjectHeaders, ObjectMetadata, PartInfo } from '../../main/ports/remote-objects.port.ts';

export type FakeVersion = {
  readonly versionId: string;
  readonly etag: Etag;
  /** null: a delete marker. */
  readonly bytes: Uint8Array | null;
  readonly metadata: ObjectMetadata;
  readonly contentType: string | null;
  readonly headers: ObjectHeaders;
  readonly modifiedMs: number;
  readonly parts: number;
};

export type FakeUpload = {
  readonly key: ObjectKey;
  readonly contentType: string;
  readonly metadata: ObjectMetadata;
  readonly headers?: ObjectHeaders;
  readonly parts: Map<number, { readonly info: PartInfo; readonly bytes: Uint8Array }>;
};

export const noHeaders: ObjectHeaders = {
  contentEncoding: null,
  contentDisposition: null,
  contentLanguage: null,
  cacheControl: null,
  expires: null,
  websiteRedirect: null,
  storageClass: null,
  encryption: null,
  userMetadata: {},
  tagging: null,
};

export type FakeVersioning = 'enabled' | 'suspended' | 'unversioned';

export type NewVersion = {
  readonly bytes: Uint8Array;
  readonly metadata: ObjectMetadata;
  readonly contentType: string | null;
  readonly headers?: ObjectHeaders | undefined;
  readonly parts: number;
};

export class FakeBucket {
  versioning: FakeVersioning;
  /** Opaque etags, as with KMS: never a hash of the content. */
  readonly opaqueEtags: boolean;
  readonly uploads = new Map<string, FakeUpload>();
  private readonly keys = new Map<string, FakeVersion[]>();
  private sorted: readonly string[] | null = null;
  private counter = 0;
  private readonly nowMs: () => number;

  constructor(options: { versioning: FakeVersioning; opaqueEtags: boolean; nowMs: () => number }) {
    this.versioning = options.versioning;
    this.opaqueEtags = options.opaqueEtags;
    this.nowMs = options.nowMs;
  }

  nextId(): string {
    this.counter += 1;
    return this.counter.toString(16).padStart(8, '0');
  }

  /** Newest first; empty when the key never was. */
  history(key: string): readonly FakeVersion[] {
    return this.keys.get(key) ?? [];
  }

  current(key: string): (FakeVersion & { readonly bytes: Uint8Array }) | null {
    const newest = this.keys.get(key)?.[0];
    if (newest === undefined || newest.bytes === null) return null;
    return { ...newest, bytes: newest.bytes };
  }

  put(key: string, version: NewVersion): FakeVersion {
    const stored: FakeVersion = {
      versionId: this.versioning === 'enabled' ? `v${this.nextId()}` : 'null',
      etag: this.etagOf(version),
      bytes: version.bytes,
      // As S3 does: what was kept of other tools is user metadata like ours.
      metadata: { ...version.headers?.userMetadata, ...version.metadata },
      contentType: version.contentType,
      headers: version.headers ?? noHeaders,
      modifiedMs: this.nowMs(),
      parts: version.parts,
    };
    this.push(key, stored);
    return stored;
  }

  remove(key: string): { readonly versionId: string | null; readonly isDeleteMarker: boolean } {
    if (this.versioning === 'unversioned') {
      if (this.keys.delete(key)) this.sorted = null;
      return { versionId: null, isDeleteMarker: false };
    }
    const versionId = this.versioning === 'enabled' ? `v${this.nextId()}` : 'null';
    const marker = {
      etag: '' as Etag,
      bytes: null,
      metadata: {},
      contentType: null,
      headers: noHeaders,
      parts: 0,
    };
    this.push(key, { ...marker, versionId, modifiedMs: this.nowMs() });
    return { versionId: versionId === 'null' ? null : versionId, isDeleteMarker: true };
  }

  /** Keys that have a current version, by UTF-8 bytes. */
  liveKeys(): readonly string[] {
    return this.allKeys().filter((key) => this.current(key) !== null);
  }

  /** Keys with any version, delete markers included. */
  allKeys(): readonly string[] {
    this.sorted ??= [...this.keys.keys()].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    return this.sorted;
  }

  /** As if the key had never been: for tests of what tests can see. */
  forget(key: string): void {
    if (this.keys.delete(key)) this.sorted = null;
  }

  private push(key: string, version: FakeVersion): void {
    const older = this.keys.get(key);
    if (older === undefined) {
      this.keys.set(key, [version]);
      this.sorted = null;
      return;
    }
    // An unversioned or suspended bucket has one version called `null`, and a new one takes its place.
    const kept = version.versionId === 'null' ? older.filter((old) => old.versionId !== 'null') : older;
    this.keys.set(key, [version, ...kept]);
  }

  private etagOf(version: NewVersion): Etag {
    if (this.opaqueEtags) return `opaque-${this.nextId()}` as Etag;
    const md5 = hash('md5', version.bytes, 'hex');
    return (version.parts === 0 ? md5 : `${md5}-${String(version.parts)}`) as Etag;
  }
}
