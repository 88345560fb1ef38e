// Scans of one loop iteration: full, changed paths, remote changes, or the next audit page.
import type { RelPath } from '../../core/model/model.ts';
import type { FeedPoll } from '../feed/change-feed.ts';
import type { Debouncer } from './debounce.ts';
import type { PairTimers } from './timers.ts';
import { forgetAccounting } from '../session/plan-cycle.ts';
import type { ScanRequest, Session } from '../session/session.ts';

export type Round = { roundsWithoutProgress: number; hasAuditedAll: boolean; needsFullListing: boolean };

export type LookedOnce = {
  readonly hasLookedLocally: boolean;
  /** What may need planning after the scans: nothing, these paths, or any path. */
  readonly found: 'nothing' | 'anything' | readonly RelPath[];
};

const nothing: LookedOnce = { hasLookedLocally: false, found: 'nothing' };

/** Runs the scans that are due by timer, file event or remote change. */
export async function lookOnce(
  session: Session,
  how: {
    readonly timers: PairTimers;
    readonly round: Round;
    readonly isFull: boolean;
    readonly debouncer: Debouncer;
  },
  signal: AbortSignal,
): Promise<LookedOnce> {
  const { timers, round, isFull } = how;
  if (isFull) round.roundsWithoutProgress = 0;
  const due = timers.take(isFull);
  const news: FeedPoll = due.poll ? await session.pollChanges(signal) : { kind: 'none' };
  const events = how.debouncer.take();
  // What the audit cannot decide waits for the next full local scan, so that the bucket is not listed all the
  // time.
  const isListing = isFull || news.kind === 'broken' || (due.local && round.needsFullListing);
  const looks: ScanRequest = {
    local: due.local ? 'full' : events.length > 0 ? events : 'none',
    remote: isListing ? 'full' : news.kind === 'changes' ? news : due.audit ? 'audit' : 'none',
  };
  if (looks.local === 'none' && looks.remote === 'none') return nothing;
  if (news.kind !== 'none' || events.length > 0) timers.noteActivity();
  const looked = await session.scan(looks, signal);
  round.needsFullListing = looked.needsFullListing || (round.needsFullListing && !isListing);
  if (looked.hasAuditedAll) round.hasAuditedAll = true;
  return { hasLookedLocally: due.local, found: foundBy(looks) };
}

/** Paths found by single scans; after a wider scan every difference has to be planned. */
function foundBy({ local, remote }: ScanRequest): LookedOnce['found'] {
  if (local === 'full' || remote === 'full' || remote === 'audit') return 'anything';
  const events = local === 'none' ? [] : local;
  const changes = remote === 'none' ? null : remote.changes;
  if (events.some((event) => event.isTree)) return 'anything';
  if (changes !== null && changes.below.length + changes.moves.length > 0) return 'anything';
  return [...events.map((event) => event.path), ...(changes?.files ?? []), ...(changes?.folders ?? [])];
}

/** Resets the removal totals (C19) after a full scan without changes, run at once or page by page. */
export function endQuietLook(
  session: Session,
  round: Round,
  looked: { readonly isFull: boolean; readonly hasLookedLocally: boolean },
): void {
  const isEverything = looked.isFull || (looked.hasLookedLocally && round.hasAuditedAll);
  if (!isEverything || !session.isFullyLooked()) return;
  round.hasAuditedAll = false;
  forgetAccounting(session.context);
}
