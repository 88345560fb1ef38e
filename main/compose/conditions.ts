// Power and network conditions of a running app: read in turn, and told to its pairs.
import { pauseReason, unknownConditions } from '../core/conditions.ts';
import type { Conditions, PauseConditions, PauseReason } from '../core/conditions.ts';
import type { Clock } from '../ports/clock.port.ts';
import type { Log } from '../ports/log.port.ts';

export type ConditionWatch = {
  readonly current: () => Conditions;
  /** Why everything pauses now; null where nothing pauses it. */
  readonly reason: () => PauseReason | null;
  /** Whether a setting wants them: nothing waits for them otherwise. */
  readonly isWanted: () => boolean;
  /** Reads the conditions; never rejects. */
  look(signal: AbortSignal): Promise<void>;
  /** A setting was changed: what it makes of the known conditions counts at once. */
  readonly onSettings: () => void;
  /** Reads again and again until the signal, where a setting wants it. */
  follow(signal: AbortSignal): Promise<void>;
  /** Told of each change of the reason, and of what is known. */
  onChange(listener: () => void): () => void;
};

type WatchParts = {
  readonly read: (signal: AbortSignal) => Promise<Conditions>;
  readonly settings: () => PauseConditions;
  readonly clock: Pick<Clock, 'sleep'>;
  readonly log: Log;
};

/** A question to the system bus is a process, so it is not asked more often. */
const everyMs = 15_000;

export function makeConditionWatch({ read, settings, clock, log }: WatchParts): ConditionWatch {
  let known = unknownConditions;
  let until: AbortSignal | null = null;
  const listeners = new Set<() => void>();
  const isWanted = (): boolean => settings().pauseOnBattery || settings().pauseOnMetered;
  const reason = (): PauseReason | null => pauseReason(known, settings());
  async function look(signal: AbortSignal): Promise<void> {
    const before = reason();
    const now = await read(signal);
    if (signal.aborted) return;
    const isSame = now.onBattery === known.onBattery && now.isMetered === known.isMetered;
    known = now;
    if (isSame) return;
    if (reason() !== before) log.info('conditions changed', { reason: reason() });
    tell();
  }
  function tell(): void {
    for (const listener of listeners) listener();
  }
  return {
    onSettings: () => {
      tell();
      // The last reading may be old: nothing asked for one.
      if (until !== null) void look(until); // never rejects
    },
    current: () => known,
    isWanted,
    reason,
    look,
    async follow(signal) {
      until = signal;
      while (!signal.aborted) {
        await clock.sleep(everyMs, signal);
        // Unwanted, the first reading is what the settings show.
        if (isWanted()) await look(signal);
      }
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
