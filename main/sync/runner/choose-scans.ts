// What one turn of a running pair looks at: everything, what hints and other devices name, or the next range of the audit.
import type { RelPath } from '../../core/model/model.ts';
import type { News } from '../feed/change-feed.ts';
import type { HintQueue } from './debounce.ts';
import type { PairTimers } from './timers.ts';
import { forgetAccounting } from '../session/plan-cycle.ts';
import type { Looks, Session } from '../session/session.ts';

export type Round = { fruitless: number; hasAuditedAll: boolean; needsFullListing: boolean };

export type LookedOnce = {
  readonly hasLookedLocally: boolean;
  /** What may need a plan now: nothing, these paths, or anything. */
  readonly found: 'nothing' | 'anything' | readonly RelPath[];
};

const nothing: LookedOnce = { hasLookedLocally: false, found: 'nothing' };

/** Looks where timers, hints and news say. */
export async function lookOnce(
  session: Session,
  how: {
    readonly timers: PairTimers;
    readonly round: Round;
    readonly isFull: boolean;
    readonly hints: HintQueue;
  },
  signal: AbortSignal,
): Promise<LookedOnce> {
  const { timers, round, isFull } = how;
  if (isFull) round.fruitless = 0;
  const due = timers.take(isFull);
  const news: News = due.poll ? await session.news(signal) : { kind: 'none' };
  const hints = how.hints.take();
  // What the audit could not tell waits for the next full look at the folder: it must not list everything all the time.
  const isListing = isFull || news.kind === 'broken' || (due.local && round.needsFullListing);
  const looks: Looks = {
    local: due.local ? 'full' : hints.length > 0 ? hints : 'none',
    remote: isListing ? 'full' : news.kind === 'changes' ? news : due.audit ? 'audit' : 'none',
  };
  if (looks.local === 'none' && looks.remote === 'none') return nothing;
  if (news.kind !== 'none' || hints.length > 0) timers.noteActivity();
  const looked = await session.look(looks, signal);
  round.needsFullListing = looked.needsFullListing || (round.needsFullListing && !isListing);
  if (looked.hasAuditedAll) round.hasAuditedAll = true;
  return { hasLookedLocally: due.local, found: foundBy(looks) };
}

/** Single files and folders are named; where more was looked at, whatever differs is found by planning everything. */
function foundBy({ local, remote }: Looks): LookedOnce['found'] {
  if (local === 'full' || remote === 'full' || remote === 'audit') return 'anything';
  const hints = local === 'none' ? [] : local;
  const changes = remote === 'none' ? null : remote.changes;
  if (hints.some((hint) => hint.isTree)) return 'anything';
  if (changes !== null && changes.below.length + changes.moves.length > 0) return 'anything';
  return [...hints.map((hint) => hint.path), ...(changes?.files ?? []), ...(changes?.folders ?? [])];
}

/** The accounting of rule 19 ends with a quiet look at everything, all at once or range by range. */
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
