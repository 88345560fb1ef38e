// `driftless serve` as a service: systemd units and messages, monitoring, and reload.
import { execFileSync, spawn } from 'node:child_process';
import { request } from 'node:http';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import parsePrometheus from 'parse-prometheus-text-format';
import { describe, expect, onTestFinished, test } from 'vitest';
import { cloudForTest, deviceForTest } from '../support/device.ts';
import type { Device } from '../support/device.ts';
import { endOf, startCli } from '../support/driftless-cli.ts';
import { findProgram } from '../support/programs.ts';
import { skipUnless } from '../support/skip.ts';
import { faultsOf } from '../support/output-shapes.ts';
import { tempFolder } from '../support/temp.ts';
import { waitFor } from '../support/wait-for.ts';

const missing = ['systemd-analyze', 'systemd-notify', 'python3'].filter((name) => findProgram(name) === null);

/** systemd's end of the socket: prints each datagram's assignments as a line. Node cannot open one. */
const receiver = `
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print("bound", flush=True)
while True:
    print(" ".join(s.recv(4096).decode().split("\\n")), flush=True)
`;

async function notifySocket(): Promise<{ path: string; said: () => string }> {
  const path = join(await tempFolder('notify'), 'notify.sock');
  const child = spawn('python3', ['-c', receiver, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  await waitFor(() => said.includes('bound'), { what: 'the socket' });
  return { path, said: () => said };
}

type Served = { readonly child: ReturnType<typeof startCli>; readonly stderr: () => string };

async function serve(device: Device, args: readonly string[], env: Record<string, string>): Promise<Served> {
  const child = startCli(['serve', '--home', device.home, ...args], { env });
  const ended = endOf(child);
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (text: unknown) => (stdout += String(text)));
  child.stderr?.on('data', (text: unknown) => (stderr += String(text)));
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  await waitFor(() => stdout.includes('\n') || child.exitCode !== null, {
    what: 'the first line of serve',
  });
  expect(child.exitCode, stderr).toBeNull();
  return { child, stderr: () => stderr };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new TypeError('a TCP address was expected');
  return address.port;
}

function getOnSocket(socketPath: string, path: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, path, headers: { host: 'engine' } }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => (body += text));
      response.once('end', () => {
        resolve({ status: response.statusCode ?? 0, body });
      });
    });
    asked.once('error', reject);
    asked.end();
  });
}

