// Reads one small object into memory and says which content it is: it reaches the disk in one step, when it is placed.
import type { ContentId } from '../../core/model/model.ts';
import { keyOf } from '../bucket/keys.ts';
import type { PairContext } from '../context.ts';
import { begunBytes } from './begun-download.ts';
import type { FetchRequest, Fetched } from './fetch-to-temp.ts';
import { transferSizes } from '../transfer-sizes.ts';

/** True where nothing of it is on the disk already. */
export function isFetchedWhole(context: PairContext, request: FetchRequest): boolean {
  const { wholeBytes } = context.sizes ?? transferSizes;
  return request.sizeBytes <= wholeBytes && begunBytes(context, request) === 0;
}

export async function fetchWhole(
  context: PairContext,
  request: FetchRequest,
  signal: AbortSignal,
): Promise<Fetched> {
  const { path, etag, opId, sizeBytes } = request;
  const got = await context.remote.get(keyOf(context, path), { condition: { kind: 'etag', etag } }, signal);
  if (got.kind !== 'found') return { kind: 'lost' };
  const bytes = await readBody(got.body, sizeBytes);
  if (bytes === null) return { kind: 'damaged', why: 'length' };
  if (got.facts.etag !== etag) return { kind: 'lost' };
  const hasher = context.makeHasher();
  hasher.update(bytes);
  const content = hasher.digestHex() as ContentId; // a hash just made
  if (got.facts.sha256 !== null && got.facts.sha256 !== content) return { kind: 'damaged', why: 'checksum' };
  context.onTransfer({
    path,
    direction: 'down',
    bytesDone: sizeBytes,
    bytesTotal: sizeBytes,
    isOver: true,
  });
  return {
    kind: 'fetched',
    isHeld: true,
    tempName: opId,
    inode: null,
    content,
    facts: got.facts,
    place: (to, options) => context.changes.placeWhole({ opId, bytes }, to, options),
    discard: () => Promise.resolve(),
  };
}

/** Null when the length is not the one listed: a body cut short is not a file. */
async function readBody(body: AsyncIterable<Uint8Array>, sizeBytes: number): Promise<Uint8Array | null> {
  // Of its own: it is handed to another thread.
  const bytes = new Uint8Array(sizeBytes);
  let at = 0;
  for await (const chunk of body) {
    if (at + chunk.length > sizeBytes) return null;
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return at === sizeBytes ? bytes : null;
}
