// MultipartObjects on any S3 endpoint: separate steps, so that a journal can resume an upload.
import { hash } from 'node:crypto';
import type {
  CompleteMultipartUploadCommandInput,
  CreateMultipartUploadCommandInput,
  ListPartsCommandInput,
  Part,
  UploadPartCommandInput,
} from '@aws-sdk/client-s3';
import type { ObjectKey } from '../../core/model/model.ts';
import type { MultipartObjects, PartChecksum, PartInfo, PartSum } from '../../ports/remote-objects.port.ts';
import { ask, isLost, reads, writeCondition, writes } from './request/calls.ts';
import type { Answer, S3Bucket } from './request/calls.ts';
import { copySource } from './copy.ts';
import { headerInput, invalidAnswer, joinMetadata, parseEtag, requireEtag } from './object-info.ts';
import { unexpected, written } from './request/outcome.ts';
import { sumInput, sumOf } from '../sums/body-sum.ts';
import { algorithmInput } from './checksums.ts';
import { recognise } from './request/recognise.ts';

export function makeS3Multipart(bucket: S3Bucket): MultipartObjects {
  return {
    create: (key, options, signal) => createUpload(bucket, key, options, signal),
    uploadPart: (key, uploadId, part, signal) => uploadPart(bucket, { key, uploadId, part }, signal),
    copyPart: (key, uploadId, part, signal) => copyPart(bucket, { key, uploadId, part }, signal),
    listParts: (key, uploadId, signal) => listParts(bucket, key, uploadId, signal),
    complete: (key, uploadId, parts, options, signal) =>
      complete(bucket, { key, uploadId, parts, options }, signal),
    abort: (key, uploadId, signal) => abort(bucket, key, uploadId, signal),
  };
}

/** Ceph calls a missing upload NoSuchKey; with If-Match, NoSuchKey means that the object is not there. */
function isUploadGone(answer: Answer<unknown>, isConditional = false): boolean {
  if (answer.kind !== 'status') return false;
  const { code } = answer.failure;
  return code === 'NoSuchUpload' || (code === 'NoSuchKey' && !isConditional);
}

function partChecksum(bucket: S3Bucket): PartChecksum {
  return bucket.abilities()?.partChecksum ?? 'none';
}

async function createUpload(
  bucket: S3Bucket,
  key: ObjectKey,
  options: Parameters<MultipartObjects['create']>[1],
  signal: AbortSignal,
): ReturnType<MultipartObjects['create']> {
  const input: CreateMultipartUploadCommandInput = {
    Bucket: bucket.bucket,
    Key: key,
    ContentType: options.contentType,
    Metadata: joinMetadata(options.metadata, options.headers),
    ...headerInput(options.headers),
    ...algorithmInput(options.checksum ?? partChecksum(bucket)),
  };
  // Not a write in the sense of a lost reply: an unreferenced upload occupies no name and is removed by
  // lifecycle rules.
  const send = () => bucket.direct?.rare.begin(input) ?? bucket.sdk.send('CreateMultipartUpload', input);
  const answer = await ask(bucket, send, reads, signal);
  if (answer.kind !== 'ok') throw unexpected(bucket, answer, reads);
  const { UploadId: uploadId } = answer.value;
  if (uploadId === undefined || uploadId === '')
    throw invalidAnswer('a multipart upload began without an id');
  return { uploadId };
}

type PartCall = {
  readonly key: ObjectKey;
  readonly uploadId: string;
  readonly part: Parameters<MultipartObjects['uploadPart']>[2];
};

async function uploadPart(
  bucket: S3Bucket,
  call: PartCall,
  signal: AbortSignal,
): ReturnType<MultipartObjects['uploadPart']> {
  const { number, bytes, sha256 } = call.part;
  const sum = call.part.sum === undefined ? sumOf(partChecksum(bucket), bytes) : call.part.sum;
  const input: UploadPartCommandInput = {
    Bucket: bucket.bucket,
    Key: call.key,
    UploadId: call.uploadId,
    PartNumber: number,
    Body: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    ContentLength: bytes.length,
    ...sumInput(sum),
  };
  // Sending a part again replaces it: as safe to repeat as a read.
  const options = sha256 === undefined ? reads : { ...reads, bodySha256: sha256 };
  const send = () => bucket.direct?.rare.part(input) ?? bucket.sdk.send('UploadPart', input);
  const answer = await ask(bucket, send, options, signal);
  if (isUploadGone(answer)) return { kind: 'upload-gone' };
  if (answer.kind !== 'ok') throw unexpected(bucket, answer, reads);
  const etag = requireEtag(answer.value.ETag, `part ${String(number)}`);
  return { kind: 'done', part: { number, etag, sizeBytes: bytes.length, sum } };
}

type CopyPartCall = Omit<PartCall, 'part'> & { readonly part: Parameters<MultipartObjects['copyPart']>[2] };

