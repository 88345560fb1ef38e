// Result of the last action, visible and announced to screen readers.
import { useEffect, useRef } from 'react';
import type { RefObject } from 'react';
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

/** A result that asks for nothing leaves after this time: it would lie over the end of the page. */
const SHOWN_MS = 6_000;

/** The region is always there: a live region that appears together with its text is often not read out. */
export function AnswerLine({ page, isInline = false, isBehind = false }: AnswerLineProps) {
  const { words, format } = useWording();
  const answer = isBehind ? null : page.state.answer;
  const line = useRef<HTMLDivElement>(null);
  // What was clicked may have been a key, with the button out of sight, and the answer beside it.
  useEffect(() => {
    if (isInline && answer !== null) line.current?.scrollIntoView({ block: 'nearest' });
  }, [isInline, answer]);
  useLeaving(page, line, isInline ? null : answer);
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

/** Dismisses the result by itself, but not a failure, and not while the pointer or the focus is on it. */
function useLeaving(
  { dispatch }: Page,
  line: RefObject<HTMLElement | null>,
  answer: Page['state']['answer'],
): void {
  useEffect(() => {
    if (answer === null || answer.kind === 'failed') return;
    let timer = setTimeout(leave, SHOWN_MS);
    function leave(): void {
      const isUsed = line.current?.matches(':hover, :focus-within') === true;
      if (isUsed) timer = setTimeout(leave, SHOWN_MS);
      else dispatch({ kind: 'answerDismissed' });
    }
    return () => {
      clearTimeout(timer);
    };
  }, [dispatch, line, answer]);
}
