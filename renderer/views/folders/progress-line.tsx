// Live progress in words: files, bytes, rate and time left.
import type { ProgressView } from '../../../preload/contract.ts';
import { useWording } from '../wording.tsx';

export function ProgressLine({ progress }: { readonly progress: ProgressView }) {
  const { words, format } = useWording();
  const { filesDone, filesTotal, bytesDone, bytesTotal, bytesPerSecond, secondsLeft } = progress;
  const facts = [
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
  return (
    <ul className="facts">
      {facts.map((fact) => (
        <li key={fact}>{fact}</li>
      ))}
    </ul>
  );
}

/** Bytes are more precise than files; without bytes (deletes, moves) files are shown. */
export function progressShare({ bytesDone, bytesTotal, filesDone, filesTotal }: ProgressView): number {
  if (bytesTotal > 0) return Math.min(1, bytesDone / bytesTotal);
  return filesTotal > 0 ? Math.min(1, filesDone / filesTotal) : 0;
}
