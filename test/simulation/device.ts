// One simulated device: a disk in memory, an engine on it, and a way to crash it between any two steps.
import { hash, createHash } from 'node:crypto';
import { makeIgnoreMatcher } from '../../main/adapters/disk/ignore-matcher.ts';
import { contentTypeOf, loadContentTypes } from '../../main/adapters/disk/content-type.ts';
import { ignoreRules } from '../../main/core/config/ignore-rules.ts';
import type { RelPath, SyncMode } from '../../main/core/model/model.ts';
import type { LocalFiles, OpenOutcome } from '../../main/ports/local-files.port.ts';
import type { Log } from '../../main/ports/log.port.ts';
import type { PairStore } from '../../main/ports/sync-state.port.ts';
import type { FileEvent } from '../../main/ports/file-watcher.port.ts';
import { makeGroupCommit } from '../../main/sync/group-commit.ts';
import type { PairContext } from '../../main/sync/context.ts';
import type { PairStatus } from '../../main/sync/runner/pair-status.ts';
import { withRetry, withRetryMultipart } from '../../main/sync/transfer/retry.ts';
import { syncTold } from '../support/sync-told.ts';
import type { ToldReport } from '../support/sync-told.ts';
import { planSizes } from '../../main/sync/plan-sizes.ts';
import type { TransferSizes } from '../../main/sync/transfer-sizes.ts';
import { FakeDisk } from '../fakes/fake-disk.ts';
import type { FakeDiskOptions } from '../fakes/fake-disk.ts';
import { fakeHeldObjects } from '../fakes/fake-held-objects.ts';
import { readHeldBy } from '../fakes/fake-held-reads.ts';
import { FakePlace } from '../fakes/fake-place.ts';
import { openFakeLocalFiles } from '../fakes/fake-local-files.ts';
import type { FakeHooks } from '../fakes/fake-remote-core.ts';
import type { FakeRemote } from '../fakes/fake-remote-objects.ts';
import { makeWatcher, runLive } from './live.ts';
import type { LiveHow } from './live.ts';
import type { Seeded, VirtualClock } from './seeded.ts';
import { openRestorableState } from './restorable-state.ts';
import type { StateCopy } from './restorable-state.ts';

// Before any history, which must be told the same each time.
await loadContentTypes();

/** Ends an engine: every step after it throws the same, so that a dead process changes nothing any more. */
export class Crash extends Error {}

export const simulatedPrefix = 'users/alice/';

export type DeviceParts = {
  readonly name: string;
  readonly clock: VirtualClock;
  readonly random: Seeded;
  /** Its own way to the common bucket. */
  readonly openRemote: (hooks: FakeHooks) => FakeRemote;
  readonly hooks: FakeHooks;
  readonly disk: Omit<FakeDiskOptions, 'nowMs'>;
  readonly mode: SyncMode;
  /** Tiny ones make small files travel in parts and ranges; null: as real stores want it. */
  readonly sizes: TransferSizes | null;
  /** Rows of a plan that only adds; null: as for real trees. */
  readonly addedRows: number | null;
  /** Reads of a file give less than asked for, as a network drive's do. */
  readonly readsShort: boolean;
  /** Null: a process that ends keeps all that it wrote. Otherwise the power may go with it, by these chances. */
  readonly power: Seeded | null;
  /** Told every step of the disk and the state, for traces. */
  readonly onStep: (line: string) => void;
};

/** What shall happen while a sync runs; called before each step, counted from 1, with the step's name. */
export type Interference = (step: number, what: string) => void;

export type Device = {
  readonly name: string;
  readonly disk: FakeDisk;
  /** Where the disk is mounted. */
  readonly place: FakePlace;
  readonly mode: SyncMode;
  readonly store: () => PairStore;
  /** Report of the last sync that ran to its end. */
  readonly lastReport: () => ToldReport | null;
  /** Null after a crash. Guards in `approvals` are passed; `*` passes whatever is raised. */
  sync(approvals: ReadonlySet<string>, interfere: Interference): Promise<ToldReport | null>;
  /** Runs as the desktop does; false after a crash. */
  live(how: LiveHow, interfere: Interference): Promise<boolean>;
  /** What the operating system tells of an edit, if the device runs live. */
  tell(events: readonly FileEvent[]): void;
  readonly remote: FakeRemote;
  copyState(): StateCopy;
  restoreState(copy: StateCopy): void;
};

const silent: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

type Running = {
  steps: number;
  isDead: boolean;
  readonly interfere: Interference;
  readonly onDeath: () => void;
};

