// A move on the remote side is a rename here (rule 16). What stands under the new name goes to the trash first, as a
// download would put it there; the last move of a ring takes its file from the trash again.
import { remoteFile } from '../../../core/model/cells.ts';
import { isSmudged, smudge, stillMatches } from '../../../core/model/fingerprint.ts';
import { assertNever } from '../../../core/model/errors.ts';
import type { Entry, Etag, Fingerprint, LocalCell, LocalFile, RelPath } from '../../../core/model/model.ts';
import { remoteContent } from '../../../core/plan/decide.ts';
import type { RenameOutcome } from '../../../ports/local-files.port.ts';
import type { Intent, StateChange, TrashItem } from '../../../ports/sync-state.port.ts';
import type { PairContext } from '../../context.ts';
import { activity, done, localTrashRow, problem, replan } from '../journal.ts';
import { baseMoved } from './former-names.ts';
import { isLeftHalf } from './half-renames.ts';
import { moveIntent } from './move-journal.ts';
import type { MoveLocal } from './move-journal.ts';
import type { OpOutcome } from '../journal.ts';
import { isUnmovable, noteUnmovable } from './unmovable-folders.ts';
import { keyOf } from '../../bucket/keys.ts';
import { movedProblems, refreshLocal, seenLocal, seenRemote } from '../preconditions.ts';

/** Where the file is that gets the new name. */
type Source =
  | {
      readonly kind: 'here';
      readonly expected: Fingerprint | null;
      /** What stands there may have been written after its content was read, in the same tick of the disk's clock. */
      readonly isUnproven: boolean;
    }
  /** The first move of a ring took its place and kept it in the trash. */
  | { readonly kind: 'kept'; readonly item: TrashItem };

export async function runMoveLocal(
  context: PairContext,
  op: MoveLocal,
  signal: AbortSignal,
): Promise<OpOutcome> {
  const from = context.store.entry(op.from);
  const to = context.store.entry(op.path);
  const source = await findSource(context, op, from.local);
  if (source === null) {
    await refreshLocal(context, op.from);
    return replan('the local source of a move is gone');
  }
  if (op.entry === 'file') {
    const proof = await proveRemoteMoved(context, op, { from, to }, signal);
    if (proof !== null) return proof;
  }
  // The version that the renamed file will be base with, also after a crash.
  const intent = moveIntent(context, 'move-local', op, op.entry === 'file' ? etagOf(to) : null);
  await context.commit([{ kind: 'intent', intent }]);
  context.reached('move-local.intent');
  const place = await clearPlace(context, op, intent, signal);
  if (place.kind === 'stop') return place.outcome;
  const renamed = await nameAnew(context, op, source);
  context.reached('move-local.renamed');
  if (await isLeftHalf(context, { from: op.from, to: op.path }, renamed.outcome)) {
    for (const path of [op.from, op.path]) await refreshLocal(context, path);
    return replan('its folder was renamed between the two steps of the move');
  }
  const { outcome, named } = renamed;
  if (outcome.kind !== 'renamed')
    return undo(context, op, { intent, renamed: outcome, trashName: place.trashName });
  await context.commit([
    ...movedLocally(context, op, { to, source, named }, outcome.cell),
    ...(op.entry === 'folder' ? movedProblems(context, op.from, op.path) : []),
    { kind: 'intent-done', id: intent.id },
    activity(context, 'moved-local', { path: op.path, from: op.from, bytes: op.sizeBytes }),
  ]);
  context.reached('move-local.committed');
  return done;
}

async function findSource(context: PairContext, op: MoveLocal, known: LocalCell): Promise<Source | null> {
  const isThere = known.state === 'present' && known.kind === op.entry;
  if (op.entry === 'folder') return isThere ? { kind: 'here', expected: null, isUnproven: false } : null;
  if (isThere && known.kind === 'file' && known.content === op.content) return hereAsSeen(context, op, known);
  const item = context.store
    .trash()
    .filter((one) => one.side === 'local' && one.path === op.from && one.content === op.content)
    .sort((a, b) => b.atMs - a.atMs)
    .at(0);
  return item === undefined ? null : { kind: 'kept', item };
}

