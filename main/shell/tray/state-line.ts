// One line on how syncing is going, for the tray's tooltip.
import type { Overall, PairView, Snapshot } from '../../../preload/contract.ts';
import { wordsIn } from '../../../preload/locales/catalogues.ts';
import type { Language } from '../../../preload/locales/catalogues.ts';
import { overallKey, pauseEnd } from '../../../preload/pause-words.ts';
import { createSizes } from '../../../preload/locales/sizes.ts';

export type StateFacts = Pick<Snapshot, 'overall' | 'pairs'>;

/** With its end where all folders resume by themselves; null where nothing or not everything is paused with one. */
export function timedPauseLine(
  {
    overall,
    pairs,
  }: { readonly overall: Overall; readonly pairs: readonly Pick<PairView, 'pausedUntilMs'>[] },
  language: Language,
): string | null {
  const endMs = pauseEnd(pairs);
  if (overall !== 'paused' || endMs === null) return null;
  const format = new Intl.DateTimeFormat(language, { weekday: 'short', hour: '2-digit', minute: '2-digit' });
  return wordsIn(language).text('pairs.pausedUntil', { time: format.format(endMs) });
}

/** While something is transferred: how many of how many files, and how fast. */
export function stateLine({ overall, pairs }: StateFacts, language: Language): string {
  const words = wordsIn(language);
  const state = timedPauseLine({ overall, pairs }, language) ?? words.text(overallKey({ overall, pairs }));
  const running = pairs.flatMap(({ progress }) => (progress === null ? [] : [progress]));
  const rate = running.reduce((sum, { bytesPerSecond }) => sum + bytesPerSecond, 0);
  if (overall !== 'syncing' || running.length === 0 || rate === 0) return state;
  return words.text('tray.syncing', {
    state,
    filesDone: running.reduce((sum, { filesDone }) => sum + filesDone, 0),
    filesTotal: running.reduce((sum, { filesTotal }) => sum + filesTotal, 0),
    rate: createSizes(language)(rate),
  });
}
