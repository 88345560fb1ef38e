// Deleted and replaced files, with search and restore.
import { useEffect, useRef } from 'react';
import { LIMITS } from '../../../preload/contract.ts';
import type { Coded, PairView, TrashEntryView } from '../../../preload/contract.ts';
import type { Page } from '../../state/use-page.ts';
import { Awaited, Dialog } from '../dialog.tsx';
import { Field } from '../fields.tsx';
import { Icon } from '../icons.tsx';
import { ActionButton, Moment, Name, PathName } from '../parts.tsx';
import { useWording } from '../wording.tsx';
import { openTrash } from './open-dialogs.ts';

type TrashDialogProps = {
  readonly page: Page;
  readonly pair: PairView;
  readonly text: string;
  readonly entries: readonly TrashEntryView[] | null;
  readonly failure: Coded | undefined;
};

/** Typing asks once it rests. */
const SETTLE_MS = 200;

export function TrashDialog({ page, pair, text, entries, failure }: TrashDialogProps) {
  const { words } = useWording();
  useTrashSearch(page, pair.id, text);
  const isSearch = text.trim() !== '';
  return (
    <Dialog title={words.text('trash.title')} subtitle={<Name>{pair.folderLabel}</Name>} page={page}>
      <div role="search">
        <Field
          id="trash-search"
          label={words.text('search.files')}
          value={text}
          onChange={(typed) => {
            page.dispatch({ kind: 'trashSought', pairId: pair.id, text: typed });
          }}
        />
      </div>
      <Awaited
        isThere={entries !== null}
        failure={failure}
        loading="trash.loading"
        onRetry={() => void openTrash(page, pair.id, text)}
      />
      {entries?.length === 0 && (
        <p className="empty-line">{words.text(isSearch ? 'trash.none' : 'trash.empty')}</p>
      )}
      {entries !== null && entries.length > 0 && (
        <TrashList page={page} pair={pair} text={text} entries={entries} />
      )}
      {entries?.length === LIMITS.trash && <p className="muted">{words.text('trash.cut')}</p>}
    </Dialog>
  );
}

/** Asks again when what is typed has changed since the dialog opened. */
function useTrashSearch({ ask, dispatch }: Page, pairId: string, text: string): void {
  const asked = useRef(text);
  useEffect(() => {
    if (asked.current === text) return;
    async function search(): Promise<void> {
      asked.current = text;
      const wanted = text.trim();
      const result = await ask('listTrash', wanted === '' ? { pairId } : { pairId, text: wanted });
      if (result.ok) dispatch({ kind: 'trashArrived', pairId, text, entries: result.value });
      else dispatch({ kind: 'requestFailed', key: '', error: result.error });
    }
    const timer = setTimeout(() => void search(), SETTLE_MS); // never rejects: a bridge answers with a result
    return () => {
      clearTimeout(timer);
    };
  }, [ask, dispatch, pairId, text]);
}

function TrashList({
  page,
  pair,
  text,
  entries,
}: Omit<TrashDialogProps, 'failure'> & { readonly entries: readonly TrashEntryView[] }) {
  const { words, format } = useWording();
  function forget(id: string): void {
    const left = entries.filter((entry) => entry.id !== id);
    page.dispatch({ kind: 'trashArrived', pairId: pair.id, text, entries: left });
  }
  return (
    <ul className="row-list">
      {entries.map((entry) => (
        <li key={entry.id} className="row">
          <Icon name="bin" />
          <span className="row-main">
            <PathName path={entry.path} />
            <span className="muted">
              <Moment atMs={entry.removedAtMs} />, {words.text(`trash.${entry.side}`)}
              {entry.bytes !== null && `, ${format.bytes(entry.bytes)}`}
            </span>
          </span>
          <ActionButton
            page={page}
            name="restoreTrash"
            input={{ pairId: pair.id, id: entry.id }}
            label="action.restore"
            about={entry.path}
            onDone={() => {
              forget(entry.id);
            }}
          />
        </li>
      ))}
    </ul>
  );
}