/** No stat equals a smudged fingerprint: a file that was just written would be read and refused again and again. */
async function hereAsSeen(
  context: PairContext,
  { from }: MoveLocal,
  { fingerprint }: Pick<LocalFile, 'fingerprint'>,
): Promise<Source | null> {
  if (!isSmudged(fingerprint)) return { kind: 'here', expected: fingerprint, isUnproven: false };
  const standing = await context.files.look(from);
  return standing.state === 'present' &&
    standing.kind === 'file' &&
    stillMatches(fingerprint, standing.fingerprint)
    ? { kind: 'here', expected: standing.fingerprint, isUnproven: true }
    : null;
}

function etagOf(entry: Entry): Etag | null {
  return remoteFile(entry)?.etag ?? null;
}

type Ends = { readonly from: Entry; readonly to: Entry };

/**
 * The remote must really be a move: under the new key the version whose content moves, under the old one nothing or what the plan saw. A scan
 * beside this may have found a newer version there since the plan.
 */
async function proveRemoteMoved(
  context: PairContext,
  op: MoveLocal,
  { from, to }: Ends,
  signal: AbortSignal,
): Promise<OpOutcome | null> {
  const target = remoteFile(to);
  if (target === null || remoteContent(to.base, target) !== op.content)
    return replan('the remote target of a move changed');
  const old = await context.remote.head(keyOf(context, op.from), signal);
  if (old.kind === 'found' && old.info.etag !== etagOf(from)) {
    await context.commit([seenRemote(op.from, old)]);
    return replan('the remote source of a move is there');
  }
  const fresh = await context.remote.head(keyOf(context, op.path), signal);
  if (fresh.kind === 'absent' || fresh.info.etag !== etagOf(to)) {
    await context.commit([seenRemote(op.path, fresh)]);
    return replan('the remote target of a move changed');
  }
  return null;
}

type Place =
  | { readonly kind: 'free'; readonly trashName: string | null }
  | { readonly kind: 'stop'; readonly outcome: OpOutcome };

/** What has not left the new name by now is kept in the trash, if it is what the plan saw (rule 14). */
async function clearPlace(
  context: PairContext,
  op: MoveLocal,
  intent: Intent,
  signal: AbortSignal,
): Promise<Place> {
  const free = { kind: 'free', trashName: null } as const;
  if (op.over === null) return free;
  const standing = await context.files.look(op.path);
  if (standing.state === 'absent') return free;
  const isPlanned =
    standing.state === 'present' &&
    standing.kind === 'file' &&
    stillMatches(op.over.fingerprint, standing.fingerprint);
  const captured = isPlanned
    ? await context.changes.capture(op.path, { content: op.over.content }, intent.id, signal)
    : ({ kind: 'changed' } as const);
  if (captured.kind === 'gone') return free;
  if (captured.kind !== 'captured') {
    await closeAndLook(context, intent);
    const outcome =
      captured.kind === 'blocked'
        ? problem(op.path, 'local-blocked', 'backoff', { message: captured.message })
        : replan('local file changed before it was replaced');
    return { kind: 'stop', outcome };
  }
  const { trashName } = captured;
  await context.commit([
    { kind: 'intent', intent: { ...intent, step: 'captured', trashName } },
    keptItem(context, op, { intent, trashName, standing }),
    { kind: 'local', path: op.path, cell: { state: 'absent' } },
  ]);
  context.reached('move-local.captured');
  return { kind: 'free', trashName };
}

function keptItem(
  context: PairContext,
  { path, over }: MoveLocal,
  kept: { readonly intent: Intent; readonly trashName: string; readonly standing: LocalCell },
): StateChange {
  const { intent, trashName, standing } = kept;
  return localTrashRow(context, {
    id: intent.id,
    path,
    where: trashName,
    content: over?.content ?? null,
    sizeBytes: over?.fingerprint.sizeBytes ?? 0,
    executable: standing.state === 'present' && standing.kind === 'file' && standing.executable,
    why: 'replaced',
  });
}

