// Actions on one file: its versions in a dialog, a share link on the clipboard.
import type { FileEntry } from '../../../preload/contract.ts';
import type { Page } from '../../state/use-page.ts';

type Named = Pick<FileEntry, 'id' | 'name'>;

export async function openVersions(page: Page, pairId: string, { id, name }: Named): Promise<void> {
  page.dispatch({
    kind: 'dialogOpened',
    dialog: { kind: 'versions', pairId, fileId: id, name, versions: null },
  });
  const result = await page.ask('listVersions', { pairId, fileId: id });
  if (result.ok) page.dispatch({ kind: 'versionsArrived', pairId, fileId: id, versions: result.value });
  else page.dispatch({ kind: 'contentFailed', dialog: 'versions', pairId, error: result.error });
}

/** The answer says until when the link works, which only main knows. */
export async function shareLink(page: Page, pairId: string, { id, name }: Named): Promise<void> {
  const result = await page.send('shareFile', { pairId, fileId: id, expiresInSeconds: null }, true);
  if (result.ok)
    page.dispatch({ kind: 'answered', text: 'files.shared', name, untilMs: result.value.expiresAtMs });
}
