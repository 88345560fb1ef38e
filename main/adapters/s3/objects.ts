// RemoteObjects on any S3 endpoint.
import { Readable } from 'node:stream';
import type {
  DeleteObjectCommandInput,
  GetObjectCommandInput,
  GetObjectCommandOutput,
  PutObjectCommandInput,
} from '@aws-sdk/client-s3';
import { discard } from '../../core/bytes/discard.ts';
import type { ObjectKey } from '../../core/model/model.ts';
import type {
  ByteSource,
  GetOutcome,
  HeadOutcome,
  PutOptions,
  RemoteObjects,
  WriteOutcome,
} from '../../ports/remote-objects.port.ts';
import { orAbsent } from './request/absence.ts';
import { ask, isLost, mapped, reads, writeCondition, writes } from './request/calls.ts';
import type { ConditionPlace, S3Bucket } from './request/calls.ts';
import { infoOf, headerInput, invalidAnswer, joinMetadata, parseEtag, realVersion } from './object-info.ts';
import { unexpected, written } from './request/outcome.ts';
import { recognise } from './request/recognise.ts';
import { checkedBody, FilledBody, filledBody, heldBody, partOf, WholeBody } from './request/body.ts';
import { copyObject } from './copy.ts';
import { sumInput, sumOf } from '../sums/body-sum.ts';
import { algorithmInput } from './checksums.ts';
import { listPages } from './listing.ts';
import { readTagging } from './tagging.ts';

/** Larger bodies go through lib-storage's multipart: our own objects (the log of a large batch). Files are journalled. */
export const singlePutLimitBytes = 8 * 1024 * 1024;
const partBytes = 8 * 1024 * 1024;
const partsInFlight = 3;

export function makeS3Objects(bucket: S3Bucket): RemoteObjects {
  return {
    list: (prefix, startAfter, signal) => listPages(bucket, prefix, startAfter, signal),
    head: (key, signal) => headObject(bucket, key, signal),
    get: (key, options, signal) => getObject(bucket, key, options, signal),
    put: (key, source, options, signal) =>
      source.sizeBytes <= singlePutLimitBytes
        ? putSingle(bucket, key, { source, options }, signal)
        : putParts(bucket, key, { source, options }, signal),
    delete: (key, condition, signal) => deleteObject(bucket, key, condition, signal),
    copy: (from, to, options, signal) => copyObject(bucket, { from, to, options }, signal),
    tagging: (key, signal) => readTagging(bucket, key, signal),
  };
}

async function headObject(bucket: S3Bucket, key: ObjectKey, signal: AbortSignal): Promise<HeadOutcome> {
  const input = { Bucket: bucket.bucket, Key: key, ChecksumMode: 'ENABLED' } as const;
  const send = () => bucket.direct?.head(input) ?? bucket.sdk.send('HeadObject', input);
  const asked = ask(bucket, send, reads, signal);
  const answer = await orAbsent(asked, { bucket, key }, signal);
  if (answer.kind === 'absent') return answer;
  if (answer.kind === 'ok') return { kind: 'found', info: infoOf(key, answer.value, bucket.abilities()) };
  if (answer.kind === 'status' && answer.failure.status === 404)
    return await confirmAbsent(bucket, key, signal);
  throw unexpected(bucket, answer, reads);
}

/**
 * A 404 without a body is also what a missing bucket or a proxy in the way answers, and absence deletes files
 * (C2): GET says which it is.
 */
async function confirmAbsent(bucket: S3Bucket, key: ObjectKey, signal: AbortSignal): Promise<HeadOutcome> {
  const got = await getObject(bucket, key, { condition: { kind: 'none' } }, signal);
  if (got.kind !== 'found') return { kind: 'absent' };
  await discard(got.body);
  return { kind: 'found', info: got.info };
}

type GetOptions = Parameters<RemoteObjects['get']>[1] & { readonly versionId?: string };

