// What is said of a pause: its catalogue keys by the condition that made it, and its end.
import type { Snapshot } from './view-schemas.ts';

type Pair = Snapshot['pairs'][number];

export type PauseFacts = { readonly overall: Snapshot['overall']; readonly pairs: readonly PausedPair[] };
export type PausedPair = Pick<Pair, 'state' | 'pausedBy' | 'pausedUntilMs' | 'lastInSyncAtMs' | 'counts'>;

/** The condition that everything waits for; undefined where something runs, or where the user paused all of it. */
export function pausedBy({ overall, pairs }: PauseFacts): PausedPair['pausedBy'] {
  return overall === 'paused' ? pairs.find((pair) => pair.pausedBy !== undefined)?.pausedBy : undefined;
}

/** When the first of the folders resumes by itself; null where one of them waits for the user, and without folders. */
export function pauseEnd(pairs: readonly Pick<Pair, 'pausedUntilMs'>[]): number | null {
  const ends = pairs.flatMap(({ pausedUntilMs }) => pausedUntilMs ?? []);
  return ends.length === 0 || ends.length < pairs.length ? null : Math.min(...ends);
}

/** Paused without an end before anything was synced, as a folder begins that was just added: its preview has the start. */
export function waitsForStart({
  state,
  pausedUntilMs,
  pausedBy: by,
  lastInSyncAtMs,
  counts,
}: PausedPair): boolean {
  const isStill = state === 'paused' && pausedUntilMs === undefined && by === undefined;
  return isStill && lastInSyncAtMs === null && counts.files === 0 && counts.folders === 0;
}

/** Nothing was ever synced, and each folder waits for the preview that starts it. */
export function isAllNew({ overall, pairs }: PauseFacts): boolean {
  return overall === 'paused' && pairs.length > 0 && pairs.every(waitsForStart);
}

/** Key of the overall state. */
export function overallKey(facts: PauseFacts): string {
  if (isAllNew(facts)) return 'overall.first';
  const reason = pausedBy(facts);
  return reason === undefined ? `overall.${facts.overall}` : `overall.paused.${reason}`;
}
