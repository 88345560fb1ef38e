// Gitignore semantics for a pair, by the `ignore` package; core has the rules, this has the matching.
import ignore from 'ignore';
import type { IgnoreMatcher, IgnoreRules } from '../core/ignore-rules.ts';
import { isBelow } from '../core/path.ts';

/** Names are matched as the disk compares them, so that `*.TMP` is left out where it is the same name as `*.tmp`. */
export function makeIgnoreMatcher(
  rules: IgnoreRules,
  options: { readonly caseSensitive: boolean },
): IgnoreMatcher {
  const matcher = ignore({ ignorecase: !options.caseSensitive }).add(rules.patterns);
  return function match(path, kind) {
    if (path === '') return null;
    if (rules.excluded.some((folder) => path === folder || isBelow(path, folder))) return 'excluded';
    return matcher.ignores(kind === 'folder' ? `${path}/` : path) ? 'ignored' : null;
  };
}