export async function getObject(
  bucket: S3Bucket,
  key: ObjectKey,
  options: GetOptions,
  signal: AbortSignal,
): Promise<GetOutcome> {
  const { condition, ifNoneMatch, range, into, versionId } = options;
  if (range !== undefined && range.end <= range.start) throw new RangeError('empty range');
  const input: GetObjectCommandInput = {
    Bucket: bucket.bucket,
    Key: key,
    ...(condition.kind === 'etag' ? { IfMatch: `"${condition.etag}"` } : {}),
    ...(ifNoneMatch === undefined ? {} : { IfNoneMatch: `"${ifNoneMatch}"` }),
    ...(range === undefined ? {} : { Range: `bytes=${String(range.start)}-${String(range.end - 1)}` }),
    ...(versionId === undefined ? {} : { VersionId: versionId }),
  };
  const send = () => bucket.direct?.get(input) ?? bucket.sdk.send('GetObject', input);
  const asked = ask(bucket, send, into === undefined ? reads : { ...reads, into }, signal);
  const answer = await (versionId === undefined ? orAbsent(asked, { bucket, key }, signal) : asked);
  if (answer.kind === 'absent') return answer;
  if (answer.kind === 'ok') return foundBody(bucket, key, { answer: answer.value, range }, signal);
  if (answer.kind === 'status') {
    const { status } = answer.failure;
    if (status === 304) return { kind: 'not-modified' };
    // Without a condition there is no race to lose: then it is an error like any other, and never an absence.
    if (status === 412 && condition.kind === 'etag') return { kind: 'lost' };
    // 405: the version asked for is a delete marker.
    if (status === 405 || (status === 404 && isLost(answer.failure))) return { kind: 'absent' };
  }
  throw unexpected(bucket, answer, reads);
}

async function foundBody(
  bucket: S3Bucket,
  key: ObjectKey,
  got: { readonly answer: GetObjectCommandOutput; readonly range: GetOptions['range'] },
  signal: AbortSignal,
): Promise<GetOutcome> {
  // The direct way puts a small body there as it came; the SDK's type knows of none.
  const held: unknown = got.answer.Body;
  const stream = got.answer.Body instanceof Readable ? got.answer.Body : Readable.from([]);
  // An abort may reach the stream before it is read; only the reader needs the error.
  stream.on('error', () => undefined);
  try {
    const info = infoOf(key, got.answer, bucket.abilities());
    const { range } = got;
    const isWhole = range === undefined || got.answer.ContentRange === undefined;
    if (!isWhole && Number(/^bytes (\d+)-/.exec(got.answer.ContentRange ?? '')?.[1]) !== range.start)
      throw invalidAnswer('other bytes came back than were asked for');
    const lengthBytes = isWhole
      ? info.sizeBytes
      : Math.max(0, Math.min(range.end, info.sizeBytes) - range.start);
    const onError = (error: unknown) => mapped(bucket, error, reads);
    const body =
      held instanceof FilledBody
        ? filledBody(held, lengthBytes, onError, signal)
        : held instanceof WholeBody
          ? heldBody(held, lengthBytes, signal)
          : checkedBody({ stream, lengthBytes, onError }, signal);
    return { kind: 'found', info, body: isWhole && range !== undefined ? partOf(body, range) : body };
  } catch (error) {
    stream.destroy();
    if (held instanceof FilledBody) await stopFilling(held.filling);
    throw error;
  }
}

/** Resolves once nothing writes into the caller's memory any more: the next try may get the same. */
async function stopFilling(filling: FilledBody['filling']): Promise<void> {
  filling.cancel();
  await filling.done.catch(() => undefined);
}

type Putting = { readonly source: ByteSource; readonly options: PutOptions };

async function putSingle(
  bucket: S3Bucket,
  key: ObjectKey,
  putting: Putting,
  signal: AbortSignal,
): Promise<WriteOutcome> {
  const { source, options } = putting;
  const bytes = source.sizeBytes === 0 ? new Uint8Array(0) : await source.read(0, source.sizeBytes);
  if (bytes.length !== source.sizeBytes) return { kind: 'withdrawn' };
  const input: PutObjectCommandInput = {
    ...objectInput(bucket, key, options, 'put'),
    Body: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    ContentLength: bytes.length,
    ...(bucket.abilities()?.sha256 === false
      ? sumInput(sumOf(bucket.abilities()?.partChecksum ?? 'none', bytes))
      : { ChecksumSHA256: Buffer.from(options.sha256, 'hex').toString('base64') }),
  };
  const answer = await ask(
    bucket,
    () => bucket.direct?.put(input) ?? bucket.sdk.send('PutObject', input),
    { ...writes, beforeSend: options.beforeSend, bodySha256: options.sha256 },
    signal,
  );
  if (answer.kind === 'ok') options.onProgress(bytes.length);
  return written(bucket, key, answer);
}

