// Stories on an in-memory disk and store, in virtual time.
import { createHash, hash } from 'node:crypto';
import { contentTypeOf, loadContentTypes } from '../../main/adapters/disk/content-type.ts';
import { makeIgnoreMatcher } from '../../main/adapters/disk/ignore-matcher.ts';
import { openSqliteState } from '../../main/adapters/sqlite/state.ts';
import { ignoreRules } from '../../main/core/config/ignore-rules.ts';
import { relPath } from '../../main/core/model/path.ts';
import type { PairStore } from '../../main/ports/sync-state.port.ts';
import { makeGroupCommit } from '../../main/sync/group-commit.ts';
import type { PairContext } from '../../main/sync/context.ts';
import { withRetry, withRetryMultipart } from '../../main/sync/transfer/retry.ts';
import { diskKinds } from '../fakes/disk-kinds.ts';
import { FakeDisk } from '../fakes/fake-disk.ts';
import { fakeHeldObjects } from '../fakes/fake-held-objects.ts';
import { openFakeLocalFiles } from '../fakes/fake-local-files.ts';
import { makeFakeRemote } from '../fakes/fake-remote-objects.ts';
import type { FakeRemote, FakeRemoteOptions } from '../fakes/fake-remote-objects.ts';
import { seeded, virtualClock } from '../simulation/seeded.ts';
import type { Seeded, VirtualClock } from '../simulation/seeded.ts';
import { engineVerbs } from './engine-verbs.ts';
import type { DeviceOptions, StoryBucket, StoryDevice, StoryWorld } from './story.ts';

// Before any history, which must be told the same each time.
await loadContentTypes();

const prefix = 'users/alice/';

type Parts = {
  readonly clock: VirtualClock;
  readonly random: Seeded;
  readonly remote: FakeRemote;
};

export function makeFakeWorld(options: FakeRemoteOptions = {}): StoryWorld {
  const clock = virtualClock(1_800_000_000_000);
  const remote = makeFakeRemote({ ...options, nowMs: () => clock.nowMs() });
  const parts: Parts = { clock, random: seeded(1), remote };
  return {
    bucket: bucketOf(remote),
    device: (name, deviceOptions = {}) => deviceOf(parts, name, deviceOptions),
    wait: (hours) => {
      clock.advance(hours * 3_600_000);
    },
  };
}

function bucketOf(remote: FakeRemote): StoryBucket {
  const keys = (): string[] =>
    [...remote.contents().keys()]
      .filter((key) => key.startsWith(prefix))
      .map((key) => key.slice(prefix.length));
  const put = (key: string, text: string): Promise<void> => {
    remote.write(prefix + key, new TextEncoder().encode(text));
    return Promise.resolve();
  };
  return {
    put,
    putRaw: put,
    remove: (path) => {
      remote.remove(prefix + path);
      return Promise.resolve();
    },
    read: (path) => {
      const bytes = remote.contents().get(prefix + path);
      return Promise.resolve(bytes === undefined ? null : new TextDecoder().decode(bytes));
    },
    tree: () =>
      Promise.resolve(
        keys()
          .filter((key) => !key.startsWith('.driftless/'))
          .sort(),
      ),
    own: () =>
      Promise.resolve(
        keys()
          .filter((key) => key.startsWith('.driftless/'))
          .sort(),
      ),
    contentTypeOf: (path) => Promise.resolve(remote.bucket.current(prefix + path)?.contentType ?? null),
  };
}

