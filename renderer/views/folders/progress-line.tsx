// Live progress in words: files, bytes, rate and time left.
import type { ProgressView } from '../../../preload/contract.ts';
import { useWording } from '../wording.tsx';
import { progressFacts } from '../../progress-facts.ts';

export function ProgressLine({ progress }: { readonly progress: ProgressView }) {
  const facts = progressFacts(progress, useWording());
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
