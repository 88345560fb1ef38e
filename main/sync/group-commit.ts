// Groups the state changes of operations that run side by side into one durable transaction (rule 12).
import type { Clock } from '../ports/clock.port.ts';
import type { StateChange, SyncState } from '../ports/sync-state.port.ts';

const maxWaitMs = 5;
const maxChanges = 500;

type Waiting = {
  readonly changes: readonly StateChange[];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
};

/** Durable when the returned promise resolves. Order of calls is order of changes. */
export type GroupCommit = {
  commit(changes: readonly StateChange[]): Promise<void>;
  /** Writes what waits; nothing is accepted afterwards. */
  close(): void;
};

/**
 * A call waits for at most 5 ms (the rule allows 50) or until 500 changes have gathered: alone it costs one
 * transaction, among fifty uploads it shares one.
 */
export function makeGroupCommit(store: Pick<SyncState, 'record'>, clock: Clock): GroupCommit {
  let waiting: Waiting[] = [];
  let count = 0;
  let isTimed = false;
  let isClosed = false;
  const never = new AbortController().signal;

  function flush(): void {
    const group = waiting;
    waiting = [];
    count = 0;
    if (group.length === 0) return;
    try {
      store.record(group.flatMap((one) => one.changes));
    } catch (error) {
      for (const one of group) one.reject(error);
      return;
    }
    for (const one of group) one.resolve();
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
      flush();
      isClosed = true;
    },
  };
}
