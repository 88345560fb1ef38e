// Asks before something large happens: what would happen, to how many files, which ones, and how it can be undone.
import type { GuardView, PairView } from '../../preload/contract.ts';
import type { Page } from '../state/use-page.ts';
import { Dialog } from './dialog.tsx';
import { ActionButton, Button, Name } from './parts.tsx';
import { useWording } from './wording.tsx';

type GuardDialogProps = { readonly page: Page; readonly pair: PairView; readonly guard: GuardView };

export function GuardDialog({ page, pair, guard }: GuardDialogProps) {
  const { words } = useWording();
  const input = { pairId: pair.id, guardId: guard.id };
  const close = () => {
    page.dispatch({ kind: 'dialogClosed' });
  };
  const actions = (
    <>
      <ActionButton
        page={page}
        name="declineGuard"
        input={input}
        label="guard.decline"
        kind="primary"
        onDone={close}
      />
      <ActionButton
        page={page}
        name="approveGuard"
        input={input}
        label="guard.approve"
        kind="danger"
        onDone={close}
      />
      <Button label="action.close" kind="quiet" onPress={close} />
    </>
  );
  return (
    <Dialog
      title={words.text('guard.title')}
      subtitle={<Name>{pair.folderLabel}</Name>}
      page={page}
      actions={actions}
    >
      <p>{words.coded('guard', guard.kind)}</p>
      <GuardCounts guard={guard} />
      {guard.examples.length > 0 && <GuardExamples guard={guard} />}
      <p className="muted">{words.text(`guard.undo.${guard.direction}`)}</p>
    </Dialog>
  );
}

function GuardCounts({ guard }: { readonly guard: GuardView }) {
  const { words, format } = useWording();
  const { removals, replacements, conflicts, total } = guard.counts;
  const lines = [
    { key: 'guard.removals', count: removals },
    { key: 'guard.replacements', count: replacements },
    { key: 'guard.conflicts', count: conflicts },
  ].filter((line) => line.count > 0);
  if (lines.length === 0) return null;
  return (
    <ul className="guard-counts" aria-label={words.text(`guard.where.${guard.direction}`)}>
      {lines.map((line) => (
        <li key={line.key}>
          <strong>{words.text(line.key, { count: line.count })}</strong>
          {total !== null && (
            <span className="muted"> {words.text('guard.total', { total: format.number(total) })}</span>
          )}
        </li>
      ))}
    </ul>
  );
}

function GuardExamples({ guard }: { readonly guard: GuardView }) {
  const { words } = useWording();
  const affected = guard.counts.removals + guard.counts.replacements + guard.counts.conflicts;
  const more = affected - guard.examples.length;
  return (
    <section aria-label={words.text('guard.examples')}>
      <h3 className="label">{words.text('guard.examples')}</h3>
      <ul className="example-list">
        {guard.examples.map((path) => (
          <li key={path}>
            <Name>{path}</Name>
          </li>
        ))}
      </ul>
      {more > 0 && <p className="muted">{words.text('guard.moreExamples', { count: more })}</p>}
    </section>
  );
}
