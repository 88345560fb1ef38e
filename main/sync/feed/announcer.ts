// When other devices are told: of what has ended, at once at rest and every few seconds while plans are at work.
import { changesOfOps, hasChanges, joinChanges, noChanges } from '../../core/change-log.ts';
import type { RemoteChanges } from '../../core/change-log.ts';
import type { Op } from '../../core/model/model.ts';
import { announceChange, forgetOwed, isBeaconOwed, owedChanges } from './change-feed.ts';
import type { BeaconScope } from './change-feed.ts';

/** At most this often while something is at work. */
const workEveryMs = 5000;

export type Announcer = {
  noteEnd(op: Op): void;
  /** The chain was found broken: an announcement of ours may be owed once more. */
  noteOwed(): void;
  /** Milliseconds until the next announcement during work; null when there is nothing to tell. */
  dueInMs(): number | null;
  /** `left`: operations that have not ended; they stay owed. A store that refuses leaves everything owed. */
  announce(left: readonly Op[], signal: AbortSignal): Promise<void>;
};

export function makeAnnouncer(context: BeaconScope): Announcer {
  let ended: Op[] = [];
  /** What a crash, or a head that was written over, left owed. */
  let carried: RemoteChanges = owedChanges(context) ?? noChanges;
  let lastMs = -workEveryMs;
  const { clock } = context;

  function toTell(): boolean {
    return hasChanges(carried) || ended.length > 0;
  }

  return {
    noteEnd(op) {
      if (hasChanges(changesOfOps([op]))) ended.push(op);
    },
    noteOwed() {
      carried = joinChanges(carried, owedChanges(context) ?? noChanges);
    },
    dueInMs: () => (toTell() ? Math.max(0, lastMs + workEveryMs - clock.monotonicMs()) : null),
    async announce(left, signal) {
      if (!isBeaconOwed(context)) {
        ended = [];
        carried = noChanges;
        return;
      }
      // A copy: operations end while the announcement is on its way.
      const told = [...ended];
      const changes = joinChanges(carried, changesOfOps(told));
      const leftChanges = changesOfOps(left);
      if (!hasChanges(changes)) {
        if (!hasChanges(leftChanges)) forgetOwed(context);
        return;
      }
      lastMs = clock.monotonicMs();
      if (!(await announceChange(context, signal, { changes, left: leftChanges }))) return;
      ended = ended.slice(told.length);
      carried = noChanges;
    },
  };
}
