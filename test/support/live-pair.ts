// Live pair engine on fakes under virtual time, with request and disk call counts.
import { createHash, hash } from 'node:crypto';
import { onTestFinished } from 'vitest';
import { contentTypeOf, loadContentTypes } from '../../main/adapters/disk/content-type.ts';
import { makeIgnoreMatcher } from '../../main/adapters/disk/ignore-matcher.ts';
import { openSqliteState } from '../../main/adapters/sqlite/state.ts';
import { ignoreRules } from '../../main/core/config/ignore-rules.ts';
import type { BaseCell, ContentId, ObjectKey, RelPath, SyncMode } from '../../main/core/model/model.ts';
import { relPath } from '../../main/core/model/path.ts';
import type { PairOptions } from '../../main/core/config/config.ts';
import type { FileEvent, FileWatcher } from '../../main/ports/file-watcher.port.ts';
import type { RemoteObjects } from '../../main/ports/remote-objects.port.ts';
import type { PairStore, StateChange } from '../../main/ports/sync-state.port.ts';
import { makeGroupCommit } from '../../main/sync/group-commit.ts';
import type { PairContext } from '../../main/sync/context.ts';
import { openQuestions } from '../../main/sync/session/questions.ts';
import { makePairEngine } from '../../main/sync/runner/pair-runner.ts';
import type { PairEngine } from '../../main/sync/runner/pair-status.ts';
import type { TransferSizes } from '../../main/sync/transfer-sizes.ts';
import { withRetry, withRetryMultipart } from '../../main/sync/transfer/retry.ts';
import { FakeDisk } from '../fakes/fake-disk.ts';
import { FakePlace } from '../fakes/fake-place.ts';
import { fakeHeldObjects } from '../fakes/fake-held-objects.ts';
import { openFakeLocalFiles } from '../fakes/fake-local-files.ts';
import { digestOf, fingerprintOf } from '../fakes/fake-local-paths.ts';
import { makeFakeRemote } from '../fakes/fake-remote-objects.ts';
import type { FakeRemote, FakeRemoteOptions } from '../fakes/fake-remote-objects.ts';
import { seeded, virtualClock } from '../simulation/seeded.ts';
import type { VirtualClock } from '../simulation/seeded.ts';

// Before any history, which must be told the same each time.
await loadContentTypes();

export const livePrefix = 'users/alice/';

export type LivePair = {
  readonly name: string;
  readonly disk: FakeDisk;
  /** Where the disk is mounted. */
  readonly place: FakePlace;
  readonly store: PairStore;
  readonly engine: PairEngine;
  readonly remote: FakeRemote;
  /** Calls to the disk so far, by name. */
  readonly diskCalls: readonly string[];
  /** Notices and the like that went to the log. */
  readonly log: readonly string[];
  /** Begins to run; ends with the test. */
  start(): void;
  stop(): Promise<void>;
  /** A new engine on the same disk and state, after `stop`. */
  restart(onMade?: () => void): void;
  /** Edits a file and reports it through the watcher. */
  write(path: string, content: string): void;
  remove(path: string): void;
  event(...events: readonly FileEvent[]): void;
  /** Watchers made so far: each session makes one, and so does a change of the ignore rules. */
  readonly watchers: () => number;
  context(): PairContext;
};

export type LiveWorld = {
  readonly clock: VirtualClock;
  readonly bucket: FakeRemote;
  add(name: string, how?: LiveOptions): LivePair;
  /** Lets so much time pass, with everything that happens in it. */
  pass(ms: number): Promise<void>;
  /** Lets time pass until `isSo`, at most `limitMs`; answers how long it took. */
  until(isSo: () => boolean, limitMs: number): Promise<number>;
};

export type LiveOptions = {
  /** Small downloads go in groups. */
  readonly isHeld?: boolean;
  readonly mode?: SyncMode;
  readonly options?: PairOptions;
  readonly auditMs?: number;
  readonly remote?: Partial<FakeRemoteOptions>;
  /** Takes the place of parts of the store's answers, LIST of a huge bucket for instance. */
  readonly wrap?: (objects: RemoteObjects) => RemoteObjects;
  /** Called before each step on the disk, by name; what it throws is what the disk answers. */
  readonly onDiskStep?: (name: string, path: string) => void | Promise<void>;
  /** Called when a session closes what it works with; what it throws is what that fails with. */
  readonly onClose?: () => void;
  /** From which size on a file travels in another way. */
  readonly sizes?: TransferSizes;
  /** Called before each write of the state; what it throws is what the disk of the state answers. */
  readonly onRecord?: () => void;
  /** Folders that are not synced here; asked when a session opens. */
  readonly excluded?: () => readonly string[];
};

