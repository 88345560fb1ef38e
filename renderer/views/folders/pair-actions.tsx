// Actions of one folder: the common ones as buttons, the rest in a menu.
import type { PairView } from '../../../preload/contract.ts';
import { waitsForStart } from '../../../preload/pause-words.ts';
import type { Page } from '../../state/use-page.ts';
import { MenuButton } from '../menu.tsx';
import type { MenuItem } from '../menu.tsx';
import { ActionButton } from '../parts.tsx';
import { pauseItems } from './pause-items.ts';
import { openPlan, openSettings, openTrash } from './open-dialogs.ts';

type PairActionsProps = { readonly page: Page; readonly pair: PairView; readonly isDesktop: boolean };

export function PairActions({ page, pair, isDesktop }: PairActionsProps) {
  const about = pair.folderLabel;
  const input = { pairId: pair.id };
  return (
    <footer className="button-row pair-actions">
      {isDesktop && (
        <ActionButton
          page={page}
          name="revealFolder"
          input={input}
          label="action.reveal"
          about={about}
          icon="folder"
        />
      )}
      {waitsForStart(pair) ? null : isPaused(pair) ? (
        <ActionButton
          page={page}
          name="resume"
          input={input}
          label={pair.pausedBy === undefined ? 'action.resume' : 'action.syncAnyway'}
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
      {canSync(pair) && (
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
        <MenuButton label="action.more" about={about} items={menuItems(page, pair)} />
      </div>
    </footer>
  );
}

export function isPaused({ state }: PairView): boolean {
  return state === 'paused' || state === 'pausing';
}

/** Whether "sync now" has something to start. */
export function canSync(pair: PairView): boolean {
  return !isPaused(pair) && pair.state !== 'offline' && pair.state !== 'signed-out';
}

function menuItems(page: Page, pair: PairView): readonly MenuItem[] {
  const input = { pairId: pair.id };
  // send() never rejects: every failure is a result.
  const check: MenuItem = {
    label: 'action.checkNow',
    hint: 'action.checkNow.text',
    icon: 'search',
    onPress: () => void page.send('checkNow', input),
  };
  return [
    // Also while paused: that is when it is wanted.
    {
      label: 'action.preview',
      hint: 'action.preview.text',
      icon: 'file',
      onPress: () => void openPlan(page, pair.id),
    },
    ...(canSync(pair) ? [check] : []),
    ...(isPaused(pair) ? [] : pauseItems(page, pair.id)),
    { label: 'action.trash', icon: 'bin', onPress: () => void openTrash(page, pair.id) },
    {
      label: 'action.chooseFolders',
      icon: 'check',
      onPress: () => {
        page.dispatch({ kind: 'dialogOpened', dialog: { kind: 'choose-folders', pairId: pair.id } });
      },
    },
    { label: 'action.folderSettings', icon: 'gear', onPress: () => void openSettings(page, pair.id) },
    {
      label: 'action.removeFolder',
      icon: 'close',
      isDanger: true,
      onPress: () => {
        page.dispatch({ kind: 'dialogOpened', dialog: { kind: 'remove-folder', pairId: pair.id } });
      },
    },
  ];
}
