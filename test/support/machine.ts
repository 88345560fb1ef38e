// Machine of the crash and network tests: home, real folder, real processes.
import type { ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { composeApp } from '../../main/compose/app.ts';
import { FileSecrets } from '../../main/adapters/system/file-secrets.ts';
import type { PairContext } from '../../main/sync/context.ts';
import { personOf } from '../local-cloud/client-kit.ts';
import type { CloudDescription, LocalCloud } from '../local-cloud/cloud.ts';
import { endOf, startCli } from './driftless-cli.ts';
import type { CliEnd } from './driftless-cli.ts';
import { makeTempFolder } from './temp.ts';

/** What a side holds: SHA-256 by path for files, and every folder by path. */
export type SideTree = { readonly files: ReadonlyMap<string, string>; readonly folders: ReadonlySet<string> };

export type Machine = {
  readonly name: string;
  readonly home: string;
  readonly folder: string;
  /** On the folder's volume and outside it: where a careful program writes before it renames. */
  readonly scratch: string;
  readonly start: (args: readonly string[], failpoint?: string) => ChildProcess;
  readonly run: (args: readonly string[], failpoint?: string) => Promise<CliEnd>;
  readonly tree: () => SideTree;
  /** SHA-256 of all content that a user can recover: tree and trash. */
  readonly contents: () => Set<string>;
  readonly tempFiles: () => readonly string[];
  /** Of every file in the trash, relative to it. */
  readonly trashNames: () => readonly string[];
  readonly log: () => string;
  /** The pair's own context, in this process, for looking at what the state says; never while an engine runs. */
  readonly inspect: <T>(look: (context: PairContext) => Promise<T>) => Promise<T>;
};

export type MachineOptions = {
  readonly name: string;
  readonly cloud: LocalCloud;
  /** Below `users/{sub}/`; ends in a slash. */
  readonly place: string;
  /** Where S3 and STS are reached, when not at the cloud itself. */
  readonly endpoints?: { readonly s3: string; readonly sts: string };
  readonly pair?: Readonly<Record<string, unknown>>;
  /** Mounted disk for the folder and its scratch; without it they lie beside the home. */
  readonly disk?: string;
};

/** The caller removes it. */
export async function makeMachine(
  options: MachineOptions,
): Promise<Machine & { remove: () => Promise<void> }> {
  const room = await makeTempFolder(options.name);
  const disk = options.disk ?? room.path;
  const [home, folder, scratch] = [join(room.path, 'home'), join(disk, 'folder'), join(disk, 'scratch')];
  for (const path of [home, folder, scratch]) mkdirSync(path, { mode: 0o700 });
  const tokenFile = join(room.path, 'id-token');
  const sub = aliceOf(options.cloud.description).sub;
  const token = await options.cloud.signToken({ sub, exp: Math.floor(Date.now() / 1000) + 7200 });
  writeFileSync(tokenFile, token, { mode: 0o600 });
  writeFileSync(join(home, 'config.json'), configText(options, folder, tokenFile));
  const start: Machine['start'] = (args, failpoint = '') =>
    startCli([...args, '--home', home], {
      env: { DRIFTLESS_FAILPOINT: failpoint },
    });
  return {
    name: options.name,
    home,
    folder,
    scratch,
    start,
    run: (args, failpoint) => endOf(start(args, failpoint)),
    tree: () => treeOf(folder),
    contents: () => new Set([...treeOf(folder).files.values(), ...trashHashes(folder)]),
    tempFiles: () => namesIn(join(folder, '.driftless', 'tmp')),
    trashNames: () => filesBelow(join(folder, '.driftless', 'trash'), ''),
    log: () => readFileSync(join(home, 'driftless.log'), 'utf8'),
    inspect: (look) => inspect(home, look),
    remove: room.remove,
  };
}

export function aliceOf(cloud: CloudDescription): CloudDescription['users'][number] {
  return personOf(cloud, 'alice');
}

function configText(options: MachineOptions, folder: string, tokenFile: string): string {
  const { description: cloud } = options.cloud;
  const account = {
    id: 'work',
    issuer: cloud.issuer,
    clientId: cloud.clientId,
    scopes: 'openid',
    identity: { kind: 'token-file', path: tokenFile },
    exchange: {
      kind: 'web-identity',
      roleArn: cloud.roleArn,
      stsEndpoint: options.endpoints?.sts ?? cloud.sts,
      durationSeconds: 3600,
    },
    region: cloud.region,
    s3Endpoint: options.endpoints?.s3 ?? cloud.s3,
    forcePathStyle: true,
    development: true,
  };
  const pair = {
    id: 'files',
    account: 'work',
    folder,
    bucket: cloud.bucket,
    prefix: `users/{sub}/${options.place}`,
    mode: 'two-way',
    deviceName: options.name,
    // The guards have tests of their own; here most of a folder changes all the time and questions would go unanswered.
    guards: { maxRemovals: 1_000_000, maxSharePercent: 100, maxConflicts: 1_000_000 },
    ...options.pair,
  };
  return JSON.stringify({ accounts: [account], pairs: [pair] }, null, 2);
}

function treeOf(folder: string): SideTree {
  const files = new Map<string, string>();
  const folders = new Set<string>();
  const walk = (below: string): void => {
    for (const name of namesIn(join(folder, below))) {
      if (below === '' && name === '.driftless') continue;
      const path = `${below}${name}`;
      const full = join(folder, path);
      const stats = lstatSync(full, { throwIfNoEntry: false });
      if (stats?.isDirectory() === true) {
        folders.add(path);
        walk(`${path}/`);
      } else if (stats !== undefined) {
        const hash = hashOf(full);
        if (hash !== null) files.set(path, hash);
      }
    }
  };
  walk('');
  return { files, folders };
}

/** While an engine works, what was listed may be gone. */
function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}

function hashOf(file: string): string | null {
  try {
    return sha256(readFileSync(file));
  } catch (error) {
    if (isGone(error)) return null;
    throw error;
  }
}

function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}

function trashHashes(folder: string): readonly string[] {
  const trash = join(folder, '.driftless', 'trash');
  return filesBelow(trash, '').flatMap((name) => hashOf(join(trash, name)) ?? []);
}

function filesBelow(directory: string, below: string): readonly string[] {
  return namesIn(join(directory, below)).flatMap((name) => {
    const path = `${below}${name}`;
    const stats = lstatSync(join(directory, path), { throwIfNoEntry: false });
    if (stats === undefined) return [];
    return stats.isDirectory() ? filesBelow(directory, `${path}/`) : [path];
  });
}

export function sha256(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

async function inspect<T>(home: string, look: (context: PairContext) => Promise<T>): Promise<T> {
  const { signal } = new AbortController();
  const app = await composeApp(
    {
      home,
      secrets: new FileSecrets(join(home, 'secrets')),
      launch: () => Promise.reject(new Error('this machine has no interactive sign-in')),
      logLevel: 'error',
      writeLog: () => undefined,
      isPackaged: true,
      version: '0.1.0',
      env: {},
    },
    signal,
  );
  const context = await app.openPair('files', () => undefined, signal);
  try {
    return await look(context);
  } finally {
    await context.close();
  }
}
