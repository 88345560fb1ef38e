// Schedule of announcements to other devices: at once when idle, every few seconds while plans execute.
import { changesOfOps, hasChanges, joinChanges, noChanges } from '../../core/change-log.ts';
import type { RemoteChanges } from '../../core/change-log.ts';
import type { Op } from '../../core/model/model.ts';
import { announceChange, clearPendingChanges, isAnnouncementPending, pendingChanges } from './change-feed.ts';
import type { FeedScope } from './change-feed.ts';

/** Minimum interval while plans execute. */
const workEveryMs = 5000;

export type Announcer = {
  noteEnd(op: Op): void;
  /** The chain was found broken: our last announcement may have to be repeated. */
  notePendingChanges(): void;
  /** Milliseconds until the next announcement during execution; null if nothing is pending. */
  dueInMs(): number | null;
  /** `left`: operations that have not ended; they stay pending. If the store refuses, everything stays pending. */
  announce(left: readonly Op[], signal: AbortSignal): Promise<void>;
};

export function makeAnnouncer(context: FeedScope): Announcer {
  let ended: Op[] = [];
  /** Left pending by a crash or by an overwritten head. */
  let carried: RemoteChanges = pendingChanges(context) ?? noChanges;
  let lastMs = -workEveryMs;
  const { clock } = context;

  function toTell(): boolean {
    return hasChanges(carried) || ended.length > 0;
  }

  return {
    noteEnd(op) {
      if (hasChanges(changesOfOps([op]))) ended.push(op);
    },
    notePendingChanges() {
      carried = joinChanges(carried, pendingChanges(context) ?? noChanges);
    },
    dueInMs: () => (toTell() ? Math.max(0, lastMs + workEveryMs - clock.monotonicMs()) : null),
    async announce(left, signal) {
      if (!isAnnouncementPending(context)) {
        ended = [];
        carried = noChanges;
        return;
      }
      // A copy, because operations end while the announcement is being written.
      const told = [...ended];
      const changes = joinChanges(carried, changesOfOps(told));
      const leftChanges = changesOfOps(left);
      if (!hasChanges(changes)) {
        if (!hasChanges(leftChanges)) clearPendingChanges(context);
        return;
      }
      lastMs = clock.monotonicMs();
      if (!(await announceChange(context, signal, { changes, left: leftChanges }))) return;
      ended = ended.slice(told.length);
      carried = noChanges;
    },
  };
}
