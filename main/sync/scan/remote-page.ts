// Looks at a part of the remote side: one page of a LIST is joined with just the rows of its key range (rules 3, 24).
import type { IgnoreMatcher } from '../../core/config/ignore-rules.ts';
import type { RelPath, RemoteCell } from '../../core/model/model.ts';
import { comparePaths } from '../../core/model/path.ts';
import type { ObjectSummary } from '../../ports/remote-objects.port.ts';
import type { StateChange } from '../../ports/sync-state.port.ts';
import type { PairContext } from '../context.ts';
import { isListedInOrder, sightingOf } from './remote.ts';

type Scope = Pick<PairContext, 'remote' | 'store' | 'settings' | 'clock' | 'reached' | 'log'>;

/** `unclear`: names that clash, keys out of order: only a look at everything can tell. */
export type RangeOutcome = 'looked' | 'unclear';

const ownFolder = '.driftless/';
/** Comes after every key of ours (they begin with small letters) and before every other. */
const afterOwn = `${ownFolder}~~`;

export type AuditPage = {
  readonly outcome: RangeOutcome;
  /** Where the next page begins; null when this one was the last: the audit has been everywhere. */
  readonly next: string | null;
};

/** One page of the rolling audit, from after the key `after` (relative to the prefix) on. */
export async function auditPage(
  context: Scope,
  ignores: IgnoreMatcher,
  after: string | null,
  signal: AbortSignal,
): Promise<AuditPage> {
  const { prefix } = context.settings.binding;
  if (!isListedInOrder(context)) return { outcome: 'unclear', next: null };
  // Logs and trash of ours are no part of the tree, and may be many.
  const from = after !== null && after.startsWith(ownFolder) ? afterOwn : after;
  for await (const page of context.remote.list(prefix, from === null ? null : `${prefix}${from}`, signal)) {
    const last = page.objects.at(-1)?.key.slice(prefix.length) ?? null;
    if (page.unusable.length > 0 || (last === null && !page.isLast))
      return { outcome: 'unclear', next: null };
    const range = {
      from: from === null ? null : `${from}\0`,
      before: page.isLast || last === null ? null : `${last}\0`,
    };
    const outcome = joinPage(context, ignores, page.objects, range);
    return { outcome, next: page.isLast ? null : last };
  }
  return { outcome: 'unclear', next: null };
}

/** Everything below `dir`, page by page. */
export async function lookBelow(
  context: Scope,
  ignores: IgnoreMatcher,
  dir: RelPath,
  signal: AbortSignal,
): Promise<RangeOutcome> {
  const { prefix } = context.settings.binding;
  if (!isListedInOrder(context)) return 'unclear';
  const end = `${dir}0`;
  let from = `${dir}/`;
  for await (const page of context.remote.list(`${prefix}${dir}/`, null, signal)) {
    const last = page.objects.at(-1)?.key.slice(prefix.length) ?? null;
    if (page.unusable.length > 0) return 'unclear';
    if (last === null && !page.isLast) continue;
    const before = page.isLast || last === null ? end : `${last}\0`;
    if (joinPage(context, ignores, page.objects, { from, before }) === 'unclear') return 'unclear';
    if (page.isLast) return 'looked';
    from = before;
  }
  return 'unclear';
}

type KeyRange = { readonly from: string | null; readonly before: string | null };

function joinPage(
  context: Scope,
  ignores: IgnoreMatcher,
  objects: readonly ObjectSummary[],
  range: KeyRange,
): RangeOutcome {
  const { prefix } = context.settings.binding;
  const sighted = new Set<string>();
  const changes: StateChange[] = [];
  let previous: string | null = null;
  for (const object of objects) {
    const relative = object.key.slice(prefix.length);
    const isOrdered = previous === null || comparePaths(previous, relative) < 0;
    if (!isOrdered || !isWithin(relative, range)) return 'unclear';
    previous = relative;
    sighted.add(object.key);
    const sighting = sightingOf(context, ignores, object, new Map());
    if (sighting === null) continue;
    const known = context.store.entry(sighting.path).remote;
    const change = changeOf(sighting.path, known, sighting.cell);
    if (change === 'unclear') return 'unclear';
    if (change !== null) changes.push(change);
  }
  // A folder gives way only after its contents, a file before what now lies below its name.
  changes.unshift(...[...goneFrom(context, range, sighted)].reverse());
  if (changes.length > 0) context.store.record(changes);
  context.reached('scan.remote-recorded');
  return 'looked';
}

/** A page without a row's object proves nothing but that this page did not hold it: removal asks once more by HEAD (rule 2). */
function* goneFrom(context: Scope, range: KeyRange, sighted: ReadonlySet<string>): Iterable<StateChange> {
  const { prefix } = context.settings.binding;
  for (const { path, remote } of context.store.keyRange(range)) {
    const rawKey = rawKeyOf(remote);
    if (rawKey === null || sighted.has(rawKey)) continue;
    if (isWithin(rawKey.slice(prefix.length), range))
      yield { kind: 'remote', path, cell: { state: 'absent' } };
  }
}

function rawKeyOf(cell: RemoteCell): string | null {
  if (cell.state !== 'present') return null;
  return cell.kind === 'file' ? cell.rawKey : (cell.marker?.rawKey ?? null);
}

function isWithin(key: string, { from, before }: KeyRange): boolean {
  return (
    (from === null || comparePaths(key, from) >= 0) && (before === null || comparePaths(key, before) < 0)
  );
}

/** Null where the row says so already. What was proven of an etag stays with it (rule 7). */
export function changeOf(path: RelPath, known: RemoteCell, seen: RemoteCell): StateChange | null | 'unclear' {
  if (known.state === 'unknown' || seen.state === 'unknown') {
    const isSame =
      known.state === seen.state && 'reason' in known && 'reason' in seen && known.reason === seen.reason;
    // Clashes and hidden contents are judged by a look at everything, never by a part of it.
    if (isSame || known.state === 'unknown') return null;
    return { kind: 'remote', path, cell: seen };
  }
  if (known.state === 'absent' || seen.state === 'absent') {
    return known.state === seen.state ? null : { kind: 'remote', path, cell: seen };
  }
  if (known.kind !== seen.kind) return 'unclear';
  if (known.kind === 'file' && seen.kind === 'file') {
    if (known.rawKey !== seen.rawKey) return 'unclear';
    const isSame = known.etag === seen.etag && known.sizeBytes === seen.sizeBytes;
    return isSame ? null : { kind: 'remote', path, cell: seen };
  }
  if (known.kind !== 'folder' || seen.kind !== 'folder') return 'unclear';
  if (known.marker === null) return { kind: 'remote', path, cell: seen };
  if (known.marker.rawKey !== seen.marker?.rawKey) return 'unclear';
  return known.marker.etag === seen.marker.etag ? null : { kind: 'remote', path, cell: seen };
}
