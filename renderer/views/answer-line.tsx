// Result of the last action, visible and announced to screen readers.
import { useEffect, useRef } from 'react';
import type { Page } from '../state/use-page.ts';
import { Button } from './parts.tsx';
import { useWording } from './wording.tsx';

type AnswerLineProps = {
  readonly page: Page;
  /** Stands in the text, beside what it answers, instead of over the end of the page. */
  readonly isInline?: boolean;
  /** Behind an open dialog, which has a line of its own. */
  readonly isBehind?: boolean;
};

/** The region is always there: a live region that appears together with its text is often not read out. */
export function AnswerLine({ page, isInline = false, isBehind = false }: AnswerLineProps) {
  const { words, format } = useWording();
  const answer = isBehind ? null : page.state.answer;
  const line = useRef<HTMLDivElement>(null);
  // What was clicked may have been a key, with the button out of sight, and the answer beside it.
  useEffect(() => {
    if (isInline && answer !== null) line.current?.scrollIntoView({ block: 'nearest' });
  }, [isInline, answer]);
  return (
    <div ref={line} className={isInline ? 'answer answer-inline' : 'answer'} role="status">
      {answer !== null && (
        <div className={`answer-card answer-${answer.kind}`}>
          <p>
            {answer.kind === 'done' && words.text(`done.${answer.request}`)}
            {answer.kind === 'told' &&
              words.text(answer.text, {
                ...answer.fields,
                ...(answer.name === undefined ? {} : { name: answer.name }),
                ...(answer.untilMs === undefined ? {} : { time: format.clock(answer.untilMs) }),
              })}
            {answer.kind === 'failed' && words.coded('error', answer.error.code, answer.error.fields)}
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
