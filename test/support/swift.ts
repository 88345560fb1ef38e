/**
 * OpenStack Swift with its S3 interface (Debian, written in Python): an independent store with habits of its own. One server
 * each for accounts, containers and objects, and a proxy, on loopback ports and in a temporary folder.
 */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { findProgram, freePorts, run, startDaemon } from './programs.ts';
import type { Daemon } from './programs.ts';
import { makeTempFolder } from './temp.ts';
import { waitFor } from './wait-for.ts';

type Keys = { readonly accessKeyId: string; readonly secretAccessKey: string };

export type Swift = {
  readonly s3Endpoint: string;
  readonly region: string;
  /** Use path-style addresses. */
  readonly adminCredentials: Keys;
  /** A user of the same account who may do nothing in it. */
  readonly strangerCredentials: Keys;
  readonly stop: () => Promise<void>;
};

const kinds = ['account', 'container', 'object'] as const;
const programs = [
  ...kinds.map((kind) => `swift-${kind}-server`),
  'swift-proxy-server',
  'swift-ring-builder',
] as const;
/** Read by the servers at a fixed place for the salt of their hashes; the package brings it. */
const hashFile = '/etc/swift/swift.conf';
const region = 'us-east-1';

/** What is missing for `startSwift`, in words for a skip, or null where all is there. */
export function swiftIsMissing(): string | null {
  const missing: string[] = programs.filter((program) => findProgram(program) === null);
  if (!existsSync(hashFile)) missing.push(hashFile);
  if (missing.length === 0) return null;
  return `not installed: ${missing.join(', ')} (Debian: swift-proxy swift-account swift-container swift-object)`;
}

export async function startSwift(): Promise<Swift> {
  try {
    return await startOnce();
  } catch {
    // Ports are chosen before the servers bind them: another process may have been faster. Once more, on others.
    return startOnce();
  }
}

async function startOnce(): Promise<Swift> {
  const folder = await makeTempFolder('swift');
  const daemons: Daemon[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(daemons.map((daemon) => daemon.stop()));
    await folder.remove();
  };
  const start = async (name: string, port: number, text: string): Promise<void> => {
    const conf = join(folder.path, `${name}.conf`);
    await writeFile(conf, `${common(folder.path, port)}${text}`);
    const logFile = join(folder.path, `${name}.out`);
    daemons.push(startDaemon(`swift-${name}-server`, [conf, '--verbose'], { logFile }));
  };
  try {
    await mkdir(join(folder.path, 'disks', 'disk'), { recursive: true });
    const [proxyPort = 0, ...ports] = await freePorts(1 + kinds.length);
    await Promise.all(kinds.map((kind, at) => makeRing(folder.path, kind, ports[at] ?? 0)));
    await Promise.all(kinds.map((kind, at) => start(kind, ports[at] ?? 0, storageServer(kind))));
    const admin = { accessKeyId: 'driftless:admin', secretAccessKey: randomBytes(16).toString('hex') };
    const stranger = { accessKeyId: 'driftless:stranger', secretAccessKey: randomBytes(16).toString('hex') };
    await start('proxy', proxyPort, proxyServer(admin, stranger));
    const endpoint = `http://127.0.0.1:${String(proxyPort)}`;
    await waitUntilUp(folder.path, daemons, [proxyPort, ...ports]);
    return {
      s3Endpoint: endpoint,
      region,
      adminCredentials: admin,
      strangerCredentials: stranger,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function waitUntilUp(
  folder: string,
  daemons: readonly Daemon[],
  ports: readonly number[],
): Promise<void> {
  const hasEnded = (): boolean => daemons.some((each) => each.hasEnded());
  for (const port of ports) {
    await waitFor(
      async () => hasEnded() || (await fetch(`http://127.0.0.1:${String(port)}/healthcheck`)).ok,
      { everyMs: 50, what: `Swift's server on port ${String(port)}` },
    );
  }
  if (!hasEnded()) return;
  const said = await Promise.all(
    [...kinds, 'proxy'].map((name) => readFile(join(folder, `${name}.out`), 'utf8').catch(() => '')),
  );
  throw new Error(`a server of Swift ended at its start:\n${said.join('\n').slice(-4000)}`);
}

/** One device and one copy of everything. */
async function makeRing(folder: string, kind: string, port: number): Promise<void> {
  const builder = join(folder, `${kind}.builder`);
  const steps = [
    ['create', '3', '1', '1'],
    ['add', `r1z1-127.0.0.1:${String(port)}/disk`, '1'],
    ['rebalance'],
  ];
  for (const step of steps) {
    const { code, stderr, stdout } = await run('swift-ring-builder', [builder, ...step]);
    // 1 is a warning, as for a ring with a single device.
    if (code > 1) throw new Error(`swift-ring-builder ${step.join(' ')}: ${stderr}${stdout}`);
  }
}

function common(folder: string, port: number): string {
  return `[DEFAULT]
bind_ip = 127.0.0.1
bind_port = ${String(port)}
workers = 0
user = ${userInfo().username}
swift_dir = ${folder}
devices = ${join(folder, 'disks')}
mount_check = false
disable_fallocate = true
fallocate_reserve = 0
`;
}

function storageServer(kind: string): string {
  return `
[pipeline:main]
pipeline = healthcheck ${kind}-server
[app:${kind}-server]
use = egg:swift#${kind}
[filter:healthcheck]
use = egg:swift#healthcheck
`;
}

function proxyServer(admin: Keys, stranger: Keys): string {
  const line = ({ accessKeyId, secretAccessKey }: Keys, groups: string): string =>
    `user_${accessKeyId.replace(':', '_')} = ${secretAccessKey} ${groups}`;
  const filters = [
    'catch_errors',
    'gatekeeper',
    'healthcheck',
    'listing_formats',
    'bulk',
    'slo',
    'symlink',
    'copy',
  ];
  return `
[pipeline:main]
pipeline = catch_errors gatekeeper healthcheck cache listing_formats bulk s3api tempauth copy slo symlink versioned_writes proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
[filter:cache]
use = egg:swift#memcache
[filter:s3api]
use = egg:swift#s3api
location = ${region}
[filter:tempauth]
use = egg:swift#tempauth
${line(admin, '.admin')}
${line(stranger, '')}
[filter:versioned_writes]
use = egg:swift#versioned_writes
allow_object_versioning = true
${filters.map((name) => `[filter:${name}]\nuse = egg:swift#${name}\n`).join('')}`;
}
