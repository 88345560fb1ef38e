// Fetch of one object to a complete temporary file, identified by its bytes alone.
import { isRefusal, isSyncError } from '../../core/model/errors.ts';
import type { SyncError } from '../../core/model/errors.ts';
import type { ContentId, Etag, OpId, RelPath } from '../../core/model/model.ts';
import type { OrderedHasher, PlaceOptions, PlaceOutcome } from '../../ports/local-files.port.ts';
import type { ObjectInfo } from '../../ports/remote-objects.port.ts';
import { begunRecord, forgetBegun, resumeBegun } from './begun-download.ts';
import type { Resumed } from './begun-download.ts';
import type { PairContext } from '../context.ts';
import { noteWritten } from './download-space.ts';
import { downloadRanged } from './download-ranges.ts';
import type { RangedOutcome } from './download-ranges.ts';
import { fetchBody } from './fetch-body.ts';
import { transferSizes } from '../transfer-sizes.ts';
import { keyOf } from '../bucket/keys.ts';
import { openHasher } from '../ordered-hash.ts';

const rangesInFlight = 4;

export type Fetched =
  | {
      readonly kind: 'fetched';
      /** In memory: nothing of it is on the disk before it is placed. */
      readonly isHeld: boolean;
      /** The temporary file that holds it, or will while it is placed. */
      readonly tempName: string;
      /** Of that file; null while it is only to be made. */
      readonly inode: bigint | null;
      readonly place: (path: RelPath, options: PlaceOptions) => Promise<PlaceOutcome>;
      /** Nothing to do once it was placed. */
      readonly discard: () => Promise<void>;
      readonly content: ContentId;
      readonly info: ObjectInfo;
    }
  /** The requested version no longer exists. */
  | { readonly kind: 'lost' }
  /** Too short, too long, or not matching the store's own checksum. */
  | { readonly kind: 'damaged'; readonly why: 'length' | 'checksum' };

export type FetchRequest = {
  readonly path: RelPath;
  readonly etag: Etag;
  readonly opId: OpId;
  readonly sizeBytes: number;
};

/** A file being filled: its bytes so far, and how far they were recorded for the next try. */
type Filling = Begun & { readonly progress: Progress };

type Begun = Pick<Resumed, 'temp' | 'doneBytes'> & {
  /** Null where the bytes come in one body. */
  readonly hasher: OrderedHasher | null;
};

/** The caller discards the temporary file unless it was placed. What is cut off is resumed by the next call for this version. */
export async function fetchToTemp(
  context: PairContext,
  request: FetchRequest,
  signal: AbortSignal,
): Promise<Fetched> {
  const begun = (await resumeBegun(context, request, signal)) ?? (await beginFetch(context, request));
  const filling: Filling = { ...begun, progress: progressOf(context, request, begun) };
  const { temp, progress } = filling;
  try {
    const outcome = await fill(context, request, filling, signal);
    await progress.settled();
    if (outcome.kind !== 'done') {
      await forgetBegun(context, request.path);
      await temp.discard();
      return outcome;
    }
    const { inode } = await temp.finish();
    await forgetBegun(context, request.path);
    return {
      kind: 'fetched',
      isHeld: false,
      tempName: temp.name,
      inode,
      place: (path, options) => context.changes.place(temp.name, path, options),
      discard: () => temp.discard(),
      content: outcome.content,
      info: outcome.info,
    };
  } catch (error) {
    await leave(context, request, filling, error);
    throw error;
  } finally {
    filling.hasher?.end();
    progress.tell(request.sizeBytes, true);
  }
}

async function beginFetch(context: PairContext, { opId, sizeBytes }: FetchRequest): Promise<Begun> {
  const temp = await context.changes.createTemp(opId);
  const isRanged = sizeBytes > (context.sizes ?? transferSizes).rangedBytes;
  return { temp, doneBytes: 0, hasher: isRanged ? openHasher(context) : null };
}

/** By the disk, which may be about these bytes. A thread of ours that ended says nothing of them. */
function isOfDisk({ code }: SyncError): boolean {
  return code === 'disk-full' || (code.startsWith('local-') && code !== 'local-worker-failed');
}

