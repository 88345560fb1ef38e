// Schedule of announcements to other devices: at once when idle, every few seconds while plans execute.
import { capChanges, changesOfOps, hasChanges, joinChanges, noChanges } from '../../core/change-log.ts';
import type { RemoteChanges } from '../../core/change-log.ts';
import type { Op } from '../../core/model/model.ts';
import { announceChange, clearPendingChanges, isAnnouncementPending, pendingChanges } from './change-feed.ts';
import type { FeedScope } from './change-feed.ts';

/** Minimum interval while plans execute. */
const workEveryMs = 5000;
/**
 * Operations that are kept one by one; of more, only the places, as few as an announcement may name. One pass announces at its end: of a
 * million files the list would fill the heap.
 */
const maxKept = 2000;

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
  /** Of more operations than are kept, left pending by a crash, or by an overwritten head. */
  let carried: RemoteChanges = pendingChanges(context) ?? noChanges;
  let lastMs = -workEveryMs;
  const { clock } = context;

  function toTell(): boolean {
    return hasChanges(carried) || ended.length > 0;
  }

  return {
    noteEnd(op) {
      if (!hasChanges(changesOfOps([op]))) return;
      ended.push(op);
      if (ended.length < maxKept) return;
      carried = capChanges(joinChanges(carried, changesOfOps(ended)));
      ended = [];
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
      const changes = joinChanges(carried, changesOfOps(ended));
      const leftChanges = changesOfOps(left);
      if (!hasChanges(changes)) {
        if (!hasChanges(leftChanges)) clearPendingChanges(context);
        return;
      }
      lastMs = clock.monotonicMs();
      // Operations end while the announcement is being written.
      ended = [];
      carried = noChanges;
      let isAnnounced = false;
      try {
        isAnnounced = await announceChange(context, signal, { changes, left: leftChanges });
      } finally {
        if (!isAnnounced) carried = joinChanges(changes, carried);
      }
    },
  };
}
