// Reason why a list could not be loaded, with a button that tries again.
import { useLayoutEffect, useRef } from 'react';
import type { Coded } from '../../preload/contract.ts';
import { Button } from './parts.tsx';
import { useWording } from './wording.tsx';

type FailureProps = { readonly error: Coded; readonly onRetry: () => void };

export function LoadFailure({ error, onRetry }: FailureProps) {
  const { words } = useWording();
  const box = useRef<HTMLDivElement>(null);
  // The button leaves with the failure: its focus goes to the title of what is loaded, and not to the start of the page.
  useLayoutEffect(() => {
    const element = box.current;
    return () => {
      if (element?.contains(document.activeElement) !== true) return;
      const title = element.closest('section, dialog')?.querySelector<HTMLElement>('h1, h2');
      if (title === null || title === undefined) return;
      title.tabIndex = -1;
      title.focus();
    };
  }, []);
  return (
    <div ref={box} className="callout callout-attention callout-action" role="alert">
      <p>{words.coded('error', error.code, error.fields)}</p>
      <Button label="action.tryAgain" icon="arrows" onPress={onRetry} />
    </div>
  );
}
