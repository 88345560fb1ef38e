// What is said of a pause: its catalogue keys by the condition that made it, and its end.
import type { Snapshot } from './view-schemas.ts';

export type PauseFacts = { readonly overall: Snapshot['overall']; readonly pairs: readonly PausedPair[] };
type PausedPair = Pick<Snapshot['pairs'][number], 'pausedBy'>;

/** The condition that everything waits for; undefined where something runs, or where the user paused all of it. */
export function pausedBy({ overall, pairs }: PauseFacts): PausedPair['pausedBy'] {
  return overall === 'paused' ? pairs.find((pair) => pair.pausedBy !== undefined)?.pausedBy : undefined;
}

/** When the first of the folders resumes by itself; null where one of them waits for the user, and without folders. */
export function pauseEnd(pairs: readonly Pick<Snapshot['pairs'][number], 'pausedUntilMs'>[]): number | null {
  const ends = pairs.flatMap(({ pausedUntilMs }) => pausedUntilMs ?? []);
  return ends.length === 0 || ends.length < pairs.length ? null : Math.min(...ends);
}

/** Key of the overall state. */
export function overallKey(facts: PauseFacts): string {
  const reason = pausedBy(facts);
  return reason === undefined ? `overall.${facts.overall}` : `overall.paused.${reason}`;
}
