// Full remote listing, staged in the state; absence follows from complete listings only (C3, C17).
import type { IgnoreMatcher } from '../../core/config/ignore-rules.ts';
import type { RelPath, RemoteCell } from '../../core/model/model.ts';
import { comparePaths, parseKey, rootPath } from '../../core/model/path.ts';
import type { ObjectSummary, UnusableEntry } from '../../ports/remote-objects.port.ts';
import type { ListedEntry, ScanSummary, StateChange } from '../../ports/sync-state.port.ts';
import { fileCell } from '../bucket/cells.ts';
import type { PairContext } from '../context.ts';
import { topmostIgnored } from './ignored.ts';
import { oneAhead } from './one-ahead.ts';

/** Limit for a store whose listing never ends (S22). */
const maxPages = 200_000;

export type RemoteScanOutcome =
  | {
      readonly kind: 'complete';
      readonly summary: ScanSummary;
      readonly refused: number;
      readonly pages: number;
    }
  | {
      readonly kind: 'incomplete';
      readonly why: 'too-many-pages' | 'cut-short';
      readonly pages: number;
    };

type Scope = Pick<PairContext, 'remote' | 'store' | 'settings' | 'clock' | 'reached' | 'log'>;

/** Lists everything under the pair's prefix once. Throws errors of the store after dropping the stage. */
export async function scanRemote(
  context: Scope,
  ignores: IgnoreMatcher,
  keep: ReadonlySet<RelPath>,
  signal: AbortSignal,
): Promise<RemoteScanOutcome> {
  const scan = context.store.remoteScan;
  scan.begin();
  let outcome: RemoteScanOutcome | null = null;
  try {
    outcome = await stageAll(context, ignores, signal);
  } finally {
    if (outcome?.kind !== 'complete') scan.abandon();
  }
  if (outcome.kind === 'incomplete') {
    context.log.warn('remote listing incomplete', { why: outcome.why, pages: outcome.pages });
    return outcome;
  }
  const summary = scan.finish(keep);
  context.reached('scan.remote-recorded');
  return { ...outcome, summary };
}

async function stageAll(
  context: Scope,
  ignores: IgnoreMatcher,
  signal: AbortSignal,
): Promise<RemoteScanOutcome> {
  const { prefix } = context.settings.binding;
  const refused = new Map<string, string>();
  let pages = 0;
  let last: string | null = null;
  let isEnded = false;
  let isOrdered = true;
  for await (const page of oneAhead(context.remote.list(prefix, null, signal))) {
    pages += 1;
    if (pages > maxPages) return { kind: 'incomplete', why: 'too-many-pages', pages };
    for (const { key } of page.objects) {
      if (last !== null && comparePaths(key, last) < 0) isOrdered = false;
      last = key;
    }
    context.store.remoteScan.sight([
      ...listedEntriesOf(context, ignores, page.objects, refused),
      ...unusableEntries(context, page.unusable, refused),
    ]);
    isEnded = page.isLast;
  }
  if (!isEnded) return { kind: 'incomplete', why: 'cut-short', pages };
  recordRefused(context, refused);
  rememberOrder(context, isOrdered);
  return {
    kind: 'complete',
    summary: { seen: 0, gone: 0, changed: 0 },
    refused: refused.size,
    pages,
  };
}

const orderKey = 'listingOrder';

/** False for a store that does not list in key order: its pages do not prove absence between two keys. */
export function isListedInOrder({ store }: Pick<PairContext, 'store'>): boolean {
  return store.meta(orderKey) !== 'other';
}

function rememberOrder(context: Scope, isOrdered: boolean): void {
  if (isListedInOrder(context) === isOrdered) return;
  context.log.info('the order of the listing', { isOrdered });
  context.store.record([{ kind: 'meta', key: orderKey, value: isOrdered ? null : 'other' }]);
}