async function copyPart(
  bucket: S3Bucket,
  call: CopyPartCall,
  signal: AbortSignal,
): ReturnType<MultipartObjects['copyPart']> {
  const { number, from, source, range } = call.part;
  const input = {
    Bucket: bucket.bucket,
    Key: call.key,
    UploadId: call.uploadId,
    PartNumber: number,
    CopySource: copySource(bucket, from),
    CopySourceRange: `bytes=${String(range.start)}-${String(range.end - 1)}`,
    ...(bucket.abilities()?.copyConditions === false || source === null ? {} : { CopySourceIfMatch: source }),
  };
  const answer = await ask(bucket, () => bucket.sdk.send('UploadPartCopy', input), reads, signal);
  if (answer.kind === 'status' && answer.failure.code === 'NoSuchUpload') return { kind: 'upload-gone' };
  if (answer.kind === 'status' && isLost(answer.failure)) return { kind: 'lost' };
  if (answer.kind !== 'ok') throw unexpected(bucket, answer, reads);
  const result = answer.value.CopyPartResult;
  const etag = requireEtag(result?.ETag, `part ${String(number)}`);
  const { sum } = parsePart({ ...result, ETag: etag, PartNumber: number, Size: range.end - range.start });
  return { kind: 'done', part: { number, etag, sizeBytes: range.end - range.start, sum: sum ?? null } };
}

function parsePart(part: Part): PartInfo {
  const etag = parseEtag(part.ETag);
  const { PartNumber: number, Size: sizeBytes } = part;
  if (etag === null || number === undefined || sizeBytes === undefined)
    throw invalidAnswer('a listed part lacks its number, size or ETag');
  const { ChecksumCRC64NVME, ChecksumCRC32 } = part;
  const sum: PartSum | null =
    ChecksumCRC64NVME !== undefined
      ? { kind: 'crc64nvme', value: ChecksumCRC64NVME }
      : ChecksumCRC32 !== undefined
        ? { kind: 'crc32', value: ChecksumCRC32 }
        : null;
  return { number, etag, sizeBytes, sum };
}

/** S3 allows no more of one upload. */
const maxParts = 10_000;

async function listParts(
  bucket: S3Bucket,
  key: ObjectKey,
  uploadId: string,
  signal: AbortSignal,
): ReturnType<MultipartObjects['listParts']> {
  const parts: PartInfo[] = [];
  let marker: string | undefined;
  // Pages of at least one part: a store that pages on and on is cut off.
  for (let page = 0; page < maxParts; page += 1) {
    const input: ListPartsCommandInput = {
      Bucket: bucket.bucket,
      Key: key,
      UploadId: uploadId,
      ...(marker === undefined ? {} : { PartNumberMarker: marker }),
    };
    const answer = await ask(bucket, () => bucket.sdk.send('ListParts', input), reads, signal);
    if (isUploadGone(answer)) return { kind: 'upload-gone' };
    if (answer.kind !== 'ok') throw unexpected(bucket, answer, reads);
    if (answer.value.UploadId === undefined && answer.value.IsTruncated === undefined)
      throw invalidAnswer('the answer is no list of parts');
    for (const part of answer.value.Parts ?? []) parts.push(parsePart(part));
    if (parts.length > maxParts) break;
    const next: string | undefined = answer.value.NextPartNumberMarker;
    if (answer.value.IsTruncated !== true) return { kind: 'parts', parts };
    if (next === undefined || next === marker) break;
    marker = next;
  }
  throw invalidAnswer('the list of parts does not end');
}

type CompleteCall = {
  readonly key: ObjectKey;
  readonly uploadId: string;
  readonly parts: readonly PartInfo[];
  readonly options: Parameters<MultipartObjects['complete']>[3];
};

async function complete(
  bucket: S3Bucket,
  call: CompleteCall,
  signal: AbortSignal,
): ReturnType<MultipartObjects['complete']> {
  const ordered = call.parts.toSorted((a, b) => a.number - b.number);
  const input: CompleteMultipartUploadCommandInput = {
    Bucket: bucket.bucket,
    Key: call.key,
    UploadId: call.uploadId,
    MultipartUpload: {
      Parts: ordered.map((part) => ({
        PartNumber: part.number,
        ETag: `"${part.etag}"`,
        ...(part.sum?.kind === 'md5' ? {} : sumInput(part.sum)),
      })),
    },
    ...writeCondition(call.options.condition, 'complete', bucket.abilities()),
  };
  const send = () => bucket.direct?.rare.complete(input) ?? bucket.sdk.send('CompleteMultipartUpload', input);
  const options = { ...writes, beforeSend: call.options.beforeSend };
  const answer = await ask(bucket, send, options, signal);
  const isConditional = input.IfMatch !== undefined;
  if (isUploadGone(answer, isConditional)) return { kind: 'upload-gone' };
  if (answer.kind !== 'ok' || parseEtag(answer.value.ETag) !== null) return written(bucket, call.key, answer);
  const expected = joinedEtag(ordered);
  return await recognise(
    bucket,
    call.key,
    { versionId: answer.value.VersionId },
    signal,
    (info) => info.etag === expected,
  );
}

/** How S3 makes the ETag of a multipart object: the MD5 of the parts' MD5s, and their number. */
function joinedEtag(parts: readonly PartInfo[]): string {
  const digests = parts.map((part) => Buffer.from(part.etag, 'hex'));
  return `${hash('md5', Buffer.concat(digests), 'hex')}-${String(parts.length)}`;
}

async function abort(bucket: S3Bucket, key: ObjectKey, uploadId: string, signal: AbortSignal): Promise<void> {
  const input = { Bucket: bucket.bucket, Key: key, UploadId: uploadId };
  const send = () => bucket.direct?.rare.abort(input) ?? bucket.sdk.send('AbortMultipartUpload', input);
  const answer = await ask(bucket, send, reads, signal);
  if (answer.kind === 'ok' || isUploadGone(answer)) return;
  throw unexpected(bucket, answer, reads);
}
