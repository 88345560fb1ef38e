// Dialog for a new folder: account, direction, and the folder itself.
import { useState } from 'react';
import type { SubmitEvent } from 'react';
import type { FolderSettings, PairView, Snapshot } from '../../../preload/contract.ts';
import { showName } from '../../../preload/locales/shown-name.ts';
import type { Page } from '../../state/use-page.ts';
import { CloseButton, Dialog } from '../dialog.tsx';
import { Field, Select } from '../fields.tsx';
import { ActionButton, Button } from '../parts.tsx';
import { useWording } from '../wording.tsx';
import { openFirstPlan } from './open-dialogs.ts';

export const modes: readonly FolderSettings['mode'][] = ['two-way', 'upload-only', 'download-only'];

type AddFolderProps = { readonly page: Page; readonly snapshot: Snapshot };

/** Whether this page may add a folder to one of its accounts. */
export function canAddFolder({ accounts, pairs, setup }: Snapshot): boolean {
  const hasPlace = accounts.some(({ id }) => pairs.some(({ accountId }) => accountId === id));
  return hasPlace && (setup.folderBy === 'dialog' || setup.folderRoots.length > 0);
}

export function AddFolderDialog({ page, snapshot }: AddFolderProps) {
  const { words } = useWording();
  const { setup } = snapshot;
  const accounts = snapshot.accounts.filter(({ id }) => snapshot.pairs.some((pair) => pair.accountId === id));
  const [accountId, setAccountId] = useState(accounts[0]?.id ?? '');
  const [mode, setMode] = useState<string>('two-way');
  const [folder, setFolder] = useState('');
  const [holder, setHolder] = useState<PairView | null>(null);
  const isTyping = setup.folderBy === 'typing';
  async function add(): Promise<void> {
    const chosen = modes.find((one) => one === mode) ?? 'two-way';
    const input = { accountId, mode: chosen, folder: isTyping ? folder : null };
    const result = await page.send('addFolder', input, true);
    if (result.ok && result.value !== null) await openFirstPlan(page, result.value.pairId);
    const { pairId } = result.ok ? {} : result.error.fields;
    setHolder(snapshot.pairs.find(({ id }) => id === pairId) ?? null);
  }
  function submit(event: SubmitEvent): void {
    event.preventDefault();
    void add(); // never rejects: send() answers with a result
  }
  const formId = 'add-folder';
  return (
    <Dialog
      title={words.text('folder.add.title')}
      subtitle={words.text('folder.add.text')}
      page={page}
      actions={
        <>
          <button type="submit" form={formId} className="button button-primary">
            {words.text(isTyping ? 'folder.add.preview' : 'folder.add.choose')}
          </button>
          <CloseButton page={page} label="action.cancel" />
        </>
      }
    >
      <form id={formId} className="form" onSubmit={submit}>
        {accounts.length > 1 && (
          <Select
            id="add-account"
            label={words.text('folder.account')}
            value={accountId}
            options={accounts.map(({ id, label }) => ({ value: id, text: label }))}
            onChange={setAccountId}
          />
        )}
        {isTyping && (
          <Field
            id="add-path"
            label={words.text('proposal.folder')}
            hint={words.text('proposal.folder.roots', { roots: setup.folderRoots.join(', ') })}
            value={folder}
            isRequired
            isCode
            onChange={setFolder}
          />
        )}
        <ModeSelect value={mode} onChange={setMode} />
      </form>
      {holder !== null && <HolderActions page={page} holder={holder} isDesktop={!isTyping} />}
    </Dialog>
  );
}

type HolderProps = { readonly page: Page; readonly holder: PairView; readonly isDesktop: boolean };

/** What can be done where another folder holds all of the account's part of the bucket. */
function HolderActions({ page, holder, isDesktop }: HolderProps) {
  const { words } = useWording();
  // Named on the button: the dialog is about another folder than this one.
  const textOf = (label: string) =>
    words.text('action.for', { action: words.text(label), name: showName(holder.folderLabel) });
  return (
    <div className="button-row">
      {isDesktop && (
        <ActionButton
          page={page}
          name="revealFolder"
          input={{ pairId: holder.id }}
          label="action.reveal"
          text={textOf('action.reveal')}
          icon="folder"
          isSilent
        />
      )}
      <Button
        label="action.removeFolder"
        text={textOf('action.removeFolder')}
        onPress={() => {
          page.dispatch({
            kind: 'dialogOpened',
            dialog: { kind: 'remove-folder', pairId: holder.id },
          });
        }}
      />
    </div>
  );
}

type ModeProps = { readonly value: string; readonly onChange: (mode: string) => void };

export function ModeSelect({ value, onChange }: ModeProps) {
  const { words } = useWording();
  return (
    <Select
      id="folder-mode"
      label={words.text('folder.mode')}
      hint={words.text(`folder.mode.${value}.text`)}
      value={value}
      options={modes.map((mode) => ({ value: mode, text: words.text(`pairs.mode.${mode}`) }))}
      onChange={onChange}
    />
  );
}
