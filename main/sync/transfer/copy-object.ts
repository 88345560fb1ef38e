// Copy of an object within the bucket: one request (up to 5 GB at Amazon), else parts.
import { isSyncError } from '../../core/model/errors.ts';
import type { ObjectKey } from '../../core/model/model.ts';
import type { ObjectInfo, PartInfo, RemoteObjects, WriteOutcome } from '../../ports/remote-objects.port.ts';
import { runLimited } from '../limit.ts';
import type { PairContext } from '../context.ts';
import { transferSizes } from '../transfer-sizes.ts';

type Scope = Pick<PairContext, 'remote' | 'multipart' | 'sizes' | 'log'>;
type CopyOptions = Parameters<RemoteObjects['copy']>[2];

export type ObjectCopy = {
  readonly from: ObjectInfo;
  readonly to: ObjectKey;
  readonly options: CopyOptions;
};

const partsInFlight = 4;
const maxParts = 10_000;

/** Above this size a copy is made in parts, with its condition on CompleteMultipartUpload. */
export function isCopiedInParts(context: Pick<PairContext, 'sizes'>, sizeBytes: number): boolean {
  return sizeBytes > (context.sizes ?? transferSizes).copyBytes;
}

/**
 * Copy of the bytes, with the tags where the role may copy them. S3 refuses the whole copy of a tagged object to a role without rights to
 * tags, and shows such a role no tag count.
 */
export async function copyBytes(
  context: Scope,
  copy: ObjectCopy,
  signal: AbortSignal,
): Promise<WriteOutcome> {
  try {
    return await copyObject(context, copy, signal);
  } catch (error) {
    if (!isDenied(error)) throw error;
    const plain = { ...copy, options: { ...copy.options, withoutTags: true } };
    const copied = await copyObject(context, plain, signal);
    context.log.info('tags not kept: the role may not copy them', { key: copy.from.key });
    return copied;
  }
}

export async function copyObject(
  context: Scope,
  copy: ObjectCopy,
  signal: AbortSignal,
): Promise<WriteOutcome> {
  const { from, to, options } = copy;
  if (!isCopiedInParts(context, from.sizeBytes)) {
    return context.remote.copy(from.key, to, options, signal);
  }
  const tagging = await tagsOf(context, copy, signal);
  const uploadId = await begin(context, copy, tagging, signal);
  try {
    const parts = await copyParts(context, copy, uploadId, signal);
    const last = { condition: options.condition, beforeSend: () => Promise.resolve(true) };
    const done = parts === null ? null : await context.multipart.complete(to, uploadId, parts, last, signal);
    if (done?.kind === 'done') return done;
    await context.multipart.abort(to, uploadId, signal);
    return { kind: 'lost' };
  } catch (error) {
    if (isSyncError(error) && error.code === 'remote-refused') {
      // A store without UploadPartCopy; such stores copy objects of any size in one request, or fail here.
      await abortQuietly(context, to, uploadId, signal);
      return context.remote.copy(from.key, to, options, signal);
    }
    // The store may have completed it although the reply was lost: the caller checks.
    if (!signal.aborted && !(isSyncError(error) && error.code === 'outcome-unknown'))
      await abortQuietly(context, to, uploadId, signal);
    throw error;
  }
}

/** CopyObject copies tags by itself; a copy in parts has to set them, unless the role may not read them. */
async function tagsOf(
  { remote, log }: Scope,
  { from, options }: ObjectCopy,
  signal: AbortSignal,
): Promise<string | null> {
  if (from.tagCount === 0 || options.withoutTags === true) return null;
  try {
    return await remote.tagging(from.key, signal);
  } catch (error) {
    if (!isDenied(error)) throw error;
    log.info('tags not kept: the role may not read them', { key: from.key });
    return null;
  }
}

function isDenied(error: unknown): boolean {
  return isSyncError(error) && error.code === 'remote-denied';
}

/** A role that may write but not tag is refused the whole copy: the bytes matter more. */
async function begin(
  { multipart, log }: Scope,
  { to, options }: ObjectCopy,
  tagging: string | null,
  signal: AbortSignal,
): Promise<string> {
  const { contentType, metadata, headers } = options;
  const create = async (withTags: string | null): Promise<string> => {
    const kept = headers === undefined ? {} : { headers: { ...headers, tagging: withTags } };
    // No bytes are sent that could be summed; the store computes its own checksum of a copy.
    const about = { contentType, metadata, checksum: 'none', ...kept } as const;
    return (await multipart.create(to, about, signal)).uploadId;
  };
  try {
    return await create(tagging);
  } catch (error) {
    if (tagging === null || !isDenied(error)) throw error;
    log.info('tags not kept: the role may not write them', { key: to });
    return create(null);
  }
}

/** Null if the source is not the requested version, or the store dropped the upload. */
async function copyParts(
  context: Scope,
  { from, to, options }: ObjectCopy,
  uploadId: string,
  signal: AbortSignal,
): Promise<readonly PartInfo[] | null> {
  const { copyPartBytes } = context.sizes ?? transferSizes;
  const partBytes = Math.max(copyPartBytes, Math.ceil(from.sizeBytes / maxParts));
  const numbers = Array.from({ length: Math.ceil(from.sizeBytes / partBytes) }, (_, index) => index + 1);
  const parts: PartInfo[] = [];
  const gone: string[] = [];
  const copyOne = async (number: number): Promise<void> => {
    if (gone.length > 0) return;
    const start = (number - 1) * partBytes;
    const range = { start, end: Math.min(start + partBytes, from.sizeBytes) };
    const part = { number, from: from.key, source: options.source, range };
    const copied = await context.multipart.copyPart(to, uploadId, part, signal);
    if (copied.kind === 'done') parts.push(copied.part);
    else gone.push(copied.kind);
  };
  await runLimited(numbers, partsInFlight, copyOne, signal);
  return gone.length > 0 ? null : parts.toSorted((a, b) => a.number - b.number);
}

async function abortQuietly(
  { multipart, log }: Scope,
  to: ObjectKey,
  uploadId: string,
  signal: AbortSignal,
): Promise<void> {
  try {
    await multipart.abort(to, uploadId, signal);
  } catch (error) {
    // The first error is the one to report; a lifecycle rule removes the leftover parts.
    log.info('a copy in parts was not aborted', {
      key: to,
      code: isSyncError(error) ? error.code : 'unknown',
    });
  }
}
