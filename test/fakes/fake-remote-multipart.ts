// The multipart half of the in-memory S3.
import { hash } from 'node:crypto';
import { SyncError } from '../../main/core/model/errors.ts';
import type { Etag } from '../../main/core/model/model.ts';
import type { MultipartObjects, PartInfo } from '../../main/ports/remote-objects.port.ts';
import { sumOf } from '../../main/adapters/sums/body-sum.ts';
import { finish, isConditionLost } from './fake-remote-core.ts';
import type { FakeCore } from './fake-remote-core.ts';

export function makeFakeMultipart(core: FakeCore): MultipartObjects {
  const { uploads } = core.bucket;
  return {
    async create(key, options, signal) {
      const { call, fault } = await core.begin('create-upload', key, signal);
      const uploadId = `upload-${core.bucket.nextId()}`;
      uploads.set(uploadId, { key, ...options, parts: new Map() });
      await core.end(call, fault);
      return { uploadId };
    },
    async uploadPart(key, uploadId, part, signal) {
      const { call, fault } = await core.begin('upload-part', key, signal);
      const upload = uploads.get(uploadId);
      if (upload === undefined) return { kind: 'upload-gone' };
      await core.effect(call);
      const bytes = part.bytes.slice();
      const etag = (
        core.bucket.opaqueEtags ? `part-${core.bucket.nextId()}` : hash('md5', bytes, 'hex')
      ) as Etag;
      if (part.sha256 !== undefined && hash('sha256', bytes) !== part.sha256)
        throw new SyncError({ code: 'content-mismatch', retry: 'slow', scope: 'item' });
      if (part.sum?.kind === core.partChecksum && sumOf(core.partChecksum, bytes)?.value !== part.sum.value)
        throw new SyncError({ code: 'content-mismatch', retry: 'slow', scope: 'item' });
      const sum = part.sum?.kind === core.partChecksum ? part.sum : null;
      const info: PartInfo = { number: part.number, etag, sizeBytes: bytes.length, sum };
      upload.parts.set(part.number, { info, bytes });
      await core.end(call, fault);
      return { kind: 'done', part: info };
    },
    async copyPart(key, uploadId, part, signal) {
      const { call, fault } = await core.begin('copy-part', key, signal);
      const upload = uploads.get(uploadId);
      if (upload === undefined) return { kind: 'upload-gone' };
      const source = core.bucket.current(part.from);
      await core.effect(call);
      if (fault?.kind === 'lost' || source === null) return { kind: 'lost' };
      if (part.source !== null && source.etag !== part.source && !core.ignores.has('copy-source'))
        return { kind: 'lost' };
      const bytes = source.bytes.slice(part.range.start, part.range.end);
      const etag = hash('md5', bytes, 'hex') as Etag;
      const info: PartInfo = { number: part.number, etag, sizeBytes: bytes.length, sum: null };
      upload.parts.set(part.number, { info, bytes });
      await core.end(call, fault);
      return { kind: 'done', part: info };
    },
    async listParts(key, uploadId, signal) {
      const { call, fault } = await core.begin('list-parts', key, signal);
      const upload = uploads.get(uploadId);
      await core.end(call, fault);
      if (upload === undefined) return { kind: 'upload-gone' };
      const parts = [...upload.parts.values()].map((part) => part.info);
      return { kind: 'parts', parts: parts.toSorted((a, b) => a.number - b.number) };
    },
    complete: (key, uploadId, parts, options, signal) =>
      complete(core, { key, uploadId, parts, options }, signal),
    async abort(key, uploadId, signal) {
      const { call, fault } = await core.begin('abort', key, signal);
      uploads.delete(uploadId);
      await core.end(call, fault);
    },
  };
}

type Completing = {
  readonly key: Parameters<MultipartObjects['complete']>[0];
  readonly uploadId: string;
  readonly parts: readonly PartInfo[];
  readonly options: Parameters<MultipartObjects['complete']>[3];
};

async function complete(
  core: FakeCore,
  completing: Completing,
  signal: AbortSignal,
): ReturnType<MultipartObjects['complete']> {
  const { key, uploadId, parts, options } = completing;
  const { call, fault } = await core.begin('complete', key, signal);
  if (!(await options.beforeSend())) return { kind: 'withdrawn' };
  if (fault?.kind === 'lost') return { kind: 'lost' };
  await core.effect(call);
  const upload = core.bucket.uploads.get(uploadId);
  if (upload === undefined) return { kind: 'upload-gone' };
  if (isConditionLost(core, key, options.condition, 'complete')) return { kind: 'lost' };
  const pieces = parts
    .toSorted((a, b) => a.number - b.number)
    .map((part) => {
      const sent = upload.parts.get(part.number);
      if (sent === undefined || sent.info.etag !== part.etag)
        throw new SyncError({
          code: 'remote-refused',
          retry: 'slow',
          scope: 'item',
          message: 'InvalidPart',
        });
      return sent.bytes;
    });
  core.bucket.uploads.delete(uploadId);
  const { metadata, contentType, headers } = upload;
  const bytes = new Uint8Array(Buffer.concat(pieces));
  return await finish(
    core,
    call,
    fault,
    core.bucket.put(key, { bytes, metadata, contentType, headers, parts: parts.length }),
  );
}
