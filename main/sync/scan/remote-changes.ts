// Scan of the remote paths that other devices announced, by HEAD and LIST (C24).
import { scopesOf } from '../../core/change-log.ts';
import type { ChangeScope, RemoteChanges } from '../../core/change-log.ts';
import type { IgnoreMatcher } from '../../core/config/ignore-rules.ts';
import type { RelPath, RemoteCell } from '../../core/model/model.ts';
import { isRefusal } from '../../core/model/errors.ts';
import { depthOf, parentOf, rootPath } from '../../core/model/path.ts';
import { runLimited } from '../limit.ts';
import { fileCell } from '../bucket/cells.ts';
import { keyOf } from '../bucket/keys.ts';
import type { PairContext } from '../context.ts';
import { changeOf, lookBelow } from './remote-page.ts';
import type { RangeOutcome } from './remote-page.ts';
import { topmostIgnored } from './ignored.ts';
import { cellOf } from './remote.ts';

/** Above this many single requests a LIST of a medium-sized bucket is cheaper. */
const maxLooks = 2000;
/** With this many changed files in one folder, one LIST of it is cheaper. */
const maxFilesOfFolder = 200;
const looksAtOnce = 16;

type Scope = Pick<PairContext, 'remote' | 'store' | 'settings' | 'clock' | 'reached' | 'log'>;

export async function scanRemoteChanges(
  context: Scope,
  ignores: IgnoreMatcher,
  changes: RemoteChanges,
  signal: AbortSignal,
): Promise<RangeOutcome> {
  const scopes = looksOf(changes);
  if (scopes.has(rootPath) || scopes.size > maxLooks) return 'unclear';
  const looks = [...scopes].filter(([path, scope]) => !isLeftOut(ignores, path, scope));
  const seen = new Map<RelPath, RemoteCell>();
  const unclear: RelPath[] = [];
  // A hostile log may name any path, but can only cause a scan within our own prefix.
  await runLimited(
    looks,
    looksAtOnce,
    async ([path, scope]) => {
      if (!(await lookAt(context, ignores, { path, scope, seen }, signal))) unclear.push(path);
    },
    signal,
  );
  return unclear.length === 0 && recordAll(context, seen) ? 'looked' : 'unclear';
}

/**
 * Removals first, deepest first, then arrivals: a file that became a folder must be gone before its contents
 * are recorded.
 */
function recordAll(context: Scope, seen: ReadonlyMap<RelPath, RemoteCell>): boolean {
  const order = [...seen].sort(([one, left], [other, right]) => {
    const isGone = Number(right.state === 'absent') - Number(left.state === 'absent');
    if (isGone !== 0) return isGone;
    return left.state === 'absent' ? depthOf(other) - depthOf(one) : depthOf(one) - depthOf(other);
  });
  for (const [path, cell] of order) {
    const change = changeOf(path, context.store.entry(path).remote, cell);
    if (change === 'unclear') return false;
    if (change !== null) context.store.note([change]);
  }
  return true;
}

/** Each folder of scope `below` is listed with all that is in it. */
export function listsFolders(changes: RemoteChanges): boolean {
  return [...looksOf(changes).values()].includes('below');
}

function looksOf(changes: RemoteChanges): ReadonlyMap<RelPath, ChangeScope> {
  return gatherFolders(scopesOf(changes));
}

/** Replaces hundreds of changed files of one folder by one listing of it. */
function gatherFolders(scopes: ReadonlyMap<RelPath, ChangeScope>): ReadonlyMap<RelPath, ChangeScope> {
  const counts = new Map<RelPath, number>();
  for (const path of scopes.keys()) counts.set(parentOf(path), (counts.get(parentOf(path)) ?? 0) + 1);
  const gathered = new Map<RelPath, ChangeScope>();
  for (const [path, scope] of scopes) {
    const dir = parentOf(path);
    if (dir !== rootPath && (counts.get(dir) ?? 0) > maxFilesOfFolder) gathered.set(dir, 'below');
    // The folder itself may be named as well, after its files.
    else if (gathered.get(path) !== 'below') gathered.set(path, scope);
  }
  return gathered;
}

function isLeftOut(ignores: IgnoreMatcher, path: RelPath, scope: ChangeScope): boolean {
  if (topmostIgnored(ignores, path) !== null) return true;
  return ignores(path, scope === 'file' ? 'file' : 'folder') !== null;
}

type Look = {
  readonly path: RelPath;
  readonly scope: ChangeScope;
  readonly seen: Map<RelPath, RemoteCell>;
};

/** False if only a full listing can decide. */
async function lookAt(
  context: Scope,
  ignores: IgnoreMatcher,
  look: Look,
  signal: AbortSignal,
): Promise<boolean> {
  const { path, scope } = look;
  const { remote } = context.store.entry(path);
  if (remote.state === 'unknown' && remote.reason === 'name-clash') return false;
  if (!(await isLookedAt(context, look, signal))) return false;
  return scope !== 'below' || (await lookBelow(context, ignores, path, signal)) === 'looked';
}

/** False for an object that may not be asked for by name: a LIST shows it all the same. */
async function isLookedAt(context: Scope, look: Look, signal: AbortSignal): Promise<boolean> {
  try {
    if (look.scope === 'folder') await lookAtMarker(context, look, signal);
    else await lookAtFile(context, look, signal);
    return true;
  } catch (error) {
    if (!isRefusal(error) || signal.aborted) throw error;
    context.log.info('an announced object refuses HEAD, listing everything', { code: error.code });
    return false;
  }
}

async function lookAtFile(context: Scope, { path, seen }: Look, signal: AbortSignal): Promise<void> {
  const head = await context.remote.head(keyOf(context, path, 'file'), signal);
  const known = context.store.entry(path).remote;
  const wasFile = known.state === 'present' && known.kind === 'file';
  if (head.kind === 'found') seen.set(path, fileCell(head.info));
  else if (wasFile) seen.set(path, { state: 'absent' });
}

async function lookAtMarker(context: Scope, { path, seen }: Look, signal: AbortSignal): Promise<void> {
  const head = await context.remote.head(keyOf(context, path, 'folder'), signal);
  const known = context.store.entry(path).remote;
  const hadMarker = known.state === 'present' && known.kind === 'folder' && known.marker !== null;
  if (head.kind === 'found') seen.set(path, cellOf('folder', head.info));
  else if (hadMarker) seen.set(path, { state: 'absent' });
}
