// What a running pair keeps in mind between its steps, and what it tells of that.
import type { SyncError } from '../core/errors.ts';
import type { Guard, PlanProblem } from '../core/plan-types.ts';
import { makeHintQueue } from './hint-queue.ts';
import type { HintQueue } from './hint-queue.ts';
import type { PairContext } from './pair-context.ts';
import type { PairActivity, PairEngineFacts, PairEngineParts } from './pair-facts.ts';
import { makePreviews } from './pair-preview.ts';
import type { Previews } from './pair-preview.ts';
import type { GuardAnswer } from '../core/guard-answers.ts';
import { makeProgress } from './progress.ts';
import type { Progress } from './progress.ts';
import { makeWake } from './wake.ts';
import type { Wake } from './wake.ts';

export type PairState = {
  readonly parts: PairEngineParts;
  readonly wake: Wake;
  readonly hints: HintQueue;
  readonly progress: Progress;
  readonly listeners: Set<() => void>;
  readonly previews: Previews;
  approvals: Set<string>;
  activity: PairActivity;
  isPaused: boolean;
  guards: readonly Guard[];
  /** Given and not carried out yet. */
  readonly answers: Map<string, Exclude<GuardAnswer, 'later'>>;
  notices: readonly string[];
  /** `retryAtMs` is for showing; `dueMs`, on the monotonic clock, is what counts. */
  trouble: { error: SyncError; sinceMs: number; retryAtMs: number; dueMs: number } | null;
  /** Since when the pair stands still, over all tries; null while it runs. Wall clock. */
  standingSinceMs: number | null;
  /** Nothing has run since the engine was started. */
  isFresh: boolean;
  failures: number;
  planProblems: readonly PlanProblem[];
  lastInSyncAtMs: number | null;
  watch: 'watching' | 'timed' | 'off';
  wantsFullLook: boolean;
  /** What stood at the folder's path when its watches were made (`LocalRoot.sight`). */
  rootSight: string | null;
  /** What stands at the path of a folder that is away, as it was when it was last bound in vain, and how often it was looked at since. */
  awaySight: { readonly sight: string; readonly polls: number } | null;
  /** The watches hear nothing any more: their folder was unmounted, moved or removed. */
  isBlind: boolean;
  context: PairContext | null;
  /** Ends the step under way; a pause must not wait for a large file. */
  current: AbortController | null;
};

export function makePairState(parts: PairEngineParts): PairState {
  return {
    parts,
    wake: makeWake(parts.clock),
    hints: makeHintQueue(parts.times.settleMs, () => parts.clock.monotonicMs()),
    progress: makeProgress(() => parts.clock.monotonicMs()),
    listeners: new Set(),
    previews: makePreviews(),
    approvals: new Set(),
    activity: 'starting',
    isPaused: false,
    guards: [],
    answers: new Map(),
    notices: [],
    trouble: null,
    standingSinceMs: null,
    isFresh: true,
    failures: 0,
    planProblems: [],
    lastInSyncAtMs: null,
    watch: 'off',
    wantsFullLook: true,
    rootSight: null,
    awaySight: null,
    isBlind: false,
    context: null,
    current: null,
  };
}

export function factsOf(state: PairState): PairEngineFacts {
  const { activity, isPaused, guards, notices, trouble, planProblems, lastInSyncAtMs, watch } = state;
  return {
    activity,
    isPaused,
    guards,
    notices,
    trouble,
    planProblems,
    lastInSyncAtMs,
    watch,
    progress: state.progress.facts(),
    transfers: state.progress.transfers(),
  };
}

/** Tells whoever listens that the facts are others now. */
export function changed(state: PairState): void {
  for (const listener of state.listeners) listener();
}

export function nudge(state: PairState): void {
  state.wake.wake();
  changed(state);
}
