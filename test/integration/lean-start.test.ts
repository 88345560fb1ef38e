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

test('a pass loads node:http without the undici of its lazy exports, and no modules of Node that are seldom used', async () => {
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
  expect(stderr).not.toContain('NativeModule child_process');
});

/** The files of the bundle, by name. What starts them are the few lines of `.js` files. */
function bundleFiles(): ReadonlyMap<string, string> {
  const folder = dirname(testCliFile(root));
  const names = readdirSync(folder).filter((name) => name.endsWith('.cjs'));
  return new Map(names.map((name) => [name, readFileSync(join(folder, name), 'latin1')]));
}

/** A copy has a getter for each export of the module. */
function copiesNode(text: string): boolean {
  const copied = [...text.matchAll(/^(\w+) = [\w.]+\(\1(?:, 1)?\);$/gmu)];
  return copied.some(([, module = '']) => text.includes(`let ${module} = require("node:`));
}

test('the bundle copies no module of Node', () => {
  expect(copiesNode('let node_os = require("node:os");\nnode_os = runtime.a(node_os, 1);')).toBe(true);
  const files = [...bundleFiles()];
  expect(files.length).toBeGreaterThan(10);
  expect(files.filter(([, text]) => copiesNode(text)).map(([name]) => name)).toEqual([]);
});

test('the types of contents are in a file of their own, which only an upload loads', () => {
  const files = [...bundleFiles()];
  const typed = files.filter(([, text]) => text.includes('application/vnd.lotus-1-2-3'));
  expect(typed).toHaveLength(1);
  const required = `require("./${typed[0]?.[0] ?? ''}")`;
  const loading = files.flatMap(([, text]) => text.split('\n').filter((line) => line.includes(required)));
  expect(loading).toHaveLength(1);
  expect(loading[0]).toContain('.then(() =>');
});

/** What is loaded with a file of the bundle, itself among it. */
function loadedWith(
  name: string,
  files: ReadonlyMap<string, string>,
  known = new Set<string>(),
): Set<string> {
  if (known.has(name)) return known;
  known.add(name);
  const required = (files.get(name) ?? '').matchAll(/^const \w+ = require\("\.\/([^"]+)"\);$/gmu);
  for (const [, next = ''] of required) loadedWith(next, files, known);
  return known;
}

test('a pass loads nothing of the AWS SDK, and of the page no schemas', () => {
  const files = bundleFiles();
  const pass = [...files].filter(([, text]) => /^(?:async )?function runSyncOnce\(/mu.test(text));
  expect(pass).toHaveLength(1);
  const loaded = [...loadedWith(pass[0]?.[0] ?? '', files)];
  expect(loaded.length).toBeGreaterThan(20);
  const holding = (mark: string): string[] =>
    [...files.keys()].filter((name) => files.get(name)?.includes(mark));
  for (const mark of ['com.amazonaws.s3', 'com.amazonaws.sts', 'conflictSchema = ']) {
    expect(holding(mark)).not.toEqual([]);
    expect(holding(mark).filter((name) => loaded.includes(name))).toEqual([]);
  }
});

test('the bundle has one byte for each letter', () => {
  const files = [...bundleFiles()];
  expect(files.length).toBeGreaterThan(10);
  expect(files.filter(([, text]) => /[\x80-\xff]/u.test(text)).map(([name]) => name)).toEqual([]);
});
