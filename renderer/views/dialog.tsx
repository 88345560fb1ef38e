// Modal dialog on the native element: traps focus, closes on Escape, restores focus.
import { useId, useLayoutEffect, useRef, useState } from 'react';
import type { ReactNode, RefObject } from 'react';
import type { Coded } from '../../preload/contract.ts';
import type { Page } from '../state/use-page.ts';
import { AnswerLine } from './answer-line.tsx';
import { LoadFailure } from './load-failure.tsx';
import { Button } from './parts.tsx';
import { useWording } from './wording.tsx';

type DialogProps = {
  readonly page: Page;
  readonly title: string;
  readonly subtitle: ReactNode;
  readonly children: ReactNode;
  /** Buttons; a dialog without any gets one that closes it. */
  readonly actions?: ReactNode;
  /** For two columns side by side. */
  readonly isWide?: boolean;
};

export function Dialog({ page, title, subtitle, children, actions, isWide = false }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  const body = useRef<HTMLDivElement>(null);
  const isScrolling = useScrolling(body);
  const titleId = useId();
  // A layout effect, because its clean-up still finds the dialog in the document: only then does close() return the focus.
  useLayoutEffect(() => {
    const dialog = element.current;
    dialog?.showModal();
    return () => {
      dialog?.close();
    };
  }, []);
  return (
    <dialog
      ref={element}
      className={isWide ? 'dialog dialog-wide' : 'dialog'}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        page.dispatch({ kind: 'dialogClosed' });
      }}
    >
      <header className="dialog-head">
        <h2 id={titleId} tabIndex={-1} autoFocus>
          {title}
        </h2>
        <p className="muted">{subtitle}</p>
      </header>
      <div
        ref={body}
        className="dialog-body"
        {...(isScrolling ? { role: 'group', 'aria-labelledby': titleId, tabIndex: 0 } : {})}
      >
        {children}
      </div>
      {/* The page's own line is out of reach while the dialog is open. */}
      <AnswerLine page={page} />
      <footer className="dialog-foot">{actions ?? <CloseButton page={page} label="action.close" />}</footer>
    </dialog>
  );
}

/** What scrolls must be reached by keyboard, or its end cannot be read: it may have nothing else that takes the focus. */
function useScrolling(box: RefObject<HTMLElement | null>): boolean {
  const [isScrolling, setScrolling] = useState(false);
  // After each drawing, because what is in the box changes with it.
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => {
      setScrolling(element.scrollHeight > element.clientHeight);
    });
    observer.observe(element);
    for (const part of element.children) observer.observe(part);
    return () => {
      observer.disconnect();
    };
  });
  return isScrolling;
}

type AwaitedProps = {
  readonly isThere: boolean;
  readonly failure: Coded | undefined;
  /** Catalogue key. */
  readonly loading: string;
  readonly onRetry: () => void;
};

/** In place of a dialog's content until it has arrived. */
export function Awaited({ isThere, failure, loading, onRetry }: AwaitedProps) {
  const { words } = useWording();
  if (isThere) return null;
  if (failure !== undefined) return <LoadFailure error={failure} onRetry={onRetry} />;
  return <p className="loading">{words.text(loading)}</p>;
}

export function CloseButton({ page, label }: { readonly page: Page; readonly label: string }) {
  return (
    <Button
      label={label}
      onPress={() => {
        page.dispatch({ kind: 'dialogClosed' });
      }}
    />
  );
}
