// Commands to the engines of one pair or of all: pause, resume, sync, check, retry.
import type { Clock } from '../ports/clock.port.ts';
import type { PairEngine } from '../sync/runner/pair-status.ts';
import { failed } from '../../preload/lean/limits.ts';
import type { Commands, Result } from '../../preload/contract.ts';
import type { PairRuntime } from './pair-runtime.ts';

type EngineCommands = Pick<Commands, 'pause' | 'pauseUntil' | 'resume' | 'syncNow' | 'checkNow' | 'retryNow'>;

/** @param waitsForStart true for a folder that was never started: its preview does that, and no command for all folders */
export function engineCommands(
  pairs: readonly PairRuntime[],
  clock: Pick<Clock, 'nowMs'>,
  waitsForStart: (pair: PairRuntime) => boolean,
): EngineCommands {
  /** @param id null for all pairs that `isMeant` holds for */
  const ask = (
    id: string | null,
    act: (engine: PairEngine) => void,
    isMeant: (pair: PairRuntime) => boolean = () => true,
  ): Promise<Result<null>> => {
    const chosen = pairs.filter((pair) => (id === null ? isMeant(pair) : pair.config.id === id));
    if (id !== null && chosen.length === 0) return Promise.resolve(failed('unknown-pair'));
    for (const pair of chosen) act(pair.engine);
    return Promise.resolve({ ok: true, value: null });
  };
  return {
    pause: ({ pairId }) =>
      ask(pairId, (engine) => {
        engine.pause();
      }),
    pauseUntil: ({ pairId, until }) => {
      const untilMs = endOfPause(until, clock.nowMs());
      return ask(pairId, (engine) => {
        engine.pause(untilMs);
      });
    },
    resume: ({ pairId }) =>
      ask(
        pairId,
        (engine) => {
          engine.resume();
        },
        (pair) => !waitsForStart(pair),
      ),
    syncNow: ({ pairId }) =>
      ask(pairId, (engine) => {
        engine.syncNow();
      }),
    checkNow: ({ pairId }) =>
      ask(pairId, (engine) => {
        engine.checkNow();
      }),
    retryNow: ({ pairId }) =>
      ask(pairId, (engine) => {
        engine.retryNow();
      }),
  };
}

/** `tomorrow`: at eight in the morning of this machine's time zone. */
function endOfPause(until: 'hour' | 'tomorrow', nowMs: number): number {
  if (until === 'hour') return nowMs + 3_600_000;
  const morning = new Date(nowMs);
  morning.setDate(morning.getDate() + 1);
  morning.setHours(8, 0, 0, 0);
  return morning.getTime();
}
