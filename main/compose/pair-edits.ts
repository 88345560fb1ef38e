// Pairs added, changed and removed at run time, in settings and registry.
import { isNoEntry } from '../adapters/config/document.ts';
import type { Change } from '../adapters/config/document.ts';
import type { Addition, ConfigFile, Connection } from '../adapters/config/file.ts';
import type { PaceBook } from '../adapters/limits/pace-book.ts';
import { forgetPause } from '../adapters/limits/pause-file.ts';
import type { PairRuntime } from '../app/pair-runtime.ts';
import type { Registry, RegistryPart } from '../app/registry.ts';
import type { AppConfig } from '../core/config/config.ts';
import type { Changes } from './changes.ts';
import { moveRunning } from './move-pair.ts';
import type { NewPlace } from './move-pair.ts';
import { pairGone } from './pair-errors.ts';

type EditParts = {
  readonly home: string;
  readonly config: ConfigFile;
  /** The settings that accounts and pairs of the registry were made of. */
  readonly first: AppConfig;
  readonly registry: Registry;
  /** Ways to open a pair without a running engine, by its id. */
  readonly openers: Map<string, unknown>;
  readonly paces: PaceBook;
  readonly changes: Changes;
  /** Makes what these settings have and `has` has not. */
  readonly compose: (now: AppConfig, has: RegistryPart, signal: AbortSignal) => Promise<RegistryPart>;
};

/** What an edit made for itself before the settings take it; `undo` takes that back where they do not. */
type Undo = { readonly undo?: () => Promise<void> };
export type NewConnection = Connection & Undo;

export type PairEdits = {
  /** Writes an account (null: it is there) and its pairs into the settings and lets them run. Throws SyncError config-invalid. */
  addConnection(connection: Addition<NewConnection>, signal: AbortSignal): Promise<void>;
  /** Sets fields of a pair in the settings and lets it run by them. Throws SyncError config-invalid, unknown-pair. */
  changePair(id: string, change: Change, signal: AbortSignal): Promise<void>;
  /**
   * Lets a pair of another id sync the same folder with another prefix: with records of its own, so that nothing that the old place
   * had can count as removed at the new one; only whose folder it is stays. Throws SyncError config-invalid, unknown-pair, or what the
   * disk says of the new records, and then everything is as before.
   */
  movePair(id: string, to: Addition<NewPlace>, signal: AbortSignal): Promise<void>;
  /** Takes a pair out of the settings and ends it; the files on both sides stay. Throws SyncError config-invalid, unknown-pair. */
  removePair(id: string, signal: AbortSignal): Promise<void>;
  /** Ids that a new pair must not have: those of the settings, and of what runs, which another program may have taken out of them. */
  takenIds(now: Pick<AppConfig, 'pairs'>): readonly string[];
  /** The settings at the start, with the accounts and pairs that run now. What other programs have written since is not among them. */
  running(): AppConfig;
};

type Edits = Pick<PairEdits, 'addConnection' | 'changePair' | 'movePair' | 'removePair'>;

export function pairEdits(parts: EditParts): PairEdits {
  const { first, registry, changes } = parts;
  const running = runningSettings(first);
  const edits = editsOf(parts, running);
  return {
    addConnection: (connection, signal) =>
      changes.make(() => edits.addConnection(connection, signal), signal),
    changePair: (id, change, signal) => changes.make(() => edits.changePair(id, change, signal), signal),
    movePair: (id, to, signal) => changes.make(() => edits.movePair(id, to, signal), signal),
    removePair: (id, signal) => changes.make(() => edits.removePair(id, signal), signal),
    takenIds: ({ pairs }) => [...pairs, ...registry.pairs.map(({ config }) => config)].map(({ id }) => id),
    running: running.now,
  };
}

