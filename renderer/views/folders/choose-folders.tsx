// Dialog of selective sync: which folders of the bucket are synced on this computer.
import { useEffect, useState } from 'react';
import type { Coded, Input, PairView } from '../../../preload/contract.ts';
import {
  choicesOf,
  emptyTree,
  leavesFolders,
  levelOf,
  rowsOf,
  toggled,
  withLevel,
  withOpen,
  withoutLevel,
} from '../../state/folder-choice.ts';
import type { FolderTree } from '../../state/folder-choice.ts';
import type { Page } from '../../state/use-page.ts';
import { Awaited, CloseButton, Dialog } from '../dialog.tsx';
import { Name } from '../parts.tsx';
import { useWording } from '../wording.tsx';
import { FolderTreeView } from './folder-tree.tsx';

type ChooseProps = { readonly page: Page; readonly pair: PairView };
type Copies = Input<'chooseFolders'>['copies'];

export function ChooseFoldersDialog({ page, pair }: ChooseProps) {
  const { words } = useWording();
  const [copies, setCopies] = useState<Copies>('keep');
  const { tree, failure, setTree, retry, open } = useFolderTree(page, pair.id);
  const top = levelOf(tree, null) ?? null;
  const choices = choicesOf(tree);
  const isCut = [...tree.levels.values()].some((level) => level?.isCut === true);
  async function save(): Promise<void> {
    const result = await page.send('chooseFolders', { pairId: pair.id, choices, copies }, true);
    if (!result.ok) return;
    page.dispatch({ kind: 'dialogClosed' });
    const { leaving, kept } = result.value;
    const text = kept > 0 ? 'choose.done.kept' : leaving > 0 ? 'choose.done.leaving' : 'choose.done';
    page.dispatch({ kind: 'answered', text, fields: { count: kept > 0 ? kept : leaving } });
  }
  return (
    <Dialog
      title={words.text('choose.title')}
      subtitle={<Name>{pair.folderLabel}</Name>}
      page={page}
      actions={
        <>
          {choices.length > 0 && (
            <button type="button" className="button button-primary" onClick={() => void save()}>
              {words.text('action.save')}
            </button>
          )}
          <CloseButton page={page} label="action.cancel" />
        </>
      }
    >
      <p>{words.text('choose.text')}</p>
      <Awaited isThere={top !== null} failure={failure} loading="app.loading" onRetry={retry} />
      {top?.ids.length === 0 && <p className="empty-line">{words.text('choose.empty')}</p>}
      {top !== null && top.ids.length > 0 && (
        <FolderTreeView
          rows={rowsOf(tree)}
          label={words.text('choose.title')}
          onToggle={(id) => {
            setTree((now) => toggled(now, id));
          }}
          onOpen={open}
        />
      )}
      {isCut && <p className="muted">{words.text('choose.cut')}</p>}
      {leavesFolders(tree) && (
        <CopiesChoice copies={copies} isOneWay={pair.mode === 'upload-only'} onChange={setCopies} />
      )}
    </Dialog>
  );
}

type CopiesProps = {
  readonly copies: Copies;
  /** Then this computer is never changed. */
  readonly isOneWay: boolean;
  readonly onChange: (copies: Copies) => void;
};

function CopiesChoice({ copies, isOneWay, onChange }: CopiesProps) {
  const { words } = useWording();
  const offered: readonly Copies[] = isOneWay ? ['keep'] : ['keep', 'trash'];
  return (
    <fieldset className="choices">
      <legend>{words.text('choose.copies')}</legend>
      {offered.map((one) => (
        <label key={one} className="choice">
          <input
            type="radio"
            name="choose-copies"
            checked={copies === one}
            onChange={() => {
              onChange(one);
            }}
          />
          <span>
            {words.text(`choose.copies.${one}`)}
            <span className="muted field-hint">{words.text(`choose.copies.${one}.text`)}</span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}

/** Levels as they are asked for. `failure`: why the top could not be loaded. */
function useFolderTree(page: Page, pairId: string) {
  const { ask, dispatch } = page;
  const [tree, setTree] = useState<FolderTree>(emptyTree);
  const [failure, setFailure] = useState<Coded | undefined>();
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    let isWanted = true;
    async function loadTop(): Promise<void> {
      const result = await ask('listFolders', { pairId, folderId: null });
      if (!isWanted) return;
      if (result.ok) setTree((now) => withLevel(now, null, result.value));
      else setFailure(result.error);
    }
    void loadTop(); // never rejects: a bridge answers with a result
    return () => {
      isWanted = false;
    };
  }, [ask, pairId, attempt]);
  async function loadInside(id: string): Promise<void> {
    setTree((now) => withLevel(withOpen(now, id, true), id, null));
    const result = await ask('listFolders', { pairId, folderId: id });
    if (result.ok) {
      setTree((now) => withLevel(now, id, result.value));
      return;
    }
    setTree((now) => withoutLevel(now, id));
    dispatch({ kind: 'requestFailed', key: '', error: result.error });
  }
  return {
    tree,
    failure,
    setTree,
    retry: () => {
      setFailure(undefined);
      setAttempt((count) => count + 1);
    },
    open: (id: string, isOpen: boolean) => {
      if (isOpen && levelOf(tree, id) === undefined)
        void loadInside(id); // as above
      else setTree((now) => withOpen(now, id, isOpen));
    },
  };
}