export function makeDevice(parts: DeviceParts): Device {
  const disk = new FakeDisk({ ...parts.disk, nowMs: () => parts.clock.nowMs() });
  const place = new FakePlace(disk);
  const state = openRestorableState(parts.power !== null);
  const watcher = makeWatcher();
  let current: Running | null = null;
  const remote = parts.openRemote(
    withSteps(parts.hooks, (key) => {
      if (current !== null) step(current, `remote ${key}`);
    }),
  );
  let lastReport: ToldReport | null = null;
  let afterCut: StateCopy | null = null;

  /** What was not durable when the power went is gone before the state is read again. */
  function settled(): typeof state {
    if (afterCut !== null) state.restore(afterCut);
    afterCut = null;
    return state;
  }

  function step(running: Running, what: string): void {
    if (running.isDead) throw new Crash();
    running.steps += 1;
    parts.onStep(`${parts.name} ${what}`);
    try {
      running.interfere(running.steps, what);
    } catch (error) {
      if (error instanceof Crash) {
        running.isDead = true;
        if (parts.power?.chance(0.6) === true) {
          parts.onStep(`${parts.name} loses its power`);
          afterCut = state.durable();
        }
        running.onDeath();
      }
      throw error;
    }
  }

  function begin(
    interfere: Interference,
    onDeath: () => void,
  ): Running & { readonly context: () => PairContext } {
    const running = { steps: 0, isDead: false, interfere, onDeath };
    current = running;
    const takeStep = (what: string): void => {
      step(running, what);
    };
    const context = (): PairContext =>
      contextOf({ ...parts, remote }, place, settled().store(), takeStep, running);
    return Object.assign(running, { context });
  }

  async function sync(approvals: ReadonlySet<string>, interfere: Interference): Promise<ToldReport | null> {
    const running = begin(interfere, () => undefined);
    const life = new AbortController();
    const events = { onPlanned: () => undefined, onOpEnd: () => undefined };
    try {
      lastReport = await syncTold(running.context(), approvals, events, life.signal);
      return lastReport;
    } catch (error) {
      if (running.isDead) return null;
      throw error;
    } finally {
      running.isDead = true;
    }
  }

  async function live(how: LiveHow, interfere: Interference): Promise<boolean> {
    const life = new AbortController();
    const running = begin(interfere, () => {
      life.abort(new Crash());
    });
    const { name, clock, random } = parts;
    const openContext = running.context;
    const rootSight = (): Promise<string> => openFakeLocalFiles(place).root.sight();
    const facts = await runLive(
      { name, clock, random, log: silent, watcher, rootSight, openContext },
      how,
      life,
    );
    if (running.isDead) return false;
    running.isDead = true;
    lastReport = reportOf(facts, settled().store());
    return true;
  }

  return {
    name: parts.name,
    disk,
    place,
    store: () => settled().store(),
    mode: parts.mode,
    sync,
    live,
    tell: watcher.tell,
    lastReport: () => lastReport,
    remote,
    copyState: () => settled().copy(),
    restoreState: (copy) => {
      settled().restore(copy);
    },
  };
}

/** What the page shows of a pair that runs, in the shape of what the command line says. */
function reportOf(facts: PairStatus, store: PairStore): ToldReport {
  const { guards, planProblems, failure, notices } = facts;
  const problems = store.problems();
  if (guards.length > 0) return { kind: 'guarded', guards, ended: [] };
  const isInSync = failure === null && problems.length === 0 && planProblems.length === 0;
  const isQuiet = failure === null;
  return {
    kind: 'ended',
    isInSync,
    isQuiet,
    left: 0,
    ended: [],
    problems,
    planProblems,
    notices,
    leftOutByDefault: 0,
  };
}

type Made = ReturnType<PairContext['makeIgnore']>;
/** The same rules come back in every sync of every history; compiling their patterns is dear. */
const matchers = new Map<string, Made>();

function ignoreOf(text: string | null, caseSensitive: boolean): Made {
  const key = `${String(caseSensitive)} ${text ?? ''}`;
  const known = matchers.get(key);
  if (known !== undefined) return known;
  const rules = ignoreRules({ settings: [], ignoreFile: text, excluded: [] });
  const made = {
    matcher: makeIgnoreMatcher(rules, { caseSensitive }),
    fingerprint: text ?? '',
    refusedLines: rules.refusedLines,
  };
  matchers.set(key, made);
  return made;
}

