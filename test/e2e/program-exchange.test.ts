// A running `serve` whose package is exchanged for another version, which continues in its place.
import { execFileSync, spawn } from 'node:child_process';
import { cp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { isBuildStale } from '../../build/dist-files.ts';
import { cloudForTest, deviceForTest } from '../support/device.ts';
import type { Device } from '../support/device.ts';
import { endOf } from '../support/driftless-cli.ts';
import { skipUnless } from '../support/skip.ts';
import { tempFolder } from '../support/temp.ts';
import { waitFor } from '../support/wait-for.ts';

const root = join(import.meta.dirname, '..', '..');

beforeAll(async () => {
  if (await isBuildStale(root))
    execFileSync(process.execPath, [join(root, 'build', 'build.ts')], { stdio: 'ignore' });
});

/** The built command line as a package would place it. */
async function place(folder: string, version: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await cp(join(root, 'dist', 'cli'), join(folder, 'dist', 'cli'), { recursive: true });
  await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module', version }));
  const first = join(folder, 'dist', 'cli', 'driftless.cjs');
  await writeFile(first, `${await readFile(first, 'utf8')}\n// ${version}\n`);
}

type Served = { readonly lines: () => readonly string[]; readonly stderr: () => string };

function serve(program: string, { home }: Device): Served & { readonly child: ReturnType<typeof spawn> } {
  const script = join(program, 'dist', 'cli', 'driftless.js');
  const options = ['--disable-warning=ExperimentalWarning', script, 'serve', '--no-page', '--home', home];
  const child = spawn(process.execPath, options, { stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (text: unknown) => (stdout += String(text)));
  child.stderr.on('data', (text: unknown) => (stderr += String(text)));
  const ended = endOf(child);
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return { child, lines: () => stdout.split('\n').slice(0, -1), stderr: () => stderr };
}

describe('an exchanged package', skipUnless(process.platform !== 'win32', 'Windows has no execve'), () => {
  test('its new version continues in the process of the old one, and syncs what was saved meanwhile', async () => {
    const device = await deviceForTest((await cloudForTest()).description);
    await device.signIn('alice');
    const room = await tempFolder('package');
    const [program, next] = [join(room, 'driftless'), join(room, 'next')];
    await place(program, '1.0.0');
    await place(next, '1.0.1');
    const { child, lines, stderr } = serve(program, device);
    await waitFor(() => lines().length === 1, { what: 'the first line of serve' });
    await device.cli(['status', '--wait', 'idle']);

    await rename(program, join(room, 'old'));
    await rm(join(room, 'old'), { recursive: true });
    await device.write('meanwhile.txt', 'saved while no program was there');
    await rename(next, program);
    await waitFor(() => lines().length === 2, { what: 'the first line of the new version' });
    expect(lines().map((line) => (JSON.parse(line) as { pid: number }).pid)).toEqual([child.pid, child.pid]);
    expect(stderr()).toContain('new version');
    expect(stderr()).not.toMatch(/Warning/u);
    await device.cli(['status', '--wait', 'idle']);
    const listed = await device.cli(['ls', '--json']);
    expect(listed.stdout).toContain('meanwhile.txt');
    child.kill('SIGTERM');
    await waitFor(() => child.exitCode !== null, { what: 'the end' });
    expect(child.exitCode).toBe(0);
  });

  test('does not wait for what never ends, nor ends when it is to read its settings meanwhile', async () => {
    const device = await deviceForTest((await cloudForTest()).description);
    const room = await tempFolder('package');
    const [program, next, path] = [join(room, 'driftless'), join(room, 'next'), join(room, 'token')];
    // Opening it waits for a writer, as a share waits for its server.
    execFileSync('mkfifo', [path]);
    await device.editConfig(({ accounts: [account] }) =>
      Object.assign(account ?? {}, { identity: { kind: 'token-file', path } }),
    );
    await place(program, '1.0.0');
    await place(next, '1.0.1');
    const { child, lines, stderr } = serve(program, device);
    await waitFor(() => lines().length === 1, { what: 'the first line of serve' });

    await rename(program, join(room, 'old'));
    await rename(next, program);
    await waitFor(() => stderr().includes('new version'), { what: 'its notice' });
    child.kill('SIGHUP');
    await waitFor(() => lines().length === 2, { what: 'the first line of the new version' });
    expect(lines().map((line) => (JSON.parse(line) as { pid: number }).pid)).toEqual([child.pid, child.pid]);
  });
});
