// Conflict operation: renames the local file; the next cycle downloads the remote one and uploads the copy.
import { isSmudged, stillMatches } from '../../core/model/fingerprint.ts';
import type { LocalCell, Op, RelPath } from '../../core/model/model.ts';
import { rebase } from '../../core/model/path.ts';
import type { Intent } from '../../ports/sync-state.port.ts';
import type { PairContext } from '../context.ts';
import { activity, done, newIntent, problem, replan } from './journal.ts';
import type { OpOutcome } from './journal.ts';
import { isLeftHalf } from './moves/half-renames.ts';
import { isUnmovable } from './moves/unmovable-folders.ts';
import { movedProblems, refreshLocal, seenLocal } from './preconditions.ts';

export async function runRenameConflict(
  context: PairContext,
  op: Extract<Op, { kind: 'set-aside' }>,
): Promise<OpOutcome> {
  const before = await context.files.look(op.path);
  const expected = op.local.kind === 'file' ? op.local.fingerprint : null;
  const isSame =
    before.state === 'present' &&
    (expected === null
      ? before.kind === 'folder'
      : before.kind === 'file' && stillMatches(expected, before.fingerprint));
  if (!isSame) {
    await refreshLocal(context, op.path);
    return replan('local file changed before it was set aside');
  }
  const known = context.store.entry(op.path).local;
  const intent = newIntent(context, {
    kind: 'set-aside',
    path: op.path,
    other: op.to,
    content: known.state === 'present' && known.kind === 'file' ? known.content : null,
    sizeBytes: op.sizeBytes,
    fingerprint: before.kind === 'file' ? before.fingerprint : null,
  });
  await context.commit([{ kind: 'intent', intent }]);
  context.reached('set-aside.intent');
  const renamed = await context.changes.rename(
    op.path,
    op.to,
    before.kind === 'file' ? before.fingerprint : null,
  );
  context.reached('set-aside.renamed');
  if (await isLeftHalf(context, { from: op.path, to: op.to }, renamed)) {
    for (const path of [op.path, op.to]) await refreshLocal(context, path);
    return replan('its folder was renamed between the two steps of setting it aside');
  }
  if (before.kind === 'folder' && isUnmovable(renamed)) return setAsideInParts(context, op, intent);
  if (renamed.kind !== 'renamed') {
    await refreshLocal(context, op.path);
    await refreshLocal(context, op.to);
    await context.commit([{ kind: 'intent-done', id: intent.id }]);
    return renamed.kind === 'blocked'
      ? problem(op.path, 'local-blocked', 'backoff', { message: renamed.message })
      : replan(`set aside: ${renamed.kind}`);
  }
  await context.commit([
    ...(before.kind === 'folder'
      ? [
          { kind: 'rename', from: op.path, to: op.to, sides: ['local'], keys: null } as const,
          ...movedProblems(context, op.path, op.to),
          ...seenLocal(op.to, renamed.cell),
        ]
      : [
          { kind: 'local', path: op.path, cell: { state: 'absent' } } as const,
          { kind: 'local', path: op.to, cell: withKnownContent(renamed.cell, known) } as const,
        ]),
    { kind: 'intent-done', id: intent.id },
    activity(context, 'conflict', { path: op.path, from: op.to, bytes: op.sizeBytes }),
  ]);
  context.reached('set-aside.committed');
  return done;
}

/** A folder that the disk refuses to rename as one (a lower layer of overlayfs) steps aside file by file. */
async function setAsideInParts(
  context: PairContext,
  op: Extract<Op, { kind: 'set-aside' }>,
  intent: Intent,
): Promise<OpOutcome> {
  const rows = [...context.store.subtree(op.path)].filter(({ local }) => local.state === 'present');
  const left: OpOutcome[] = [];
  for (const { path } of rows) {
    const stayed = await renamePart(context, path, rebase(path, op.path, op.to));
    if (stayed !== null) left.push(stayed);
  }
  for (const { path } of rows.toReversed()) {
    if ((await context.changes.removeFolder(path)).kind === 'done')
      await context.commit([{ kind: 'local', path, cell: { state: 'absent' } }]);
  }
  await context.commit([
    { kind: 'intent-done', id: intent.id },
    ...movedProblems(context, op.path, op.to),
    activity(context, 'conflict', { path: op.path, from: op.to, bytes: op.sizeBytes }),
  ]);
  return left[0] ?? replan('a folder was set aside file by file');
}

/** Null once it has its new name. */
async function renamePart(context: PairContext, path: RelPath, to: RelPath): Promise<OpOutcome | null> {
  const cell = await context.files.look(path);
  if (cell.state !== 'present') return null;
  if (cell.kind === 'folder') {
    const made = await context.changes.makeFolder(to);
    if (made.kind === 'done') await context.commit([{ kind: 'local', path: to, cell: made.cell }]);
    return made.kind === 'blocked'
      ? problem(path, 'local-blocked', 'backoff', { message: made.message })
      : null;
  }
  const renamed = await context.changes.rename(path, to, cell.fingerprint);
  if (renamed.kind === 'renamed') {
    await context.commit([
      { kind: 'local', path, cell: { state: 'absent' } },
      { kind: 'local', path: to, cell: withKnownContent(renamed.cell, context.store.entry(path).local) },
    ]);
    return null;
  }
  await refreshLocal(context, path);
  return renamed.kind === 'blocked'
    ? problem(path, 'local-blocked', 'backoff', { message: renamed.message })
    : replan(`set aside: ${renamed.kind}`);
}

/** A rename changes only the ctime, so the known content stays known. */
function withKnownContent(cell: LocalCell, known: LocalCell): LocalCell {
  if (cell.state !== 'present' || cell.kind !== 'file') return cell;
  if (known.state !== 'present' || known.kind !== 'file') return cell;
  // A young file may have been rewritten within the same clock tick: a smudged fingerprint proves nothing
  // (C6).
  const isSameBytes =
    !isSmudged(known.fingerprint) &&
    cell.fingerprint.inode === known.fingerprint.inode &&
    cell.fingerprint.sizeBytes === known.fingerprint.sizeBytes &&
    cell.fingerprint.mtimeNs === known.fingerprint.mtimeNs;
  return isSameBytes ? { ...cell, content: known.content } : cell;
}
