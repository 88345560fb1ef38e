// The marker of a folder that was read once: when its stats stand for it, and when it is read again.
import { lstat, mkdir, rename, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { DirectorySync, NodeRoom, readMarkerAt } from '../../main/adapters/disk/changes/own-folder.ts';
import { KnownMarker } from '../../main/adapters/disk/known-marker.ts';
import { openSqliteState } from '../../main/adapters/sqlite/state.ts';
import { relPath } from '../../main/core/model/path.ts';
import type { LocalCell } from '../../main/core/model/model.ts';
import type { LocalFiles, RootMarker } from '../../main/ports/local-files.port.ts';
import { proveLocalAbsent } from '../../main/sync/operations/preconditions.ts';
import { tempFolder } from '../support/temp.ts';

const marker: RootMarker = { spaceId: 's', stateId: 'state', deviceId: 'd', generation: 4 };
const traits = { inodesLast: true, mtimeGranularityNs: 20_000_000n };
const soon = 60_000;

let root = '';
let file = '';
beforeEach(async () => {
  root = await tempFolder();
  file = join(root, '.driftless', 'root.json');
  await mkdir(join(root, '.driftless'));
  await write(marker);
});

async function write(one: RootMarker): Promise<void> {
  await writeFile(`${file}.new`, JSON.stringify(one));
  await rename(`${file}.new`, file);
}

const stats = () => lstat(file, { bigint: true });

/** Read a minute after the marker was written, so that its stats stand for it. */
async function readOnce(
  known = new KnownMarker(
    () => Date.now() + soon,
    () => traits,
  ),
): Promise<KnownMarker> {
  expect(await readMarkerAt(root, known)).toEqual({ kind: 'present', marker });
  return known;
}

test('is not read again while its file is the same', async () => {
  const known = await readOnce();
  expect(known.recall(await stats())).toEqual(marker);
});

test('is read again after another one of the same length took its place', async () => {
  const known = await readOnce();
  await write({ ...marker, generation: 5 });
  expect(await readMarkerAt(root, known)).toMatchObject({ marker: { generation: 5 } });
});

test('is read again after it was changed in place, also with its old time put back', async () => {
  const known = await readOnce();
  const before = await stats();
  await writeFile(file, JSON.stringify({ ...marker, generation: 6 }));
  await utimes(file, Number(before.atimeMs) / 1000, Number(before.mtimeMs) / 1000);
  expect(await readMarkerAt(root, known)).toMatchObject({ marker: { generation: 6 } });
});

test.each([
  ['written a moment before it was read', { aheadMs: 0, traits }],
  [
    'on a disk whose clock is as coarse as it is old',
    { aheadMs: 1000, traits: { ...traits, mtimeGranularityNs: 2_000_000_000n } },
  ],
  ['on a disk whose inode numbers do not last', { aheadMs: soon, traits: { ...traits, inodesLast: false } }],
  ['on a disk that was not tried out', { aheadMs: soon, traits: null }],
])('is read each time: %s', async (_, how) => {
  const { ctimeNs } = await stats();
  const atMs = Number(ctimeNs / 1_000_000n) + how.aheadMs;
  const known = await readOnce(
    new KnownMarker(
      () => atMs,
      () => how.traits,
    ),
  );
  expect(known.recall(await stats())).toBeUndefined();
});

test('is read each time on a disk without a time of change, for as long as its time is that of now', async () => {
  const now = await stats();
  const seen = Object.assign(Object.create(now) as typeof now, { ctimeNs: 0n });
  const atMs = Number(now.mtimeNs / 1_000_000n);
  const known = new KnownMarker(
    () => atMs,
    () => traits,
  );
  known.keep({ stats: seen, atMs }, marker);
  expect(known.recall(seen)).toBeUndefined();
  known.keep({ stats: seen, atMs: atMs + soon }, marker);
  expect(known.recall(seen)).toEqual(marker);
});

test('is read again for what is removed, whatever its stats say: a network disk may answer them without asking its server', async () => {
  const known = await readOnce();
  known.recall = () => marker;
  await write({ ...marker, stateId: 'other' });
  const room = new NodeRoom(root, new DirectorySync(), { learn: () => Promise.reject(new Error()), known });
  expect(await room.readMarker(true)).toEqual({ kind: 'present', marker });
  expect(await room.readMarker()).toMatchObject({ marker: { stateId: 'other' } });
  const store = openSqliteState({ file: ':memory:' });
  store.record([{ kind: 'meta', key: 'rootMarker', value: JSON.stringify(marker) }]);
  const look = (): Promise<LocalCell> => Promise.resolve({ state: 'absent' });
  const files = { look } as unknown as LocalFiles; // the one call
  expect(await proveLocalAbsent({ store, files, room }, relPath('a.txt'))).toEqual({ kind: 'unproven' });
  await write(marker);
  expect(await proveLocalAbsent({ store, files, room }, relPath('a.txt'))).toEqual({ kind: 'absent' });
});

test('does not stand for a folder of ours that became a link', async () => {
  const known = await readOnce();
  await rename(join(root, '.driftless'), join(root, 'elsewhere'));
  expect(await readMarkerAt(root, known)).toEqual({ kind: 'missing' });
  await symlink('elsewhere', join(root, '.driftless'));
  expect(await readMarkerAt(root, known)).toMatchObject({ kind: 'unreadable' });
});
