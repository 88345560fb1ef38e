// Debounce of file events: a path is due once its file has been still for a while.
import type { RelPath } from '../../core/model/model.ts';
import type { FileEvent } from '../../ports/file-watcher.port.ts';
import type { DueEvent } from '../session/state.ts';

/** Upper bound for a file that never rests; the stable read (C13) then reports that it is changing. */
const maxSettleMs = 15_000;

type Pending = { readonly isTree: boolean; readonly firstMs: number; readonly lastMs: number };

export type Debouncer = {
  add(events: readonly FileEvent[]): void;
  /** Removes and returns the events that are due; they count as open until `finish`. */
  take(): readonly DueEvent[];
  /** What was taken has been scanned and planned. */
  finish(): void;
  /** True while an event waits, or while one that was taken is being worked on. */
  isOpen(): boolean;
  /** All pending paths; a plan made now does not delete them (C2). */
  paths(): ReadonlySet<RelPath>;
  /** Milliseconds until the next event is due; null if none is pending. */
  nextDueMs(): number | null;
  /** Makes all pending events due now. */
  settleNow(): void;
  clear(): void;
};

export function makeDebouncer(settleMs: number, nowMs: () => number): Debouncer {
  const pending = new Map<RelPath, Pending>();
  let isTaken = false;

  function dueAtMs(one: Pending): number {
    return Math.min(one.lastMs + settleMs, one.firstMs + maxSettleMs);
  }

  return {
    add(events) {
      const now = nowMs();
      for (const event of events) {
        if (event.kind === 'degraded' || event.kind === 'lost') continue;
        const known = pending.get(event.path);
        pending.set(event.path, {
          isTree: event.kind === 'overflow' || (known?.isTree ?? false),
          firstMs: known?.firstMs ?? now,
          lastMs: now,
        });
      }
    },
    take() {
      const now = nowMs();
      const due: DueEvent[] = [];
      for (const [path, one] of pending) {
        if (dueAtMs(one) > now) continue;
        pending.delete(path);
        due.push({ path, isTree: one.isTree });
      }
      if (due.length > 0) isTaken = true;
      return due;
    },
    finish() {
      isTaken = false;
    },
    isOpen: () => isTaken || pending.size > 0,
    paths: () => new Set(pending.keys()),
    nextDueMs() {
      let next: number | null = null;
      for (const one of pending.values()) {
        const inMs = Math.max(0, dueAtMs(one) - nowMs());
        next = next === null ? inMs : Math.min(next, inMs);
      }
      return next;
    },
    settleNow() {
      for (const [path, one] of pending) pending.set(path, { ...one, firstMs: nowMs() - maxSettleMs });
    },
    clear() {
      pending.clear();
      isTaken = false;
    },
  };
}
