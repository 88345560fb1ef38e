// Bucket marker `<prefix>.driftless/space.json`: identity of the space (C20).
import type { Guard, GuardKind } from '../../core/plan/types.ts';
import { SyncError, isRefusal } from '../../core/model/errors.ts';
import type { Entry, ObjectKey, OpId } from '../../core/model/model.ts';
import type { Condition, ObjectInfo, WriteOutcome } from '../../ports/remote-objects.port.ts';
import { infoOrNull } from './head.ts';
import { keyOf } from './keys.ts';
import { metaKey, putMetaObject, readMetaText } from './meta-object.ts';
import type { PairContext } from '../context.ts';

type Scope = Pick<
  PairContext,
  'settings' | 'store' | 'remote' | 'random' | 'hashBytes' | 'log' | 'reached' | 'abilities' | 'proof'
>;

const maxMarkerBytes = 4096;
/** The id once more, where the marker's head can be read and its bytes cannot (an archive). */
const spaceNote = 'driftless-space';
const anyVersion = { kind: 'none' } as const;
/** In the place of an id: only downloaded so far, from a bucket without a marker. Never written into one. */
const unmarked = 'unmarked';
/** Number of objects sampled across base if the marker is missing. */
const sampleSize = 16;

export type SpaceBound =
  | {
      readonly kind: 'space';
      readonly spaceId: string;
      readonly isForeign: boolean;
      /** Present if the bucket has no marker yet. Creates it; resolves with its id, which may be that of a faster device. */
      readonly make?: () => Promise<string>;
    }
  | { readonly kind: 'guard'; readonly guard: Guard };

