// Notice that the machine slept, or that the process was stopped: a timer that ran late by one of two clocks.
import type { Clock } from '../../ports/clock.port.ts';
import { systemClock } from '../system/clock.ts';

export type SleepWatchOptions = {
  /** Called once the process runs again. */
  readonly onWake: () => void;
  readonly clock?: Pick<Clock, 'nowMs' | 'monotonicMs'>;
};

/** Interval of the timer: the longest time from the wake-up to its notice where the monotonic clock stood still. */
const everyMs = 3000;
/** A timer that is later than this was not held up by work. */
const lateMs = 4000;

/**
 * The shell hears of a wake-up from the system; a process without one has only its clocks. On Linux the monotonic clock
 * stands still while the machine sleeps and the wall clock shows it, elsewhere both do. A wall clock that is set ahead
 * counts too, which costs one early retry.
 */
export function watchSleep({ onWake, clock = systemClock }: SleepWatchOptions): { stop(): void } {
  const read = () => ({ monotonicMs: clock.monotonicMs(), wallMs: clock.nowMs() });
  let last = read();
  const timer = setInterval(() => {
    const now = read();
    const passedMs = Math.max(now.monotonicMs - last.monotonicMs, now.wallMs - last.wallMs);
    last = now;
    if (passedMs > everyMs + lateMs) onWake();
  }, everyMs);
  timer.unref();
  return {
    stop: () => {
      clearInterval(timer);
    },
  };
}
