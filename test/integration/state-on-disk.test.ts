// State database and engine lock as files: damage, versions, killed holders.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { acquireEngineLock, findEngine } from '../../main/adapters/system/engine-lock.ts';
import { openSqliteState } from '../../main/adapters/sqlite/state.ts';
import { relPath } from '../../main/core/model/path.ts';
import type { StateChange } from '../../main/ports/sync-state.port.ts';
import { baseFile, localFile } from '../conformance/sync-state-cells.ts';
import { tempFolder } from '../support/temp.ts';

function someRows(count: number): readonly StateChange[] {
  return Array.from({ length: count }, (_, index) => {
    const path = `dir${index % 10}/file${index}`;
    return { kind: 'local', path: relPath(path), cell: localFile(path, index) };
  });
}

test('recorded state is there after a restart, counters and totals too', async () => {
  const file = join(await tempFolder('state'), 'pair.db');
  const first = openSqliteState({ file });
  first.record([...someRows(50), { kind: 'base', path: relPath('dir1/file1'), cell: baseFile(1) }]);
  first.close();
  const second = openSqliteState({ file });
  expect(second.counts()).toEqual({ files: 1, folders: 0, bytes: 1 });
  expect(second.summary(relPath('dir3')).localPresent).toBe(5);
  expect(second.unsettled(100).length).toBe(50);
  second.close();
});

test('a damaged database is state-corrupt, never a crash or an empty state', async () => {
  const file = join(await tempFolder('state'), 'pair.db');
  const store = openSqliteState({ file });
  store.record(someRows(2000));
  store.close();
  const bytes = readFileSync(file);
  bytes.fill(0x5a, 8192, bytes.length - 4096);
  writeFileSync(file, bytes);
  expect(() => openSqliteState({ file })).toThrow(
    expect.objectContaining({ code: 'state-corrupt', scope: 'pair' }),
  );
  writeFileSync(
    file,
    'this is no database at all, not even a little one, and long enough to be read as a header',
  );
  expect(() => openSqliteState({ file })).toThrow(expect.objectContaining({ code: 'state-corrupt' }));
});

test('a database of version 3 keeps its rows, and gives up its indexes of all base files', async () => {
  const file = join(await tempFolder('state'), 'pair.db');
  const path = relPath('dir');
  const first = openSqliteState({ file });
  first.record([...someRows(50), { kind: 'base', path, cell: { kind: 'folder', inode: 7n } }]);
  first.close();
  const db = new DatabaseSync(file);
  db.exec('DROP INDEX entry_base_folder');
  db.exec('CREATE INDEX entry_base_inode ON entry (b_inode) WHERE b_inode IS NOT NULL');
  db.exec('CREATE INDEX entry_base_content ON entry (b_content) WHERE b_content IS NOT NULL');
  db.exec('PRAGMA user_version = 3');
  db.close();
  const second = openSqliteState({ file });
  expect(second.findBaseFolders(7n).map((row) => row.path)).toEqual([path]);
  expect(second.unsettled(100).length).toBe(51);
  second.close();
  const after = new DatabaseSync(file);
  const names = after.prepare("SELECT name FROM sqlite_schema WHERE name LIKE 'entry_base_%'").all();
  after.close();
  expect(names).toEqual([{ name: 'entry_base_folder' }]);
});

test('a database of a newer program is left alone', async () => {
  const file = join(await tempFolder('state'), 'pair.db');
  openSqliteState({ file }).close();
  const db = new DatabaseSync(file);
  db.exec('PRAGMA user_version = 99');
  db.close();
  expect(() => openSqliteState({ file })).toThrow(
    expect.objectContaining({ code: 'state-newer', retry: 'slow' }),
  );
});

test('a second engine on one data directory learns who holds it (rule 21)', async () => {
  const home = await tempFolder('home');
  const lock = acquireEngineLock(home);
  if (lock.kind !== 'acquired') throw new Error('not acquired');
  lock.announce({ url: 'http://127.0.0.1:1234/', socket: null });
  expect(acquireEngineLock(home)).toEqual({
    kind: 'held',
    holder: { pid: process.pid, url: 'http://127.0.0.1:1234/', socket: null },
  });
  expect(findEngine(home)?.pid).toBe(process.pid);
  lock.release();
  expect(findEngine(home)).toBeNull();
  const again = acquireEngineLock(home);
  expect(again.kind).toBe('acquired');
  if (again.kind === 'acquired') again.release();
});

test('a killed holder releases the data directory', async () => {
  const home = await tempFolder('home');
  const module = new URL('../../main/adapters/system/engine-lock.ts', import.meta.url).href;
  const script = `
    import { acquireEngineLock } from ${JSON.stringify(module)};
    console.log(acquireEngineLock(${JSON.stringify(home)}).kind);
    setInterval(() => undefined, 1000);
  `;
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  expect(line.toString()).toBe('acquired\n');
  expect(acquireEngineLock(home)).toEqual({
    kind: 'held',
    holder: { pid: child.pid, url: null, socket: null },
  });
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(findEngine(home)).toBeNull();
  const lock = acquireEngineLock(home);
  expect(lock.kind).toBe('acquired');
  if (lock.kind === 'acquired') lock.release();
});
