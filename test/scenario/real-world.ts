// Stories on a real disk and a real S3 endpoint, through the shipped adapters.
import { chmod, lstat, mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import type { S3Client } from '@aws-sdk/client-s3';
import { openSqliteState } from '../../main/adapters/sqlite/state.ts';
import type { AccountRuntime } from '../../main/app/account/runtime.ts';
import { openPairContext } from '../../main/compose/pair.ts';
import type { PairConfig } from '../../main/core/config/config.ts';
import type { PairContext } from '../../main/sync/context.ts';
import { engineVerbs } from './engine-verbs.ts';
import type { DeviceOptions, StoryBucket, StoryDevice, StoryWorld } from './story.ts';

export type RealParts = {
  /** An empty folder of this story's own. */
  readonly room: string;
  /** Where the devices' folders lie, on a disk of its own; left out: in the room. */
  readonly folders?: string;
  readonly s3: S3Client;
  readonly bucket: string;
  /** Of this story's own, ending in `/`. */
  readonly prefix: string;
  readonly account: Pick<AccountRuntime, 'config' | 'credentials'>;
};

export function makeRealWorld(parts: RealParts): StoryWorld {
  return {
    bucket: bucketOf(parts),
    device: (name, options = {}) => deviceOf(parts, name, options),
    wait: () => undefined,
  };
}

function bucketOf({ s3, bucket, prefix }: RealParts): StoryBucket {
  const keys = async (): Promise<string[]> => {
    const answer = await s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix }));
    return (answer.Contents ?? []).map((object) => (object.Key ?? '').slice(prefix.length)).sort();
  };
  const put = async (key: string, text: string): Promise<void> => {
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: prefix + key, Body: text }));
  };
  return {
    put,
    putRaw: put,
    remove: async (path) => {
      await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: prefix + path }));
    },
    read: async (path) => {
      if (!(await keys()).includes(path)) return null;
      const got = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: prefix + path }));
      return (await got.Body?.transformToString()) ?? null;
    },
    tree: async () => (await keys()).filter((key) => !key.startsWith('.driftless/')),
    own: async () => (await keys()).filter((key) => key.startsWith('.driftless/')),
    contentTypeOf: async (path) => {
      const head = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: prefix + path }));
      return head.ContentType ?? null;
    },
  };
}

function deviceOf(parts: RealParts, name: string, options: DeviceOptions): StoryDevice {
  const home = join(parts.room, `home of ${name}`);
  const root = join(parts.folders ?? parts.room, name);
  const made = mkdir(root, { recursive: true }).then(() => mkdir(join(home, 'pairs'), { recursive: true }));
  const verbs = engineVerbs({
    open: async () => {
      await made;
      return openContext(parts, { home, root, name }, options);
    },
    drive: (work) => work,
  });
  const at = (path: string): string => join(root, path);
  return {
    name,
    ...verbs,
    write: async (path, text) => {
      await made;
      await mkdir(dirname(at(path)), { recursive: true });
      await writeFile(at(path), text);
    },
    read: async (path) => {
      await made;
      const stats = await lstat(at(path)).catch(() => null);
      return stats?.isFile() === true ? readFile(at(path), 'utf8') : null;
    },
    remove: (path) => rm(at(path), { recursive: true, force: true }),
    rename: async (from, to) => {
      await mkdir(dirname(at(to)), { recursive: true });
      await rename(at(from), at(to));
    },
    makeFolder: async (path) => {
      await made;
      await mkdir(at(path), { recursive: true });
    },
    link: (path, target) => symlink(target, at(path)),
    setExecutable: (path) => chmod(at(path), 0o755),
    isExecutable: async (path) => ((await lstat(at(path))).mode & 0o100) !== 0,
    tree: async () => {
      await made;
      return treeOf(root);
    },
    problems: () =>
      fromState(home, (store) => store.problems().map((problem) => `${problem.code} ${problem.path}`)),
    trash: () => fromState(home, (store) => store.trash().map((item) => item.path)),
    unplug: () => rename(root, `${root} unplugged`),
    plugIn: () => rename(`${root} unplugged`, root),
    forgetState: async () => {
      await rm(join(home, 'pairs'), { recursive: true });
      await mkdir(join(home, 'pairs'));
    },
  };
}

function fromState(
  home: string,
  look: (store: ReturnType<typeof openSqliteState>) => readonly string[],
): readonly string[] {
  const store = openSqliteState({ file: join(home, 'pairs', 'story.db') });
  try {
    return look(store);
  } finally {
    store.close();
  }
}

async function treeOf(root: string): Promise<readonly string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const all = entries
    .filter((entry) => !entry.isSymbolicLink())
    .map((entry) => {
      const path = join(entry.parentPath, entry.name).slice(root.length + 1);
      return entry.isDirectory() ? `${path}/` : path;
    })
    .filter((path) => !path.startsWith('.driftless/'));
  return all
    .filter((path) => !path.endsWith('/') || !all.some((other) => other !== path && other.startsWith(path)))
    .sort();
}

function openContext(
  parts: RealParts,
  device: { readonly home: string; readonly root: string; readonly name: string },
  options: DeviceOptions,
): Promise<PairContext> {
  const pair = {
    id: 'story',
    account: 'story',
    folder: device.root,
    bucket: parts.bucket,
    prefix: parts.prefix,
    mode: options.mode ?? 'two-way',
    ignore: options.ignore ?? [],
    exclude: options.exclude ?? [],
    propagateDeletes: options.propagateDeletes ?? false,
    caseSensitivity: 'auto',
    deviceName: device.name,
  } as unknown as PairConfig; // ids are branded by the configuration's parser, which has its own tests
  return openPairContext(
    {
      options: { home: device.home, isPackaged: false, env: {} },
      pair,
      // Only these are asked for.
      account: {
        ...parts.account,
        credentialsOf: () => parts.account.credentials,
        view: () => ({ personName: null }),
      } as unknown as AccountRuntime,
      spent: new Map(),
      log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
      onTransfer: () => undefined,
      paces: [],
    },
    new AbortController().signal,
  );
}
