// Says what became of the last thing that was clicked, to the eye and to a screen reader.
import type { Page } from '../state/use-page.ts';
import { Button } from './parts.tsx';
import { useWording } from './wording.tsx';

/** The region is always there: a live region that appears together with its text is often not read out. */
export function AnswerLine({ page }: { readonly page: Page }) {
  const { words } = useWording();
  const { answer } = page.state;
  return (
    <div className="answer" role="status">
      {answer !== null && (
        <div className={`answer-card answer-${answer.kind}`}>
          <p>
            {answer.kind === 'done'
              ? words.text(`done.${answer.request}`)
              : words.coded('error', answer.error.code, answer.error.fields)}
          </p>
          <Button
            kind="quiet"
            label="action.dismiss"
            onPress={() => {
              page.dispatch({ kind: 'answerDismissed' });
            }}
          />
        </div>
      )}
    </div>
  );
}