type Renamed = {
  readonly outcome: RenameOutcome;
  /** The file that got the name; what has it a moment later may be another one already. */
  readonly named: Fingerprint | null;
};

async function nameAnew(context: PairContext, op: MoveLocal, source: Source): Promise<Renamed> {
  if (source.kind === 'here') {
    const { expected } = source;
    return { outcome: await context.changes.rename(op.from, op.path, expected), named: expected };
  }
  const placed = await context.changes.putBack(source.item.where, op.path);
  if (placed.kind !== 'placed') return { outcome: placed, named: null };
  const cell = await context.files.look(op.path);
  return { outcome: { kind: 'renamed', cell }, named: placed.fingerprint };
}

async function undo(
  context: PairContext,
  op: MoveLocal,
  failed: {
    readonly intent: Intent;
    readonly renamed: Exclude<RenameOutcome, { kind: 'renamed' }>;
    readonly trashName: string | null;
  },
): Promise<OpOutcome> {
  const { intent, renamed, trashName } = failed;
  if (trashName !== null) {
    const back = await context.changes.putBack(trashName, op.path);
    if (back.kind === 'placed') await context.commit([{ kind: 'trash-gone', id: intent.id }]);
  }
  await closeAndLook(context, intent);
  switch (renamed.kind) {
    case 'blocked':
      if (op.entry === 'folder' && isUnmovable(renamed)) {
        await context.commit([noteUnmovable(context, op.from)]);
        return replan('the disk does not rename this folder: its files are moved one by one');
      }
      return problem(op.path, 'local-blocked', 'backoff', { message: renamed.message });
    case 'taken':
    case 'gone':
    case 'changed':
      return replan(`move: ${renamed.kind}`);
    default:
      return assertNever(renamed);
  }
}

function movedLocally(
  context: PairContext,
  op: MoveLocal,
  { to, source, named }: { readonly to: Entry; readonly source: Source; readonly named: Fingerprint | null },
  cell: LocalCell,
): readonly StateChange[] {
  if (op.entry === 'folder') {
    return [
      // With its memory: a file that went elsewhere on the remote side must not look new under the new name.
      ...baseMoved(context, { from: op.from, to: op.path }, ['base', 'local']),
      ...seenLocal(op.path, cell),
    ];
  }
  const { content, path } = op;
  const remote = remoteFile(to);
  if (content === null || named === null || remote === null) return [];
  // The user may have saved over it since, or removed it: a rename changes nothing but the ctime.
  const isNamed =
    cell.state === 'present' && cell.kind === 'file' && stillMatches(smudge(named), cell.fingerprint);
  const isProven = isNamed && !(source.kind === 'here' && source.isUnproven);
  const fingerprint = isProven ? cell.fingerprint : smudge(named);
  const executable = cell.state === 'present' && cell.kind === 'file' && cell.executable;
  const { sizeBytes, etag } = remote;
  return [
    ...leftBehind(source, op.from),
    { kind: 'local', path, cell: isProven ? { ...cell, content } : cell },
    { kind: 'base', path, cell: { kind: 'file', content, sizeBytes, etag, fingerprint, executable } },
  ];
}

function leftBehind(source: Source, from: RelPath): readonly StateChange[] {
  if (source.kind === 'kept') return [{ kind: 'trash-gone', id: source.item.id }];
  return [
    { kind: 'local', path: from, cell: { state: 'absent' } },
    { kind: 'base', path: from, cell: null },
  ];
}

async function closeAndLook(context: PairContext, intent: Intent): Promise<void> {
  await refreshLocal(context, intent.path);
  if (intent.other !== null) await refreshLocal(context, intent.other);
  await context.commit([{ kind: 'intent-done', id: intent.id }]);
}