export function liveWorld(options: FakeRemoteOptions = {}): LiveWorld {
  const clock = virtualClock(1_800_000_000_000);
  const bucket = makeFakeRemote({ ...options, nowMs: () => clock.nowMs() });
  const random = seeded(7);
  const never = new AbortController().signal;
  const pass = async (ms: number): Promise<void> => {
    await clock.drive(clock.sleep(ms, never));
  };
  return {
    clock,
    bucket,
    pass,
    async until(isSo, limitMs) {
      const from = clock.monotonicMs();
      while (!isSo()) {
        if (clock.monotonicMs() - from >= limitMs) throw new Error(`not so after ${String(limitMs)} ms`);
        await pass(100);
      }
      return clock.monotonicMs() - from;
    },
    add: (name, how = {}) =>
      addPair({ name, clock, random, bucket, fakeOptions: { ...options, ...how.remote } }, how),
  };
}

type Room = {
  readonly name: string;
  readonly clock: VirtualClock;
  readonly random: ReturnType<typeof seeded>;
  readonly bucket: FakeRemote;
  readonly fakeOptions: FakeRemoteOptions;
};

function addPair(room: Room, how: LiveOptions): LivePair {
  const { clock } = room;
  const disk = new FakeDisk({ nowMs: () => clock.nowMs() });
  const place = new FakePlace(disk);
  const store = withRecordHook(openSqliteState({ file: ':memory:' }), how.onRecord);
  const remote = makeFakeRemote({
    ...room.fakeOptions,
    bucket: room.bucket.bucket,
    nowMs: () => clock.nowMs(),
  });
  const diskCalls: string[] = [];
  const log: string[] = [];
  let life = new AbortController();
  let watchers = 0;
  const paused: { is: boolean; untilMs: number | null } = { is: false, untilMs: null };
  let deliver: ((events: readonly FileEvent[]) => void) | null = null;
  const makeWatcher = (): FileWatcher => {
    watchers += 1;
    return {
      start: (listener) => {
        deliver = listener;
        return Promise.resolve();
      },
      stop: () => {
        deliver = null;
        return Promise.resolve();
      },
    };
  };
  const context = (): PairContext => contextOf(room, how, { place, store, remote, diskCalls, log });
  const makeEngine = (): PairEngine =>
    makePairEngine({
      id: room.name,
      openContext: () => Promise.resolve(context()),
      makeWatcher,
      rootSight: () => openFakeLocalFiles(place).root.sight(),
      times: { settleMs: 1000, auditMs: how.auditMs ?? 3_600_000, pollMs: 10_000, activePollMs: 3000 },
      clock,
      random: room.random,
      log: loggerTo(log),
      rememberedQuestions: () => openQuestions(store),
      pauseMemory: {
        isPaused: () => paused.is,
        endsAtMs: () => paused.untilMs,
        remember: (is, untilMs) => void Object.assign(paused, { is, untilMs }),
      },
    });
  let engine = makeEngine();
  let running: Promise<void> = Promise.resolve();
  const stop = async (): Promise<void> => {
    life.abort(new Error('the test is over'));
    await clock.drive(running);
  };
  const entry = (path: string): FileEvent => ({ kind: 'entry', path: relPath(path) });
  return {
    name: room.name,
    disk,
    place,
    store,
    get engine() {
      return engine;
    },
    remote,
    diskCalls,
    log,
    start: () => {
      running = engine.run(life.signal);
      onTestFinished(stop);
    },
    stop,
    restart: (onMade) => {
      life = new AbortController();
      engine = makeEngine();
      onMade?.();
      running = engine.run(life.signal);
    },
    write: (path, content) => {
      disk.write(path, content);
      deliver?.([entry(path)]);
    },
    remove: (path) => {
      disk.remove(path);
      deliver?.([entry(path)]);
    },
    event: (...events) => deliver?.(events),
    watchers: () => watchers,
    context,
  };
}

function withRecordHook(store: PairStore, onRecord: (() => void) | undefined): PairStore {
  if (onRecord === undefined) return store;
  return {
    ...store,
    record(changes) {
      onRecord();
      store.record(changes);
    },
    note(changes) {
      onRecord();
      store.note(changes);
    },
    recordSoon(changes) {
      onRecord();
      return store.recordSoon(changes);
    },
  };
}

function loggerTo(lines: string[]) {
  const add = (message: string): void => void lines.push(message);
  return { debug: () => undefined, info: add, warn: add, error: add };
}

