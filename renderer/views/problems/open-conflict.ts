// Opens the comparison of a conflict at once; the previews follow.
import type { ConflictView } from '../../../preload/contract.ts';
import type { Page } from '../../state/use-page.ts';

export async function openConflict(page: Page, conflict: ConflictView): Promise<void> {
  const { id, pairId } = conflict;
  page.dispatch({
    kind: 'dialogOpened',
    dialog: { kind: 'conflict', pairId, conflict, previews: null },
  });
  const result = await page.ask('previewConflict', { pairId, conflictId: id });
  if (result.ok) page.dispatch({ kind: 'previewsArrived', pairId, conflictId: id, previews: result.value });
  else page.dispatch({ kind: 'contentFailed', dialog: 'conflict', pairId, error: result.error });
}
