// Reads one small object into memory and says which content it is: it reaches the disk in one step, when it is placed.
import type { PairContext } from '../context.ts';
import { begunBytes } from './begun-download.ts';
import { isInPlace } from './download-ranges.ts';
import { fetchBody } from './fetch-body.ts';
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
  const { path, opId, sizeBytes } = request;
  // Of its own: it is handed to another thread.
  const bytes = new Uint8Array(sizeBytes);
  const write = (chunk: Uint8Array, at: number): void => {
    if (!isInPlace(chunk, bytes, at)) bytes.set(chunk, at);
  };
  const sink = { hasher: context.makeHasher(), write, into: bytes };
  const fetched = await fetchBody(context, request, sink, signal);
  if (fetched.kind !== 'done') return fetched;
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
    content: fetched.content,
    info: fetched.info,
    place: (to, options) => context.changes.placeWhole({ opId, bytes }, to, options),
    discard: () => Promise.resolve(),
  };
}
