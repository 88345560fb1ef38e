// Title of the page: state and progress, readable on a tab in the background.
import { useLayoutEffect } from 'react';
import type { Snapshot } from '../../../preload/contract.ts';
import type { Words } from '../../../preload/locales/lookup.ts';
import { overallKey } from '../../../preload/pause-words.ts';
import { hasTransfers } from '../../progress-facts.ts';
import { sumProgress } from './status.tsx';
import { useWording } from '../wording.tsx';

/** The name alone again once what is shown has gone. */
export function usePageTitle(snapshot: Snapshot): void {
  const { words } = useWording();
  const title = titleOf(snapshot, words);
  useLayoutEffect(() => {
    document.title = title;
    return () => {
      document.title = words.text('app.name');
    };
  }, [title, words]);
}

function titleOf(snapshot: Snapshot, words: Words): string {
  const name = words.text('app.name');
  if (snapshot.pairs.length === 0) return name;
  const state = words.text(overallKey(snapshot));
  const progress = snapshot.overall === 'syncing' ? sumProgress(snapshot) : null;
  if (progress === null || !hasTransfers(progress)) return `${state} – ${name}`;
  const { filesDone, filesTotal } = progress;
  return `${words.text('app.syncing', { state, filesDone, filesTotal })} – ${name}`;
}