type Sides = Pick<LivePair, 'place' | 'store' | 'remote'> & {
  readonly diskCalls: string[];
  readonly log: string[];
};

function contextOf(room: Room, how: LiveOptions, sides: Sides): PairContext {
  const { place, store, remote } = sides;
  const local = openFakeLocalFiles(place, (name, path) => {
    sides.diskCalls.push(name);
    return how.onDiskStep?.(name, path);
  });
  const tools = { clock: room.clock, random: room.random };
  const group = makeGroupCommit(store, room.clock);
  return {
    settings: {
      id: room.name,
      binding: {
        issuer: 'https://login.example.com/',
        principal: 'alice',
        endpoint: 'https://s3.example.com',
        bucket: 'bucket',
        prefix: livePrefix,
        folder: `/${room.name}`,
      },
      mode: how.mode ?? 'two-way',
      propagateDeletes: false,
      deviceName: room.name,
      windowsNames: false,
      scan: { settleMs: 1000, auditSeconds: 3600 },
      options: how.options ?? {},
    },
    files: local.files,
    changes: local.changes,
    room: local.room,
    root: local.root,
    store,
    remote: withRetry(how.wrap?.(remote.objects) ?? remote.objects, tools),
    ...(how.isHeld === true ? { held: fakeHeldObjects(how.wrap?.(remote.objects) ?? remote.objects) } : {}),
    multipart: withRetryMultipart(remote.multipart, tools),
    versions: remote.versions,
    abilities: remote.abilities,
    makeIgnore: (text) => {
      const excluded = (how.excluded?.() ?? []).map(relPath);
      const rules = ignoreRules({ settings: [], ignoreFile: text, excluded });
      return {
        matcher: makeIgnoreMatcher(rules, { caseSensitive: true }),
        fingerprint: `${text ?? ''} ${excluded.join('/')}`,
        refusedLines: rules.refusedLines,
      };
    },
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
    log: loggerTo(sides.log),
    reached: () => undefined,
    ...(how.sizes === undefined ? {} : { sizes: how.sizes }),
    close: async () => how.onClose?.(),
    onTransfer: () => undefined,
  };
}

/** Fills both sides and the state with so many files, a hundred to a folder, as if they had been synced long ago. */
export function fillInSync(pair: LivePair, files: number): void {
  const text = 'the same bytes everywhere';
  let changes: StateChange[] = [];
  const bytes = new TextEncoder().encode(text);
  const { content } = digestOf(bytes);
  for (let at = 0; at < files; at += 1) {
    const dir = `folder${String(Math.floor(at / 100)).padStart(5, '0')}`;
    const path = relPath(`${dir}/file${String(at % 100).padStart(3, '0')}.txt`);
    pair.disk.write(path, bytes);
    const { etag } = pair.remote.write(`${livePrefix}${path}`, bytes);
    if (at % 100 === 0) changes.push(...folderInSync(pair, relPath(dir)));
    changes.push(...fileInSync(pair, path, { content, etag, sizeBytes: bytes.length }));
    if (changes.length > 5000) {
      pair.store.record(changes);
      changes = [];
    }
  }
  pair.store.record(changes);
}

function fileInSync(
  pair: LivePair,
  path: RelPath,
  what: Pick<Extract<BaseCell, { kind: 'file' }>, 'etag' | 'sizeBytes'> & { readonly content: ContentId },
): readonly StateChange[] {
  const node = pair.disk.find(path);
  if (node?.kind !== 'file') throw new Error(`${path} is no file`);
  const fingerprint = fingerprintOf(node);
  const rawName = path.slice(path.lastIndexOf('/') + 1);
  const { content, etag, sizeBytes } = what;
  const rawKey = `${livePrefix}${path}` as ObjectKey;
  return [
    { kind: 'base', path, cell: { kind: 'file', content, sizeBytes, etag, fingerprint, executable: false } },
    {
      kind: 'local',
      path,
      cell: { state: 'present', kind: 'file', rawName, fingerprint, content, executable: false },
    },
    { kind: 'remote', path, cell: { state: 'present', kind: 'file', rawKey, etag, sizeBytes, content } },
  ];
}

function folderInSync(pair: LivePair, path: RelPath): readonly StateChange[] {
  const node = pair.disk.find(path);
  if (node?.kind !== 'folder') throw new Error(`${path} is no folder`);
  return [
    { kind: 'base', path, cell: { kind: 'folder', inode: node.inode } },
    { kind: 'local', path, cell: { state: 'present', kind: 'folder', rawName: path, inode: node.inode } },
    { kind: 'remote', path, cell: { state: 'present', kind: 'folder', marker: null } },
  ];
}
