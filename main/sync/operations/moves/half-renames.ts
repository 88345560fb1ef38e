// Recovery of renames that a crash cut between their two names.
//
// Where both names are still there, the old one goes at once. Where the user renamed the file or its folder since, its inode tells the
// names after a complete scan.
import { chooseNames } from '../../../core/model/half-rename.ts';
import { smudge } from '../../../core/model/fingerprint.ts';
import type { LocalCell, RelPath } from '../../../core/model/model.ts';
import { isBelow, parentOf, rootPath } from '../../../core/model/path.ts';
import type { HalfRename, RenameEnds, RenameOutcome } from '../../../ports/local-files.port.ts';
import type { Intent, StateChange } from '../../../ports/sync-state.port.ts';
import type { PairContext } from '../../context.ts';
import { refreshLocal } from '../preconditions.ts';
import { close } from '../recover-close.ts';

/** True for the intent of the operation, or of the folder's, that the rename was part of. */
export function isPartOf({ from, to }: HalfRename, { path, other }: Intent): boolean {
  const isWithin = (name: RelPath, of: RelPath): boolean => name === of || isBelow(name, of);
  if (other === null) return false;
  return (isWithin(from, path) && isWithin(to, other)) || (isWithin(from, other) && isWithin(to, path));
}

/** Answers those of which a name is not found yet, none once `isLooked`: everything was scanned since. */
export async function finishHalfRenames(
  context: PairContext,
  halves: readonly HalfRename[],
  isLooked: boolean,
): Promise<readonly HalfRename[]> {
  const open: HalfRename[] = [];
  for (const half of halves) {
    const names = await namesOf(context, half, isLooked);
    if (names === null && !isLooked) {
      open.push(half);
      continue;
    }
    const isFinished = await context.changes.finishRename(half.id, names);
    if (isFinished && names !== null) await recordFinished(context, half, names);
    context.log.info('recovered a rename cut in two', { from: half.from, to: half.to, isFinished });
  }
  return open;
}

async function namesOf(
  context: PairContext,
  half: HalfRename,
  isLooked: boolean,
): Promise<RenameEnds | null> {
  const { from, to } = half;
  const here: RelPath[] = [];
  for (const path of [from, to]) if (isThat(half, await context.files.look(path))) here.push(path);
  if (here.length === 2) return { stale: from, kept: to };
  const names = [...new Set([...here, ...otherNames(context, half)])];
  if (!isLooked && BigInt(names.length) <= half.names) return null;
  const isFolderThere = await isFolder(context, parentOf(from));
  return chooseNames({ from, to, isFolderThere }, names);
}

function isThat({ inode }: HalfRename, cell: LocalCell): boolean {
  return inode !== 0n && cell.state === 'present' && cell.kind === 'file' && cell.fingerprint.inode === inode;
}

async function isFolder(context: PairContext, path: RelPath): Promise<boolean> {
  if (path === rootPath) return true;
  const cell = await context.files.look(path);
  return cell.state === 'present' && cell.kind === 'folder';
}

const rowsAtOnce = 10_000;

/** New names of the file, as scanned. A name that is in sync is a hard link of the user's. */
function* otherNames(context: PairContext, half: HalfRename): Generator<RelPath> {
  for (let skip = 0; ; skip += rowsAtOnce) {
    const rows = context.store.unsettled(rowsAtOnce, skip);
    for (const { path, base, local } of rows) if (base === null && isThat(half, local)) yield path;
    if (rows.length < rowsAtOnce) return;
  }
}

/** Names of these files as far as they are known. */
export function namesKnown(context: PairContext, halves: readonly HalfRename[]): ReadonlySet<RelPath> {
  return new Set(halves.flatMap((half) => [half.from, half.to, ...otherNames(context, half)]));
}

/** True where the user renamed or deleted the folder between the two steps of this rename. */
export async function isLeftHalf(
  context: PairContext,
  names: { readonly from: RelPath; readonly to: RelPath },
  outcome: RenameOutcome,
): Promise<boolean> {
  const mayBe = outcome.kind === 'gone' || (outcome.kind === 'renamed' && outcome.cell.state !== 'present');
  if (!mayBe) return false;
  return (await context.changes.halfRenames()).some(({ from, to }) => from === names.from && to === names.to);
}

/** What another device renamed is base under its new name, even if it was renamed again or edited since (rule 11). */
async function recordFinished(context: PairContext, half: HalfRename, names: RenameEnds): Promise<void> {
  const { from, to } = half;
  for (const path of new Set([from, to, names.stale, names.kept])) await refreshLocal(context, path);
  const { base } = context.store.entry(from);
  const intent = context.store
    .intents()
    .find((one) => one.kind === 'move-local' && one.path === to && one.other === from);
  if (intent === undefined || intent.previousEtag === null) return;
  if (base?.kind !== 'file' || base.content !== intent.content) return;
  const moved = { ...base, etag: intent.previousEtag, fingerprint: smudge(base.fingerprint) };
  const changes: readonly StateChange[] = [
    { kind: 'base', path: from, cell: null },
    { kind: 'base', path: to, cell: moved },
  ];
  await close(context, intent, changes);
}
