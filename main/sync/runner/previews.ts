// Dry runs of a running pair: asked for from outside, answered by the loop that owns the session, because two looks at one
// pair at once would mix their listings.
import type { SyncError } from '../../core/model/errors.ts';
import type { Guard } from '../../core/plan/types.ts';
import type { Planned } from '../session/plan-cycle.ts';
import type { Session } from '../session/session.ts';

export type Previewed =
  | { readonly kind: 'planned'; readonly planned: Planned }
  /** A marker is missing or foreign: nothing more can be said before a person answers. */
  | { readonly kind: 'guard'; readonly guard: Guard };

export type Previews = {
  /** Rejects with what stops the pair, or when the caller's signal ends. */
  ask(signal: AbortSignal): Promise<Previewed>;
  isWanted(): boolean;
  /** Does the work once for all who ask. When it throws they go on waiting: whoever catches that knows whether anybody else will answer. */
  answer(work: () => Promise<Previewed>): Promise<void>;
  fail(error: SyncError): void;
  /** Whoever asks from now on is told the same. */
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

/** What runs, and what the next cycle would do as soon as what was hinted rests, reading what must be read to know it. */
export async function previewSession(session: Session, signal: AbortSignal): Promise<Previewed> {
  await session.look({ local: 'full', remote: 'full' }, signal);
  const planned = await session.learn(signal);
  const running = session.work.running();
  return { kind: 'planned', planned: { ...planned, ops: [...running, ...planned.ops] } };
}
