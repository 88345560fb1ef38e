// The ignore file's rules, and what applies while it cannot be read.
import { ignoreFileName } from '../../core/config/ignore-rules.ts';
import type { IgnoreMatcher } from '../../core/config/ignore-rules.ts';
import { isSyncError } from '../../core/model/errors.ts';
import type { SyncError } from '../../core/model/errors.ts';
import { relPath } from '../../core/model/path.ts';
import type { PlanProblem } from '../../core/plan/types.ts';
import type { StateChange } from '../../ports/sync-state.port.ts';
import type { PairContext } from '../context.ts';

const maxIgnoreFileBytes = 256 * 1024;

/**
 * Other rules or another mode than last time make the next cycle merge only (rule 22). A file that cannot be read, or is
 * too large, is a problem of its own and leaves the rules that it had last; where it was never read the pair waits, because
 * what it leaves out may be secret.
 */
export async function readIgnores(context: PairContext, notices: string[]): Promise<IgnoreMatcher> {
  const made = context.makeIgnore(await readText(context));
  noteRefusedLines(notices, made.refusedLines);
  const rules = JSON.stringify([context.settings.mode, made.fingerprint]);
  const known = context.store.meta('rules');
  if (known !== rules) {
    context.store.record([
      ...(known === null ? [] : [{ kind: 'base-discard' as const }, ...baseOfIgnoreFile(context)]),
      { kind: 'meta', key: 'rules', value: rules },
    ]);
    if (known !== null) notices.push('rules-changed');
  }
  return made.matcher;
}

/** The file that changed the rules is itself no matter of theirs: its edit is an edit, and no conflict with the old version. */
function baseOfIgnoreFile({ store }: Pick<PairContext, 'store'>): readonly StateChange[] {
  const path = relPath(ignoreFileName);
  const { base } = store.entry(path);
  return base === null ? [] : [{ kind: 'base', path, cell: base }];
}

/** Null where the ignore file has a problem already, or none. */
export function ignoreFileProblem({ store }: Pick<PairContext, 'store'>): PlanProblem | null {
  const path = relPath(ignoreFileName);
  if (store.meta('ignoreUnread') === null || store.problem(path) !== null) return null;
  return { path, code: 'ignore-file-unread', fields: {} };
}

/** Text of the ignore file whose rules are in use; null where there is none. */
export function knownIgnoreFile(store: Pick<PairContext['store'], 'meta'>): string | null {
  return JSON.parse(store.meta('ignoreText') ?? 'null') as string | null; // our own database wrote it
}

async function readText(context: PairContext): Promise<string | null> {
  const known = context.store.meta('ignoreText');
  try {
    const bytes = await context.files.readSmall(relPath(ignoreFileName), maxIgnoreFileBytes);
    const text = bytes === null ? null : new TextDecoder().decode(bytes);
    remember(context, 'ignoreText', JSON.stringify(text));
    remember(context, 'ignoreUnread', null);
    return text;
  } catch (error) {
    if (!isOfIgnoreFile(error) || known === null) throw error;
    context.log.warn('the ignore file cannot be read, its last rules apply', { code: error.code });
    remember(context, 'ignoreUnread', error.code);
    return knownIgnoreFile(context.store);
  }
}

function remember(
  { store }: Pick<PairContext, 'store'>,
  key: 'ignoreText' | 'ignoreUnread',
  value: string | null,
): void {
  if (store.meta(key) !== value) store.record([{ kind: 'meta', key, value }]);
}

function isOfIgnoreFile(error: unknown): error is SyncError {
  return isSyncError(error) && error.fields['path'] === ignoreFileName;
}

/** Lines over the caps of an ignore file, which may be a stranger's, are left out; said for as long as it is so. */
function noteRefusedLines(notices: string[], refusedLines: number): void {
  const at = notices.indexOf('ignore-lines-refused');
  if (refusedLines > 0 && at < 0) notices.push('ignore-lines-refused');
  if (refusedLines === 0 && at >= 0) notices.splice(at, 1);
}
