// Ignore rules of a pair from its settings and its folder's own file.
import type { PairConfig } from './config.ts';
import { ignoreRules } from './ignore-rules.ts';
import type { IgnoreRules } from './ignore-rules.ts';
import type { RelPath } from '../model/model.ts';
import { parseRelPath } from '../model/path.ts';

export type PairIgnores = { readonly rules: IgnoreRules; readonly caseSensitive: boolean };

/** @param ignoreFile text of the folder's own file; null where there is none */
export function pairIgnores(pair: PairConfig, ignoreFile: string | null): PairIgnores {
  return {
    rules: ignoreRules({ settings: pair.ignore, ignoreFile, excluded: excludedFolders(pair) }),
    caseSensitive: pair.caseSensitivity !== 'insensitive',
  };
}

/** Checked when the configuration was read; what is no path is nothing that could be excluded. */
export function excludedFolders(pair: Pick<PairConfig, 'exclude'>): readonly RelPath[] {
  return (pair.exclude ?? []).flatMap((text) => {
    const parsed = parseRelPath(text.replace(/\/+$/u, ''));
    return parsed.kind === 'path' ? [parsed.path] : [];
  });
}
