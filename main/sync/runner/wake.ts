// Interruptible wait of a loop: returns on an event or a timeout, with the reasons.
import type { Clock } from '../../ports/clock.port.ts';

/** Reason of a loop iteration. `time`: the wait timed out. */
export type WakeReason = 'start' | 'event' | 'command' | 'pause' | 'answer' | 'preview' | 'work' | 'time';

export type Wake = {
  /** Ends the current wait, or the next one if none is under way. */
  wake(reason: WakeReason): void;
  /** Resolves after `delayMs`, when woken, or when `signal` aborts, with every reason since the last wait; never rejects. */
  wait(delayMs: number, signal: AbortSignal): Promise<ReadonlySet<WakeReason>>;
};

/** Made once: an abort without a reason makes an error, with its stack. */
const woken = new Error('woken');

export function makeWake(clock: Clock): Wake {
  let reasons = new Set<WakeReason>();
  let current: AbortController | null = null;
  return {
    wake(reason) {
      reasons.add(reason);
      current?.abort(woken);
    },
    async wait(delayMs, signal) {
      if (reasons.size === 0 && !signal.aborted) {
        const waiting = new AbortController();
        current = waiting;
        // By hand: `AbortSignal.any` keeps weak references, which cost more than the wait.
        const end = (): void => {
          waiting.abort(woken);
        };
        signal.addEventListener('abort', end, { once: true });
        try {
          await clock.sleep(delayMs, waiting.signal);
        } catch {
          // Woken or aborted: both end the wait, and the reasons tell them apart.
        }
        signal.removeEventListener('abort', end);
        current = null;
      }
      const taken: ReadonlySet<WakeReason> = reasons.size === 0 ? new Set(['time']) : reasons;
      reasons = new Set();
      return taken;
    },
  };
}
