// One device of the live soak: a home, a folder, and the real engine in a process of its own.
import type { ChildProcess } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CloudDescription } from '../local-cloud/cloud.ts';
import { endOf, runCli, signInByCli, startCli } from '../support/driftless-cli.ts';
import { waitFor } from '../support/wait-for.ts';

export type LiveDevice = {
  readonly name: string;
  readonly home: string;
  readonly folder: string;
  /** Starts `serve`; resolves when its first line is there. */
  start(): Promise<void>;
  /** Ends `serve` as a crash or as a service manager would. */
  end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>;
  /** Stops the process as a sleep of the machine does; the answer wakes it. */
  sleep(): Promise<() => Promise<void>>;
  status(): Promise<LiveStatus>;
};

export type LiveStatus = {
  readonly code: number | null;
  readonly overall: string;
  readonly text: string;
};

export async function liveDevice(cloud: CloudDescription, room: string, name: string): Promise<LiveDevice> {
  const home = join(room, name, 'home');
  const folder = join(room, name, 'folder');
  await mkdir(home, { recursive: true, mode: 0o700 });
  await mkdir(folder, { recursive: true });
  await writeFile(join(home, 'config.json'), configOf(cloud, folder, name));
  const [user] = cloud.users;
  if (user === undefined) throw new Error('the local cloud has no user');
  const signedIn = await signInByCli(home, user);
  if (signedIn.code !== 0) throw new Error(`login ended with ${String(signedIn.code)}: ${signedIn.stderr}`);
  let running: { readonly child: ChildProcess; readonly ended: Promise<unknown> } | null = null;
  return {
    name,
    home,
    folder,
    async start() {
      const child = startCli(['serve', '--no-page', '--log-level', 'debug', '--home', home]);
      let stdout = '';
      child.stdout?.on('data', (text: unknown) => (stdout += String(text)));
      running = { child, ended: endOf(child) };
      const isUp = (): boolean => stdout.includes('\n');
      await waitFor(isUp, { what: `the engine of ${name}` });
    },
    async end(signal) {
      running?.child.kill(signal);
      // Asleep it would hear of it only once it is awake.
      running?.child.kill('SIGCONT');
      await running?.ended;
      running = null;
    },
    sleep() {
      running?.child.kill('SIGSTOP');
      return Promise.resolve(() => {
        running?.child.kill('SIGCONT');
        return Promise.resolve();
      });
    },
    async status() {
      const { code, stdout } = await runCli(['status', '--json', '--home', home]);
      const { overall } = JSON.parse(stdout) as { overall?: string };
      return { code, overall: overall ?? 'not running', text: stdout };
    },
  };
}

function configOf(cloud: CloudDescription, folder: string, deviceName: string): string {
  const account = {
    id: 'work',
    issuer: cloud.issuer,
    clientId: cloud.clientId,
    scopes: 'openid email offline_access',
    identity: { kind: 'browser' },
    exchange: { kind: 'web-identity', roleArn: cloud.roleArn, stsEndpoint: cloud.sts, durationSeconds: 900 },
    region: cloud.region,
    s3Endpoint: cloud.s3,
    forcePathStyle: true,
    development: true,
  };
  // The soak's users change most of a few files within minutes, which is what the guards ask about.
  const guards = { maxRemovals: 100_000, maxSharePercent: 100, maxConflicts: 100_000 };
  const place = { guards, folder, bucket: cloud.bucket, prefix: 'users/{sub}/', mode: 'two-way', deviceName };
  return JSON.stringify({ accounts: [account], pairs: [{ id: 'docs', account: 'work', ...place }] });
}