/** A process can die before a call, before its effect, and before the reply. */
function withSteps(hooks: FakeHooks, step: (key: string) => void): FakeHooks {
  return {
    beforeCall: (call, signal) => {
      step(call.key);
      return hooks.beforeCall?.(call, signal) ?? null;
    },
    beforeEffect: ({ key }) => {
      step(key);
    },
    afterCall: ({ key }) => {
      step(key);
    },
  };
}

/** A dead process writes nothing, not even what it had in hand. */
function mortal(store: PairStore, running: { readonly isDead: boolean }): PairStore {
  function alive<Args extends readonly unknown[], Result>(write: (...args: Args) => Result) {
    return (...args: Args): Result => {
      if (running.isDead) throw new Crash();
      return write(...args);
    };
  }
  const { begin, sight, finish, abandon } = store.remoteScan;
  return {
    ...store,
    record: alive(store.record),
    note: alive(store.note),
    recordSoon: alive(store.recordSoon),
    remoteScan: {
      begin: alive(begin),
      sight: alive(sight),
      finish: alive(finish),
      // Also called to tidy up by a process that ends by itself; a dead one has nothing to tidy.
      abandon: () => {
        if (!running.isDead) abandon();
      },
    },
  };
}

/** Reads give at most three bytes at a time. */
function shortReading(files: LocalFiles): LocalFiles {
  const open = async (path: RelPath): Promise<OpenOutcome> => {
    const opened = await files.open(path);
    if (opened.kind !== 'open') return opened;
    const { reader } = opened;
    const read = (at: number, length: number): Promise<Uint8Array> => reader.read(at, Math.min(length, 3));
    return { kind: 'open', reader: { ...reader, read } };
  };
  return {
    rootStatus: () => files.rootStatus(),
    list: (dirs, signal) => files.list(dirs, signal),
    look: (path) => files.look(path),
    hash: (path, signal) => files.hash(path, signal),
    hashBoth: (path, signal) => files.hashBoth(path, signal),
    readSmall: (path, maxBytes) => files.readSmall(path, maxBytes),
    open,
    readHeld: (asked) => readHeldBy(open, asked),
  };
}

function contextOf(
  parts: DeviceParts & { readonly remote: FakeRemote },
  place: FakePlace,
  opened: PairStore,
  step: (what: string) => void,
  running: { readonly isDead: boolean },
): PairContext {
  const { disk } = place;
  const local = openFakeLocalFiles(place, (name, path) => {
    step(`${name} ${path}`);
  });
  const store = mortal(opened, running);
  const group = makeGroupCommit(store, parts.clock);
  const tools = { clock: parts.clock, random: parts.random };
  return {
    settings: {
      id: 'sim',
      binding: {
        issuer: 'https://login.example.com/',
        principal: 'alice',
        endpoint: 'https://s3.example.com',
        bucket: 'bucket',
        prefix: simulatedPrefix,
        folder: `/${parts.name}`,
      },
      mode: parts.mode,
      propagateDeletes: false,
      deviceName: parts.name,
      windowsNames: false,
      scan: { settleMs: 0, auditSeconds: 3600 },
      options: { concurrency: { smallFiles: 4, largeFiles: 2 } },
    },
    files: parts.readsShort ? shortReading(local.files) : local.files,
    changes: local.changes,
    room: local.room,
    root: local.root,
    store,
    remote: withRetry(parts.remote.objects, tools),
    held: fakeHeldObjects(parts.remote.objects),
    multipart: withRetryMultipart(parts.remote.multipart, tools),
    versions: parts.remote.versions,
    abilities: parts.remote.abilities,
    makeIgnore: (text) => ignoreOf(text, disk.caseSensitive),
    contentTypeOf,
    hashBytes: (bytes) => ({ sha256: hash('sha256', bytes), md5: hash('md5', bytes) }),
    makeHasher: () => {
      const hasher = createHash('sha256');
      return {
        update: (bytes) => void hasher.update(bytes),
        peekHex: () => hasher.copy().digest('hex'),
        digestHex: () => hasher.digest('hex'),
      };
    },
    commit: (changes) => group.commit(changes),
    ...tools,
    ...(parts.sizes === null ? {} : { sizes: parts.sizes }),
    ...(parts.addedRows === null ? {} : { planSizes: { ...planSizes, addedRows: parts.addedRows } }),
    log: silent,
    reached: (name) => {
      step(`reached ${name}`);
    },
    close: () => Promise.resolve(),
    onTransfer: () => undefined,
  };
}
