// Which version a restore brings back: the named one, the one of a moment, or the last before what is there now.
import { expect, test } from 'vitest';
import { chooseVersion } from '../../main/sync/browse.ts';
import type { ObjectVersion } from '../../main/ports/remote-objects.port.ts';

function version(versionId: string, modifiedMs: number, isDeleteMarker = false): ObjectVersion {
  const etag = isDeleteMarker ? null : (versionId as never);
  return { key: 'k' as never, versionId, isLatest: false, isDeleteMarker, etag, sizeBytes: 1, modifiedMs };
}
/** Newest first, as a store gives them. */
const deleted = [version('d', 40, true), version('c', 30), version('b', 20), version('a', 10)];
const live = deleted.slice(1);

test('without a wish: what a delete took, or what the last replacement replaced', () => {
  expect(chooseVersion(deleted, { versionId: null, atMs: null })?.versionId).toBe('c');
  expect(chooseVersion(live, { versionId: null, atMs: null })?.versionId).toBe('b');
  expect(chooseVersion(live.slice(-1), { versionId: null, atMs: null })).toBeNull();
});

test('by time: what was current then, and nothing where it was deleted or not yet there', () => {
  expect(chooseVersion(deleted, { versionId: null, atMs: 29 })?.versionId).toBe('b');
  expect(chooseVersion(deleted, { versionId: null, atMs: 30 })?.versionId).toBe('c');
  expect(chooseVersion(deleted, { versionId: null, atMs: 50 })).toBeNull();
  expect(chooseVersion(deleted, { versionId: null, atMs: 5 })).toBeNull();
});

test('by name: that one, never a delete marker', () => {
  expect(chooseVersion(deleted, { versionId: 'a', atMs: null })?.versionId).toBe('a');
  expect(chooseVersion(deleted, { versionId: 'd', atMs: null })).toBeNull();
  expect(chooseVersion(deleted, { versionId: 'z', atMs: null })).toBeNull();
});
