// Actions of one folder: common ones first.
import type { PairView } from '../../preload/contract.ts';
import type { Page } from '../state/use-page.ts';
import { ActionButton, Button } from './parts.tsx';

type PairActionsProps = { readonly page: Page; readonly pair: PairView; readonly isDesktop: boolean };

export function PairActions({ page, pair, isDesktop }: PairActionsProps) {
  const about = pair.folderLabel;
  const input = { pairId: pair.id };
  const isPaused = pair.state === 'paused' || pair.state === 'pausing';
  const canSync = !isPaused && pair.state !== 'offline' && pair.state !== 'signed-out';
  async function openPlan(): Promise<void> {
    page.dispatch({ kind: 'dialogOpened', dialog: { kind: 'plan', pairId: pair.id, plan: null } });
    const result = await page.send('plan', input, true);
    if (result.ok) page.dispatch({ kind: 'planArrived', pairId: pair.id, plan: result.value });
  }
  async function openTrash(): Promise<void> {
    page.dispatch({ kind: 'dialogOpened', dialog: { kind: 'trash', pairId: pair.id, entries: null } });
    const result = await page.send('listTrash', input, true);
    if (result.ok) page.dispatch({ kind: 'trashArrived', pairId: pair.id, entries: result.value });
  }
  return (
    <footer className="button-row pair-actions">
      {isPaused ? (
        <ActionButton
          page={page}
          name="resume"
          input={input}
          label="action.resume"
          about={about}
          icon="play"
        />
      ) : (
        <ActionButton
          page={page}
          name="pause"
          input={input}
          label="action.pause"
          about={about}
          icon="pause"
        />
      )}
      {canSync && (
        <ActionButton
          page={page}
          name="syncNow"
          input={input}
          label="action.syncNow"
          about={about}
          icon="arrows"
        />
      )}
      <div className="button-row quiet-row">
        {canSync && (
          <ActionButton
            page={page}
            name="checkNow"
            input={input}
            label="action.checkNow"
            about={about}
            kind="quiet"
          />
        )}
        {canSync && (
          <Button label="action.preview" about={about} kind="quiet" onPress={() => void openPlan()} />
        )}
        <Button label="action.trash" about={about} kind="quiet" onPress={() => void openTrash()} />
        {isDesktop && (
          <ActionButton
            page={page}
            name="revealFolder"
            input={input}
            label="action.reveal"
            about={about}
            kind="quiet"
          />
        )}
      </div>
    </footer>
  );
}
