// Progress of a pass as short texts, and whether there is any to count.
import type { ProgressView } from '../preload/contract.ts';
import type { Words } from '../preload/locales/lookup.ts';
import type { Format } from './format.ts';

/** A pass that only deletes, renames or compares transfers nothing, and "0 of 0 files" would say nothing about it. */
export function hasTransfers({
  filesTotal,
  bytesTotal,
}: Pick<ProgressView, 'filesTotal' | 'bytesTotal'>): boolean {
  return filesTotal > 0 || bytesTotal > 0;
}

export function progressFacts(
  progress: ProgressView,
  { words, format }: { readonly words: Words; readonly format: Format },
): readonly string[] {
  if (!hasTransfers(progress)) return [words.text('pairs.progress.noTransfers')];
  const { filesDone, filesTotal, bytesDone, bytesTotal, bytesPerSecond, secondsLeft } = progress;
  return [
    words.text('pairs.progress.files', { filesDone, filesTotal }),
    words.text('pairs.progress.bytes', {
      bytesDone: format.bytes(bytesDone),
      bytesTotal: format.bytes(bytesTotal),
    }),
    ...(bytesPerSecond > 0
      ? [words.text('pairs.progress.rate', { rate: format.bytes(bytesPerSecond) })]
      : []),
    ...(secondsLeft === null
      ? []
      : [words.text('pairs.progress.left', { duration: format.duration(secondsLeft) })]),
  ];
}
