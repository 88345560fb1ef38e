// Answer to a problem: its file is left out by a rule of the pair's settings.
import { ignoreLineFor } from '../../core/config/ignore-line.ts';
import type { ProblemRow } from '../../core/problem-rows.ts';
import { failed, LIMITS } from '../../../preload/lean/limits.ts';
import type { Result } from '../../../preload/contract.ts';
import type { FolderChange, FolderEditor } from './folder-commands.ts';

type Ignored = { readonly pairId: string; readonly problem: Pick<ProblemRow, 'path'> | undefined };

/** Throws SyncError config-invalid. */
export async function ignoreProblem(
  editor: Pick<FolderEditor, 'change'> & {
    readonly read: (pairId: string, signal: AbortSignal) => Promise<Pick<FolderChange, 'ignore'>>;
  },
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
