// Catalogue keys of a pause that a condition of the machine made.
import type { Snapshot } from './view-schemas.ts';

export type PauseFacts = { readonly overall: Snapshot['overall']; readonly pairs: readonly PausedPair[] };
type PausedPair = Pick<Snapshot['pairs'][number], 'pausedBy'>;

/** The condition that everything waits for; undefined where something runs, or where the user paused all of it. */
export function pausedBy({ overall, pairs }: PauseFacts): PausedPair['pausedBy'] {
  return overall === 'paused' ? pairs.find((pair) => pair.pausedBy !== undefined)?.pausedBy : undefined;
}

/** Key of the overall state. */
export function overallKey(facts: PauseFacts): string {
  const reason = pausedBy(facts);
  return reason === undefined ? `overall.${facts.overall}` : `overall.paused.${reason}`;
}
