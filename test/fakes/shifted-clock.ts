// A clock with real waits that a test can move, and a log in memory.
import { setTimeout as wait } from 'node:timers/promises';
import type { Clock, Random } from '../../main/ports/clock.port.ts';
import type { Log, LogFields } from '../../main/ports/log.port.ts';

export type ShiftedClock = Clock & {
  /** Moves both the wall clock and the monotonic one. */
  advance(byMs: number): void;
  /** Moves only the wall clock, as a user or NTP does. */
  setOffset(offsetMs: number): void;
};

export function shiftedClock(): ShiftedClock {
  let offsetMs = 0;
  let advancedMs = 0;
  return {
    nowMs: () => Date.now() + offsetMs + advancedMs,
    monotonicMs: () => performance.now() + advancedMs,
    sleep: async (delayMs, signal) => {
      await wait(delayMs, undefined, { signal });
    },
    advance: (byMs) => {
      advancedMs += byMs;
    },
    setOffset: (toMs) => {
      offsetMs = toMs;
    },
  };
}

export function fixedRandom(value: number): Random {
  return { next: () => value, hex: (bytes) => 'ab'.repeat(bytes) };
}

export type KeptLog = Log & { readonly lines: { readonly message: string; readonly fields: LogFields }[] };

export function keptLog(): KeptLog {
  const lines: { message: string; fields: LogFields }[] = [];
  const keep = (message: string, fields?: LogFields): void => {
    lines.push({ message, fields: fields ?? {} });
  };
  return { lines, debug: keep, info: keep, warn: keep, error: keep };
}

/** A secrets port in memory, with its contents open to the test. */
export function memorySecrets() {
  const values = new Map<string, string>();
  return {
    values,
    read: (key: string) => Promise.resolve(values.get(key) ?? null),
    write: (key: string, value: string) => {
      values.set(key, value);
      return Promise.resolve();
    },
    remove: (key: string) => {
      values.delete(key);
      return Promise.resolve();
    },
  };
}
