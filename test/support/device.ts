// A user's device at a local cloud: home, folder, command line and engine processes.
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { personOf } from '../local-cloud/client-kit.ts';
import { startLocalCloud } from '../local-cloud/cloud.ts';
import type { CloudDescription, LocalCloud } from '../local-cloud/cloud.ts';
import { endOf, runCli, signInByCli, startCli } from './driftless-cli.ts';
import type { CliEnd, CliOptions } from './driftless-cli.ts';
import { cloudConfig } from './page-scenario.ts';
import { tempFolder } from './temp.ts';
import { waitFor } from './wait-for.ts';

/** A cloud that ends with the test. */
export async function cloudForTest(): Promise<LocalCloud> {
  const cloud = await startLocalCloud({ directory: join(await tempFolder('cloud'), 'cloud') });
  onTestFinished(cloud.stop);
  return cloud;
}

/** Content of `config.json`, as loosely typed as a user may write it. */
export type ConfigText = {
  accounts: Record<string, unknown>[];
  pairs: Record<string, unknown>[];
  [key: string]: unknown;
};

export type Device = {
  readonly home: string;
  readonly folder: string;
  readonly cloud: CloudDescription;
  /** One verb to its end, with this home. */
  cli(args: readonly string[], options?: CliOptions): Promise<CliEnd>;
  signIn(name: string): Promise<void>;
  /** `sync --once --json`; throws when it did not end in sync. */
  sync(...args: readonly string[]): Promise<SyncAnswer>;
  /** `serve` until the test ends; resolves when its page answers. */
  serve(...args: readonly string[]): Promise<Engine>;
  write(path: string, content: string | Uint8Array): Promise<void>;
  read(path: string): Promise<string>;
  editConfig(edit: (config: ConfigText) => void): Promise<void>;
};

export type SyncAnswer = {
  readonly ok: boolean;
  readonly pairs: readonly {
    readonly counts: Readonly<Record<string, number>>;
    readonly ops: readonly { readonly op: string; readonly path: string }[];
  }[];
};

export type Engine = {
  readonly url: string;
  readonly pid: number;
  readonly stderr: () => string;
  /** The next address that the engine asks the system to open. */
  openedUrl(): Promise<string>;
  /** SIGTERM; resolves with how it ended and how long that took. */
  stop(): Promise<CliEnd & { readonly ms: number }>;
};

export async function deviceForTest(cloud: CloudDescription): Promise<Device> {
  const room = await tempFolder('device');
  const home = join(room, 'home');
  const folder = join(room, 'folder');
  await mkdir(home, { mode: 0o700 });
  await mkdir(folder);
  await writeFile(join(home, 'config.json'), cloudConfig(cloud, folder));
  const cli: Device['cli'] = (args, options) => runCli([...args, '--home', home], options);
  return {
    home,
    folder,
    cloud,
    cli,
    signIn: async (name) => {
      const ended = await signInByCli(home, personOf(cloud, name));
      if (ended.code !== 0) throw new Error(`login ended with ${String(ended.code)}: ${ended.stderr}`);
    },
    sync: async (...args) => {
      const ended = await cli(['sync', '--once', '--json', ...args]);
      if (ended.code !== 0)
        throw new Error(`sync ended with ${String(ended.code)}: ${ended.stderr}${ended.stdout}`);
      return JSON.parse(ended.stdout) as SyncAnswer;
    },
    serve: (...args) => startEngine(home, args),
    write: async (path, content) => {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), content);
    },
    read: (path) => readFile(join(folder, path), 'utf8'),
    editConfig: async (edit) => {
      const file = join(home, 'config.json');
      const config = JSON.parse(await readFile(file, 'utf8')) as ConfigText;
      edit(config);
      await writeFile(file, JSON.stringify(config, null, 2));
    },
  };
}

async function startEngine(home: string, args: readonly string[]): Promise<Engine> {
  const child = startCli(['serve', '--print-url', '--home', home, ...args]);
  const ended = endOf(child);
  let stdout = '';
  let stderr = '';
  let opened = 0;
  child.stdout?.on('data', (text: unknown) => (stdout += String(text)));
  child.stderr?.on('data', (text: unknown) => (stderr += String(text)));
  onTestFinished(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await ended;
  });
  const line = await waitFor(
    () => {
      if (child.exitCode !== null) return stderr;
      return stdout.includes('\n') ? stdout.split('\n')[0] : null;
    },
    { what: 'the first line of serve' },
  );
  if (child.exitCode !== null) throw new Error(`serve ended with ${String(child.exitCode)}: ${line}`);
  const first = JSON.parse(line) as { url: string; pid: number };
  return {
    ...first,
    stderr: () => stderr,
    openedUrl: async () => {
      const address = await waitFor(
        () => [...stderr.matchAll(/sign in: (http\S+)\s/gu)].slice(opened)[0]?.[1],
        { what: 'the sign-in address' },
      );
      opened += 1;
      return address;
    },
    stop: async () => {
      const from = performance.now();
      child.kill('SIGTERM');
      return { ...(await ended), ms: performance.now() - from };
    },
  };
}

/** What the engine wrote to its log, parsed. */
export async function logOf(home: string): Promise<readonly Record<string, unknown>[]> {
  const file = join(home, 'driftless.log');
  if (!existsSync(file)) return [];
  const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}
