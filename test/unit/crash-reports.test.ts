// Reports of crashes: kept in a closed folder of the user's, bounded, without secrets, and never sent.
import { EventEmitter } from 'node:events';
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { keepCrashReports } from '../../main/shell/crash-reports.ts';
import { tempFolder } from '../support/temp.ts';

const mainFolder = fileURLToPath(new URL('../../main', import.meta.url));

async function kit() {
  const userData = await tempFolder();
  const events = new EventEmitter();
  const app = Object.assign(new EventEmitter(), { getVersion: () => '1.2.3' });
  const parts = { app: app as never, process: events, userData, nowMs: () => 0 };
  const watch = keepCrashReports(parts);
  const file = join(watch.folder, 'uncaught-errors.log');
  return { app, events, file, userData, watch };
}

test('reports are in a closed folder of the home', async () => {
  const { userData, watch } = await kit();
  expect(watch.folder).toBe(join(userData, 'crashes'));
  if (process.platform !== 'win32') expect(statSync(watch.folder).mode & 0o777).toBe(0o700);
});

test('Electron’s reporter, which would take minidumps of the process that holds the secrets, is started nowhere', () => {
  const files = readdirSync(mainFolder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  expect(files).toContain(join('shell', 'crash-reports.ts'));
  const named = files.filter((name) =>
    readFileSync(join(mainFolder, name), 'utf8').includes('crashReporter'),
  );
  expect(named).toEqual([]);
});

test('a process of the page that crashes is written down with its reason, and one that ends in order is not', async () => {
  const { app, file } = await kit();
  app.emit('render-process-gone', {}, {}, { reason: 'clean-exit', exitCode: 0 });
  app.emit('child-process-gone', {}, { type: 'GPU', reason: 'clean-exit', exitCode: 0 });
  expect(existsSync(file)).toBe(false);
  app.emit('render-process-gone', {}, {}, { reason: 'crashed', exitCode: 139 });
  app.emit('child-process-gone', {}, { type: 'GPU', reason: 'oom', exitCode: 9 });
  const text = readFileSync(file, 'utf8');
  expect(text).toContain('render-process-gone\ncrashed 139\n');
  expect(text).toContain('child-process-gone\nGPU oom 9\n');
});

test('an uncaught error and a rejection are written with their place, and without secrets', async () => {
  const { events, file, watch } = await kit();
  events.emit('uncaughtExceptionMonitor', new Error('denied for AKIAABCDEFGHIJKLMNOP'), 'uncaughtException');
  const noted: string[] = [];
  watch.follow(
    (text) => text.replaceAll('s3cr3t-of-this-run', '[redacted]'),
    (text) => void noted.push(text),
  );
  events.emit('unhandledRejection', new TypeError('bad s3cr3t-of-this-run'));
  events.emit('unhandledRejection', 'no error at all');
  const text = readFileSync(file, 'utf8');
  expect(text).toContain('1970-01-01T00:00:00.000Z 1.2.3 uncaughtException\nError: denied for [redacted]');
  expect(text).toContain('unhandledRejection\nTypeError: bad [redacted]');
  expect(text).toContain('crash-reports.test.ts');
  expect(text).not.toContain('AKIA');
  expect(noted.map((one) => one.split('\n')[0])).toEqual(['TypeError: bad [redacted]', 'no error at all']);
  if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600);
});

test('errors without end fill two files of 256 KiB at most, and after the end none is taken', async () => {
  const { app, events, file, watch } = await kit();
  for (let count = 0; count < 100; count += 1) events.emit('unhandledRejection', 'x'.repeat(20_000));
  const sizes = readdirSync(watch.folder).map((name) => statSync(join(watch.folder, name)).size);
  expect(sizes).toHaveLength(2);
  for (const size of sizes) expect(size).toBeLessThanOrEqual(256 * 1024);
  app.emit('quit');
  expect(events.eventNames()).toEqual([]);
  const before = readFileSync(file, 'utf8');
  events.emit('unhandledRejection', 'late');
  expect(readFileSync(file, 'utf8')).toBe(before);
});

test('a folder that cannot be written brings no further error', async () => {
  const { events, file } = await kit();
  mkdirSync(file);
  events.emit('unhandledRejection', 'nowhere to go');
  expect(statSync(file).isDirectory()).toBe(true);
});

test('the reports are named, the newest first, and nothing else of the folder', async () => {
  const { events, file, watch } = await kit();
  expect(watch.names()).toEqual([]);
  writeFileSync(join(watch.folder, 'settings.dat'), '');
  events.emit('unhandledRejection', 'x');
  writeFileSync(`${file}.1`, '');
  expect(watch.names()).toEqual(['uncaught-errors.log', 'uncaught-errors.log.1']);
});
