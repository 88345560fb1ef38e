// Deleted and replaced files, with restore.
import type { Coded, PairView, TrashEntryView } from '../../../preload/contract.ts';
import type { Page } from '../../state/use-page.ts';
import { Awaited, Dialog } from '../dialog.tsx';
import { Icon } from '../icons.tsx';
import { ActionButton, Moment, Name, PathName } from '../parts.tsx';
import { useWording } from '../wording.tsx';
import { openTrash } from './open-dialogs.ts';

type TrashDialogProps = {
  readonly page: Page;
  readonly pair: PairView;
  readonly entries: readonly TrashEntryView[] | null;
  readonly failure: Coded | undefined;
};

export function TrashDialog({ page, pair, entries, failure }: TrashDialogProps) {
  const { words } = useWording();
  return (
    <Dialog title={words.text('trash.title')} subtitle={<Name>{pair.folderLabel}</Name>} page={page}>
      <Awaited
        isThere={entries !== null}
        failure={failure}
        loading="trash.loading"
        onRetry={() => void openTrash(page, pair.id)}
      />
      {entries?.length === 0 && <p className="empty-line">{words.text('trash.empty')}</p>}
      {entries !== null && entries.length > 0 && <TrashList page={page} pair={pair} entries={entries} />}
    </Dialog>
  );
}

function TrashList({
  page,
  pair,
  entries,
}: Omit<TrashDialogProps, 'failure'> & { readonly entries: readonly TrashEntryView[] }) {
  const { words, format } = useWording();
  function forget(id: string): void {
    const left = entries.filter((entry) => entry.id !== id);
    page.dispatch({ kind: 'trashArrived', pairId: pair.id, entries: left });
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
