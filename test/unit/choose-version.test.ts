// Choice of the version to restore: by name, by time, or the latest before the current one.
import { expect, test } from 'vitest';
import type { PairRuntime } from '../../main/app/pair-runtime.ts';
import { answerFileRequest } from '../../main/control/files.ts';
import type { PairContext } from '../../main/sync/context.ts';
import { chooseVersion } from '../../main/sync/bucket/browse.ts';
import type { ObjectVersion } from '../../main/ports/remote-objects.port.ts';

function version(versionId: string, modifiedMs: number, isDeleteMarker = false): ObjectVersion {
  const etag = isDeleteMarker ? null : (versionId as never);
  return { key: 'k' as never, versionId, isLatest: false, isDeleteMarker, etag, sizeBytes: 1, modifiedMs };
}
/** Newest first, in the order of a store. */
const deleted = [version('d', 40, true), version('c', 30), version('b', 20), version('a', 10)];
const live = deleted.slice(1);

test('without a wish the version before the delete or the last replacement is chosen', async () => {
  expect((await chooseVersion(deleted, { versionId: null, atMs: null }))?.versionId).toBe('c');
  expect((await chooseVersion(live, { versionId: null, atMs: null }))?.versionId).toBe('b');
  expect(await chooseVersion(live.slice(-1), { versionId: null, atMs: null })).toBeNull();
});

test('a time chooses the version current then, or none where the file was deleted or not yet created', async () => {
  expect((await chooseVersion(deleted, { versionId: null, atMs: 29 }))?.versionId).toBe('b');
  expect((await chooseVersion(deleted, { versionId: null, atMs: 30 }))?.versionId).toBe('c');
  expect(await chooseVersion(deleted, { versionId: null, atMs: 50 })).toBeNull();
  expect(await chooseVersion(deleted, { versionId: null, atMs: 5 })).toBeNull();
});

test('a version id chooses exactly that version and never a delete marker', async () => {
  expect((await chooseVersion(deleted, { versionId: 'a', atMs: null }))?.versionId).toBe('a');
  expect(await chooseVersion(deleted, { versionId: 'd', atMs: null })).toBeNull();
  expect(await chooseVersion(deleted, { versionId: 'z', atMs: null })).toBeNull();
});

test('an endless list of versions is read no further than the wish requires', async () => {
  let given = 0;
  function* endless(): Iterable<ObjectVersion> {
    for (;;) {
      given += 1;
      yield version(`v${String(given)}`, 1000 - given);
    }
  }
  expect((await chooseVersion(endless(), { versionId: null, atMs: 900 }))?.versionId).toBe('v100');
  expect(given).toBe(100);
});

test('the list shows the newest thousand versions and says that there are more', async () => {
  let given = 0;
  const context = {
    settings: { binding: { prefix: '' } },
    versions: {
      async *versions(): AsyncIterable<ObjectVersion> {
        for (;;) {
          given += 1;
          yield await Promise.resolve(version(`v${String(given)}`, 0));
        }
      },
    },
  } as unknown as PairContext;
  const request = { verb: 'versions', pair: 'p', path: 'k' } as const;
  const { signal } = new AbortController();
  const answer = await answerFileRequest({} as PairRuntime, context, request, signal);
  expect(answer).toMatchObject({ path: 'k', more: true });
  expect(answer['versions']).toHaveLength(1000);
  expect(given).toBe(1001);
});
