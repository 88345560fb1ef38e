// State log written beside the work: after a power cut, whole transactions in order.
import { appendFileSync, copyFileSync, rmSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openSqliteState } from '../../main/adapters/sqlite/state.ts';
import type { PairStore, StateChange } from '../../main/ports/sync-state.port.ts';
import { tempFolder } from '../support/temp.ts';

const change = (key: string): StateChange => ({ kind: 'meta', key, value: 'x'.repeat(5000) });

function open(file: string): PairStore {
  const store = openSqliteState({ file });
  onTestFinished(() => {
    store.close();
  });
  return store;
}

/** The files on disk when the log holds `bytes`, with the possible leftovers of a cut. */
function afterPowerCut(file: string, to: string, bytes: number, tail: Buffer): PairStore {
  copyFileSync(file, to);
  copyFileSync(`${file}-wal`, `${to}-wal`);
  truncateSync(`${to}-wal`, bytes);
  appendFileSync(`${to}-wal`, tail);
  return open(to);
}

test('an awaited commit survives a power cut, and any other transaction is there as a whole or not at all', async () => {
  const folder = await tempFolder('log');
  const file = join(folder, 'pair.db');
  const store = open(file);
  await store.recordSoon([change('kept')]);
  const durableBytes = statSync(`${file}-wal`).size;
  const lost = store.recordSoon([change('lost-1'), change('lost-2')]);
  expect(store.meta('lost-1')).not.toBeNull();
  const writtenBytes = statSync(`${file}-wal`).size;
  expect(writtenBytes).toBeGreaterThan(durableBytes + 8000);
  await lost;

  const torn = Buffer.alloc(4096, 0x5a);
  for (const bytes of [durableBytes, durableBytes + 4120, writtenBytes - 1]) {
    const found = afterPowerCut(file, join(folder, `cut-${String(bytes)}.db`), bytes, torn);
    expect(found.meta('kept')).not.toBeNull();
    expect([found.meta('lost-1'), found.meta('lost-2')]).toEqual([null, null]);
  }
  const whole = afterPowerCut(file, join(folder, 'whole.db'), writtenBytes, Buffer.alloc(0));
  expect([whole.meta('kept'), whole.meta('lost-1'), whole.meta('lost-2')]).not.toContain(null);
});

test('a commit that must be durable at once makes the earlier ones durable, too', async () => {
  const folder = await tempFolder('log');
  const file = join(folder, 'pair.db');
  const store = open(file);
  const soon = store.recordSoon([change('soon')]);
  store.record([change('now')]);
  await soon;
  const found = afterPowerCut(file, join(folder, 'cut.db'), statSync(`${file}-wal`).size, Buffer.alloc(0));
  expect([found.meta('soon'), found.meta('now')]).not.toContain(null);
});

test('what was only noted is there at once, and durable with the next record', async () => {
  const folder = await tempFolder('log');
  const file = join(folder, 'pair.db');
  const store = open(file);
  store.record([change('before')]);
  const durableBytes = statSync(`${file}-wal`).size;
  store.note([change('noted')]);
  expect(store.meta('noted')).not.toBeNull();
  const lost = afterPowerCut(file, join(folder, 'lost.db'), durableBytes, Buffer.alloc(0));
  expect([lost.meta('before') === null, lost.meta('noted')]).toEqual([false, null]);
  await store.recordSoon([change('soon')]);
  const found = afterPowerCut(file, join(folder, 'cut.db'), statSync(`${file}-wal`).size, Buffer.alloc(0));
  expect([found.meta('noted'), found.meta('soon')]).not.toContain(null);
});

test('a database in memory has nothing to wait for', () => {
  const store = open(':memory:');
  expect(store.recordSoon([change('here')])).toBeNull();
  expect(store.meta('here')).not.toBeNull();
});

test('a state that is closed while its log is being written ends without an error', async () => {
  const folder = await tempFolder('log');
  const store = openSqliteState({ file: join(folder, 'pair.db') });
  const pending = store.recordSoon([change('last')]);
  store.close();
  await pending;
  expect(open(join(folder, 'pair.db')).meta('last')).not.toBeNull();
});

test('a log that cannot be opened is state that is out of reach for a while, and no fault of the program', async () => {
  const file = join(await tempFolder('log'), 'pair.db');
  const store = open(file);
  store.record([change('first')]);
  rmSync(`${file}-wal`);
  expect(() => store.recordSoon([change('second')])).toThrow(
    expect.objectContaining({ code: 'state-unavailable', retry: 'backoff' }),
  );
});
