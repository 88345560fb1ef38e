// Binds a pair to its two sides and proves, at every start, that they are still the same ones (rules 4, 5, 20).
import type { Guard, GuardKind } from '../core/plan-types.ts';
import { SyncError } from '../core/errors.ts';
import type { OpId } from '../core/model.ts';
import { rootPath } from '../core/path.ts';
import type { DiskTraits, LocalRoom, RootMarker } from '../ports/local-files.port.ts';
import type { RootHold } from '../ports/local-root.port.ts';
import { putOwnObject } from './own-object.ts';
import type { PairBinding, PairContext } from './pair-context.ts';
import { isSameGeneration } from './proven-root.ts';
import { ownKey } from './remote-undo.ts';
import { rootReplacedError, rootStatusError } from './root-errors.ts';

export type Bound =
  | { readonly kind: 'bound'; readonly disk: DiskTraits; readonly notices: readonly string[] }
  /** A marker is missing or another one's: nothing is done until a person says yes, which makes the next cycle merge only. */
  | { readonly kind: 'guard'; readonly guard: Guard };

type Scope = Pick<
  PairContext,
  'settings' | 'root' | 'store' | 'remote' | 'random' | 'hashBytes' | 'log' | 'reached' | 'abilities'
>;

const maxMarkerBytes = 4096;

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

  const base = { spaceId: space.spaceId, hasBase: hasBase && !space.isForeign };
  const root = await bindRoot(context, hold.room, base, approvals);
  if (root.kind === 'guard') return root;
  if (root.notice !== null) note(context, notices, root.notice);

  // Only now: it writes into the folder.
  const disk = await hold.room.learnDisk();
  context.store.record([
    { kind: 'meta', key: 'binding', value: JSON.stringify(context.settings.binding) },
    { kind: 'meta', key: 'rootIdentity', value: hold.identity },
    { kind: 'meta', key: 'mtimeGranularityNs', value: disk.mtimeGranularityNs.toString() },
    { kind: 'meta', key: 'disk', value: diskText(disk) },
  ]);
  return { kind: 'bound', disk, notices };
}

function diskText({ mtimeGranularityNs, ...traits }: DiskTraits): string {
  return JSON.stringify({ ...traits, mtimeGranularityNs: mtimeGranularityNs.toString() });
}

/** Another principal never touches this pair's files; any other difference makes it a new pair (rule 5). */
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
      message: `pair ${context.settings.id} belongs to another sign-in; sign in as that person or add a new pair`,
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
      { kind: 'remote-subtree', path: rootOf(), cell: { state: 'absent' } },
      { kind: 'meta', key: 'spaceId', value: null },
      { kind: 'meta', key: 'rootMarker', value: null },
      { kind: 'meta', key: 'rootIdentity', value: null },
    ]);
  }
}

/**
 * Another directory without the marker is a mount point without its disk, or an empty folder in the place of one that was moved
 * away: the pair waits for its own, and what is known of it is kept (rule 27). In the same directory the marker was removed by
 * hand: that is a question (rule 20).
 */
