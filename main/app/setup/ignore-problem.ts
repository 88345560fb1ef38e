// Answer to a problem: its file is left out by a rule of the pair's settings.
import { ignoreLineFor } from '../../core/config/ignore-line.ts';
import { SyncError } from '../../core/model/errors.ts';
import type { ProblemRow } from '../../core/problem-rows.ts';
import { LIMITS } from '../../../preload/lean/limits.ts';
import type { FolderEditor } from './folder-commands.ts';

type Ignored = {
  readonly pairId: string;
  /** Asked when it is the turn of the change: while a pair is replaced by another it has no list. */
  readonly problem: () => Pick<ProblemRow, 'path'> | undefined;
};

/** Throws SyncError config-invalid, unknown-file, not-ignorable, too-many-rules. */
export async function ignoreProblem(
  editor: Pick<FolderEditor, 'change'>,
  { pairId, problem }: Ignored,
  signal: AbortSignal,
): Promise<void> {
  const change = ({ ignore }: { readonly ignore: readonly string[] }) => {
    const path = problem()?.path ?? null;
    if (path === null) throw refused('unknown-file', 'there is no such problem');
    const line = ignoreLineFor(path);
    if (line === null) throw refused('not-ignorable', 'no rule can name this file');
    if (ignore.length >= LIMITS.ignoreRules)
      throw refused('too-many-rules', 'the settings take no more rules');
    // Last, because the last rule that matches wins.
    return { ignore: [...ignore.filter((one) => one !== line), line] };
  };
  await editor.change(pairId, change, signal);
}

function refused(code: string, message: string): SyncError {
  return new SyncError({ code, retry: 'slow', scope: 'account', message });
}