describe('systemd', skipUnless(missing.length === 0, `${missing.join(', ')} not installed`), () => {
  test('systemd finds no fault in the unit', async () => {
    const cloud = await cloudForTest();
    const device = await deviceForTest(cloud.description);
    const ended = await device.cli(['service', 'install', '--print', '--json']);
    expect(await faultsOf('service', ended)).toEqual([]);
    const { text } = JSON.parse(ended.stdout) as { text: string };
    const file = join(await tempFolder('unit'), 'driftless.service');
    await writeFile(file, text);
    const verified = execFileSync('sh', ['-c', 'systemd-analyze verify --man=no "$0" 2>&1', file], {
      encoding: 'utf8',
    });
    expect(verified.split('\n').filter((line) => line.includes('driftless.service'))).toEqual([]);
  });

  test('systemd receives ready, heartbeat, reload and stop messages', async () => {
    const cloud = await cloudForTest();
    const device = await deviceForTest(cloud.description);
    await device.signIn('alice');
    const { path, said } = await notifySocket();
    const args = ['--no-page', '--log-file', '-'];
    const env = { NOTIFY_SOCKET: path, WATCHDOG_USEC: '1000000', JOURNAL_STREAM: '8:1' };
    const { child, stderr } = await serve(device, args, env);
    await waitFor(() => /READY=1/u.test(said()) && /WATCHDOG=1/u.test(said()), {
      what: 'ready and a heartbeat',
    });
    await waitFor(() => /STATUS=[a-z-]+, 1 folder/u.test(said()), { what: 'the state' });

    child.kill('SIGHUP');
    await waitFor(() => /RELOADING=1[^]*READY=1/u.test(said()), { what: 'a reload' });
    await waitFor(() => stderr().includes('settings read again'), { what: 'the words' });
    await waitFor(() => /^<6>\{.*"level":"info"/mu.test(stderr()), { what: 'a line with its priority' });
    child.kill('SIGTERM');
    await waitFor(() => said().includes('STOPPING=1'), { what: 'the stop' });
    expect(await waitFor(() => child.exitCode, { what: 'the end' })).toBe(0);
  });
});

test.each([
  { level: 'debug', expected: ['debug', 'info'] },
  { level: 'info', expected: ['info'] },
  { level: 'error', expected: [] },
])('a log file of its own holds what --log-level $level asks for', async ({ level, expected }) => {
  const cloud = await cloudForTest();
  const device = await deviceForTest(cloud.description);
  await device.signIn('alice');
  const file = join(await tempFolder('log'), 'own.log');
  const args = ['--no-page', '--log-file', file, '--log-level', level];
  const { child, stderr } = await serve(device, args, {});
  await device.cli(['status', '--wait', 'idle']);
  child.kill('SIGTERM');
  await waitFor(() => child.exitCode !== null, { what: 'the end' });
  const text = await readFile(file, 'utf8').catch(() => '');
  const levels = [...text.matchAll(/"level":"(debug|info)"/gu)].map(([, name]) => name);
  expect([...new Set(levels)].toSorted()).toEqual(expected);
  expect(stderr()).not.toContain('"level"');
});

test('monitoring reads metrics and health on the socket and on loopback', async () => {
  const cloud = await cloudForTest();
  const device = await deviceForTest(cloud.description);
  await device.signIn('alice');
  await device.write('a.txt', 'content');
  const port = await freePort();
  await serve(device, ['--no-page', '--metrics-port', String(port)], {});
  await device.cli(['status', '--wait', 'idle']);
  const address = `http://127.0.0.1:${String(port)}`;
  const metrics = await fetch(`${address}/metrics`);
  expect(metrics.headers.get('content-type')).toContain('version=0.0.4');
  const families = new Map(parsePrometheus(await metrics.text()).map((family) => [family.name, family]));
  expect(families.get('driftless_in_sync_age_seconds')?.metrics).toEqual([
    { labels: { pair: 'docs' }, value: '0' },
  ]);
  expect(families.get('driftless_transferred_bytes_total')?.metrics).toEqual([
    { labels: { pair: 'docs', direction: 'up' }, value: '7' },
  ]);
  expect(await (await fetch(`${address}/healthz`)).json()).toMatchObject({ ok: true, overall: 'in-sync' });
  expect((await fetch(`${address}/metrics`, { headers: { origin: 'https://evil.example' } })).status).toBe(
    404,
  );
  const socket = join(device.home, 'engine.sock');
  expect((await getOnSocket(socket, '/healthz')).status).toBe(200);
  expect((await getOnSocket(socket, '/metrics')).body).toContain('driftless_files{pair="docs"} 1');

  await device.cli(['logout']);
  await waitFor(async () => (await getOnSocket(socket, '/healthz')).status === 503, { what: 'bad health' });
  const noPage = await device.cli(['status', '--page-url']);
  expect(noPage).toMatchObject({ code: 2 });
  expect(noPage.stderr).toContain('--no-page');
});

test('reload starts a new pair, keeps the old settings where the new are wrong, and leaves unchanged pairs alone', async () => {
  const cloud = await cloudForTest();
  const device = await deviceForTest(cloud.description);
  await device.signIn('alice');
  // Before the pair is bound; the second one lies beside it.
  await device.editConfig((config) => {
    config.pairs[0] = { ...config.pairs[0], prefix: 'users/{sub}/docs/' };
  });
  const { child } = await serve(device, [], {});
  const reload = () => device.cli(['reload', '--json']);
  const same = await reload();
  expect(await faultsOf('reload', same)).toEqual([]);
  expect(JSON.parse(same.stdout)).toEqual({ ok: true, changed: false });

  const more = `${device.folder}-more`;
  await mkdir(more);
  await writeFile(join(more, 'b.txt'), 'b');
  await device.editConfig((config) => {
    config.pairs.push({ ...config.pairs[0], id: 'more', folder: more, prefix: 'users/{sub}/more/' });
  });
  expect(JSON.parse((await reload()).stdout)).toEqual({ ok: true, changed: true });
  const status = await device.cli(['status', '--wait', 'idle', '--json', '--timeout', '120']);
  expect(status.code, status.stdout).toBe(0);
  expect((JSON.parse(status.stdout) as { pairs: unknown[] }).pairs).toMatchObject([
    { id: 'docs', state: 'in-sync' },
    { id: 'more', state: 'in-sync', counts: { files: 1 } },
  ]);

  await device.editConfig((config) => {
    config.pairs.push({ id: 'wrong' });
  });
  const refused = await reload();
  expect(refused).toMatchObject({ code: 2 });
  expect(JSON.parse(refused.stdout)).toMatchObject({ ok: false, error: { code: 'config-invalid' } });
  expect((await device.cli(['status'])).code).toBe(0);
  expect(child.exitCode).toBeNull();
});

test('where systemd has no session of this user, install says how to get one', async () => {
  const cloud = await cloudForTest();
  const device = await deviceForTest(cloud.description);
  const room = await tempFolder('no-session');
  const env = { PATH: `${room}:${process.env['PATH'] ?? ''}`, XDG_CONFIG_HOME: join(room, 'config') };
  const installWith = async (message: string): Promise<string> => {
    await writeFile(join(room, 'systemctl'), `#!/bin/sh\necho '${message}' >&2\nexit 1\n`, { mode: 0o755 });
    const ended = await device.cli(['service', 'install'], { env });
    expect(ended.code).toBe(1);
    return ended.stderr;
  };
  const { username, uid } = userInfo();
  const noSession = await installWith('Failed to connect to bus: No medium found');
  expect(noSession).toContain(`loginctl enable-linger ${username}`);
  expect(noSession).toContain(`XDG_RUNTIME_DIR=/run/user/${String(uid)} && systemctl --user daemon-reload`);
  const other = await installWith('Failed to enable unit: Access denied');
  expect(other).toContain('Access denied; run by hand: systemctl --user daemon-reload && systemctl');
  expect(other).not.toContain('linger');
});

test('install writes the unit and makes systemd start it, and uninstall reverts both', async () => {
  const cloud = await cloudForTest();
  const device = await deviceForTest(cloud.description);
  const room = await tempFolder('systemctl');
  const calls = join(room, 'calls');
  // Real systemd has no session here; only the requests to it matter.
  await writeFile(join(room, 'systemctl'), `#!/bin/sh\necho "$@" >> '${calls}'\n`, { mode: 0o755 });
  const env = { PATH: `${room}:${process.env['PATH'] ?? ''}`, XDG_CONFIG_HOME: join(room, 'config') };
  const verb = (name: string) => device.cli(['service', name, '--json'], { env });
  const file = join(room, 'config', 'systemd', 'user', 'driftless.service');
  const expected = { kind: 'systemd', file };
  for (const [name, code, shape] of [
    ['status', 1, { installed: false, running: false, pid: null }],
    ['install', 0, { started: true }],
    ['status', 1, { installed: true, running: false }],
    ['uninstall', 0, { removed: true }],
    ['uninstall', 0, { removed: false }],
  ] as const) {
    const ended = await verb(name);
    expect(ended.code, ended.stderr).toBe(code);
    expect(await faultsOf('service', ended)).toEqual([]);
    expect(JSON.parse(ended.stdout)).toMatchObject({ ...expected, ...shape });
  }
  expect(execFileSync('cat', [calls], { encoding: 'utf8' })).toBe(
    '--user daemon-reload\n--user enable --now driftless.service\n--user disable --now driftless.service\n',
  );
});
