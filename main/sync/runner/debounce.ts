// Gathers hints until a file has been still for a while, so that a save in progress is not read half-way.
import type { RelPath } from '../../core/model/model.ts';
import type { ChangeHint } from '../../ports/change-hints.port.ts';
import type { DueHint } from '../session/state.ts';

/** A file that never rests is looked at all the same after this long; the stable read then says so (rule 13). */
const maxSettleMs = 15_000;

type Pending = { readonly isTree: boolean; readonly firstMs: number; readonly lastMs: number };

export type HintQueue = {
  add(hints: readonly ChangeHint[]): void;
  /** Takes out what has settled. */
  take(): readonly DueHint[];
  /** Everything not yet taken: these paths are not deleted in a plan made now (rule 2). */
  paths(): ReadonlySet<RelPath>;
  /** Milliseconds until the next one settles; null when there is none. */
  nextDueMs(): number | null;
  /** Everything that is pending is due now. */
  settleNow(): void;
  clear(): void;
};

export function makeHintQueue(settleMs: number, nowMs: () => number): HintQueue {
  const pending = new Map<RelPath, Pending>();

  function dueAtMs(one: Pending): number {
    return Math.min(one.lastMs + settleMs, one.firstMs + maxSettleMs);
  }

  return {
    add(hints) {
      const now = nowMs();
      for (const hint of hints) {
        if (hint.kind === 'degraded' || hint.kind === 'lost') continue;
        const known = pending.get(hint.path);
        pending.set(hint.path, {
          isTree: hint.kind === 'overflow' || (known?.isTree ?? false),
          firstMs: known?.firstMs ?? now,
          lastMs: now,
        });
      }
    },
    take() {
      const now = nowMs();
      const due: DueHint[] = [];
      for (const [path, one] of pending) {
        if (dueAtMs(one) > now) continue;
        pending.delete(path);
        due.push({ path, isTree: one.isTree });
      }
      return due;
    },
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
    },
  };
}
