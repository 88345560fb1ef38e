// What a pair leaves out: the gitignore rules and the excluded folders.
import { makeExcluded } from '../../core/config/chosen-folders.ts';
import { compileIgnore } from '../../core/config/ignore-match.ts';
import type { IgnoreMatcher, IgnoreRules } from '../../core/config/ignore-rules.ts';

const maxRememberedFolders = 1024;

/** Names are matched as the disk compares them, so that `*.TMP` is left out where it is the same name as `*.tmp`. */
export function makeIgnoreMatcher(
  rules: Pick<IgnoreRules, 'patterns' | 'excluded'>,
  options: { readonly caseSensitive: boolean },
): IgnoreMatcher {
  const ignores = compileIgnore(rules.patterns, options);
  const { holderOf } = makeExcluded(rules.excluded);
  const decide: IgnoreMatcher = (path, kind) => {
    if (holderOf(path) !== undefined) return 'excluded';
    return ignores(path, kind) ? 'ignored' : null;
  };
  /** Each file asks again about the folders above it. */
  const folders = new Map<string, ReturnType<IgnoreMatcher>>();
  return function match(path, kind) {
    if (path === '') return null;
    if (kind === 'file') return decide(path, kind);
    const known = folders.get(path);
    if (known !== undefined) return known;
    if (folders.size >= maxRememberedFolders) folders.clear();
    const reason = decide(path, kind);
    folders.set(path, reason);
    return reason;
  };
}