/** Checks that the bucket is the one base was recorded from. */
export async function bindSpace(
  context: Scope,
  hasBase: boolean,
  approvals: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<SpaceBound> {
  const known = context.store.meta('spaceId');
  const found = await findSpace(context, { known, hasBase }, signal);
  const isDownloadOnly = context.settings.mode === 'download-only';
  if (found === null) {
    // A download-only pair never writes a marker, so it cannot miss one.
    if (isDownloadOnly) return remember(context, known ?? unmarked, false);
    if (hasBase && known !== null) {
      // A lifecycle rule may delete what is written once; the objects themselves identify the space as well.
      if (await isKnownSpace(context, signal)) return await renewSpace(context, known, signal);
      const guard = markerGuard(context, 'bucket-marker-missing', known);
      if (!approvals.has(guard.id)) return { kind: 'guard', guard };
    }
    // Created in the background, because it waits for the probe of a first pass. Without base no record depends on the id.
    if (!hasBase && context.proof !== undefined) return makeBeside(context, signal);
    const made = await makeSpace(context, signal);
    return remember(context, made, hasBase && made !== known);
  }
  if (known !== null && known !== unmarked && known !== found && hasBase) {
    const guard = markerGuard(context, 'bucket-marker-foreign', found);
    if (!approvals.has(guard.id)) return { kind: 'guard', guard };
    return remember(context, found, true);
  }
  return remember(context, found, false);
}

/**
 * The id that the bucket's marker names, or null without a marker. One that may not be read, as in an archive, is known by
 * its metadata, or by the objects beside it; an archived one is written again, which brings it back for every device.
 */
async function findSpace(
  context: Scope,
  { known, hasBase }: { readonly known: string | null; readonly hasBase: boolean },
  signal: AbortSignal,
): Promise<string | null> {
  try {
    return await readSpace(context, signal);
  } catch (error) {
    // What the probe met says more of a store that refuses everything.
    await context.proof;
    if (!isRefusal(error) || signal.aborted) throw error;
    const head = await infoOrNull(context, spaceKey(context), signal);
    const noted = head?.metadata[spaceNote] ?? '';
    const isKnown = async (): Promise<boolean> =>
      known !== null && known !== unmarked && (!hasBase || (await isKnownSpace(context, signal)));
    const spaceId = isSpaceId(noted) ? noted : (await isKnown()) ? known : null;
    if (spaceId === null && context.settings.mode === 'download-only') return null;
    if (spaceId === null) throw unreadSpace(context, error);
    context.log.warn('the marker of the bucket cannot be read', { code: error.code, spaceId });
    if (error.code === 'remote-archived' && head !== null) await bringBack(context, head, spaceId, signal);
    return spaceId;
  }
}

/** Another device may be faster, and a policy may forbid it: the pair continues either way. */
async function bringBack(
  context: Scope,
  { etag }: ObjectInfo,
  spaceId: string,
  signal: AbortSignal,
): Promise<void> {
  if (context.settings.mode === 'download-only') return;
  await context.proof;
  const condition = context.abilities.putIfMatch ? ({ kind: 'etag', etag } as const) : anyVersion;
  try {
    await writeSpace(context, { spaceId, condition }, signal);
  } catch (error) {
    if (!isRefusal(error) || signal.aborted) throw error;
    context.log.warn('the marker of the bucket cannot be written', { code: error.code });
  }
}

function unreadSpace(context: Scope, cause: SyncError): SyncError {
  const key = spaceKey(context);
  return new SyncError({
    code: cause.code,
    retry: 'slow',
    scope: 'pair',
    // What the store said is what the user has to act on.
    message: `${key} cannot be read, and nothing else tells which space this is (${cause.message})`,
    cause,
    fields: { ...cause.fields, key },
  });
}

/** Under the same id, so that every device recognises it, whichever writes it first; under a new one where there was none. */
async function renewSpace(context: Scope, known: string, signal: AbortSignal): Promise<SpaceBound> {
  if (known === unmarked) return remember(context, await makeSpace(context, signal), false);
  const found = await makeSpace(context, signal, known);
  context.log.info('the marker of the bucket was gone and is written again', { spaceId: known });
  if (found === known) return remember(context, known, false);
  // Another device was faster, in a space of its own.
  return { kind: 'guard', guard: markerGuard(context, 'bucket-marker-foreign', found) };
}

/** True if most sampled objects are the versions recorded in base. */
async function isKnownSpace(context: Scope, signal: AbortSignal): Promise<boolean> {
  const sample = sampleOf(context);
  let found = 0;
  for (const entry of sample) if (await isAsKnown(context, entry, signal)) found += 1;
  return sample.length > 0 && found * 2 > sample.length;
}

function sampleOf({ store }: Scope): readonly Entry[] {
  const { files, folders } = store.counts();
  const step = Math.max(1, Math.floor((files + folders) / sampleSize));
  const sample = new Map<string, Entry>();
  for (let at = 0; at < sampleSize; at += 1) {
    const rows = store.sequence(at * step, sampleSize);
    const next = rows.find(({ entry }) => entry.base?.kind === 'file' && !sample.has(entry.path));
    if (next !== undefined) sample.set(next.entry.path, next.entry);
  }
  return [...sample.values()];
}

/** False for an object that may not be read: it proves nothing about the space. */
async function isAsKnown(context: Scope, { path, base }: Entry, signal: AbortSignal): Promise<boolean> {
  const info = await infoOrNull(context, keyOf(context, path), signal);
  return info !== null && base?.kind === 'file' && info.etag === base.etag;
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

/** Null if there is no marker. A damaged one is an error, not an absence. */
async function readSpace(context: Scope, signal: AbortSignal): Promise<string | null> {
  const key = spaceKey(context);
  const got = await context.remote.get(key, { condition: { kind: 'none' } }, signal);
  if (got.kind === 'absent') return null;
  if (got.kind !== 'found') {
    // Not an absence: a new marker in its place would make every device discard its records.
    throw new SyncError({
      code: 'remote-changed',
      retry: 'backoff',
      scope: 'pair',
      message: `${key} cannot be read now`,
      fields: { key },
    });
  }
  const text = await readMetaText(got, maxMarkerBytes);
  const spaceId = text === null ? null : parseSpace(text);
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
    return typeof value.spaceId === 'string' && isSpaceId(value.spaceId) ? value.spaceId : null;
  } catch {
    return null; // not JSON: the caller reports it as damaged
  }
}

function makeBeside(context: Scope, signal: AbortSignal): SpaceBound {
  const spaceId = context.random.hex(16);
  const make = async (): Promise<string> => {
    const found = await makeSpace(context, signal, spaceId);
    remember(context, found, false);
    return found;
  };
  return { kind: 'space', spaceId, isForeign: false, make };
}

/** Create-if-absent, then read back; concurrent devices converge on the id that won. */
async function makeSpace(
  context: Scope,
  signal: AbortSignal,
  spaceId = context.random.hex(16),
): Promise<string> {
  await context.proof;
  const condition = context.abilities.putIfNoneMatch ? ({ kind: 'absent' } as const) : anyVersion;
  const written = await writeSpace(context, { spaceId, condition }, signal);
  context.reached('bind.space-marker-written');
  const found = await readSpace(context, signal);
  if (found !== null || written.kind === 'done') return found ?? spaceId;
  // 409 but no marker exists: fail, because continuing would leave the pair without one.
  throw new SyncError({
    code: 'remote-changed',
    retry: 'backoff',
    scope: 'pair',
    message: `${spaceKey(context)} could not be written now`,
    fields: { key: spaceKey(context) },
  });
}

function writeSpace(
  context: Scope,
  { spaceId, condition }: { readonly spaceId: string; readonly condition: Condition },
  signal: AbortSignal,
): Promise<WriteOutcome> {
  return putMetaObject(
    context,
    {
      key: spaceKey(context),
      text: `${JSON.stringify({ spaceId })}\n`,
      contentType: 'application/json',
      opId: context.random.hex(16) as OpId, // made here
      condition,
      metadata: { [spaceNote]: spaceId },
    },
    signal,
  );
}

function spaceKey({ settings }: Pick<Scope, 'settings'>): ObjectKey {
  return metaKey(settings.binding.prefix, 'space.json');
}

function isSpaceId(text: string): boolean {
  return /^[0-9a-f]{32}$/u.test(text);
}

export function markerGuard(context: Pick<Scope, 'store'>, kind: GuardKind, subject: string): Guard {
  const total = context.store.counts().files;
  return {
    id: `${kind}-${subject.slice(0, 12)}`,
    kind,
    counts: { removals: 0, replacements: 0, conflicts: 0, total, done: 0 },
    examples: [],
  };
}
