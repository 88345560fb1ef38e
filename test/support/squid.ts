/** squid (Debian): a real company proxy that wants a login, and passes on to another proxy on this machine. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { findProgram, freePorts, startDaemon } from './programs.ts';
import { makeTempFolder } from './temp.ts';
import { waitFor } from './wait-for.ts';

export type Squid = {
  readonly port: number;
  /** One line for each request, with the user that squid knows it by. */
  readonly log: () => Promise<string>;
  readonly stop: () => Promise<void>;
};

const loginHelper = '/usr/lib/squid/basic_ncsa_auth';

/** What is missing for `startSquid`, in words for a skip, or null where all is there. */
export function squidIsMissing(): string | null {
  if (findProgram('squid') !== null && existsSync(loginHelper)) return null;
  return 'not installed: squid (Debian: squid)';
}

export async function startSquid(
  parentPort: number,
  login: { readonly user: string; readonly password: string },
): Promise<Squid> {
  const folder = await makeTempFolder('squid');
  // As root squid becomes another user, who reads and writes here.
  await chmod(folder.path, 0o777);
  const [port = 0] = await freePorts(1);
  const at = (name: string): string => join(folder.path, name);
  const hashed = execFileSync('openssl', ['passwd', '-apr1', login.password], { encoding: 'utf8' }).trim();
  await writeFile(at('users'), `${login.user}:${hashed}\n`, { mode: 0o644 });
  await writeFile(at('squid.conf'), configuration(at, port, parentPort), { mode: 0o644 });
  const daemon = startDaemon('squid', ['-N', '-f', at('squid.conf')], { logFile: at('out.log') });
  const isUp = (): Promise<boolean> =>
    new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.destroy();
        resolve(true);
      });
      socket.once('error', reject);
    });
  await waitFor(async () => daemon.hasEnded() || (await isUp()), { what: 'squid' });
  if (daemon.hasEnded())
    throw new Error(`squid ended at its start: ${await readFile(at('out.log'), 'utf8')}`);
  return {
    port,
    log: () => readFile(at('access.log'), 'utf8').catch(() => ''),
    stop: async () => {
      await daemon.stop();
      await folder.remove();
    },
  };
}

function configuration(at: (name: string) => string, port: number, parentPort: number): string {
  return `http_port 127.0.0.1:${String(port)}
pid_filename ${at('squid.pid')}
coredump_dir none
cache_log ${at('cache.log')}
access_log stdio:${at('access.log')}
cache deny all
shutdown_lifetime 0 seconds
auth_param basic program ${loginHelper} ${at('users')}
auth_param basic realm company
acl known proxy_auth REQUIRED
http_access allow known
http_access deny all
cache_peer 127.0.0.1 parent ${String(parentPort)} 0 no-query no-digest default
never_direct allow all
`;
}
