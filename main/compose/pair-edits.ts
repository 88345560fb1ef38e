// Pairs added, changed and removed at run time, in settings and registry.
import { forgetMarkerAt } from '../adapters/disk/changes/own-folder.ts';
import type { ConfigFile, Connection } from '../adapters/config/file.ts';
import type { PaceBook } from '../adapters/limits/pace-book.ts';
import { forgetPause } from '../adapters/limits/pause-file.ts';
import { readRecords } from '../adapters/sqlite/reader.ts';
import { openSqliteState } from '../adapters/sqlite/state.ts';
import type { PairRuntime } from '../app/pair-runtime.ts';
import type { Registry, RegistryPart } from '../app/registry.ts';
import type { AppConfig } from '../core/config/config.ts';
import { makeInTurn } from '../core/in-turn.ts';
import { SyncError } from '../core/model/errors.ts';
import type { RootMarker } from '../ports/local-files.port.ts';
import { stateFile } from './pair.ts';

type EditParts = {
  readonly home: string;
  readonly config: ConfigFile;
  /** The settings that accounts and pairs of the registry were made of. */
  readonly first: AppConfig;
  readonly registry: Registry;
  /** Ways to open a pair without a running engine, by its id. */
  readonly openers: Map<string, unknown>;
  readonly paces: PaceBook;
  /** Makes what these settings have and `has` has not. */
  readonly compose: (now: AppConfig, has: RegistryPart, signal: AbortSignal) => Promise<RegistryPart>;
};