async function demandDisk(
  context: Scope,
  hold: RootHold,
  approvals: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<void> {
  const known = knownMarker(context);
  if (known === null || (await hold.room.readMarker()).kind !== 'missing') return;
  const { id } = markerGuard(context, 'root-marker-missing', known.stateId);
  if (approvals.has(id)) return;
  const identity = context.store.meta('rootIdentity');
  if (identity === hold.identity) return;
  // With nothing in sync yet there is nothing to lose: files in the folder say that it is meant, an empty one may be a mount point.
  const isOther = identity !== null && hasAnyBase(context);
  if (isOther || (await isEmpty(hold, signal))) throw rootReplacedError(context.settings.binding.folder, id);
}

/** Records of an older version do not tell which directory it was. */
async function isEmpty(hold: RootHold, signal: AbortSignal): Promise<boolean> {
  for await (const listing of hold.files.list([rootPath], signal)) {
    if (listing.kind !== 'listed' || listing.entries.length > 0) return false;
  }
  return true;
}

function rootOf(): Parameters<Scope['store']['entry']>[0] {
  return '' as Parameters<Scope['store']['entry']>[0]; // the root path of every pair
}

function hasAnyBase(context: Scope): boolean {
  const { files, folders } = context.store.counts();
  return files + folders > 0;
}

function note(context: Scope, notices: string[], notice: string): void {
  notices.push(notice);
  context.log.warn('base discarded, the next cycle only merges', { why: notice });
}

type SpaceBound =
  | { readonly kind: 'space'; readonly spaceId: string; readonly isForeign: boolean }
  | { readonly kind: 'guard'; readonly guard: Guard };

async function bindSpace(
  context: Scope,
  hasBase: boolean,
  approvals: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<SpaceBound> {
  const known = context.store.meta('spaceId');
  const found = await readSpace(context, signal);
  const isDownloadOnly = context.settings.mode === 'download-only';
  if (found === null) {
    // A download-only pair never writes one, so it cannot miss one either.
    if (isDownloadOnly) return remember(context, known ?? 'unmarked', false);
    if (hasBase && known !== null) {
      const guard = markerGuard(context, 'bucket-marker-missing', known);
      if (!approvals.has(guard.id)) return { kind: 'guard', guard };
    }
    const made = await makeSpace(context, signal);
    return remember(context, made, hasBase && made !== known);
  }
  if (known !== null && known !== 'unmarked' && known !== found && hasBase) {
    const guard = markerGuard(context, 'bucket-marker-foreign', found);
    if (!approvals.has(guard.id)) return { kind: 'guard', guard };
    return remember(context, found, true);
  }
  return remember(context, found, false);
}

function remember(context: Scope, spaceId: string, isForeign: boolean): SpaceBound {
  if (context.store.meta('spaceId') !== spaceId) {
    // One transaction: a crash must not leave the new id beside the old space's base.
    context.store.record([
      { kind: 'meta', key: 'spaceId', value: spaceId },
      ...(isForeign ? [{ kind: 'base-discard' as const }] : []),
    ]);
  }
  return { kind: 'space', spaceId, isForeign };
}

/** Null when there is no marker. A damaged one is an error, not an absence. */
async function readSpace(context: Scope, signal: AbortSignal): Promise<string | null> {
  const key = ownKey(context.settings.binding.prefix, 'space.json');
  const got = await context.remote.get(key, { condition: { kind: 'none' } }, signal);
  if (got.kind === 'absent') return null;
  if (got.kind !== 'found') {
    // Never an absence: another marker in its place would make every device discard what it knows.
    throw new SyncError({
      code: 'remote-changed',
      retry: 'backoff',
      scope: 'pair',
      message: `${key} cannot be read now`,
      fields: { key },
    });
  }
  const chunks: Uint8Array[] = [];
  let total = 0;
  for await (const chunk of got.body) {
    total += chunk.length;
    if (total > maxMarkerBytes) break;
    chunks.push(chunk);
  }
  const spaceId = parseSpace(Buffer.concat(chunks).toString('utf8'));
  if (spaceId !== null) return spaceId;
  throw new SyncError({
    code: 'bucket-marker-damaged',
    retry: 'slow',
    scope: 'pair',
    message: `${key} is damaged; restore it or remove it by hand`,
    fields: { key },
  });
}

function parseSpace(text: string): string | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || !('spaceId' in value)) return null;
    return typeof value.spaceId === 'string' && /^[0-9a-f]{32}$/u.test(value.spaceId) ? value.spaceId : null;
  } catch {
    return null; // not JSON: the caller says that it is damaged
  }
}

/** Created only where there is none, then read back: of two devices at once, both end with the winner's id. */
async function makeSpace(context: Scope, signal: AbortSignal): Promise<string> {
  const spaceId = context.random.hex(16);
  const key = ownKey(context.settings.binding.prefix, 'space.json');
  const written = await putOwnObject(
    context,
    {
      key,
      text: `${JSON.stringify({ spaceId })}\n`,
      contentType: 'application/json',
      opId: context.random.hex(16) as OpId, // made here
      condition: context.abilities.putIfNoneMatch ? { kind: 'absent' } : { kind: 'none' },
    },
    signal,
  );
  context.reached('bind.space-marker-written');
  const found = await readSpace(context, signal);
  if (found !== null || written.kind === 'done') return found ?? spaceId;
  // The race was lost to nobody (409): without a marker the next start would ask where it went.
  throw new SyncError({
    code: 'remote-changed',
    retry: 'backoff',
    scope: 'pair',
    message: `${key} could not be written now`,
    fields: { key },
  });
}

