// Answer to a problem: its file is left out by a rule of the pair's settings.
import { ignoreLineFor } from '../../core/config/ignore-line.ts';
import { makeInTurn } from '../../core/in-turn.ts';
import type { ProblemRow } from '../../core/problem-rows.ts';
import { failed, LIMITS } from '../../../preload/lean/limits.ts';
import type { Result } from '../../../preload/contract.ts';
import type { FolderChange, FolderEditor } from './folder-commands.ts';

type Editor = Pick<FolderEditor, 'change'> & {
  readonly read: (pairId: string, signal: AbortSignal) => Promise<Pick<FolderChange, 'ignore'>>;
};

type Ignored = { readonly pairId: string; readonly problem: Pick<ProblemRow, 'path'> | undefined };

/** One after the other: each writes the rules that it has read, and the pair takes a moment to begin again. */
export function makeIgnoreProblem(
  editor: Editor,
): (ignored: Ignored, signal: AbortSignal) => Promise<Result<null>> {
  const inTurn = makeInTurn();
  return (ignored, signal) => inTurn(() => ignoreProblem(editor, ignored, signal));
}

/** Throws SyncError config-invalid. */
async function ignoreProblem(
  editor: Editor,
  { pairId, problem }: Ignored,
  signal: AbortSignal,
): Promise<Result<null>> {
  if (problem?.path === undefined || problem.path === null) return failed('unknown-file');
  const line = ignoreLineFor(problem.path);
  if (line === null) return failed('not-ignorable');
  const { ignore } = await editor.read(pairId, signal);
  if (ignore.length >= LIMITS.ignoreRules) return failed('too-many-rules');
  // Last, because the last rule that matches wins.
  await editor.change(pairId, { ignore: [...ignore.filter((one) => one !== line), line] }, signal);
  return { ok: true, value: null };
}
