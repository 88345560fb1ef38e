// Closing of an open intent in recovery: with its outcome, and a captured file put back.
import type { Intent, StateChange } from '../../ports/sync-state.port.ts';
import { refreshLocal } from './preconditions.ts';
import type { PairContext } from '../context.ts';
import { localTrashRow } from './journal.ts';

export function close(context: PairContext, intent: Intent, changes: readonly StateChange[]): Promise<void> {
  return context.commit([...changes, { kind: 'intent-done', id: intent.id }]);
}

/** A capture that was not committed may be unverified: the file is put back and planned again. */
export async function putBackCaptured(context: PairContext, intent: Intent): Promise<void> {
  const trashName = await context.changes.findCaptured(intent.id);
  let isBack = true;
  if (trashName !== null) {
    const back = await context.changes.putBack(trashName, intent.path);
    isBack = back.kind === 'placed';
  }
  await refreshLocal(context, intent.path);
  await close(context, intent, [
    ...(isBack || trashName === null
      ? [{ kind: 'trash-gone' as const, id: intent.id }]
      : [keptRow(context, intent, trashName)]),
  ]);
}

/** What an interrupted replacement kept of the old file, as an item of the trash. */
export async function capturedRow(context: PairContext, intent: Intent): Promise<readonly StateChange[]> {
  const trashName = await context.changes.findCaptured(intent.id);
  return trashName === null ? [] : [keptRow(context, intent, trashName)];
}

function keptRow(context: PairContext, intent: Intent, where: string): StateChange {
  const { id, path, sizeBytes } = intent;
  return localTrashRow(context, {
    ...{ id, path, where, sizeBytes },
    content: null,
    executable: false,
    why: 'replaced',
  });
}
