// Reads one object into a finished temporary file and says which content it is; nothing is trusted but the bytes.
import type { ContentId, Etag, OpId, RelPath } from '../../core/model.ts';
import type { TempFile } from '../../ports/local-files.port.ts';
import type { ObjectFacts } from '../../ports/remote-objects.port.ts';
import type { PairContext } from '../pair-context.ts';
import { keyOf } from './proofs.ts';

export type Fetched =
  | {
      readonly kind: 'fetched';
      readonly temp: TempFile;
      readonly content: ContentId;
      readonly facts: ObjectFacts;
    }
  /** The version asked for is not there any more. */
  | { readonly kind: 'lost' }
  /** Shorter, longer, or other bytes than the store's own checksum says. */
  | { readonly kind: 'damaged'; readonly why: 'length' | 'checksum' };

export type FetchRequest = {
  readonly path: RelPath;
  readonly etag: Etag;
  readonly opId: OpId;
  readonly sizeBytes: number;
};

/** The caller discards the temporary file unless it was placed. */
export async function fetchToTemp(
  context: PairContext,
  request: FetchRequest,
  signal: AbortSignal,
): Promise<Fetched> {
  const key = keyOf(context, request.path);
  const got = await context.remote.get(key, { condition: { kind: 'etag', etag: request.etag } }, signal);
  if (got.kind !== 'found') return { kind: 'lost' };
  const temp = await context.changes.createTemp(request.opId);
  try {
    const content = await copyBody(context, request, got.body, temp);
    if (content === null || got.facts.etag !== request.etag) {
      await temp.discard();
      return content === null ? { kind: 'damaged', why: 'length' } : { kind: 'lost' };
    }
    if (got.facts.sha256 !== null && got.facts.sha256 !== content) {
      await temp.discard();
      return { kind: 'damaged', why: 'checksum' };
    }
    await temp.finish();
    return { kind: 'fetched', temp, content, facts: got.facts };
  } catch (error) {
    await temp.discard();
    throw error;
  } finally {
    context.onTransfer({
      path: request.path,
      direction: 'down',
      bytesDone: request.sizeBytes,
      bytesTotal: request.sizeBytes,
      isOver: true,
    });
  }
}

/** Null when the length is not the one listed: a body cut short is not a file. */
async function copyBody(
  context: PairContext,
  request: FetchRequest,
  body: AsyncIterable<Uint8Array>,
  temp: TempFile,
): Promise<ContentId | null> {
  const hasher = context.makeHasher();
  let at = 0;
  for await (const chunk of body) {
    if (at + chunk.length > request.sizeBytes) return null;
    hasher.update(chunk);
    await temp.write(chunk, at);
    at += chunk.length;
    context.onTransfer({
      path: request.path,
      direction: 'down',
      bytesDone: at,
      bytesTotal: request.sizeBytes,
      isOver: false,
    });
  }
  return at === request.sizeBytes ? (hasher.digestHex() as ContentId) : null; // a hash just made
}
