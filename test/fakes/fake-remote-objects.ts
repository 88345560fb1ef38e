// An in-memory S3 for simulation: the contract of the port, with weak stores and every fault on demand.
import { hash } from 'node:crypto';
import { makeCrc64 } from '../../main/core/crc64nvme.ts';
import { SyncError } from '../../main/core/model/errors.ts';
import type { ObjectKey } from '../../main/core/model/model.ts';
import type {
  EndpointAbilities,
  GetOutcome,
  MultipartObjects,
  ObjectInfo,
  ObjectMetadata,
  ObjectSummary,
  ObjectVersion,
  ObjectVersions,
  PartChecksum,
  PutOptions,
  ByteSource,
  RemoteObjects,
  RemotePage,
  WriteOutcome,
} from '../../main/ports/remote-objects.port.ts';
import { FakeBucket, noHeaders } from './fake-remote-state.ts';
import type { FakeVersion, FakeVersioning } from './fake-remote-state.ts';
import { finish, isConditionLost, lostReply } from './fake-remote-core.ts';
import type { FakeCall, FakeCore, FakeFault, FakeHooks, IgnoredCondition } from './fake-remote-core.ts';
import { makeFakeMultipart } from './fake-remote-multipart.ts';

function crc64Of(bytes: Uint8Array): string {
  const crc = makeCrc64();
  crc.update(bytes);
  return crc.digestHex();
}

export type FakeRemoteOptions = {
  /** Another client of the same bucket, with hooks and a view of its own. */
  readonly bucket?: FakeBucket;
  readonly versioning?: FakeVersioning;
  readonly ignores?: readonly IgnoredCondition[];
  readonly opaqueEtags?: boolean;
  /** Verifies, keeps and returns SHA-256; default true. */
  readonly sha256?: boolean;
  /** Keeps and returns the CRC-64/NVME of whole objects; default false. */
  readonly crc64nvme?: boolean;
  /** The one kind of sum that parts are checked by; others are carried and not looked at. */
  readonly partChecksum?: PartChecksum;
  readonly pageSize?: number;
  readonly hooks?: FakeHooks;
  readonly nowMs?: () => number;
};

export type FakeRemote = {
  readonly objects: RemoteObjects;
  readonly multipart: MultipartObjects;
  readonly versions: ObjectVersions;
  readonly abilities: EndpointAbilities;
  readonly bucket: FakeBucket;
  /** Every call so far, for counting. */
  readonly calls: readonly FakeCall[];
  /** Another tool writes, without conditions, hooks or faults. */
  write(key: string, bytes: Uint8Array, metadata?: Readonly<Record<string, string>>): FakeVersion;
  remove(key: string): void;
  /** All current objects by key. */
  contents(): ReadonlyMap<string, Uint8Array>;
  /** LIST shows the bucket as it is now until the returned function is called. */
  freezeListing(): () => void;
};

export function makeFakeRemote(options: FakeRemoteOptions = {}): FakeRemote {
  const bucket =
    options.bucket ??
    new FakeBucket({
      versioning: options.versioning ?? 'enabled',
      opaqueEtags: options.opaqueEtags ?? false,
      nowMs: options.nowMs ?? (() => 0),
    });
  const calls: FakeCall[] = [];
  const core = makeCore(bucket, options, calls);
  const listing: { frozen: readonly ObjectSummary[] | null } = { frozen: null };
  return {
    objects: makeObjects(core, listing, options.pageSize ?? 1000),
    multipart: makeFakeMultipart(core),
    versions: makeVersions(core),
    abilities: abilitiesOf(core, options),
    bucket,
    calls,
    write: (key, bytes, metadata = {}) =>
      bucket.put(key, { bytes: bytes.slice(), metadata, contentType: null, parts: 0 }),
    remove: (key) => void bucket.remove(key),
    contents: () =>
      new Map(bucket.liveKeys().map((key) => [key, bucket.current(key)?.bytes ?? new Uint8Array()])),
    freezeListing: () => {
      listing.frozen = summaries(bucket);
      return () => {
        listing.frozen = null;
      };
    },
  };
}

function makeCore(bucket: FakeBucket, options: FakeRemoteOptions, calls: FakeCall[]): FakeCore {
  const { hooks = {} } = options;
  return {
    bucket,
    ignores: new Set(options.ignores ?? []),
    keepsSha256: options.sha256 ?? true,
    keepsCrc64: options.crc64nvme ?? false,
    partChecksum: options.partChecksum ?? 'none',
    async begin(operation, key, signal) {
      signal.throwIfAborted();
      const call = { number: calls.length + 1, operation, key };
      calls.push(call);
      const fault = (await hooks.beforeCall?.(call, signal)) ?? null;
      signal.throwIfAborted();
      if (fault?.kind === 'refused') throw fault.error;
      return { call, fault };
    },
    async effect(call) {
      await hooks.beforeEffect?.(call);
    },
    async end(call, fault) {
      await hooks.afterCall?.(call);
      if (fault?.kind === 'lost-reply') throw lostReply();
    },
  };
}

