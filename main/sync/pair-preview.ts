// Dry runs of a running pair: asked for from outside, answered by the loop that owns the session, because two looks at one
// pair at once would mix their listings.
import type { Guard } from '../core/plan-types.ts';
import type { Planned } from './cycle.ts';
import type { Session } from './session.ts';

export type Previewed =
  | { readonly kind: 'planned'; readonly planned: Planned }
  /** A marker is missing or foreign: nothing more can be said before a person answers. */
  | { readonly kind: 'guard'; readonly guard: Guard };

export type Previews = {
  /** Rejects with what stops the pair, or when the caller's signal ends. */
  ask(signal: AbortSignal): Promise<Previewed>;
  isWanted(): boolean;
  /** Does the work once for all who ask; its error is theirs too. */
  answer(work: () => Promise<Previewed>): Promise<void>;
  fail(error: unknown): void;
  /** Whoever asks from now on is told the same. */
  close(error: unknown): void;
};

type Asker = PromiseWithResolvers<Previewed>;

export function makePreviews(): Previews {
  let askers: Asker[] = [];
  let closedBy: { readonly error: unknown } | null = null;
  const take = (): Asker[] => {
    const taken = askers;
    askers = [];
    return taken;
  };
  const fail = (error: unknown): void => {
    for (const asker of take()) asker.reject(error);
  };
  return {
    ask: async (signal) => {
      signal.throwIfAborted();
      if (closedBy !== null) throw closedBy.error;
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
      try {
        const previewed = await work();
        for (const asker of take()) asker.resolve(previewed);
      } catch (error) {
        fail(error);
        throw error;
      }
    },
    fail,
    close: (error) => {
      closedBy = { error };
      fail(error);
    },
  };
}

/** Exactly what the next cycle would do, reading what must be read to know it. */
export async function previewSession(session: Session, signal: AbortSignal): Promise<Previewed> {
  await session.look({ local: 'full', remote: 'full' }, new Set(), signal);
  return { kind: 'planned', planned: await session.learn(signal) };
}
