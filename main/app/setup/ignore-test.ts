// Answer to "would this name be synced?", with the rule that decides.
import type { PairConfig } from '../../core/config/config.ts';
import { makeExcluded } from '../../core/config/chosen-folders.ts';
import { explainIgnore } from '../../core/config/ignore-explain.ts';
import { defaultIgnorePatterns } from '../../core/config/ignore-rules.ts';
import { pairIgnores } from '../../core/config/pair-ignores.ts';
import { parseRelPath } from '../../core/model/path.ts';
import { failed } from '../../../preload/lean/limits.ts';
import type { Output, Result } from '../../../preload/contract.ts';

/**
 * @param name relative to the folder; a slash at its end names a folder
 * @param ignoreFile text of the folder's own file; null where there is none
 */
export function testIgnore(
  pair: PairConfig,
  name: string,
  ignoreFile: string | null,
): Result<Output<'testIgnore'>> {
  const kind = name.endsWith('/') ? 'folder' : 'file';
  const parsed = parseRelPath(kind === 'folder' ? name.slice(0, -1) : name);
  if (parsed.kind === 'refused') return failed('name-untestable');
  const { path } = parsed;
  const { rules, caseSensitive } = pairIgnores(pair, ignoreFile);
  const excluded = makeExcluded(rules.excluded).holderOf(path);
  if (excluded !== undefined)
    return { ok: true, value: { isSynced: false, rule: excluded, source: 'excluded', folder: null } };
  const decision = explainIgnore(rules.patterns, { path, kind }, { caseSensitive });
  if (decision === null)
    return { ok: true, value: { isSynced: true, rule: null, source: null, folder: null } };
  const { isOut, line, at } = decision;
  const value = {
    isSynced: !isOut,
    rule: rules.patterns[line] ?? null,
    source: sourceOf(line, rules.patterns.length - pair.ignore.length),
    folder: at === path ? null : at,
  };
  return { ok: true, value };
}

/** Defaults come first, then the folder's own file, then the settings. */
function sourceOf(line: number, firstOfSettings: number): 'default' | 'settings' | 'file' {
  if (line < defaultIgnorePatterns.length) return 'default';
  return line < firstOfSettings ? 'file' : 'settings';
}