function abilitiesOf(core: FakeCore, options: FakeRemoteOptions): EndpointAbilities {
  const honours = (condition: IgnoredCondition) => !core.ignores.has(condition);
  return {
    putIfNoneMatch: honours('put-if-none-match'),
    putIfMatch: honours('put-if-match'),
    deleteIfMatch: honours('delete-if-match'),
    completeIfNoneMatch: honours('complete'),
    copyConditions: honours('copy-source') && honours('copy-target'),
    sha256: core.keepsSha256,
    crc64nvme: core.keepsCrc64,
    md5Etag: options.opaqueEtags !== true,
    partMd5: options.opaqueEtags !== true,
    partChecksum: options.partChecksum ?? 'none',
    versioned: core.bucket.versioning === 'enabled',
  };
}

function factsOf(
  core: FakeCore,
  key: ObjectKey,
  version: FakeVersion & { readonly bytes: Uint8Array },
): ObjectInfo {
  return {
    key,
    etag: version.etag,
    sizeBytes: version.bytes.length,
    modifiedMs: version.modifiedMs,
    metadata: version.metadata,
    contentType: version.contentType,
    headers: { ...version.headers, userMetadata: foreign(version.metadata), tagging: null },
    tagCount: version.headers.tagging === null ? 0 : version.headers.tagging.split('&').length,
    versionId: version.versionId === 'null' ? null : version.versionId,
    sha256: core.keepsSha256 && version.parts === 0 ? hash('sha256', version.bytes, 'hex') : null,
    crc64nvme: core.keepsCrc64 ? crc64Of(version.bytes) : null,
    md5: core.bucket.opaqueEtags || version.parts > 0 ? null : version.etag,
  };
}

function foreign(metadata: ObjectMetadata): ObjectMetadata {
  return Object.fromEntries(Object.entries(metadata).filter(([name]) => !name.startsWith('driftless-')));
}

function makeObjects(
  core: FakeCore,
  listing: { readonly frozen: readonly ObjectSummary[] | null },
  pageSize: number,
): RemoteObjects {
  return {
    list: (prefix, startAfter, signal) => listPages(core, { prefix, startAfter, pageSize, listing }, signal),
    async head(key, signal) {
      const { call, fault } = await core.begin('head', key, signal);
      const current = core.bucket.current(key);
      await core.end(call, fault);
      return current === null ? { kind: 'absent' } : { kind: 'found', info: factsOf(core, key, current) };
    },
    async get(key, options, signal) {
      const { call, fault } = await core.begin('get', key, signal);
      const current = core.bucket.current(key);
      await core.end(call, fault);
      if (current === null) return { kind: 'absent' };
      if (fault?.kind === 'lost' && options.condition.kind === 'etag') return { kind: 'lost' };
      if (options.condition.kind === 'etag' && options.condition.etag !== current.etag)
        return { kind: 'lost' };
      if (options.ifNoneMatch === current.etag) return { kind: 'not-modified' };
      const bytes = current.bytes.subarray(options.range?.start ?? 0, options.range?.end);
      return {
        kind: 'found',
        info: factsOf(core, key, current),
        body: pieces(bytes, fault, signal, options.into),
      };
    },
    put: (key, source, options, signal) => put(core, key, { source, options }, signal),
    async delete(key, condition, signal) {
      const { call, fault } = await core.begin('delete', key, signal);
      if (fault?.kind === 'lost') return { kind: 'lost' };
      await core.effect(call);
      const isMissing = core.bucket.current(key) === null;
      const ignoresMatch = core.ignores.has('delete-if-match');
      if (!isMissing && isConditionLost(core, key, condition, 'delete-if-match')) return { kind: 'lost' };
      if (isMissing && condition.kind === 'etag' && !ignoresMatch) return { kind: 'absent' };
      const removed = core.bucket.remove(key);
      await core.end(call, fault);
      return { kind: 'done', ...removed };
    },
    async copy(from, to, options, signal) {
      const isPlain = options.withoutTags === true;
      const { call, fault } = await core.begin(isPlain ? 'copy-without-tags' : 'copy', to, signal);
      if (fault?.kind === 'lost') return { kind: 'lost' };
      await core.effect(call);
      const source = core.bucket.current(from);
      if (source === null) return { kind: 'lost' };
      if (options.source !== null && source.etag !== options.source && !core.ignores.has('copy-source'))
        return { kind: 'lost' };
      if (isConditionLost(core, to, options.condition, 'copy-target')) return { kind: 'lost' };
      const { metadata, contentType } = options;
      // Unless they are left out, tags are copied by the store, whatever else is replaced.
      const tagging = isPlain ? null : source.headers.tagging;
      const headers = { ...(options.headers ?? noHeaders), tagging };
      return await finish(
        core,
        call,
        fault,
        core.bucket.put(to, { bytes: source.bytes, metadata, contentType, headers, parts: 0 }),
      );
    },
    async tagging(key, signal) {
      const { call, fault } = await core.begin('tagging', key, signal);
      await core.end(call, fault);
      return core.bucket.current(key)?.headers.tagging ?? null;
    },
  };
}

