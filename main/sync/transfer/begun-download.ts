// Interrupted download: its temporary file, and a record of its verified length.
// The record has the SHA-256 of those bytes, so that the file itself is not trusted: after a crash or a loss
// of power it is read again, and fetched from the start if it differs from what was written.
import { isOfItem } from '../../core/model/errors.ts';
import type { Etag, RelPath } from '../../core/model/model.ts';
import type { OrderedHasher, TempFile } from '../../ports/local-files.port.ts';
import type { StateChange } from '../../ports/sync-state.port.ts';
import type { PairContext } from '../context.ts';
import { openHasher } from '../ordered-hash.ts';
import { readInOrder } from './read-in-order.ts';

type Begun = {
  readonly etag: Etag;
  readonly tempName: string;
  readonly sizeBytes: number;
  readonly doneBytes: number;
  /** SHA-256 of the first `doneBytes` bytes. */
  readonly sha256: string;
};

type Scope = Pick<PairContext, 'store' | 'changes' | 'commit' | 'makeHasher' | 'openHasher'>;
type Wanted = { readonly path: RelPath; readonly etag: Etag; readonly sizeBytes: number };

/** A download to resume; the hasher has been fed with the bytes on disk, and is ended by the caller. */
export type Resumed = {
  readonly temp: TempFile;
  readonly hasher: OrderedHasher;
  readonly doneBytes: number;
};

const keyPrefix = 'begun-download ';

function recordOf(store: PairContext['store'], path: RelPath): Begun | null {
  const text = store.meta(`${keyPrefix}${path}`);
  return text === null ? null : (JSON.parse(text) as Begun); // our own database wrote it
}

/** Number of bytes of this version on disk, according to the record. */
export function begunBytes({ store }: Pick<Scope, 'store'>, wanted: Wanted): number {
  const begun = recordOf(store, wanted.path);
  return begun?.etag === wanted.etag ? begun.doneBytes : 0;
}

export function begunRecord(path: RelPath, begun: Begun): StateChange {
  return { kind: 'meta', key: `${keyPrefix}${path}`, value: JSON.stringify(begun) };
}

export async function forgetBegun(context: Pick<Scope, 'store' | 'commit'>, path: RelPath): Promise<void> {
  if (recordOf(context.store, path) === null) return;
  await context.commit([{ kind: 'meta', key: `${keyPrefix}${path}`, value: null }]);
}

/** Removes the bytes of a download that something else replaces, and their record. */
export async function endBegun(
  context: Pick<Scope, 'store' | 'changes' | 'commit'>,
  path: RelPath,
): Promise<void> {
  const begun = recordOf(context.store, path);
  if (begun === null) return;
  // Bytes first: without its record nothing would remove the file before the next start.
  await (await context.changes.reopenTemp(begun.tempName))?.discard();
  await forgetBegun(context, path);
}

/** Null if there is nothing to resume: never started, of another version, or not what was written. */
export async function resumeBegun(
  context: Scope,
  wanted: Wanted,
  signal: AbortSignal,
): Promise<Resumed | null> {
  const begun = recordOf(context.store, wanted.path);
  if (begun === null) return null;
  const temp = await context.changes.reopenTemp(begun.tempName);
  const isWanted = begun.etag === wanted.etag && begun.sizeBytes === wanted.sizeBytes;
  const hasher = temp === null || !isWanted ? null : await readBegun(context, temp, begun, signal);
  if (temp !== null && hasher !== null) return { temp, hasher, doneBytes: begun.doneBytes };
  await temp?.discard();
  await forgetBegun(context, wanted.path);
  return null;
}

/** Fed with the bytes on the disk; null where they are not those that were written. */
async function readBegun(
  context: Scope,
  temp: TempFile,
  begun: Begun,
  signal: AbortSignal,
): Promise<OrderedHasher | null> {
  const hasher = openHasher(context);
  let isWhole = false;
  try {
    let sha256 = '';
    const take = async (bytes: Uint8Array): Promise<void> => {
      sha256 = await hasher.update(bytes);
    };
    const isThere = await readInOrder({ file: temp, sizeBytes: begun.doneBytes }, take, signal);
    isWhole = isThere && sha256 === begun.sha256;
    return isWhole ? hasher : null;
  } finally {
    if (!isWhole) hasher.end();
  }
}

/** Names of temporary files that a download may still resume; other records are deleted. */
export async function keptTemps(context: Pick<Scope, 'store' | 'commit'>): Promise<ReadonlySet<string>> {
  const { kept, stale } = sorted(context);
  await forget(context, stale);
  return new Set(kept.map(({ tempName }) => tempName));
}

/**
 * Ends downloads that no plan will resume: the object was removed, renamed or replaced, or its bytes are here. For a pair
 * with nothing to do and no transfer running.
 */
export async function endStaleDownloads(context: Pick<Scope, 'store' | 'changes' | 'commit'>): Promise<void> {
  const { stale } = sorted(context);
  for (const { tempName } of stale) {
    try {
      await (await context.changes.reopenTemp(tempName))?.discard();
    } catch (error) {
      // Without its record it is a leftover, which each start tries to remove.
      if (!isOfItem(error)) throw error;
    }
  }
  await forget(context, stale);
}

type Recorded = { readonly key: string; readonly tempName: string };

function sorted({ store }: Pick<Scope, 'store'>): Readonly<Record<'kept' | 'stale', readonly Recorded[]>> {
  const kept: Recorded[] = [];
  const stale: Recorded[] = [];
  for (const key of store.metaKeys(keyPrefix)) {
    const path = key.slice(keyPrefix.length) as RelPath; // written by begunRecord
    const begun = recordOf(store, path);
    if (begun === null) continue;
    const { base, remote } = store.entry(path);
    const isStill = remote.state === 'present' && remote.kind === 'file' && remote.etag === begun.etag;
    const isHere = base?.kind === 'file' && base.etag === begun.etag;
    (isStill && !isHere ? kept : stale).push({ key, tempName: begun.tempName });
  }
  return { kept, stale };
}

async function forget({ commit }: Pick<Scope, 'commit'>, records: readonly Recorded[]): Promise<void> {
  if (records.length === 0) return;
  await commit(records.map(({ key }): StateChange => ({ kind: 'meta', key, value: null })));
}
