// Group commit: joins state changes of concurrent operations into one durable transaction (C12).
import type { Clock } from '../ports/clock.port.ts';
import type { StateChange, SyncState } from '../ports/sync-state.port.ts';

const maxWaitMs = 5;
const maxChanges = 500;

type Waiting = {
  readonly changes: readonly StateChange[];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
};

/** Durable when the returned promise resolves. Changes are applied in call order. */
export type GroupCommit = {
  commit(changes: readonly StateChange[]): Promise<void>;
  /** Writes what is queued; later calls are rejected. */
  close(): void;
};

type Store = Pick<SyncState, 'record'> & Partial<Pick<SyncState, 'recordSoon'>>;

/**
 * A call waits for at most 5 ms (the rule allows 50) or until 500 changes have gathered: alone it costs one
 * transaction, among fifty uploads it shares one. The next group gathers while one is being written, so that
 * a slow disk makes larger groups instead of a longer queue.
 */
export function makeGroupCommit(store: Store, clock: Clock): GroupCommit {
  let waiting: Waiting[] = [];
  let count = 0;
  let isTimed = false;
  let isOnItsWay = false;
  let isClosed = false;
  const never = new AbortController().signal;

  function take(): readonly Waiting[] {
    const group = waiting;
    waiting = [];
    count = 0;
    return group;
  }

  function flush(): void {
    if (isOnItsWay || waiting.length === 0) return;
    const group = take();
    const changes = group.flatMap((one) => one.changes);
    try {
      const durable = store.recordSoon?.(changes);
      if (durable === undefined) store.record(changes);
      if (durable === undefined || durable === null) settle(group, null);
      else follow(group, durable);
    } catch (error) {
      settle(group, { error });
    }
  }

  function settle(group: readonly Waiting[], failure: { readonly error: unknown } | null): void {
    for (const one of group) {
      if (failure === null) one.resolve();
      else one.reject(failure.error);
    }
  }

  function follow(group: readonly Waiting[], durable: Promise<void>): void {
    isOnItsWay = true;
    const end = (failure: { readonly error: unknown } | null): void => {
      isOnItsWay = false;
      settle(group, failure);
      if (!isClosed) flush();
    };
    durable.then(
      () => {
        end(null);
      },
      (error: unknown) => {
        end({ error });
      },
    );
  }

  async function flushLater(): Promise<void> {
    await clock.sleep(maxWaitMs, never);
    isTimed = false;
    flush();
  }

  return {
    commit(changes) {
      if (isClosed) return Promise.reject(new Error('commit after close'));
      return new Promise((resolve, reject) => {
        waiting.push({ changes, resolve, reject });
        count += changes.length;
        if (count >= maxChanges) flush();
        else if (!isTimed) {
          isTimed = true;
          flushLater().catch(reject);
        }
      });
    },
    close() {
      isClosed = true;
      const group = take();
      if (group.length === 0) return;
      try {
        store.record(group.flatMap((one) => one.changes));
        settle(group, null);
      } catch (error) {
        settle(group, { error });
      }
    },
  };
}
