// Mutable runtime state of one pair, and its projection for the UI.
import type { SyncError } from '../../core/model/errors.ts';
import type { Guard } from '../../core/plan/types.ts';
import { makeDebouncer } from './debounce.ts';
import type { Debouncer } from './debounce.ts';
import type { PairContext } from '../context.ts';
import type { PairActivity, PairStatus, PairEngineParts, PairPhase, SeenProblem } from './pair-status.ts';
import { makePreviews } from './previews.ts';
import type { Previews } from './previews.ts';
import type { PauseReason } from '../../core/conditions.ts';
import type { GuardAnswer } from '../../core/safety/answers.ts';
import { makeErrands } from './errands.ts';
import type { Errands } from './errands.ts';
import { makeProgress } from './progress.ts';
import type { Progress } from './progress.ts';
import { makeWake } from './wake.ts';
import type { Wake, WakeReason } from './wake.ts';
import type { Work } from '../operations/work.ts';

export type PairState = {
  readonly parts: PairEngineParts;
  readonly wake: Wake;
  readonly debouncer: Debouncer;
  readonly progress: Progress;
  readonly listeners: Set<() => void>;
  readonly previews: Previews;
  readonly errands: Errands;
  approvals: Set<string>;
  /** Written by `setPhase` only. */
  readonly phase: PairPhase;
  isPaused: boolean;
  pausedUntilMs: number | null;
  /** Both are of a command to this engine, not of the memory that outlives it. */
  hasOwnPause: boolean;
  /** A condition of the machine that pauses the pair; `isHoldWaived`: the user syncs in spite of it. */
  holdReason: PauseReason | null;
  isHoldWaived: boolean;
  guards: readonly Guard[];
  /** Answers received but not carried out yet. */
  readonly answers: Map<string, Exclude<GuardAnswer, 'later'>>;
  /** Of the engine itself; `sessionNotices` are the open session's, which adds to them and removes from them. */
  notices: readonly string[];
  sessionNotices: readonly string[];
  /**
   * `retryAtMs` is for showing; `dueMs`, on the monotonic clock, is what counts. Set by `recordFailure`, due at once by
   * `retryAtOnce`, ended by `clearFailure`.
   */
  failure: { error: SyncError; sinceMs: number; retryAtMs: number; waiting: number; dueMs: number } | null;
  /** Start of the current outage, over all retries; null while the pair runs. Wall clock. */
  standingSinceMs: number | null;
  /** Nothing has run since the engine was started. */
  isFresh: boolean;
  failures: number;
  planProblems: readonly SeenProblem[];
  lastInSyncAtMs: number | null;
  /** Something was done since the time in sync was last stored. */
  hasWorked: boolean;
  watch: 'watching' | 'timed' | 'off';
  wantsFullLook: boolean;
  /** Identity of the folder's path when its watches were set up (`LocalRoot.sight`). */
  rootSight: string | null;
  /** When that was compared last, on the monotonic clock. */
  rootSeenMs: number;
  /** Identity at the path of a missing folder when attaching last failed, and the number of polls since. */
  awaySight: { readonly sight: string; readonly polls: number } | null;
  /** The watches receive nothing any more: their folder was unmounted, moved or removed. */
  isBlind: boolean;
  context: PairContext | null;
  /** Running work of the session; it has to end before the context closes. */
  work: Work | null;
  /** Aborts the current step; a pause must not wait for a large file. */
  current: AbortController | null;
};

export function makePairState(parts: PairEngineParts): PairState {
  return {
    parts,
    wake: makeWake(parts.clock),
    debouncer: makeDebouncer(parts.times.settleMs, () => parts.clock.monotonicMs()),
    progress: makeProgress(() => parts.clock.monotonicMs()),
    listeners: new Set(),
    previews: makePreviews(),
    errands: makeErrands(),
    approvals: new Set(),
    phase: 'stopped',
    ...rememberedPause(parts),
    hasOwnPause: false,
    holdReason: null,
    isHoldWaived: false,
    guards: parts.rememberedQuestions?.() ?? [],
    answers: new Map(),
    notices: [],
    sessionNotices: [],
    failure: null,
    standingSinceMs: null,
    isFresh: true,
    failures: 0,
    planProblems: [],
    lastInSyncAtMs: null,
    hasWorked: true,
    watch: 'off',
    wantsFullLook: true,
    rootSight: null,
    rootSeenMs: -Infinity,
    awaySight: null,
    isBlind: false,
    context: null,
    work: null,
    current: null,
  };
}

export function rememberedPause({
  pauseMemory,
}: Pick<PairEngineParts, 'pauseMemory'>): Pick<PairState, 'isPaused' | 'pausedUntilMs'> {
  return {
    isPaused: pauseMemory?.isPaused() ?? false,
    pausedUntilMs: pauseMemory?.endsAtMs?.() ?? null,
  };
}

export function statusOf(state: PairState): PairStatus {
  const { phase, guards, failure, planProblems, lastInSyncAtMs, watch } = state;
  return {
    phase,
    activity: activityOf(state),
    isPaused: isStandingStill(state),
    pausedUntilMs: state.pausedUntilMs,
    pausedBy: state.isPaused ? null : holdOf(state),
    guards,
    notices: [...state.sessionNotices, ...state.notices],
    failure,
    planProblems,
    lastInSyncAtMs,
    watch,
    progress: state.progress.status(),
    transfers: state.progress.transfers(),
  };
}

/** The condition that pauses the pair now. */
export function holdOf({ holdReason, isHoldWaived }: PairState): PauseReason | null {
  return isHoldWaived ? null : holdReason;
}

/** Paused by the user or by a condition. */
export function isStandingStill(state: PairState): boolean {
  return state.isPaused || holdOf(state) !== null;
}

/** Notifies subscribers that the state changed. */
export function changed(state: PairState): void {
  for (const listener of state.listeners) listener();
}

export function wakeUp(state: PairState, reason: WakeReason): void {
  state.wake.wake(reason);
  changed(state);
}

/** The only writer of the phase. */
export function setPhase(state: PairState, to: PairPhase): void {
  const from = state.phase;
  if (from === to) return;
  (state as { phase: PairPhase }).phase = to;
  state.parts.log.debug('pair phase', { pairId: state.parts.id, from, to });
  changed(state);
}

/** Changes were reported, or a full scan was requested, and no plan has taken that into account yet. */
export function hasUnseen({ debouncer, wantsFullLook }: PairState): boolean {
  return wantsFullLook || debouncer.isOpen();
}

/** A failure waits for its next try. */
export function isBackingOff({ failure, parts }: PairState): boolean {
  return failure !== null && failure.dueMs > parts.clock.monotonicMs();
}

function activityOf(state: PairState): PairActivity {
  const { phase, guards } = state;
  switch (phase) {
    case 'stopped':
    case 'opening':
      return 'starting';
    case 'scanning':
      return 'scanning';
    case 'planning':
    case 'executing':
    case 'pausing':
      return 'syncing';
    case 'idle':
      // Also while the loop waits for the debounce, or for a slow answer of the store.
      return hasUnseen(state) ? 'syncing' : 'idle';
    // After an outage the pair starts again, and counts as in sync only after a scan.
    case 'asking':
      return guards.length > 0 ? 'idle' : 'starting';
    case 'backing-off':
      return isBackingOff(state) ? 'idle' : 'starting';
    case 'paused':
      return isStandingStill(state) ? 'idle' : 'starting';
  }
}