function deviceOf(parts: Parts, name: string, options: DeviceOptions): StoryDevice {
  const { clock } = parts;
  const disk = new FakeDisk({
    nowMs: () => clock.nowMs(),
    caseSensitive: options.caseSensitive ?? true,
    ...(options.disk === undefined ? {} : diskKinds[options.disk]),
  });
  let store = openSqliteState({ file: ':memory:' });
  const verbs = engineVerbs({
    open: () => Promise.resolve(contextOf(parts, name, disk, store, options)),
    // Seconds pass between one thing and the next, as they do for people.
    drive: (work) => {
      clock.advance(5000);
      return clock.drive(work);
    },
  });
  const now = <Value>(act: () => Value): Promise<Value> => {
    clock.advance(5000);
    return Promise.resolve(act());
  };
  return {
    name,
    ...verbs,
    write: (path, text) =>
      now(() => {
        disk.write(path, text);
      }),
    read: (path) => now(() => disk.read(path)),
    remove: (path) =>
      now(() => {
        disk.remove(path);
      }),
    rename: (from, to) =>
      now(() => {
        disk.rename(from, to);
      }),
    makeFolder: (path) =>
      now(() => {
        disk.makeFolders(path);
      }),
    link: (path) =>
      now(() => {
        disk.put(path, 'symlink');
      }),
    setExecutable: (path) =>
      now(() => {
        disk.setExecutable(path, true);
      }),
    isExecutable: (path) => now(() => disk.isExecutable(path)),
    tree: () => now(() => treeOf(disk)),
    problems: () => store.problems().map((problem) => `${problem.code} ${problem.path}`),
    trash: () => store.trash().map((item) => item.path),
    unplug: () =>
      now(() => {
        disk.isGone = true;
      }),
    plugIn: () =>
      now(() => {
        disk.isGone = false;
      }),
    forgetState: () =>
      now(() => {
        store = openSqliteState({ file: ':memory:' });
      }),
  };
}

function treeOf(disk: FakeDisk): readonly string[] {
  const all = [...disk.tree({ withFolders: true }).keys()];
  return all
    .filter((path) => !path.endsWith('/') || !all.some((other) => other !== path && other.startsWith(path)))
    .sort();
}

function contextOf(
  parts: Parts,
  name: string,
  disk: FakeDisk,
  store: PairStore,
  options: DeviceOptions,
): PairContext {
  const { clock, random, remote } = parts;
  const local = openFakeLocalFiles(disk);
  const group = makeGroupCommit(store, clock);
  const tools = { clock, random };
  return {
    settings: {
      id: 'story',
      binding: {
        issuer: 'https://login.example.com/',
        principal: 'alice',
        endpoint: 'https://s3.example.com',
        bucket: 'bucket',
        prefix,
        folder: `/${name}`,
      },
      mode: options.mode ?? 'two-way',
      propagateDeletes: options.propagateDeletes ?? false,
      deviceName: name,
      windowsNames: options.windowsNames ?? false,
      scan: { settleMs: 0, auditSeconds: 3600 },
      options: {},
    },
    files: local.files,
    changes: local.changes,
    room: local.room,
    root: local.root,
    store,
    remote: withRetry(remote.objects, tools),
    held: fakeHeldObjects(remote.objects),
    multipart: withRetryMultipart(remote.multipart, tools),
    versions: remote.versions,
    abilities: remote.abilities,
    makeIgnore: (text) => {
      const rules = ignoreRules({
        settings: options.ignore ?? [],
        ignoreFile: text,
        excluded: (options.exclude ?? []).map((path) => relPath(path)),
      });
      return {
        matcher: makeIgnoreMatcher(rules, { caseSensitive: disk.caseSensitive }),
        fingerprint: JSON.stringify(rules),
        refusedLines: rules.refusedLines,
      };
    },
    contentTypeOf,
    hashBytes: (bytes) => ({ sha256: hash('sha256', bytes), md5: hash('md5', bytes) }),
    makeHasher: () => {
      const hasher = createHash('sha256');
      return {
        update: (bytes) => {
          hasher.update(bytes);
        },
        peekHex: () => hasher.copy().digest('hex'),
        digestHex: () => hasher.digest('hex'),
      };
    },
    commit: (changes) => group.commit(changes),
    ...tools,
    log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
    reached: () => undefined,
    close: () => Promise.resolve(),
    onTransfer: () => undefined,
  };
}
