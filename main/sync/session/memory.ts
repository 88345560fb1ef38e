// Stored view of a pair that is not open, for the offline UI and CLI.
import type { Guard } from '../../core/plan/types.ts';
import type { ActivityItem, PairRecords, Problem, TreeCounts } from '../../ports/sync-state.port.ts';
import { openQuestions } from './questions.ts';

export type PairMemory = {
  readonly counts: TreeCounts;
  /** Newest first. */
  readonly activity: readonly ActivityItem[];
  readonly problems: readonly Problem[];
  /** Open questions. */
  readonly questions: readonly Guard[];
  /** Wall clock; null if not since the pair was first bound, or if recorded by an older version. */
  readonly lastInSyncAtMs: number | null;
};

type Records = Pick<PairRecords, 'meta' | 'problems' | 'activity'> & { readonly counts: () => TreeCounts };

export function memoryOf(records: Records, activity: number): PairMemory {
  return {
    counts: records.counts(),
    activity: records.activity(activity),
    problems: records.problems(),
    questions: openQuestions(records),
    lastInSyncAtMs: lastInSyncOf(records),
  };
}

const key = 'lastInSyncAt';
/** An idle pair is in sync again and again; the time is stored only this often, so that a disk can sleep. */
const noteEveryMs = 600_000;

export function lastInSyncOf({ meta }: Pick<PairRecords, 'meta'>): number | null {
  const text = meta(key);
  return text === null ? null : Number(text);
}

/** `hasWorked`: something was done since the time was last stored. */
export function noteInSync(
  store: Pick<PairRecords, 'meta'> & {
    note(changes: readonly { kind: 'meta'; key: string; value: string }[]): void;
  },
  nowMs: number,
  hasWorked: boolean,
): void {
  const known = lastInSyncOf(store);
  // A clock that was set back must not keep a future time.
  const isRecent = known !== null && known <= nowMs && nowMs - known < noteEveryMs;
  if (isRecent && !hasWorked) return;
  store.note([{ kind: 'meta', key, value: String(nowMs) }]);
}
