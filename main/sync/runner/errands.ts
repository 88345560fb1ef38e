// Errands: changes of a pair's files that another part asks for, done by the loop between two steps.
// Beside the loop they would look like operations that a crash cut off: a new plan begins with recovery of those.
import { SyncError } from '../../core/model/errors.ts';
import type { Session } from '../session/session.ts';

type Errand = {
  readonly run: (session: Session, signal: AbortSignal) => Promise<void>;
  readonly refuse: (error: unknown) => void;
};

export type Errands = {
  /**
   * Does the work in the held folder while no operation of a plan runs, but for transfers and reads; rejects with what it throws, or with
   * SyncError `pair-not-running` where the session ends before.
   */
  ask<T>(work: (session: Session, signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T>;
  /** Does all that is asked, one errand after the other; never rejects. */
  run(session: Session, signal: AbortSignal): Promise<void>;
  /** The session has ended: refuses all that is asked. */
  end(): void;
};

export function makeErrands(): Errands {
  const waiting: Errand[] = [];
  return {
    async ask(work, signal) {
      signal.throwIfAborted();
      const asked = Promise.withResolvers<Awaited<ReturnType<typeof work>>>();
      waiting.push({
        run: async (session, sessionSignal) => {
          const both = AbortSignal.any([signal, sessionSignal]);
          try {
            both.throwIfAborted();
            asked.resolve(await session.during(() => work(session, both)));
          } catch (error) {
            asked.reject(error);
          }
        },
        refuse: asked.reject,
      });
      return asked.promise;
    },
    async run(session, signal) {
      if (waiting.length === 0) return;
      await session.work.dropWaiting();
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
        await next.run(session, signal);
    },
    end() {
      const error = new SyncError({ code: 'pair-not-running', retry: 'slow', scope: 'pair' });
      for (const errand of waiting.splice(0)) errand.refuse(error);
    },
  };
}
