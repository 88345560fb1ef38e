// Dialog before a folder is no longer synced: says that its files stay.
import type { PairView } from '../../../preload/contract.ts';
import type { Page } from '../../state/use-page.ts';
import { CloseButton, Dialog } from '../dialog.tsx';
import { ActionButton, Name } from '../parts.tsx';
import { useWording } from '../wording.tsx';

export function RemoveFolderDialog({ page, pair }: { readonly page: Page; readonly pair: PairView }) {
  const { words } = useWording();
  return (
    <Dialog
      title={words.text('folder.remove.title')}
      subtitle={<Name>{pair.folderLabel}</Name>}
      page={page}
      actions={
        <>
          <ActionButton
            page={page}
            name="removeFolder"
            input={{ pairId: pair.id }}
            label="folder.remove.confirm"
            kind="danger"
            onDone={() => {
              page.dispatch({ kind: 'dialogClosed' });
            }}
          />
          <CloseButton page={page} label="action.cancel" />
        </>
      }
    >
      <p>{words.text('folder.remove.text')}</p>
      <p className="muted">{words.text('folder.remove.again')}</p>
    </Dialog>
  );
}