/** lib-storage reads the stream serially, sends a few parts at once, and aborts the upload when anything fails. */
async function putParts(
  bucket: S3Bucket,
  key: ObjectKey,
  putting: Putting,
  signal: AbortSignal,
): Promise<WriteOutcome> {
  const { source, options } = putting;
  const kind = bucket.abilities()?.partChecksum ?? 'none';
  const run = async () => {
    const body = Readable.from(readPieces(source, signal), { objectMode: false });
    const upload = bucket.sdk.upload({
      params: {
        ...objectInput(bucket, key, options, 'complete'),
        ...algorithmInput(kind),
        Body: body,
        ContentLength: source.sizeBytes,
      },
      partBytes: Math.max(partBytes, Math.ceil(source.sizeBytes / 10_000)),
      partsInFlight,
      isPartMd5Wanted: kind === 'md5',
      onProgress: options.onProgress,
    });
    try {
      return await upload;
    } finally {
      body.destroy();
    }
  };
  const answer = await ask(bucket, run, { ...writes, beforeSend: options.beforeSend }, signal);
  if (answer.kind !== 'ok' || parseEtag(answer.value.ETag) !== null) return written(bucket, key, answer);
  return await recognise(bucket, key, { versionId: answer.value.VersionId }, signal, (info) => {
    const sent = Object.entries(options.metadata);
    const isSame = sent.every(([name, value]) => info.metadata[name.toLowerCase()] === value);
    return isSame && info.sizeBytes === source.sizeBytes;
  });
}

async function* readPieces(source: ByteSource, signal: AbortSignal): AsyncIterable<Uint8Array> {
  const pieceBytes = 1024 * 1024;
  for (let position = 0; position < source.sizeBytes;) {
    signal.throwIfAborted();
    const bytes = await source.read(position, Math.min(pieceBytes, source.sizeBytes - position));
    // Shorter than it was: lib-storage then finds too few bytes and gives the upload up.
    if (bytes.length === 0) return;
    position += bytes.length;
    yield bytes;
  }
}

function objectInput(bucket: S3Bucket, key: ObjectKey, options: PutOptions, place: ConditionPlace) {
  return {
    Bucket: bucket.bucket,
    Key: key,
    ContentType: options.contentType,
    Metadata: joinMetadata(options.metadata, options.headers),
    ...headerInput(options.headers),
    ...writeCondition(options.condition, place, bucket.abilities()),
  };
}

/** No Content: the one success of DeleteObject in S3. */
const deletedStatus = 204;

/** Another success may be a gateway's page, and the object still there. Throws `remote-invalid-answer` then. */
async function checkGone(bucket: S3Bucket, key: ObjectKey, signal: AbortSignal): Promise<void> {
  const head = await headObject(bucket, key, signal);
  if (head.kind === 'found') throw invalidAnswer(`${key} is still there although its removal was confirmed`);
}

async function deleteObject(
  bucket: S3Bucket,
  key: ObjectKey,
  condition: Parameters<RemoteObjects['delete']>[1],
  signal: AbortSignal,
): ReturnType<RemoteObjects['delete']> {
  const input: DeleteObjectCommandInput = {
    Bucket: bucket.bucket,
    Key: key,
    ...(condition.kind === 'etag' && bucket.abilities()?.deleteIfMatch !== false
      ? { IfMatch: condition.etag }
      : {}),
  };
  const send = () => bucket.direct?.rare.remove(input) ?? bucket.sdk.send('DeleteObject', input);
  const answer = await ask(bucket, send, writes, signal);
  if (answer.kind === 'ok' && answer.value.$metadata.httpStatusCode !== deletedStatus)
    await checkGone(bucket, key, signal);
  if (answer.kind === 'ok')
    return {
      kind: 'done',
      versionId: realVersion(answer.value.VersionId),
      isDeleteMarker: answer.value.DeleteMarker === true,
    };
  if (answer.kind === 'status' && isLost(answer.failure))
    return answer.failure.status === 404 ? { kind: 'absent' } : { kind: 'lost' };
  throw unexpected(bucket, answer, writes);
}
