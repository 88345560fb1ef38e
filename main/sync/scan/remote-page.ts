// Partial remote scan: merges one LIST page with the rows of its range (C3, C24).
import type { IgnoreMatcher } from '../../core/config/ignore-rules.ts';
import type { RelPath, RemoteCell } from '../../core/model/model.ts';
import { comparePaths } from '../../core/model/path.ts';
import type { ObjectSummary } from '../../ports/remote-objects.port.ts';
import type { StateChange } from '../../ports/sync-state.port.ts';
import type { PairContext } from '../context.ts';
import { isListedInOrder, listedEntryOf } from './remote.ts';

type Scope = Pick<PairContext, 'remote' | 'store' | 'settings' | 'clock' | 'reached' | 'log'>;

/** `unclear`: name clash or keys out of order; a full listing is required. */
export type RangeOutcome = 'looked' | 'unclear';

const ownFolder = '.driftless/';
/** Sorts after every key of ours (they begin with lower-case letters) and before every other key. */
const afterOwn = `${ownFolder}~~`;

export type AuditPage = {
  readonly outcome: RangeOutcome;
  /** Start of the next page; null after the last page, i.e. the audit is complete. */
  readonly next: string | null;
};

/** One page of the rolling audit, starting after the key `after` (relative to the prefix). */
export async function auditPage(
  context: Scope,
  ignores: IgnoreMatcher,
  after: string | null,
  signal: AbortSignal,
): Promise<AuditPage> {
  const { prefix } = context.settings.binding;
  if (!isListedInOrder(context)) return { outcome: 'unclear', next: null };
  // Our logs and trash may be many and are not part of the tree: skip them.
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

/** Lists everything below `dir`, page by page. */
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
    const listed = listedEntryOf(context, ignores, object, new Map());
    if (listed === null) continue;
    const known = context.store.entry(listed.path).remote;
    const change = changeOf(listed.path, known, listed.cell);
    if (change === 'unclear') return 'unclear';
    if (change !== null) changes.push(change);
  }
  // A folder is removed after its contents, a file before what is now below its name.
  const all = [...[...goneFrom(context, range, sighted)].reverse(), ...changes];
  if (all.length > 0) context.store.record(all);
  context.reached('scan.remote-recorded');
  return 'looked';
}

/** A row missing from the page is only a deletion candidate; the delete itself confirms with HEAD (C2). */
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

/** Null if the row is already up to date. Content proven for an etag is kept (C7). */
export function changeOf(path: RelPath, known: RemoteCell, seen: RemoteCell): StateChange | null | 'unclear' {
  if (known.state === 'unknown' || seen.state === 'unknown') {
    const isSame =
      known.state === seen.state && 'reason' in known && 'reason' in seen && known.reason === seen.reason;
    // Only a full listing decides clashes and hidden contents.
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
