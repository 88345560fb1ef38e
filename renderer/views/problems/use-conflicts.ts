// Loader of the parts of a long list of conflicts.
import { useCallback } from 'react';
import type { ConflictView, Input } from '../../../preload/contract.ts';
import { LIMITS } from '../../../preload/lean/limits.ts';
import type { Page } from '../../state/use-page.ts';
import { useParts } from './use-parts.ts';
import type { Parts } from './use-parts.ts';

type Filter = Omit<Input<'listConflicts'>, 'skip'>;

/** @param revision as the snapshot has it */
export function useConflicts(page: Page, { pairId, text }: Filter, revision: number): Parts<ConflictView> {
  const { ask } = page;
  const askFor = useCallback(
    async (skip: number) => {
      const result = await ask('listConflicts', { pairId, text, skip });
      if (!result.ok) return result;
      const { conflicts: items, total } = result.value;
      return { ok: true as const, value: { items, total } };
    },
    [ask, pairId, text],
  );
  return useParts({ key: JSON.stringify([pairId, text]), revision, size: LIMITS.conflicts, askFor });
}