/** A network failure or a stop keeps the bytes received; any other error may be about these bytes. */
async function leave(
  context: PairContext,
  request: FetchRequest,
  { temp, progress }: Filling,
  error: unknown,
): Promise<void> {
  const isBad = isRefusal(error) || (isSyncError(error) && isOfDisk(error));
  if (!isBad && (await progress.save())) return temp.close();
  await progress.settled();
  await temp.discard();
  await forgetBegun(context, request.path);
}

type Progress = {
  readonly tell: (bytesDone: number, isOver: boolean) => void;
  /** This many bytes are written and hashed. The SHA-256 is asked for before more are. */
  readonly reached: (bytesDone: number, sha256: () => string) => void;
  /** Records the progress; false if there is none, or if it cannot be written. */
  readonly save: () => Promise<boolean>;
  readonly settled: () => Promise<void>;
};

/** Between two records of one download: each is a transaction on the disk. */
const leastBetweenMs = 250;

/** Progress, recorded beside the transfer: after a range, not too often, and one record at a time. */
function progressOf(
  context: PairContext,
  request: FetchRequest,
  { temp, doneBytes, hasher }: Begun,
): Progress {
  const { path, etag, sizeBytes } = request;
  const stepBytes = (context.sizes ?? transferSizes).rangeBytes;
  let done = doneBytes;
  let digest = (): string => '';
  let saved = { bytes: doneBytes, atMs: Number.NEGATIVE_INFINITY };
  let saving: Promise<boolean> = Promise.resolve(doneBytes > 0);
  let isSaving = false;
  const save = (): void => {
    saved = { bytes: done, atMs: context.clock.monotonicMs() };
    isSaving = true;
    const facts = { etag, tempName: temp.name, sizeBytes, doneBytes: done, sha256: digest() };
    saving = saving
      .then(() => context.commit([begunRecord(path, facts)]))
      .then(
        () => true,
        () => false,
      )
      .finally(() => {
        isSaving = false;
      });
  };
  const isDue = (): boolean =>
    !isSaving && done < sizeBytes && context.clock.monotonicMs() - saved.atMs >= leastBetweenMs;
  const tell = (bytesDone: number, isOver: boolean): void => {
    context.onTransfer({ path, direction: 'down', bytesDone, bytesTotal: sizeBytes, isOver });
  };
  return {
    tell,
    reached: (bytesDone, sha256) => {
      done = bytesDone;
      digest = sha256;
      noteWritten(context, request, done);
      tell(done, false);
      if (done - saved.bytes >= stepBytes && isDue()) save();
    },
    save: () => {
      // After the last byte the hash of one body is closed.
      const isKnown = done < sizeBytes || hasher !== null;
      if (done > saved.bytes && done >= stepBytes && isKnown) save();
      return saving;
    },
    settled: async () => {
      await saving;
    },
  };
}

async function fill(
  context: PairContext,
  request: FetchRequest,
  { temp, doneBytes, hasher, progress }: Filling,
  signal: AbortSignal,
): Promise<RangedOutcome> {
  if (hasher !== null) return fetchRanges(context, request, { temp, doneBytes, hasher, progress }, signal);
  const body = context.makeHasher();
  const write = async (chunk: Uint8Array, at: number): Promise<void> => {
    await temp.write(chunk, at);
    progress.reached(at + chunk.length, () => body.peekHex());
  };
  return fetchBody(context, request, { hasher: body, write }, signal);
}

/** Parallel ranges; each one requests the same version, so that ranges of two are never joined. */
function fetchRanges(
  context: PairContext,
  request: FetchRequest,
  { temp, hasher, doneBytes, progress }: Resumed & Pick<Filling, 'progress'>,
  signal: AbortSignal,
): Promise<RangedOutcome> {
  return downloadRanged(
    {
      objects: context.remote,
      key: keyOf(context, request.path),
      etag: request.etag,
      sizeBytes: request.sizeBytes,
      rangeBytes: (context.sizes ?? transferSizes).rangeBytes,
      concurrency: context.settings.options.parts?.concurrency ?? rangesInFlight,
      sink: temp,
      hasher,
      startAt: doneBytes,
      onProgress: (bytesDone, sha256) => {
        progress.reached(bytesDone, () => sha256);
      },
    },
    signal,
  );
}
