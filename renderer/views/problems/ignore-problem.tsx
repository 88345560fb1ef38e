// Dialog before a file is left out because of its problem: says which rule does it, and that nothing is removed.
import type { PairView, ProblemView } from '../../../preload/contract.ts';
import type { Page } from '../../state/use-page.ts';
import { CloseButton, Dialog } from '../dialog.tsx';
import { ActionButton, Name } from '../parts.tsx';
import { useWording } from '../wording.tsx';

type IgnoreProps = { readonly page: Page; readonly pair: PairView; readonly problem: ProblemView };

export function IgnoreProblemDialog({ page, pair, problem }: IgnoreProps) {
  const { words } = useWording();
  return (
    <Dialog
      title={words.text('problems.ignore.title')}
      subtitle={<Name>{problem.path ?? ''}</Name>}
      page={page}
      actions={
        <>
          <ActionButton
            page={page}
            name="ignoreProblem"
            input={{ pairId: pair.id, problemId: problem.id }}
            label="problems.ignore.confirm"
            kind="primary"
            onDone={() => {
              page.dispatch({ kind: 'dialogClosed' });
            }}
          />
          <CloseButton page={page} label="action.cancel" />
        </>
      }
    >
      <p>{words.text('problems.ignore.text')}</p>
      <p className="muted">{words.text('problems.ignore.rule')}</p>
    </Dialog>
  );
}
