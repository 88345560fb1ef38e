// Commits whose log goes to the disk beside the work: what a power cut leaves is whole transactions, in their order.
import { appendFileSync, copyFileSync, statSync, truncateSync } from 'node:fs';
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

/** The files as the disk has them when the log holds `bytes`, with what a cut may leave behind them. */
function afterPowerCut(file: string, to: string, bytes: number, tail: Buffer): PairStore {
  copyFileSync(file, to);
  copyFileSync(`${file}-wal`, `${to}-wal`);
  truncateSync(`${to}-wal`, bytes);
  appendFileSync(`${to}-wal`, tail);
  return open(to);
}

test('what was waited for outlives a power cut, and a transaction that was not is there as a whole or not at all', async () => {
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

test('a commit that must be durable at once makes those before it durable, too', async () => {
  const folder = await tempFolder('log');
  const file = join(folder, 'pair.db');
  const store = open(file);
  const soon = store.recordSoon([change('soon')]);
  store.record([change('now')]);
  await soon;
  const found = afterPowerCut(file, join(folder, 'cut.db'), statSync(`${file}-wal`).size, Buffer.alloc(0));
  expect([found.meta('soon'), found.meta('now')]).not.toContain(null);
});

test('a database in memory has nothing to wait for', () => {
  const store = open(':memory:');
  expect(store.recordSoon([change('here')])).toBeNull();
  expect(store.meta('here')).not.toBeNull();
});

test('a state that is closed while its log is on the way ends without an error', async () => {
  const folder = await tempFolder('log');
  const store = openSqliteState({ file: join(folder, 'pair.db') });
  const pending = store.recordSoon([change('last')]);
  store.close();
  await pending;
  expect(open(join(folder, 'pair.db')).meta('last')).not.toBeNull();
});