async function put(
  core: FakeCore,
  key: ObjectKey,
  putting: { readonly source: ByteSource; readonly options: PutOptions },
  signal: AbortSignal,
): Promise<WriteOutcome> {
  const { source, options } = putting;
  const { call, fault } = await core.begin('put', key, signal);
  const bytes = source.sizeBytes === 0 ? new Uint8Array() : await source.read(0, source.sizeBytes);
  if (bytes.length !== source.sizeBytes || !(await options.beforeSend())) return { kind: 'withdrawn' };
  if (fault?.kind === 'lost') return { kind: 'lost' };
  await core.effect(call);
  if (hash('sha256', bytes, 'hex') !== options.sha256)
    throw new SyncError({ code: 'content-mismatch', retry: 'slow', scope: 'item' });
  const name = options.condition.kind === 'absent' ? 'put-if-none-match' : 'put-if-match';
  if (isConditionLost(core, key, options.condition, name)) return { kind: 'lost' };
  const { metadata, contentType, headers } = options;
  const version = core.bucket.put(key, { bytes: bytes.slice(), metadata, contentType, headers, parts: 0 });
  options.onProgress(bytes.length);
  return await finish(core, call, fault, version);
}

function summaries(bucket: FakeBucket): readonly ObjectSummary[] {
  return bucket.liveKeys().flatMap((key) => {
    const current = bucket.current(key);
    if (current === null) return [];
    const { etag, bytes, modifiedMs } = current;
    return [{ key: key as ObjectKey, etag, sizeBytes: bytes.length, modifiedMs }];
  });
}

type Listing = {
  readonly prefix: string;
  readonly startAfter: string | null;
  readonly pageSize: number;
  readonly listing: { readonly frozen: readonly ObjectSummary[] | null };
};

/** Like the real one, each page shows the bucket as it is when that page is asked for: not a snapshot (rule 2). */
async function* listPages(core: FakeCore, asked: Listing, signal: AbortSignal): AsyncIterable<RemotePage> {
  let after = asked.startAfter;
  for (;;) {
    const { call, fault } = await core.begin('list', asked.prefix, signal);
    const from = after === null ? null : Buffer.from(after);
    const rest = (asked.listing.frozen ?? summaries(core.bucket)).filter(
      (object) =>
        object.key.startsWith(asked.prefix) &&
        (from === null || Buffer.compare(Buffer.from(object.key), from) > 0),
    );
    await core.end(call, fault);
    const objects = rest.slice(0, asked.pageSize);
    const isLast = rest.length <= asked.pageSize;
    yield { objects, unusable: [], isLast };
    if (isLast) return;
    after = objects.at(-1)?.key ?? null;
  }
}

async function* pieces(
  bytes: Uint8Array,
  fault: FakeFault | null,
  signal: AbortSignal,
  into?: Uint8Array,
): AsyncIterable<Uint8Array> {
  const end = fault?.kind === 'truncated' ? Math.min(fault.afterBytes, bytes.length) : bytes.length;
  const pieceBytes = 64 * 1024;
  const place = into !== undefined && bytes.length <= into.length ? into : undefined;
  for (let at = 0; at < end; at += pieceBytes) {
    signal.throwIfAborted();
    const piece = bytes.slice(at, Math.min(at + pieceBytes, end));
    place?.set(piece, at);
    yield place?.subarray(at, at + piece.length) ?? piece;
  }
  if (end < bytes.length) throw new SyncError({ code: 'connection-lost', retry: 'backoff', scope: 'item' });
  await Promise.resolve();
}

function makeVersions(core: FakeCore): ObjectVersions {
  return {
    async *versions(prefix, signal) {
      const { call, fault } = await core.begin('versions', prefix, signal);
      await core.end(call, fault);
      for (const key of core.bucket.allKeys().filter((name) => name.startsWith(prefix)))
        yield* core.bucket
          .history(key)
          .map((version, index) => versionOf(key as ObjectKey, version, index === 0));
    },
    async getVersion(key, versionId, signal): Promise<GetOutcome> {
      const { call, fault } = await core.begin('get-version', key, signal);
      const version = core.bucket.history(key).find((candidate) => candidate.versionId === versionId);
      await core.end(call, fault);
      if (version === undefined || version.bytes === null) return { kind: 'absent' };
      const info = factsOf(core, key, { ...version, bytes: version.bytes });
      return { kind: 'found', info, body: pieces(version.bytes, fault, signal) };
    },
    async bucketVersioning(signal) {
      const { call, fault } = await core.begin('versioning', '', signal);
      await core.end(call, fault);
      return core.bucket.versioning;
    },
  };
}

function versionOf(key: ObjectKey, version: FakeVersion, isLatest: boolean): ObjectVersion {
  return {
    key,
    versionId: version.versionId,
    isLatest,
    isDeleteMarker: version.bytes === null,
    etag: version.bytes === null ? null : version.etag,
    sizeBytes: version.bytes?.length ?? 0,
    modifiedMs: version.modifiedMs,
  };
}