/** Each to be made when it is its turn. */
function editsOf(parts: EditParts, running: Running): Edits {
  const { home, config, registry, openers, paces, compose } = parts;
  const find = (id: string): PairRuntime => {
    const runtime = registry.pairs.find((one) => one.config.id === id);
    if (runtime === undefined) throw pairGone(id);
    return runtime;
  };
  /** Throws SyncError unknown-pair for one that another program has taken out of the settings, too. */
  const changeWritten: ConfigFile['changePair'] = async (id, change, signal) => {
    try {
      return await config.changePair(id, change, signal);
    } catch (error) {
      throw isNoEntry(error) ? pairGone(id) : error;
    }
  };
  /** The one pair, made by these settings. */
  const only = async (now: AppConfig, id: string, signal: AbortSignal): Promise<PairRuntime | undefined> => {
    const one = { ...now, accounts: [], pairs: now.pairs.filter((pair) => pair.id === id) };
    return (await compose(one, { accounts: registry.accounts, pairs: [] }, signal)).pairs[0];
  };
  async function addConnection(connection: Addition<NewConnection>, signal: AbortSignal): Promise<void> {
    const [make, takeBack] = undoable(connection);
    const prepare = async (now: AppConfig, { pair, morePairs = [] }: Connection) => {
      const added = [pair, ...morePairs].map((one) => one['id']);
      // Edits that another process made to the settings file apply at the next start.
      // But for the account itself: it may be one of those.
      const accounts = now.accounts.filter(({ id }) => id === pair['account']);
      const pairs = now.pairs.filter(({ id }) => added.includes(id));
      const part = await compose({ ...now, accounts, pairs }, registry, signal);
      return { part, accounts, pairs };
    };
    const { part, ...made } = await takeBack(config.addConnection(make, prepare, signal));
    running.add(made);
    registry.add(part);
  }
  async function changePair(id: string, change: Change, signal: AbortSignal): Promise<void> {
    const runtime = find(id);
    let names: readonly string[] = [];
    const noting: Change = async (present, whole) => {
      const fields = typeof change === 'function' ? await change(present, whole) : change;
      names = Object.keys(fields);
      return fields;
    };
    const now = await changeWritten(id, noting, signal);
    paces.apply(now);
    // Limits hold for what runs; everything else is fixed when a pair is made.
    if (names.every((field) => field === 'limits')) return;
    const renewed = await only(now, id, signal);
    if (renewed === undefined) return;
    await registry.replace(runtime, renewed);
    running.replace(id, now, id);
  }
  async function movePair(id: string, to: Addition<NewPlace>, signal: AbortSignal): Promise<void> {
    const runtime = find(id);
    const [make, takeBack] = undoable(to);
    await takeBack(
      moveRunning(
        { home, changePair: changeWritten, registry, openers, paces, only, running },
        { id, runtime, make },
        signal,
      ),
    );
    openers.delete(id);
    forgetPause(home, id);
  }
  async function removePair(id: string, signal: AbortSignal): Promise<void> {
    const runtime = find(id);
    try {
      await config.removePair(runtime.config.id, signal);
    } catch (error) {
      // Another program was first; it runs all the same.
      if (!isNoEntry(error)) throw error;
    }
    await registry.remove(runtime);
    running.remove(id);
    openers.delete(id);
    forgetPause(home, id);
  }
  return { addConnection, changePair, movePair, removePair };
}

type Making<T> = (now: AppConfig) => Promise<T>;

/** What makes the addition, and what takes back what was made for it where the work fails: before another edit begins. */
function undoable<T extends Undo>(
  addition: Addition<T>,
): [make: Making<T>, takeBack: <R>(work: Promise<R>) => Promise<R>] {
  let made: T | null = null;
  return [
    async (now) => (made = typeof addition === 'function' ? await addition(now) : addition),
    async (work) => {
      try {
        return await work;
      } catch (error) {
        await made?.undo?.();
        throw error;
      }
    },
  ];
}

type Running = ReturnType<typeof runningSettings>;

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
