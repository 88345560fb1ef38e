// The state of a simulated device with a memory of all that was written, so that an old copy of it can come back.
import { openSqliteState } from '../../main/adapters/sqlite-state.ts';
import type { PairStore, RemoteScan } from '../../main/ports/sync-state.port.ts';

type Write = (store: PairStore) => void;

/** What a backup of the database holds: everything written until then. */
export type StateCopy = { readonly writes: readonly Write[] };

export type RestorableState = {
  store(): PairStore;
  copy(): StateCopy;
  /** The database as it was when the copy was made; an empty copy is a database that was lost. */
  restore(copy: StateCopy): void;
};

export const lostState: StateCopy = { writes: [] };

export function openRestorableState(): RestorableState {
  let writes: Write[] = [];
  let store = remembering(openSqliteState({ file: ':memory:' }), writes);
  return {
    store: () => store,
    copy: () => ({ writes: [...writes] }),
    restore: (copy) => {
      store.close();
      writes = [...copy.writes];
      const opened = openSqliteState({ file: ':memory:' });
      for (const write of writes) write(opened);
      store = remembering(opened, writes);
    },
  };
}

function remembering(store: PairStore, writes: Write[]): PairStore {
  const remoteScan: RemoteScan = {
    begin: () => {
      store.remoteScan.begin();
      writes.push((copy) => {
        copy.remoteScan.begin();
      });
    },
    sight: (sightings) => {
      store.remoteScan.sight(sightings);
      writes.push((copy) => {
        copy.remoteScan.sight(sightings);
      });
    },
    finish: (keep) => {
      const summary = store.remoteScan.finish(keep);
      writes.push((copy) => void copy.remoteScan.finish(keep));
      return summary;
    },
    abandon: () => {
      store.remoteScan.abandon();
      writes.push((copy) => {
        copy.remoteScan.abandon();
      });
    },
  };
  return {
    ...store,
    remoteScan,
    record: (changes) => {
      store.record(changes);
      writes.push((copy) => {
        copy.record(changes);
      });
    },
  };
}