/** Something of unknown kind exists at these paths, so their absence must not be concluded. */
function unusableEntries(
  context: Scope,
  unusable: readonly UnusableEntry[],
  refused: Map<string, string>,
): ListedEntry[] {
  const { prefix } = context.settings.binding;
  const { windowsNames } = context.settings;
  return unusable.flatMap(({ key, label, why }): ListedEntry[] => {
    const parsed = key === null ? null : parseKey(prefix, key, { windowsNames });
    if (parsed?.kind === 'ours' || (parsed !== null && 'path' in parsed && parsed.path === rootPath))
      return [];
    if (parsed === null || parsed.kind === 'refused') {
      if (refused.size < 1000) refused.set(label, parsed === null ? why : parsed.code);
      return [];
    }
    return [{ path: parsed.path, cell: { state: 'unknown', reason: 'incomplete-listing' } }];
  });
}

function listedEntriesOf(
  context: Scope,
  ignores: IgnoreMatcher,
  objects: readonly ObjectSummary[],
  refused: Map<string, string>,
): ListedEntry[] {
  const listedEntries: ListedEntry[] = [];
  for (const object of objects) {
    const listed = listedEntryOf(context, ignores, object, refused);
    if (listed !== null) listedEntries.push(listed);
  }
  return listedEntries;
}

export function listedEntryOf(
  context: Scope,
  ignores: IgnoreMatcher,
  object: ObjectSummary,
  refused: Map<string, string>,
): ListedEntry | null {
  const parsed = parseKey(context.settings.binding.prefix, object.key, {
    windowsNames: context.settings.windowsNames,
  });
  if (parsed.kind === 'ours') return null;
  if (parsed.kind === 'refused') {
    if (refused.size < 1000) refused.set(object.key, parsed.code);
    return null;
  }
  if (parsed.path === rootPath) return null;
  const top = topmostIgnored(ignores, parsed.path);
  if (top !== null) return { path: top.path, cell: { state: 'unknown', reason: top.reason } };
  if (parsed.kind === 'file' && object.sizeBytes === 0 && parsed.path.endsWith(hadoopMarker))
    return { path: parsed.path, cell: { state: 'unknown', reason: 'ignored' } };
  const reason = ignores(parsed.path, parsed.kind);
  const cell: RemoteCell = reason === null ? cellOf(parsed.kind, object) : { state: 'unknown', reason };
  return { path: parsed.path, cell };
}

/** Hadoop's folder marker object; not a user file, and left alone. */
const hadoopMarker = '_$folder$';

/** Remote cell of one listed object. A listing never gives the content (C7). */
export function cellOf(
  kind: 'file' | 'folder',
  object: Pick<ObjectSummary, 'key' | 'etag' | 'sizeBytes'>,
): RemoteCell {
  if (kind === 'folder') {
    // Some tools write a space or a line into a marker; it is a folder all the same, and its bytes are left
    // as they are.
    return {
      state: 'present',
      kind: 'folder',
      marker: { rawKey: object.key, etag: object.etag },
    };
  }
  return fileCell(object);
}

export const refusedProblemPrefix = 'refused:';

/** Hostile keys never become paths; they are reported under a name that cannot be mistaken for one. */
function recordRefused(context: Scope, refused: ReadonlyMap<string, string>): void {
  const known = context.store
    .problems()
    .filter((problem) => problem.code === 'key-refused')
    .map((problem) => problem.path);
  const now = context.clock.nowMs();
  const current = new Map([...refused].map(([key, why]) => [refusedPath(key), { key, why }]));
  const changes: StateChange[] = [];
  for (const path of known) {
    if (!current.has(path)) changes.push({ kind: 'problem-gone', path });
  }
  for (const [path, { key, why }] of current) {
    if (known.includes(path)) continue;
    changes.push({
      kind: 'problem',
      problem: {
        path,
        code: 'key-refused',
        fields: { key: key.slice(0, 200), why },
        sinceMs: now,
        attempts: 0,
        retryAtMs: null,
      },
    });
  }
  if (changes.length > 0) context.store.record(changes);
}

function refusedPath(key: string): RelPath {
  return `${refusedProblemPrefix}${key}` as RelPath; // a label in the problem table, never used as a path
}
