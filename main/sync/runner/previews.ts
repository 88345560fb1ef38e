// Dry runs of a running pair: requested from outside, answered by the loop that owns the session, because two
// concurrent scans of one pair would mix their listings.
import type { SyncError } from '../../core/model/errors.ts';
import type { Guard } from '../../core/plan/types.ts';
import type { Planned } from '../session/plan-cycle.ts';
import type { Session } from '../session/session.ts';

export type Previewed =
  | { readonly kind: 'planned'; readonly planned: Planned }
  /** A marker is missing or foreign: there is no plan before the user answers. */
  | { readonly kind: 'guard'; readonly guard: Guard };

export type Previews = {
  /** Rejects with the error that stops the pair, or when the caller's signal aborts. */
  ask(signal: AbortSignal): Promise<Previewed>;
  isWanted(): boolean;
  /**
   * Runs the work once for all waiting callers. If it throws they stay queued; the catcher decides whether to
   * fail them.
   */
  answer(work: () => Promise<Previewed>): Promise<void>;
  fail(error: SyncError): void;
  /** All later callers get the same error. */
  close(error: SyncError): void;
};

type Asker = PromiseWithResolvers<Previewed>;

export function makePreviews(): Previews {
  let askers: Asker[] = [];
  let closedBy: SyncError | null = null;
  const take = (): Asker[] => {
    const taken = askers;
    askers = [];
    return taken;
  };
  const fail = (error: SyncError): void => {
    for (const asker of take()) asker.reject(error);
  };
  return {
    ask: async (signal) => {
      signal.throwIfAborted();
      if (closedBy !== null) throw closedBy;
      const asker = Promise.withResolvers<Previewed>();
      const leave = (): void => {
        askers = askers.filter((one) => one !== asker);
        asker.reject(signal.reason);
      };
      signal.addEventListener('abort', leave, { once: true });
      askers.push(asker);
      try {
        return await asker.promise;
      } finally {
        signal.removeEventListener('abort', leave);
      }
    },
    isWanted: () => askers.length > 0,
    answer: async (work) => {
      if (askers.length === 0) return;
      const previewed = await work();
      for (const asker of take()) asker.resolve(previewed);
    },
    fail,
    close: (error) => {
      closedBy = error;
      fail(error);
    },
  };
}

/**
 * Running work, and what the next cycle would do once pending events have settled; performs the reads this
 * needs.
 */
export async function previewSession(session: Session, signal: AbortSignal): Promise<Previewed> {
  await session.scan({ local: 'full', remote: 'full' }, signal);
  const planned = await session.learn(signal);
  const running = session.work.running();
  return { kind: 'planned', planned: { ...planned, ops: [...running, ...planned.ops] } };
}
