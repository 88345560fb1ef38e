// Dialog for a question: cause, affected files, effect of each answer.
import type { GuardView, PairView } from '../../preload/contract.ts';
import { partsOf, questionWords } from '../../preload/locales/question-words.ts';
import type { Page } from '../state/use-page.ts';
import { Dialog } from './dialog.tsx';
import { openPlan } from './folders/open-dialogs.ts';
import { ActionButton, Button, Name } from './parts.tsx';
import { useWording } from './wording.tsx';

type GuardDialogProps = { readonly page: Page; readonly pair: PairView; readonly guard: GuardView };

const kinds = { keep: 'primary', remove: 'danger', later: 'quiet' } as const;

export function GuardDialog({ page, pair, guard }: GuardDialogProps) {
  const { words } = useWording();
  const asked = questionWords(words, guard, pair.mode);
  const close = () => {
    page.dispatch({ kind: 'dialogClosed' });
  };
  const canRemove = guard.answers.includes('remove');
  const isMarker = guard.kind.includes('marker');
  return (
    <Dialog
      title={words.text(isMarker ? 'guard.title.marker' : 'guard.title')}
      subtitle={<Name>{pair.folderLabel}</Name>}
      page={page}
      actions={guard.answers.map((answer) => (
        <ActionButton
          key={answer}
          page={page}
          name="answerGuard"
          input={{ pairId: pair.id, guardId: guard.id, answer }}
          label="guard.later"
          text={asked.answers[answer]}
          kind={kinds[answer]}
          isSilent={answer === 'later'}
          onDone={close}
        />
      ))}
    >
      <p>
        <strong>{asked.what}</strong> {asked.state}
      </p>
      <GuardCounts guard={guard} />
      {guard.examples.length > 0 && <GuardExamples guard={guard} />}
      {canRemove && (
        <div className="button-row">
          <Button
            label="guard.showAll"
            icon="file"
            onPress={() => void openPlan(page, pair.id)} // never rejects: the dialog shows a failure
          />
        </div>
      )}
      <p className="muted">{words.text(canRemove ? `guard.undo.${guard.direction}` : 'guard.undo.merge')}</p>
      <p className="muted">{words.text('guard.waits')}</p>
    </Dialog>
  );
}

/** What the answer to carry on would do, where that is to lose or double something. */
function GuardCounts({ guard }: { readonly guard: GuardView }) {
  const { words, format } = useWording();
  const { conflicts, total } = guard.counts;
  const { done, waiting } = partsOf(guard.counts);
  const { removals, replacements } = waiting;
  const isFirst = done.removals + done.replacements === 0;
  const isMixed = [removals, replacements, conflicts].filter((count) => count > 0).length > 1;
  // One number alone is in the sentence above and in the buttons.
  if (!isMixed) return null;
  const lines = [
    { key: 'guard.removals', count: removals },
    { key: 'guard.replacements', count: replacements },
    { key: 'guard.conflicts', count: conflicts },
  ].filter((line) => line.count > 0);
  return (
    <ul className="guard-counts" aria-label={words.text(`guard.where.${guard.direction}`)}>
      {lines.map((line) => (
        <li key={line.key}>
          <strong>{words.text(line.key, { count: line.count })}</strong>
          {total !== null && isFirst && (
            <span className="muted"> {words.text('guard.total', { total: format.number(total) })}</span>
          )}
        </li>
      ))}
    </ul>
  );
}

function GuardExamples({ guard }: { readonly guard: GuardView }) {
  const { words } = useWording();
  const { removals, replacements, conflicts, done } = guard.counts;
  const more = removals + replacements + conflicts - done - guard.examples.length;
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