type RootBound =
  | { readonly kind: 'root'; readonly notice: string | null }
  | { readonly kind: 'guard'; readonly guard: Guard };

async function bindRoot(
  context: Scope,
  room: LocalRoom,
  { spaceId, hasBase }: { readonly spaceId: string; readonly hasBase: boolean },
  approvals: ReadonlySet<string>,
): Promise<RootBound> {
  const status = await room.readMarker();
  const known = knownMarker(context);
  if (status.kind === 'unreadable') {
    throw new SyncError({
      code: 'root-marker-unreadable',
      retry: 'slow',
      scope: 'pair',
      message: `cannot read the folder's marker: ${status.message}`,
    });
  }
  if (status.kind === 'missing') {
    if (hasBase && known !== null) {
      const guard = markerGuard(context, 'root-marker-missing', known.stateId);
      if (!approvals.has(guard.id)) return { kind: 'guard', guard };
    }
    await writeFreshMarker(context, room, spaceId);
    return { kind: 'root', notice: hasBase ? 'root-marker-missing' : null };
  }
  const { marker } = status;
  if (known !== null && marker.stateId === known.stateId && marker.deviceId === known.deviceId) {
    if (marker.spaceId !== spaceId) await writeFreshMarker(context, room, spaceId);
    const isRestored = !isSameGeneration(context.store, known.generation - marker.generation);
    if (isRestored) await writeFreshMarker(context, room, spaceId);
    return { kind: 'root', notice: isRestored && hasBase ? 'state-restored' : null };
  }
  if (hasBase || marker.spaceId !== spaceId) {
    const guard = markerGuard(context, 'root-marker-foreign', marker.stateId);
    if (!approvals.has(guard.id)) return { kind: 'guard', guard };
  }
  await writeFreshMarker(context, room, spaceId);
  return { kind: 'root', notice: hasBase ? 'root-marker-foreign' : null };
}

function knownMarker(context: Pick<Scope, 'store'>): RootMarker | null {
  const text = context.store.meta('rootMarker');
  return text === null ? null : (JSON.parse(text) as RootMarker); // our own database wrote it
}

async function writeFreshMarker(context: Scope, room: LocalRoom, spaceId: string): Promise<void> {
  const marker: RootMarker = {
    spaceId,
    stateId: context.random.hex(16),
    deviceId: knownMarker(context)?.deviceId ?? context.random.hex(16),
    generation: 1,
  };
  await room.writeMarker(marker);
  // One transaction: base of another state must not survive a crash under the new state id.
  context.store.record([
    { kind: 'base-discard' },
    { kind: 'meta', key: 'rootMarker', value: JSON.stringify(marker) },
    { kind: 'meta', key: 'generationOpen', value: null },
  ]);
  context.reached('bind.root-marker-written');
}

/** Before each batch that writes: database first, then disk, so that they differ by at most the open batch (rule 4). */
export async function advanceGeneration(
  context: Pick<PairContext, 'store' | 'room' | 'reached'>,
): Promise<void> {
  const known = knownMarker(context);
  if (known === null) return;
  // A batch whose marker could not be written (a full disk) did nothing: the next one goes by the same number.
  const isOpen = context.store.meta('generationOpen') !== null;
  const marker = isOpen ? known : { ...known, generation: known.generation + 1 };
  context.store.record([
    { kind: 'meta', key: 'rootMarker', value: JSON.stringify(marker) },
    { kind: 'meta', key: 'generationOpen', value: 'true' },
  ]);
  context.reached('batch.generation-recorded');
  await context.room.writeMarker(marker);
  context.store.record([{ kind: 'meta', key: 'generationOpen', value: null }]);
  context.reached('batch.generation-written');
}

function markerGuard(context: Scope, kind: GuardKind, subject: string): Guard {
  const total = context.store.counts().files;
  return {
    id: `${kind}-${subject.slice(0, 12)}`,
    kind,
    counts: { removals: 0, replacements: 0, conflicts: 0, total, done: 0 },
    examples: [],
  };
}
