// Opens the dialogs of a folder: each at once, its content when it arrives.
import type { Page } from '../../state/use-page.ts';

export async function openPlan(page: Page, pairId: string): Promise<void> {
  await open(page, pairId);
}

/** Preview of a folder that was just added and waits for its start. */
export async function openFirstPlan(page: Page, pairId: string): Promise<void> {
  await open(page, pairId, { isFirst: true });
}

/** The folders of a profile that was just accepted, one after the other. One that cannot hold a surprise starts by itself. */
export async function openFirstPlans(page: Page, pairIds: readonly string[]): Promise<void> {
  const [pairId, ...others] = pairIds;
  if (pairId === undefined) page.dispatch({ kind: 'dialogClosed' });
  else await open(page, pairId, { isFirst: true, others });
}

async function open(
  page: Page,
  pairId: string,
  how: { readonly isFirst?: boolean; readonly others?: readonly string[] } = {},
): Promise<void> {
  page.dispatch({ kind: 'dialogOpened', dialog: { kind: 'plan', pairId, plan: null, ...how } });
  const result = await page.ask('plan', { pairId });
  if (result.ok) page.dispatch({ kind: 'planArrived', pairId, plan: result.value });
  else page.dispatch({ kind: 'contentFailed', dialog: 'plan', pairId, error: result.error });
}

/** @param text part of a path that is searched for */
export async function openTrash(page: Page, pairId: string, text = ''): Promise<void> {
  page.dispatch({ kind: 'dialogOpened', dialog: { kind: 'trash', pairId, text, list: null } });
  await loadTrash(page, pairId, text);
}

/** What is shown meanwhile stays. */
export async function loadTrash(
  page: Pick<Page, 'ask' | 'dispatch'>,
  pairId: string,
  text: string,
): Promise<void> {
  const wanted = text.trim();
  const result = await page.ask('listTrash', wanted === '' ? { pairId } : { pairId, text: wanted });
  if (result.ok) page.dispatch({ kind: 'trashArrived', pairId, text, list: result.value });
  else page.dispatch({ kind: 'contentFailed', dialog: 'trash', pairId, error: result.error });
}

export async function openSettings(page: Page, pairId: string): Promise<void> {
  page.dispatch({ kind: 'dialogOpened', dialog: { kind: 'folder-settings', pairId, settings: null } });
  const result = await page.ask('readFolder', { pairId });
  if (result.ok) page.dispatch({ kind: 'settingsArrived', pairId, settings: result.value });
  else page.dispatch({ kind: 'contentFailed', dialog: 'folder-settings', pairId, error: result.error });
}
