// What a pair leaves out: the gitignore rules and the excluded folders.
import { compileIgnore } from '../../core/config/ignore-match.ts';
import type { IgnoreMatcher, IgnoreRules } from '../../core/config/ignore-rules.ts';
import { isBelow } from '../../core/model/path.ts';

/** Names are matched as the disk compares them, so that `*.TMP` is left out where it is the same name as `*.tmp`. */
export function makeIgnoreMatcher(
  rules: Pick<IgnoreRules, 'patterns' | 'excluded'>,
  options: { readonly caseSensitive: boolean },
): IgnoreMatcher {
  const ignores = compileIgnore(rules.patterns, options);
  return function match(path, kind) {
    if (path === '') return null;
    if (rules.excluded.some((folder) => path === folder || isBelow(path, folder))) return 'excluded';
    return ignores(path, kind) ? 'ignored' : null;
  };
}
