// Deleted files by what happened, older versions apart, with search and restore.
import { useEffect, useRef, useState } from 'react';
import type { Coded, PairView, TrashList } from '../../../preload/contract.ts';
import type { Page } from '../../state/use-page.ts';
import { Awaited, CloseButton, Dialog } from '../dialog.tsx';
import { Field } from '../fields.tsx';
import { ActionButton, Name } from '../parts.tsx';
import { useWording } from '../wording.tsx';
import { loadTrash, openTrash } from '../folders/open-dialogs.ts';
import { TrashGroups } from './trash-groups.tsx';
import { useRestored } from './use-restored.ts';

type TrashDialogProps = {
  readonly page: Page;
  readonly pair: PairView;
  readonly text: string;
  readonly list: TrashList | null;
  /** Newest entry of the folder's activity: when it changes, the trash may have changed. */
  readonly newest: string | null;
  readonly failure: Coded | undefined;
};

/** Typing asks once it rests, and so does what happens meanwhile. */
const SETTLE_MS = 200;

export function TrashDialog({ page, pair, text, list, newest, failure }: TrashDialogProps) {
  const { words } = useWording();
  useFreshList(page, { pairId: pair.id, text, newest });
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set());
  const [restored, tellRestored] = useRestored(page, () => void loadTrash(page, pair.id, text)); // never rejects: ask() answers with a result
  const listed = list?.groups.flatMap(({ entries }) => entries) ?? [];
  const ids = listed.flatMap(({ id }) => (ticked.has(id) ? [id] : []));
  const isSearch = text.trim() !== '';
  return (
    <Dialog
      title={words.text('trash.title')}
      subtitle={<Name>{pair.folderLabel}</Name>}
      page={page}
      actions={
        <>
          {ids.length > 0 && (
            <ActionButton
              page={page}
              name="restoreTrash"
              input={{ pairId: pair.id, ids }}
              label="trash.restoreTicked"
              fields={{ count: ids.length }}
              kind="primary"
              isSilent
              onDone={tellRestored}
            />
          )}
          <CloseButton page={page} label="action.close" />
        </>
      }
    >
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
        isThere={list !== null}
        failure={failure}
        loading="trash.loading"
        onRetry={() => void openTrash(page, pair.id, text)}
      />
      {list?.groups.length === 0 && (
        <p className="empty-line">{words.text(isSearch ? 'trash.none' : 'trash.empty')}</p>
      )}
      <div ref={restored} className="trash-groups">
        <TrashGroups
          page={page}
          pairId={pair.id}
          text={text.trim()}
          groups={list?.groups ?? []}
          ticked={ticked}
          onTick={(id, isTicked) => {
            setTicked((now) => new Set(isTicked ? [...now, id] : [...now].filter((one) => one !== id)));
          }}
          onRestored={tellRestored}
        />
      </div>
      {list !== null && list.more > 0 && (
        <p className="muted">{words.text('trash.more', { count: list.more })}</p>
      )}
    </Dialog>
  );
}

type Subject = { readonly pairId: string; readonly text: string; readonly newest: string | null };

/** Asks again when what is typed has changed since the dialog opened, and when something has happened in the folder. */
function useFreshList({ ask, dispatch }: Page, { pairId, text, newest }: Subject): void {
  const key = JSON.stringify([text, newest]);
  const asked = useRef(key);
  useEffect(() => {
    if (asked.current === key) return;
    const timer = setTimeout(() => {
      asked.current = key;
      void loadTrash({ ask, dispatch }, pairId, text); // never rejects: ask() answers with a result
    }, SETTLE_MS);
    return () => {
      clearTimeout(timer);
    };
  }, [ask, dispatch, pairId, text, key]);
}
