// Failures that stop a pair as a whole: recorded, logged, and retried after a back-off.
import { retryWaitMs } from '../../core/backoff.ts';
import { asPairError, isSyncError } from '../../core/model/errors.ts';
import { isConnectionCode } from '../../core/problem-rows.ts';
import type { Problem } from '../../ports/sync-state.port.ts';
import type { PairContext } from '../context.ts';
import { isRootError, rootPollMs } from '../root-errors.ts';
import { isFolderStillAway } from './root-wait.ts';
import { isStandingStill } from './runner-state.ts';
import type { PairState } from './runner-state.ts';

/** A wait this much longer than planned, by either clock, means that the system slept or a clock was set. */
const jumpMs = 5000;
/** Longest single wait; a wake-up from sleep is noticed within this time. */
const napMs = 30_000;

export function recordFailure(state: PairState, error: unknown, signal: AbortSignal): void {
  // A pause or a restart ended the session: no failure, and a waiting preview is answered by what comes next.
  if (signal.aborted || isStandingStill(state) || state.current?.signal.aborted === true) return;
  const known = asPairError(error);
  state.failures += 1;
  const { clock, random, log } = state.parts;
  // The disk may return at any time, and checking for it is cheap.
  const isAway = isRootError(known) && known.retry !== 'now';
  const waitMs = isAway
    ? rootPollMs
    : retryWaitMs(known.retry, 'standing', { failures: state.failures, random: random.next() });
  state.failure = {
    error: known,
    sinceMs: state.standingSinceMs ?? clock.nowMs(),
    retryAtMs: clock.nowMs() + waitMs,
    waiting: waitingAt(state),
    dueMs: clock.monotonicMs() + waitMs,
  };
  state.standingSinceMs = state.failure.sinceMs;
  state.previews.fail(known);
  log.warn('pair stopped', {
    pairId: state.parts.id,
    code: known.code,
    retry: known.retry,
    attempt: state.failures,
    waitMs,
    detail: known.message,
    // An unmapped error is a bug, so its stack belongs in the log.
    stack: isSyncError(error) ? undefined : error instanceof Error ? error.stack : undefined,
  });
}

/** Before the first plan after a failure, as many as at that failure. */
function waitingAt({ failure, progress, context, parts }: PairState): number {
  const planned = progress.status();
  if (planned === null || context === null) return failure?.waiting ?? 0;
  const nowMs = parts.clock.nowMs();
  // One that is not due yet was tried in this plan and counts as done there; one that is due is still in it.
  const tried = problemsIfReadable(context).filter(
    ({ code, retryAtMs }) => isConnectionCode(code) && retryAtMs !== null && retryAtMs > nowMs,
  );
  return planned.filesTotal - planned.filesDone + tried.length;
}

/** Empty if the state itself has failed: the failure must be recorded all the same, or the pair is never retried. */
function problemsIfReadable({ store }: PairContext): readonly Problem[] {
  try {
    return store.problems();
  } catch {
    // Any error, because a damaged row is a JSON error and none of SQLite. The next try meets it as well.
    return [];
  }
}

/** The next try of whatever stopped the pair is due now. The failure stays visible until the try has gone well. */
export function retryAtOnce(state: PairState): void {
  const { failure, parts } = state;
  parts.onRetry?.();
  if (failure === null) return;
  failure.dueMs = parts.clock.monotonicMs();
  failure.retryAtMs = parts.clock.nowMs();
}

/** The failure that stopped the pair is over, or is no longer about this pair: the user paused it or signed in. */
export function clearFailure(state: PairState): void {
  state.failure = null;
}

/** Something was synced, or there is nothing to sync: waits begin at their shortest again. */
export function resetBackoff(state: PairState): void {
  state.failures = 0;
  state.standingSinceMs = null;
}

/**
 * Waits for the next try on the monotonic clock. The wall clock is only displayed, and compared to detect
 * system sleep.
 */
export async function waitForRetry(state: PairState, signal: AbortSignal): Promise<void> {
  const { clock } = state.parts;
  while (state.failure !== null && !signal.aborted && !isStandingStill(state)) {
    const { failure } = state;
    const fromMs = clock.monotonicMs();
    const fromWallMs = clock.nowMs();
    if (state.previews.isWanted()) {
      // A stale result must not answer a preview. Retry once per request, without lengthening our own
      // back-off.
      state.failures = Math.max(0, state.failures - 1);
      retryAtOnce(state);
      return;
    }
    if (failure.dueMs <= fromMs) {
      if (!(await isFolderStillAway(state))) return;
      failure.retryAtMs = clock.nowMs() + rootPollMs;
      failure.dueMs = clock.monotonicMs() + rootPollMs;
      continue;
    }
    const waitMs = Math.min(failure.dueMs - fromMs, napMs);
    await state.wake.wait(waitMs, signal);
    const sleptMs = Math.max(clock.monotonicMs() - fromMs, clock.nowMs() - fromWallMs) - waitMs;
    if (sleptMs > jumpMs) retryAtOnce(state);
  }
}
