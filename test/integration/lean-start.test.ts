// What a started command loads: nothing of Node that no sync needs, and sources in one-byte letters.
import { spawn } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { testCliFile } from '../../build/dist-files.ts';
import { endOf } from '../support/driftless-cli.ts';
import { tempFolder } from '../support/temp.ts';

const root = join(import.meta.dirname, '..', '..');
const tellModules = `process.on('exit', () => process.stderr.write(process.moduleLoadList.join('\\n')))`;

test('the bundle reaches node:http without the undici that its lazy exports load', async () => {
  const home = await tempFolder();
  const child = spawn(
    process.execPath,
    [
      `--import=data:text/javascript,${encodeURIComponent(tellModules)}`,
      testCliFile(root),
      ...['sync', '--once', '--json', '--home', home],
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const { stdout, stderr } = await endOf(child);
  expect(stdout).toContain('config-missing');
  expect(stderr).toContain('NativeModule https');
  expect(stderr).not.toContain('internal/deps/undici/undici');
});

test('the bundle reads no more of the modules of Node than it uses', () => {
  const folder = dirname(testCliFile(root));
  const files = readdirSync(folder).filter((name) => name.endsWith('.js'));
  const importing = files.filter((name) =>
    /^(?:import|export) .*"node:/mu.test(readFileSync(join(folder, name), 'utf8')),
  );
  expect(importing).toEqual([]);
  expect(readFileSync(join(folder, files.find((name) => name.startsWith('app-')) ?? ''), 'utf8')).toContain(
    'process.getBuiltinModule("node:sqlite")',
  );
});

test('the types of contents are in a file of their own, which only an upload loads', () => {
  const folder = dirname(testCliFile(root));
  const files = readdirSync(folder).filter((name) => name.endsWith('.js'));
  const typed = files.filter((name) =>
    readFileSync(join(folder, name), 'utf8').includes('application/vnd.lotus-1-2-3'),
  );
  const loading = files.filter((name) =>
    typed.some((each) => readFileSync(join(folder, name), 'utf8').includes(`import("./${each}")`)),
  );
  const importing = files.filter((name) =>
    typed.some((each) => readFileSync(join(folder, name), 'utf8').includes(`from "./${each}"`)),
  );
  expect(typed).toHaveLength(1);
  expect(loading).toHaveLength(1);
  expect(importing).toEqual([]);
});

test('the bundle has one byte for each letter', () => {
  const folder = dirname(testCliFile(root));
  const files = readdirSync(folder).filter((name) => name.endsWith('.js'));
  expect(files.length).toBeGreaterThan(10);
  expect(files.filter((name) => readFileSync(join(folder, name)).some((byte) => byte > 127))).toEqual([]);
});
