// The one queue of a home for changes of its settings: pairs, accounts, limits, and reading them again.
import type { InTurn } from '../core/in-turn.ts';
import { SyncError } from '../core/model/errors.ts';

/**
 * Each change reads what it depends on when it is its turn, so that whatever comes at once ends as if it had come one by one. A change
 * must not wait for another: it would be waiting for itself.
 */
export type Changes = {
  /** Throws SyncError pair-not-running after `end`: this app would not know what another one, or the next start, makes of it. */
  make<T>(step: () => Promise<T>, signal: AbortSignal): Promise<T>;
  /** For what follows the settings without changing them; also after `end`. */
  follow<T>(step: () => Promise<T>, signal: AbortSignal): Promise<T>;
  end(): void;
  /** As `end`, and waits for the one that is being made. */
  ended(): Promise<void>;
};

/** @param inTurn shared by the apps that follow each other in one process */
export function makeChanges(inTurn: InTurn): Changes {
  let isOver = false;
  const end = (): void => {
    isOver = true;
  };
  return {
    end,
    ended: () => {
      end();
      return inTurn(() => Promise.resolve());
    },
    make: (step, signal) =>
      inTurn(async () => {
        if (isOver) throw new SyncError({ code: 'pair-not-running', retry: 'slow', scope: 'pair' });
        return await step();
      }, signal),
    follow: (step, signal) => inTurn(step, signal),
  };
}
