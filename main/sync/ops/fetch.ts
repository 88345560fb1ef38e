// Reads one object into a finished temporary file and says which content it is; nothing is trusted but the bytes.
import type { ContentId, Etag, OpId, RelPath } from '../../core/model.ts';
import type { TempFile } from '../../ports/local-files.port.ts';
import type { ObjectFacts } from '../../ports/remote-objects.port.ts';
import type { PairContext } from '../pair-context.ts';
import { downloadRanged } from '../ranged-download.ts';
import { transferSizes } from '../transfer-sizes.ts';
import { keyOf } from './proofs.ts';

const rangesInFlight = 4;

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
  if (request.sizeBytes > (context.sizes ?? transferSizes).rangedBytes)
    return fetchRanges(context, request, signal);
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

/** Several ranges at once; each one asks for the same version, so pieces of two are never joined. */
async function fetchRanges(
  context: PairContext,
  request: FetchRequest,
  signal: AbortSignal,
): Promise<Fetched> {
  const { path, sizeBytes } = request;
  const temp = await context.changes.createTemp(request.opId);
  const tell = (bytesDone: number, isOver: boolean): void => {
    context.onTransfer({ path, direction: 'down', bytesDone, bytesTotal: sizeBytes, isOver });
  };
  try {
    const outcome = await downloadRanged(
      {
        objects: context.remote,
        key: keyOf(context, path),
        etag: request.etag,
        sizeBytes,
        rangeBytes: (context.sizes ?? transferSizes).rangeBytes,
        concurrency: context.settings.options.parts?.concurrency ?? rangesInFlight,
        sink: temp,
        hasher: context.makeHasher(),
        startAt: 0,
        onProgress: (bytesDone) => {
          tell(bytesDone, false);
        },
      },
      signal,
    );
    if (outcome.kind === 'done') {
      await temp.finish();
      return { kind: 'fetched', temp, content: outcome.content, facts: outcome.facts };
    }
    await temp.discard();
    return outcome;
  } catch (error) {
    await temp.discard();
    throw error;
  } finally {
    tell(sizeBytes, true);
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
