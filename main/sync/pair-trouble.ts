// What stopped a running pair as a whole: remembered, logged, and waited out until it is worth another try.
import { backoffMs } from '../core/backoff.ts';
import { asPairError, isSyncError } from '../core/errors.ts';
import type { PairState } from './pair-state.ts';

const troubleBackoff = { baseMs: 2000, capMs: 120_000 };

export function noteTrouble(state: PairState, error: unknown, signal: AbortSignal): void {
  // A pause or a restart ended the session: no trouble, and whoever asked what would be done is answered by what comes next.
  if (signal.aborted || state.isPaused || state.current?.signal.aborted === true) return;
  const known = asPairError(error);
  state.failures += 1;
  const { clock, random, log } = state.parts;
  const delayMs =
    known.retry === 'now' ? 250 : backoffMs(state.failures, 0.5 + random.next() / 2, troubleBackoff);
  const retryAtMs = known.retry === 'user' || known.retry === 'never' ? null : clock.nowMs() + delayMs;
  state.trouble = { error: known, retryAtMs };
  state.previews.fail(known);
  log.warn('pair stopped', {
    pairId: state.parts.id,
    code: known.code,
    retry: known.retry,
    message: known.message,
    // An error that nobody mapped is a bug: where it came from must be in the log.
    stack: isSyncError(error) ? undefined : error instanceof Error ? error.stack : undefined,
  });
}

export async function waitOutTrouble(state: PairState, signal: AbortSignal): Promise<void> {
  while (state.trouble !== null && !signal.aborted && !state.isPaused) {
    const { retryAtMs } = state.trouble;
    const nowMs = state.parts.clock.nowMs();
    if (state.previews.isWanted()) {
      // What was so a while ago is no answer. Each question is good for one try, which must not make our own ones rarer.
      state.failures = Math.max(0, state.failures - 1);
      state.trouble = null;
    } else if (retryAtMs !== null && retryAtMs <= nowMs) state.trouble = null;
    else await state.wake.wait(retryAtMs === null ? 3_600_000 : retryAtMs - nowMs, signal);
  }
}
