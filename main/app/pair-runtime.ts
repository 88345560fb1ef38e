// Runtime of one pair: engine, account, and the last known view.
import type { PairConfig } from '../core/config/config.ts';
import type { ActivityItem } from '../ports/sync-state.port.ts';
import type { PairEngine } from '../sync/runner/pair-status.ts';
import { lastInSyncOf } from '../sync/session/memory.ts';
import type { PairMemory } from '../sync/session/memory.ts';
import { makeConflictList } from '../sync/conflicts/list.ts';
import type { Conflict } from '../sync/conflicts/list.ts';
import { conflictViews } from './conflicts/conflict-views.ts';
import { LIMITS } from '../../preload/lean/limits.ts';
import type { ActivityView, ConflictView, PairView, ProblemView } from '../../preload/contract.ts';
import type { SortedProblems } from '../core/problem-rows.ts';
import type { Problem } from '../ports/sync-state.port.ts';
import type { AccountRuntime } from './account/runtime.ts';
import { activityViews, isOfflineBy, problemsOf, problemViews, viewOfPair } from './pair-view.ts';

export type PairRuntime = {
  readonly config: PairConfig;
  readonly account: AccountRuntime;
  readonly engine: PairEngine;
  /** `bucket/prefix` as display text; the bucket alone while the prefix is not known. */
  readonly remoteLabel: () => string;
  /** What the records on disk say; null where there are none, or where they cannot be read now. */
  readonly memory: () => PairMemory | null;
  /** The newest entries of the activity, also while the pair is not open. */
  readonly history: (limit: number) => readonly ActivityItem[];
};

export type PairPart = {
  readonly view: PairView;
  readonly activity: readonly ActivityView[];
  /** The first of them. */
  readonly problems: readonly ProblemView[];
  /** All of them; the same object until one of them changes. */
  readonly sorted: SortedProblems;
  /** The first of them. */
  readonly conflicts: readonly ConflictView[];
  /** All of them; the same object until one of them changes. */
  readonly open: readonly Conflict[];
};

/** Reads the data for the page; while the pair is stopped or paused, the last known rows stay. */
export function makePairReader(pair: PairRuntime): () => PairPart {
  let counts = { files: 0, folders: 0, bytes: 0 };
  let activity: readonly ActivityView[] = [];
  let shown: readonly ActivityItem[] | null = null;
  let stored: readonly Problem[] = [];
  let conflicts: readonly ConflictView[] = [];
  let open: readonly Conflict[] = [];
  const sort = keepingSorted();
  const openConflicts = makeConflictList();
  let lastInSyncAtMs: number | null = null;
  let isRemembered = false;
  // Before the pair was ever opened (no network, no sign-in): what an earlier run wrote down.
  const remember = (): void => {
    isRemembered = true;
    const memory = pair.memory();
    if (memory === null) return;
    counts = memory.counts;
    activity = activityViews(pair.config.id, memory.activity);
    stored = memory.problems;
    lastInSyncAtMs = memory.lastInSyncAtMs;
  };
  return () => {
    const status = pair.engine.status();
    const store = pair.engine.context()?.store;
    if (store !== undefined) {
      isRemembered = true;
      counts = store.counts();
      const newest = store.activity(LIMITS.activity);
      if (newest !== shown) activity = activityViews(pair.config.id, newest);
      shown = newest;
      stored = store.problems();
      const now = openConflicts(store);
      if (now !== open) conflicts = conflictViews(pair.config.id, now.slice(0, LIMITS.conflicts));
      open = now;
      lastInSyncAtMs ??= lastInSyncOf(store);
    } else if (!isRemembered) remember();
    lastInSyncAtMs = status.lastInSyncAtMs ?? lastInSyncAtMs;
    const sorted = sort(stored, status);
    return {
      view: viewOfPair({
        config: pair.config,
        remoteLabel: pair.remoteLabel(),
        isSignedIn: pair.account.isSignedIn(),
        accountState: pair.account.state(),
        status,
        counts,
        lastInSyncAtMs,
        problems: sorted,
        conflicts: open.length,
      }),
      activity,
      problems: problemViews(pair.config.id, sorted.rows.slice(0, LIMITS.problems)),
      sorted,
      conflicts,
      open,
    };
  };
}

/** Sorts again only what has changed: thousands of problems are read four times a second. */
function keepingSorted(): typeof problemsOf {
  let last: { readonly from: readonly unknown[]; readonly sorted: SortedProblems } | null = null;
  return (stored, status) => {
    const from = [stored, status.planProblems, isOfflineBy(status.failure)];
    if (last === null || last.from.some((one, at) => one !== from[at]))
      last = { from, sorted: problemsOf(stored, status) };
    return last.sorted;
  };
}

/** After a sign-in: resumes, or restarts the session if a different user (and prefix) is signed in now. */
export function resumePairs(pairs: readonly PairRuntime[], account: AccountRuntime, sub: string): void {
  for (const { account: of, engine } of pairs) {
    if (of !== account) continue;
    const bound = engine.context()?.settings.binding.principal ?? sub;
    if (bound === sub) engine.signedIn();
    else engine.restart();
  }
}

/** Lets the account show what stops its pair, where that concerns the whole account. Returns the end of it. */
export function followPair({ account, engine, memory }: PairRuntime): () => void {
  let isUsed = false;
  return account.follow({
    accountError: () => {
      const error = engine.status().failure?.error ?? null;
      return error?.scope === 'account' ? error : null;
    },
    wasUsed: () => {
      // Asked at each view of a signed-out account; records that are there stay.
      isUsed ||= memory() !== null;
      return isUsed;
    },
    onChange: (listener) => engine.onChange(listener),
  });
}
