// A network of its own for processes of a test: addresses can come and go without a change to the machine's.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { connect, createServer } from 'node:net';
import type { Server } from 'node:net';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { tempFolder } from './temp.ts';
import { waitFor } from './wait-for.ts';

export type NetworkNamespace = {
  /** Program and arguments before a command line that is to run in the namespace; the process keeps its id. */
  readonly through: readonly string[];
  /** As when a cable is plugged in: a new interface with this address. */
  addInterface(name: string, address: string): void;
};

/** Null where this machine can make one. */
export function whyNoNetworkNamespace(): string | null {
  if (process.platform !== 'linux') return 'network namespaces are a part of Linux';
  const made = spawnSync('unshare', [
    '--net',
    'ip',
    'link',
    'add',
    'a0',
    'type',
    'veth',
    'peer',
    'name',
    'a1',
  ]);
  return made.status === 0 ? null : 'no network namespace with interfaces can be made (root, iproute2, veth)';
}

/** Listens on the same loopback ports inside, and passes each connection on through a socket in the file system. */
const inside = `
import { connect, createServer } from 'node:net';
import { execFileSync } from 'node:child_process';
const [room, ...ports] = process.argv.slice(1);
execFileSync('ip', ['link', 'set', 'lo', 'up']);
for (const port of ports) {
  const server = createServer((client) => {
    const way = connect(room + '/' + port);
    for (const end of [client, way]) end.on('error', () => [client, way].forEach((each) => each.destroy()));
    client.pipe(way).pipe(client);
  });
  await new Promise((resolve) => server.listen(Number(port), '127.0.0.1', resolve));
}
console.log('up');
`;

/** A namespace in which the loopback ports of `urls` are this machine's; it ends with the test. */
export async function networkNamespace(urls: readonly string[]): Promise<NetworkNamespace> {
  const room = await tempFolder('net');
  const ports = [...new Set(urls.map((url) => new URL(url).port))];
  for (const port of ports) await passOn(join(room, port), Number(port));
  const script = [process.execPath, '--input-type=module', '-e', inside, room, ...ports];
  const child = spawn('unshare', ['--net', ...script], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  let said = '';
  child.stdout.on('data', (text: unknown) => (said += String(text)));
  await waitFor(() => said.includes('up'), { what: 'the network namespace' });
  const through = ['nsenter', '--net', '--target', String(child.pid)];
  const run = (...args: readonly string[]): void => {
    const [program = '', ...rest] = [...through, 'ip', ...args];
    execFileSync(program, rest);
  };
  return {
    through,
    addInterface(name, address) {
      run('link', 'add', name, 'type', 'veth', 'peer', 'name', `${name}-far`);
      run('addr', 'add', address, 'dev', name);
      for (const each of [name, `${name}-far`]) run('link', 'set', each, 'up');
    },
  };
}

async function passOn(path: string, port: number): Promise<Server> {
  const server = createServer((client) => {
    const way = connect(port, '127.0.0.1');
    for (const end of [client, way]) {
      end.on('error', () => {
        client.destroy();
        way.destroy();
      });
    }
    client.pipe(way).pipe(client);
  });
  onTestFinished(() => {
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return server;
}
