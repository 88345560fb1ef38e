// One line on how syncing is going, for the tray's tooltip.
import type { Snapshot } from '../../../preload/contract.ts';
import { wordsIn } from '../../../preload/locales/catalogues.ts';
import type { Language } from '../../../preload/locales/catalogues.ts';
import { overallKey } from '../../../preload/pause-words.ts';
import { createSizes } from '../../../preload/locales/sizes.ts';

export type StateFacts = Pick<Snapshot, 'overall' | 'pairs'>;

/** While something is transferred: how many of how many files, and how fast. */
export function stateLine({ overall, pairs }: StateFacts, language: Language): string {
  const words = wordsIn(language);
  const state = words.text(overallKey({ overall, pairs }));
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
