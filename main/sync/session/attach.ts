// Binding of a pair to its two sides, verified at every start (C4, C5, C20).
import type { Guard } from '../../core/plan/types.ts';
import { isSyncError, SyncError } from '../../core/model/errors.ts';
import { rootPath } from '../../core/model/path.ts';
import type { DiskTraits, LocalRoom, RootMarker } from '../../ports/local-files.port.ts';
import type { RootHold } from '../../ports/local-root.port.ts';
import type { StateChange } from '../../ports/sync-state.port.ts';
import { bindSpace, markerGuard } from '../bucket/bind-space.ts';
import type { SpaceBound } from '../bucket/bind-space.ts';
import type { PairBinding, PairContext } from '../context.ts';
import { isSameGeneration } from '../proven-root.ts';
import { rootAwayError, rootReplacedError, rootStatusError } from '../root-errors.ts';

export type Bound =
  | {
      readonly kind: 'bound';
      readonly disk: DiskTraits;
      readonly notices: readonly string[];
      /** Awaited before anything is synced (`awaitSpace`). */
      readonly space: SpaceInMaking;
    }
  /** A marker is missing or foreign: block until approved, then merge only. */
  | { readonly kind: 'guard'; readonly guard: Guard };

type SpaceInMaking = { readonly spaceId: string; readonly making?: Promise<string> };

type SpaceFound = Extract<SpaceBound, { kind: 'space' }>;

type Scope = Pick<
  PairContext,
  | 'settings'
  | 'root'
  | 'store'
  | 'remote'
  | 'random'
  | 'hashBytes'
  | 'log'
  | 'reached'
  | 'abilities'
  | 'proof'
>;

