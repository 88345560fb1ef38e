// One simulated device: a disk in memory, an engine on it, and a way to crash it between any two steps.
import { hash, createHash } from 'node:crypto';
import { openSqliteState } from '../../main/adapters/sqlite-state.ts';
import { makeIgnoreMatcher } from '../../main/adapters/ignore-matcher.ts';
import { contentTypeOf } from '../../main/adapters/content-type.ts';
import { ignoreRules } from '../../main/core/ignore-rules.ts';
import type { SyncMode } from '../../main/core/model.ts';
import type { Log } from '../../main/ports/log.port.ts';
import type { PairStore } from '../../main/ports/sync-state.port.ts';
import { makeGroupCommit } from '../../main/sync/group-commit.ts';
import type { PairContext } from '../../main/sync/pair-context.ts';
import { withRetry, withRetryMultipart } from '../../main/sync/retry.ts';
import { syncOnce } from '../../main/sync/sync-once.ts';
import type { OnceReport } from '../../main/sync/sync-once.ts';
import { FakeDisk } from '../fakes/fake-disk.ts';
import type { FakeDiskOptions } from '../fakes/fake-disk.ts';
import { openFakeLocalFiles } from '../fakes/fake-local-files.ts';
import type { FakeRemote } from '../fakes/fake-remote-objects.ts';
import type { Seeded, VirtualClock } from './seeded.ts';

/** Ends an engine: every step after it throws the same, so that a dead process changes nothing any more. */
export class Crash extends Error {}

export const simulatedPrefix = 'users/alice/';

export type DeviceParts = {
  readonly name: string;
  readonly clock: VirtualClock;
  readonly random: Seeded;
  readonly remote: FakeRemote;
  readonly disk: Omit<FakeDiskOptions, 'nowMs'>;
  readonly mode: SyncMode;
  /** Told every step of the disk and the state, for traces. */
  readonly onStep: (line: string) => void;
};

/** What shall happen while a sync runs; called before each step, counted from 1. */
export type Interference = (step: number) => void;

export type Device = {
  readonly name: string;
  readonly disk: FakeDisk;
  readonly store: PairStore;
  readonly mode: SyncMode;
  /** Null after a crash. Guards in `approvals` are passed; `*` passes whatever is raised. */
  sync(approvals: ReadonlySet<string>, interfere: Interference): Promise<OnceReport | null>;
  /** Called before each remote call of this device's engine; throws Crash when it is dead. */
  remoteStep(): void;
};

const silent: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

export function makeDevice(parts: DeviceParts): Device {
  const disk = new FakeDisk({ ...parts.disk, nowMs: () => parts.clock.nowMs() });
  const store = openSqliteState({ file: ':memory:' });
  let current: { steps: number; isDead: boolean; interfere: Interference } | null = null;

  function step(what: string): void {
    if (current === null) return;
    if (current.isDead) throw new Crash();
    current.steps += 1;
    parts.onStep(`${parts.name} ${what}`);
    try {
      current.interfere(current.steps);
    } catch (error) {
      if (error instanceof Crash) current.isDead = true;
      throw error;
    }
  }

  async function sync(
    approvals: ReadonlySet<string>,
    interfere: Interference,
  ): Promise<OnceReport | null> {
    const running = { steps: 0, isDead: false, interfere };
    current = running;
    const life = new AbortController();
    const context = contextOf(parts, disk, store, step, running);
    try {
      return await syncOnce(context, approvals, { onPlanned: () => undefined, onOpEnd: () => undefined }, life.signal);
    } catch (error) {
      if (running.isDead) return null;
      throw error;
    } finally {
      running.isDead = true;
    }
  }

  return { name: parts.name, disk, store, mode: parts.mode, sync, remoteStep: () => { step('remote'); } };
}

function contextOf(
  parts: DeviceParts,
  disk: FakeDisk,
  store: PairStore,
  step: (what: string) => void,
  running: { readonly isDead: boolean },
): PairContext {
  const local = openFakeLocalFiles(disk, (name, path) => {
    step(`${name} ${path}`);
  });
  const group = makeGroupCommit(
    {
      record: (changes) => {
        if (running.isDead) throw new Crash();
        store.record(changes);
      },
    },
    parts.clock,
  );
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
    files: local.files,
    changes: local.changes,
    room: local.room,
    store,
    remote: withRetry(parts.remote.objects, tools),
    multipart: withRetryMultipart(parts.remote.multipart, tools),
    versions: parts.remote.versions,
    abilities: parts.remote.abilities,
    makeIgnore: (text) => {
      const rules = ignoreRules({ settings: [], ignoreFile: text, excluded: [] });
      return { matcher: makeIgnoreMatcher(rules, { caseSensitive: disk.caseSensitive }), fingerprint: text ?? '' };
    },
    contentTypeOf,
    hashBytes: (bytes) => ({ sha256: hash('sha256', bytes), md5: hash('md5', bytes) }),
    makeHasher: () => {
      const hasher = createHash('sha256');
      return { update: (bytes) => void hasher.update(bytes), digestHex: () => hasher.digest('hex') };
    },
    commit: (changes) => group.commit(changes),
    ...tools,
    log: silent,
    reached: (name) => {
      step(`reached ${name}`);
    },
    close: () => Promise.resolve(),
    onTransfer: () => undefined,
  };
}
