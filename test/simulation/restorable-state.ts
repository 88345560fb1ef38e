// State of a simulated device that remembers every write. An old copy of it can be restored.
import { openSqliteState } from '../../main/adapters/sqlite/state.ts';
import { rootPath } from '../../main/core/model/path.ts';
import type { PairStore, RemoteScan, StateChange } from '../../main/ports/sync-state.port.ts';

type Write = (store: PairStore) => void;

/** What a backup of the database holds: everything written until then. */
export type StateCopy = { readonly writes: readonly Write[] };

export type RestorableState = {
  store(): PairStore;
  copy(): StateCopy;
  /** What a power cut leaves now: everything until the last write that was durable. */
  durable(): StateCopy;
  /** The database as it was when the copy was made; an empty copy is a database that was lost. */
  restore(copy: StateCopy): void;
};

export const lostState: StateCopy = { writes: [] };

/** All writes of a database in their order, and how many of them are on the disk. */
type Written = { readonly writes: Write[]; durable: number; readonly isSlow: boolean };

/** @param isSlow grouped commits are on the disk some turns after they can be read, as they are where a power cut can come in between */
export function openRestorableState(isSlow: boolean): RestorableState {
  let written: Written = { writes: [], durable: 0, isSlow };
  let used = takeEmpty();
  let store = remembering(used, written);
  return {
    store: () => store,
    copy: () => ({ writes: [...written.writes] }),
    durable: () => ({ writes: written.writes.slice(0, written.durable) }),
    restore: (copy) => {
      giveBack(used);
      written = { writes: [...copy.writes], durable: copy.writes.length, isSlow };
      used = takeEmpty();
      // Through what notes the settings: they must not stay in a database that is used again.
      const noting = remembering(used, { writes: [], durable: 0, isSlow: false });
      for (const write of written.writes) write(noting);
      store = remembering(used, written);
    },
  };
}

/** An open database and the settings that were written to it, so that it can be emptied for the next history. */
type Used = {
  readonly store: PairStore;
  readonly metaKeys: Set<string>;
  /** Activity cannot be taken back: what is older is of another history. */
  readonly lastActivity: number;
  isGivenBack: boolean;
};

/** Opening one and preparing its statements is dearer than all that a short history does with it. */
const emptied: PairStore[] = [];
const maxEmptied = 8;

function takeEmpty(): Used {
  const store = emptied.pop() ?? openSqliteState({ file: ':memory:' });
  const lastActivity = store.activity(1)[0]?.id ?? 0;
  return { store, metaKeys: new Set(), lastActivity, isGivenBack: false };
}

function giveBack(used: Used): void {
  if (used.isGivenBack) return;
  used.isGivenBack = true;
  const { store } = used;
  if (emptied.length >= maxEmptied || !isEmptiedBy(store, leavings(used))) store.close();
  else emptied.push(store);
}

function leavings({ store, metaKeys }: Used): readonly StateChange[] {
  const absent = { state: 'absent' } as const;
  return [
    { kind: 'base-discard' },
    { kind: 'local-subtree', path: rootPath, cell: absent },
    { kind: 'remote-subtree', path: rootPath, cell: absent },
    ...store.intents().map(({ id }) => ({ kind: 'intent-done', id }) as const),
    ...store.problems().map(({ path }) => ({ kind: 'problem-gone', path }) as const),
    ...store.trash().map(({ id }) => ({ kind: 'trash-gone', id }) as const),
    ...[...metaKeys].map((key) => ({ kind: 'meta', key, value: null }) as const),
  ];
}

/** A history must not begin with anything of the one before: what cannot be emptied is not used again. */
function isEmptiedBy(store: PairStore, changes: readonly StateChange[]): boolean {
  store.record(changes);
  store.remoteScan.abandon();
  const { files, folders } = store.counts();
  const isRowless = [...store.subtree(rootPath)].length === 0 && files + folders === 0;
  return isRowless && store.unsettled(1).length === 0;
}

function remembering(used: Used, written: Written): PairStore {
  const { store, metaKeys, lastActivity } = used;
  const { writes } = written;
  const allDurable = (): void => {
    written.durable = writes.length;
  };
  const remoteScan: RemoteScan = {
    begin: () => {
      store.remoteScan.begin();
      writes.push((copy) => {
        copy.remoteScan.begin();
      });
    },
    sight: (scannedEntries) => {
      store.remoteScan.sight(scannedEntries);
      writes.push((copy) => {
        copy.remoteScan.sight(scannedEntries);
      });
      allDurable();
    },
    finish: (keep) => {
      const summary = store.remoteScan.finish(keep);
      writes.push((copy) => void copy.remoteScan.finish(keep));
      allDurable();
      return summary;
    },
    abandon: () => {
      store.remoteScan.abandon();
      writes.push((copy) => {
        copy.remoteScan.abandon();
      });
    },
  };
  const note = (changes: readonly StateChange[]): void => {
    for (const change of changes) if (change.kind === 'meta') metaKeys.add(change.key);
    writes.push((copy) => {
      copy.record(changes);
    });
  };
  return {
    ...store,
    remoteScan,
    activity: (limit) => store.activity(limit).filter(({ id }) => id > lastActivity),
    close: () => {
      giveBack(used);
    },
    record: (changes) => {
      store.record(changes);
      note(changes);
      if (changes.length > 0) allDurable();
    },
    note: (changes) => {
      store.note(changes);
      note(changes);
    },
    recordSoon: (changes) => {
      void store.recordSoon(changes);
      note(changes);
      const count = writes.length;
      const told = (): void => {
        written.durable = Math.max(written.durable, count);
      };
      if (written.isSlow) return turns(20).then(told);
      told();
      return null;
    },
  };
}

/** Turns of promises alone: the virtual clock moves on with each macrotask. */
async function turns(count: number): Promise<void> {
  for (let left = count; left > 0; left -= 1) await Promise.resolve();
}
