// A listing against the free space for its records.
import { expect, test } from 'vitest';
import { freeBytesOn, sqliteTempFolder } from '../../main/adapters/limits/state-room.ts';
import { openSqliteState } from '../../main/adapters/sqlite/state.ts';
import type { Etag, ObjectKey } from '../../main/core/model/model.ts';
import { relPath } from '../../main/core/model/path.ts';
import type { ListedEntry } from '../../main/ports/sync-state.port.ts';
import { skipUnless } from '../support/skip.ts';
import { tempFolder } from '../support/temp.ts';

const mebibyte = 1024 * 1024;
const folder = 'f'.repeat(200);

/** Long names, as a page of a hostile listing has them: about 3.8 MB with what is recorded beside them. */
const page: readonly ListedEntry[] = Array.from({ length: 2000 }, (_, at) => ({
  path: relPath(`${Array.from({ length: 4 }, () => folder).join('/')}/${String(at)}`),
  cell: { state: 'unknown', reason: 'incomplete-listing' },
}));

/** Short names with ETags and keys as long as they may be: about 8 MB. */
const wide: readonly ListedEntry[] = Array.from({ length: 2000 }, (_, at) => ({
  path: relPath(String(at)),
  cell: {
    state: 'present',
    kind: 'file',
    rawKey: `${'\u6f22'.repeat(300)}/${String(at)}` as ObjectKey,
    etag: '\u6f22'.repeat(1024) as Etag,
    sizeBytes: 1,
    content: null,
  },
}));

function list(freeBytes: number, pages: number, entries = page): void {
  const store = openSqliteState({ file: ':memory:', freeBytes: () => freeBytes });
  try {
    store.remoteScan.begin();
    for (let number = 0; number < pages; number += 1) store.remoteScan.sight(entries);
  } finally {
    store.close();
  }
}

test('a large listing ends before the disk is full, a small one is recorded wherever it fits', () => {
  expect(() => {
    list(300 * mebibyte, 20);
  }).toThrow(expect.objectContaining({ code: 'disk-full', retry: 'backoff', scope: 'pair' }) as Error);
  list(1024 * mebibyte, 19);
  list(mebibyte, 2);
});

test('what the store writes beside a name counts as well', () => {
  expect(() => {
    list(300 * mebibyte, 10, wide);
  }).toThrow(expect.objectContaining({ code: 'disk-full' }) as Error);
});

test('the fullest volume counts, and one that cannot tell does not', async () => {
  const place = await tempFolder();
  const free = freeBytesOn([place]);
  expect(free).toBeGreaterThan(0);
  expect(freeBytesOn([place, '/nowhere/at/all'])).toBeLessThanOrEqual(free + 1024 * mebibyte);
  expect(freeBytesOn(['/nowhere/at/all'])).toBe(Number.POSITIVE_INFINITY);
});

test(
  'the folder of temporary files is the one that SQLite takes',
  skipUnless(process.platform !== 'win32', 'Windows has one folder of temporary files'),
  async () => {
    const [first, second] = [await tempFolder(), await tempFolder()];
    expect(sqliteTempFolder({ SQLITE_TMPDIR: first, TMPDIR: second }, 'linux')).toBe(first);
    expect(sqliteTempFolder({ TMPDIR: second }, 'linux')).toBe(second);
    const unset = sqliteTempFolder({ TMPDIR: '/nowhere/at/all' }, 'linux');
    expect(['/var/tmp', '/usr/tmp', '/tmp']).toContain(unset);
  },
);