export async function bindPair(
  context: Scope,
  approvals: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<Bound> {
  const { folder } = context.settings.binding;
  const held = await context.root.hold();
  if (held.kind !== 'held') throw rootStatusError(folder, held);
  try {
    return await bindHeld(context, held.hold, approvals, signal);
  } finally {
    await held.hold.release();
  }
}

async function bindHeld(
  context: Scope,
  hold: RootHold,
  approvals: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<Bound> {
  const notices: string[] = [];
  const status = await hold.files.rootStatus();
  if (status.kind !== 'ok') throw rootStatusError(context.settings.binding.folder, status);
  checkBinding(context);
  await demandDisk(context, hold, approvals, signal);
  const hasBase = hasAnyBase(context);

  const space = await bindSpace(context, hasBase, approvals, signal);
  if (space.kind === 'guard') return space;
  if (space.isForeign) note(context, notices, 'space-changed');
  return await bindFolder(context, hold, { space, hasBase, approvals, notices });
}

async function bindFolder(
  context: Scope,
  hold: RootHold,
  {
    space,
    hasBase,
    approvals,
    notices,
  }: {
    readonly space: SpaceFound;
    readonly hasBase: boolean;
    readonly approvals: ReadonlySet<string>;
    readonly notices: string[];
  },
): Promise<Bound> {
  // The store may have taken a minute to answer.
  if (!(await hold.isThere())) throw awayWhileBound(context, hold);
  const base = { spaceId: space.spaceId, hasBase: hasBase && !space.isForeign };
  const root = await bindRoot(context, hold, base, approvals);
  if (root.kind === 'guard') return root;
  if (root.notice !== null) note(context, notices, root.notice);

  // Must come after the checks: it writes into the folder.
  const disk = await hold.room.learnDisk();
  context.store.record([
    { kind: 'meta', key: 'binding', value: JSON.stringify(context.settings.binding) },
    ...(typeof context.settings.userName === 'string'
      ? [{ kind: 'meta' as const, key: 'ownerName', value: context.settings.userName }]
      : []),
    { kind: 'meta', key: 'rootIdentity', value: hold.identity },
    { kind: 'meta', key: 'mtimeGranularityNs', value: disk.mtimeGranularityNs.toString() },
    { kind: 'meta', key: 'disk', value: diskText(disk) },
  ]);
  return { kind: 'bound', disk, notices, space: inMaking(space) };
}

/** Runs after the folder's marker is written. After a crash in between, the next start creates both again. */
function inMaking({ spaceId, make }: SpaceFound): SpaceInMaking {
  if (make === undefined) return { spaceId };
  const making = make();
  // Reported to the first plan.
  making.catch(() => undefined);
  return { spaceId, making };
}

/** The directory is noted, so that the next try does not bind the mount point that its disk has left. */
function awayWhileBound(context: Scope, hold: RootHold): SyncError {
  if (context.store.meta('rootIdentity') === null)
    context.store.record([{ kind: 'meta', key: 'rootIdentity', value: hold.identity }]);
  return rootAwayError(context.settings.binding.folder);
}

function diskText({ mtimeGranularityNs, ...traits }: DiskTraits): string {
  return JSON.stringify({ ...traits, mtimeGranularityNs: mtimeGranularityNs.toString() });
}

/** Another principal never touches this pair's files; any other difference makes it a new pair (C5). */
function checkBinding(context: Scope): void {
  const text = context.store.meta('binding');
  if (text === null) return;
  const known = JSON.parse(text) as PairBinding; // our own database wrote it
  const now = context.settings.binding;
  if (known.issuer !== now.issuer || known.principal !== now.principal) {
    throw new SyncError({
      code: 'other-principal',
      retry: 'slow',
      scope: 'pair',
      message: `pair ${context.settings.id} belongs to another user`,
      fields: { owner: context.store.meta('ownerName') ?? known.principal },
    });
  }
  const isSame =
    known.endpoint === now.endpoint &&
    known.bucket === now.bucket &&
    known.prefix === now.prefix &&
    known.folder === now.folder;
  if (!isSame) {
    context.store.record([
      { kind: 'base-discard' },
      { kind: 'remote-subtree', path: rootPath, cell: { state: 'absent' } },
      { kind: 'meta', key: 'spaceId', value: null },
      { kind: 'meta', key: 'rootMarker', value: null },
      { kind: 'meta', key: 'rootIdentity', value: null },
      { kind: 'meta', key: 'unmarkedRoot', value: null },
    ]);
  }
}

/**
 * A different directory without a marker is a mount point without its disk, or an empty folder in the place
 * of a moved one: the pair waits for its own folder and keeps its records (C27). In the same directory the
 * marker was deleted by hand: that is a question for the user (C20).
 */
async function demandDisk(
  context: Scope,
  hold: RootHold,
  approvals: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<void> {
  const identity = context.store.meta('rootIdentity');
  // Without a marker of its own: a folder that cannot be written, or one whose disk went while it was bound.
  const subject = knownMarker(context)?.stateId ?? (identity === null ? null : hold.identity);
  if (subject === null || (await hold.room.readMarker()).kind !== 'missing') return;
  const { id } = markerGuard(context, 'root-marker-missing', subject);
  if (approvals.has(id)) return;
  if (identity === hold.identity) return;
  // With nothing in sync there is nothing to lose: a folder with files is intended, an empty one may be a
  // bare mount point.
  const isOther = identity !== null && hasAnyBase(context);
  if (isOther || (await isEmpty(hold, signal))) throw rootReplacedError(context.settings.binding.folder, id);
}

/** Records of an older version do not identify the directory. */
async function isEmpty(hold: RootHold, signal: AbortSignal): Promise<boolean> {
  for await (const listing of hold.files.list([rootPath], signal)) {
    if (listing.kind !== 'listed' || listing.entries.length > 0) return false;
  }
  return true;
}

/** True if anything is in sync: base is not empty. */
export function hasAnyBase({ store }: Pick<Scope, 'store'>): boolean {
  const { files, folders } = store.counts();
  return files + folders > 0;
}

function note(context: Scope, notices: string[], notice: string): void {
  notices.push(notice);
  context.log.warn('base discarded, the next cycle only merges', { why: notice });
}

type RootBound =
  | { readonly kind: 'root'; readonly notice: string | null }
  | { readonly kind: 'guard'; readonly guard: Guard };

async function bindRoot(
  context: Scope,
  hold: RootHold,
  { spaceId, hasBase }: { readonly spaceId: string; readonly hasBase: boolean },
  approvals: ReadonlySet<string>,
): Promise<RootBound> {
  const status = await hold.room.readMarker();
  const known = knownMarker(context);
  if (status.kind === 'unreadable') {
    throw new SyncError({
      code: 'root-marker-unreadable',
      retry: 'slow',
      scope: 'pair',
      message: `cannot read the folder's marker: ${status.message}`,
    });
  }
  if (unmarkedRoot(context) === hold.identity) {
    const isMissing = status.kind === 'missing';
    if (isMissing) await writeFreshMarker(context, hold, { spaceId, keepsBase: hasBase });
    if (isMissing || context.settings.mode === 'upload-only') return { kind: 'root', notice: null };
  }
  if (status.kind === 'missing') {
    if (hasBase && known !== null) {
      const guard = markerGuard(context, 'root-marker-missing', known.stateId);
      if (!approvals.has(guard.id)) return { kind: 'guard', guard };
    }
    await writeFreshMarker(context, hold, { spaceId, keepsBase: false });
    return { kind: 'root', notice: hasBase ? 'root-marker-missing' : null };
  }
  const { marker } = status;
  if (known !== null && marker.stateId === known.stateId && marker.deviceId === known.deviceId) {
    if (marker.spaceId !== spaceId) await writeFreshMarker(context, hold, { spaceId, keepsBase: false });
    const isRestored = !isSameGeneration(context.store, known.generation - marker.generation);
    if (isRestored) await writeFreshMarker(context, hold, { spaceId, keepsBase: false });
    return { kind: 'root', notice: isRestored && hasBase ? 'state-restored' : null };
  }
  if (hasBase || marker.spaceId !== spaceId) {
    const guard = markerGuard(context, 'root-marker-foreign', marker.stateId);
    if (!approvals.has(guard.id)) return { kind: 'guard', guard };
  }
  await writeFreshMarker(context, hold, { spaceId, keepsBase: false });
  return { kind: 'root', notice: hasBase ? 'root-marker-foreign' : null };
}

function knownMarker(context: Pick<Scope, 'store'>): RootMarker | null {
  const text = context.store.meta('rootMarker');
  return text === null ? null : (JSON.parse(text) as RootMarker); // our own database wrote it
}

/** Identity of an upload-only folder that cannot be written and so carries no marker of this pair; null for all others. */
function unmarkedRoot({ store }: Pick<Scope, 'store'>): string | null {
  return store.meta('unmarkedRoot');
}

async function writeFreshMarker(
  context: Scope,
  hold: RootHold,
  { spaceId, keepsBase }: { readonly spaceId: string; readonly keepsBase: boolean },
): Promise<void> {
  const marker: RootMarker = {
    spaceId,
    stateId: context.random.hex(16),
    deviceId: knownMarker(context)?.deviceId ?? context.random.hex(16),
    generation: 1,
  };
  const isWritten = await isMarkerWritten(context, hold.room, marker);
  // One transaction: the base of another state must not survive a crash under the new state id.
  context.store.record([
    ...(keepsBase ? [] : [{ kind: 'base-discard' } as const]),
    { kind: 'meta', key: 'rootMarker', value: isWritten ? JSON.stringify(marker) : null },
    { kind: 'meta', key: 'unmarkedRoot', value: isWritten ? null : hold.identity },
    { kind: 'meta', key: 'generationOpen', value: null },
  ]);
  context.reached('bind.root-marker-written');
}

/**
 * False for an upload-only folder that cannot be written (read-only snapshot, card with the lock on): it is then known by its
 * directory's identity. In the other modes such a folder is an error.
 */
async function isMarkerWritten(
  { settings }: Pick<Scope, 'settings'>,
  room: LocalRoom,
  marker: RootMarker,
): Promise<boolean> {
  try {
    await room.writeMarker(marker);
    return true;
  } catch (error) {
    const isReadOnly =
      isSyncError(error) && (error.code === 'local-read-only' || error.code === 'local-denied');
    if (settings.mode === 'upload-only' && isReadOnly) return false;
    throw error;
  }
}

/**
 * Resolves once the bucket has its marker. If another device was faster, its id is written to the folder's marker. After a crash in between,
 * the next start finds that the ids differ and writes the folder's marker again.
 */
export async function awaitSpace(
  context: Pick<PairContext, 'room' | 'store' | 'settings'>,
  { spaceId, making }: SpaceInMaking,
): Promise<void> {
  const made = await making;
  const known = knownMarker(context);
  if (made === undefined || made === spaceId || known === null) return;
  const marker = { ...known, spaceId: made };
  context.store.record([{ kind: 'meta', key: 'rootMarker', value: JSON.stringify(marker) }]);
  await isMarkerWritten(context, context.room, marker);
}

export type Generation = { readonly changes: readonly StateChange[]; readonly marker: RootMarker };

/** Next generation, recorded when a plan that writes begins; null if no folder is bound. */
export function nextGeneration(context: Pick<Scope, 'store'>): Generation | null {
  const known = knownMarker(context);
  if (known === null) return null;
  // A batch whose marker could not be written (disk full) did nothing: the next one uses the same number.
  const isOpen = context.store.meta('generationOpen') !== null;
  const marker = isOpen ? known : { ...known, generation: known.generation + 1 };
  return {
    marker,
    changes: [
      { kind: 'meta', key: 'rootMarker', value: JSON.stringify(marker) },
      { kind: 'meta', key: 'generationOpen', value: 'true' },
    ],
  };
}

/**
 * Writes the database before the disk, so that they differ by at most the open batch (C4). Completion is only
 * noted: a batch that stays marked open a little longer has equal numbers and no consequence.
 */
export async function writeGeneration(
  context: Pick<PairContext, 'room' | 'reached' | 'store' | 'settings'>,
  marker: RootMarker,
): Promise<void> {
  context.reached('batch.generation-recorded');
  // A marker in a folder that became read-only stays one generation behind, and the batch stays marked open.
  if (!(await isMarkerWritten(context, context.room, marker))) return;
  context.reached('batch.generation-written');
  context.store.note([{ kind: 'meta', key: 'generationOpen', value: null }]);
}