export type PairEdits = {
  /** Writes an account (null: it is there) and its pairs into the settings and lets them run. Throws SyncError config-invalid. */
  addConnection(connection: Connection, signal: AbortSignal): Promise<void>;
  /** Sets fields of a pair in the settings and lets it run by them. Throws SyncError config-invalid. */
  changePair(id: string, change: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<void>;
  /**
   * Lets a pair of another id sync the same folder with another prefix: with records of its own, so that nothing that the old place
   * had can count as removed at the new one; only whose folder it is stays. Throws SyncError config-invalid, or what the disk says
   * of the new records, and then everything is as before.
   */
  movePair(
    id: string,
    to: { readonly id: string; readonly prefix: string },
    signal: AbortSignal,
  ): Promise<void>;
  /** Takes a pair out of the settings and ends it; the files on both sides stay. Throws SyncError config-invalid. */
  removePair(id: string, signal: AbortSignal): Promise<void>;
  /**
   * Does the work while no edit is made. Once it has called `end`, another app runs the pairs, and this one refuses
   * later edits with `pair-not-running`: the other would not know of them.
   */
  betweenEdits<T>(work: (end: () => void) => Promise<T>): Promise<T>;
  /** The settings at the start, with the accounts and pairs that run now. What other programs have written since is not among them. */
  running(): AppConfig;
};

type Edits = Omit<PairEdits, 'betweenEdits' | 'running'>;

export function pairEdits({ home, config, first, registry, openers, paces, compose }: EditParts): PairEdits {
  const running = runningSettings(first);
  const find = (id: string): PairRuntime => {
    const runtime = registry.pairs.find((one) => one.config.id === id);
    if (runtime === undefined) throw unknownPair(id);
    return runtime;
  };
  /** The one pair, made by these settings. */
  const only = async (now: AppConfig, id: string, signal: AbortSignal): Promise<PairRuntime | undefined> => {
    const one = { ...now, accounts: [], pairs: now.pairs.filter((pair) => pair.id === id) };
    return (await compose(one, { accounts: registry.accounts, pairs: [] }, signal)).pairs[0];
  };
  const edits: Edits = {
    addConnection: async (connection, signal) => {
      const { pair, morePairs = [] } = connection;
      const added = [pair, ...morePairs].map((one) => one['id']);
      const prepare = async (now: AppConfig) => {
        // Edits that another process made to the settings file apply at the next start.
        // But for the account itself: it may be one of those.
        const accounts = now.accounts.filter(({ id }) => id === pair['account']);
        const pairs = now.pairs.filter(({ id }) => added.includes(id));
        const part = await compose({ ...now, accounts, pairs }, registry, signal);
        return { part, accounts, pairs };
      };
      const { part, ...made } = await config.addConnection(connection, prepare, signal);
      running.add(made);
      registry.add(part);
    },
    changePair: async (id, change, signal) => {
      const runtime = find(id);
      const now = await config.changePair(id, change, signal);
      paces.apply(now);
      // Limits hold for what runs; everything else is fixed when a pair is made.
      if (Object.keys(change).every((field) => field === 'limits')) return;
      const renewed = await only(now, id, signal);
      if (renewed === undefined) return;
      await registry.replace(runtime, renewed);
      running.replace(id, now, id);
    },
    movePair: async (id, to, signal) => {
      const runtime = find(id);
      const written = await config.pairAsWritten(id, signal);
      const now = await config.changePair(id, to, signal);
      paces.apply(now);
      const old = { isEnded: false };
      try {
        const moved = await only(now, to.id, signal);
        if (moved === undefined) throw unknownPair(to.id);
        await registry.replace(runtime, moved, async () => {
          old.isEnded = true;
          await handOver(home, runtime, to.id);
        });
        running.replace(id, now, to.id);
      } catch (error) {
        const back = await config.changePair(to.id, { id, prefix: written?.['prefix'] }, signal);
        openers.delete(to.id);
        const renewed = old.isEnded ? await only(back, id, signal) : undefined;
        if (renewed !== undefined) {
          await registry.replace(runtime, renewed);
          running.replace(id, back, id);
        }
        throw error;
      }
      openers.delete(id);
      forgetPause(home, id);
    },
    removePair: async (id, signal) => {
      const runtime = find(id);
      await config.removePair(runtime.config.id, signal);
      await registry.remove(runtime);
      running.remove(id);
      openers.delete(id);
      forgetPause(home, id);
    },
  };
  return { ...oneByOne(edits), running: running.now };
}

function oneByOne(edits: Edits): Edits & Pick<PairEdits, 'betweenEdits'> {
  // A pair takes a moment to end. What came meanwhile would find the one that ends, and begin a second engine on the same records.
  const inTurn = makeInTurn();
  let isOver = false;
  const edit = <T>(work: () => Promise<T>): Promise<T> =>
    inTurn(async () => {
      if (isOver) throw new SyncError({ code: 'pair-not-running', retry: 'slow', scope: 'pair' });
      return await work();
    });
  return {
    addConnection: (connection, signal) => edit(() => edits.addConnection(connection, signal)),
    changePair: (id, change, signal) => edit(() => edits.changePair(id, change, signal)),
    movePair: (id, to, signal) => edit(() => edits.movePair(id, to, signal)),
    removePair: (id, signal) => edit(() => edits.removePair(id, signal)),
    betweenEdits: (work) =>
      inTurn(() =>
        work(() => {
          isOver = true;
        }),
      ),
  };
}

/** The settings of what runs, as it changes: edits that other programs make to the file are not among them. */
function runningSettings(first: AppConfig) {
  let now = first;
  return {
    now: (): AppConfig => now,
    /** An account that runs already stays as it is. */
    add: ({ accounts, pairs }: Pick<AppConfig, 'accounts' | 'pairs'>): void => {
      const fresh = accounts.filter(({ id }) => !now.accounts.some((known) => known.id === id));
      now = { ...now, accounts: [...now.accounts, ...fresh], pairs: [...now.pairs, ...pairs] };
    },
    /** The pair `by` of these settings in place of the pair `id`. */
    replace: (id: string, { pairs }: AppConfig, by: string): void => {
      const written = pairs.filter((pair) => pair.id === by);
      now = { ...now, pairs: now.pairs.flatMap((pair) => (pair.id === id ? written : [pair])) };
    },
    remove: (id: string): void => {
      now = { ...now, pairs: now.pairs.filter((pair) => pair.id !== id) };
    },
  };
}

/** What holds for the folder itself, whichever place it has. Throws SyncError where the new records cannot be made. */
async function handOver(home: string, { config: { id, folder } }: PairRuntime, to: string): Promise<void> {
  const known = readRecords(stateFile(home, id), (records) => ({
    rootMarker: records.meta('rootMarker'),
    owner: ownerKeys.map((key) => ({ kind: 'meta' as const, key, value: records.meta(key) })),
  }));
  // Not readable now: the folder's marker stays, and the pair asks before it merges.
  if (known === null) return;
  const store = openSqliteState({ file: stateFile(home, to) });
  try {
    store.record(known.owner);
  } finally {
    store.close();
  }
  if (known.rootMarker === null) return;
  const { stateId } = JSON.parse(known.rootMarker) as RootMarker; // our own database wrote it
  await forgetMarkerAt(folder, stateId);
}

/** By these another user who has signed in since is kept from the folder (C5); a place that differs discards the rest. */
const ownerKeys = ['binding', 'ownerName'] as const;

export function unknownPair(id: string): SyncError {
  return new SyncError({
    code: 'config-invalid',
    retry: 'slow',
    scope: 'account',
    message: `there is no pair ${JSON.stringify(id)} in the configuration`,
    fields: { field: 'pair' },
  });
}
