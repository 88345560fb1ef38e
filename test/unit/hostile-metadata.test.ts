// Metadata and ETags that another writer of the bucket made as long as it could.
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import type { ContentId, Etag, ObjectKey, OpId, RelPath } from '../../main/core/model/model.ts';
import {
  ancestorsAfter,
  readAncestors,
  readTimeNs,
  writeNotes,
} from '../../main/sync/bucket/object-metadata.ts';
import type { PairContext } from '../../main/sync/context.ts';
import { announceDelete, announcedDelete, preserveRemote } from '../../main/sync/trash/remote-trash.ts';
import { makeFakeRemote } from '../fakes/fake-remote-objects.ts';

const { signal } = new AbortController();
const limitBytes = 2048;
const sumOf = (kind: string, bytes: Uint8Array): string => createHash(kind).update(bytes).digest('hex');

function sizeOf(metadata: Readonly<Record<string, string>>): number {
  return Object.entries(metadata).reduce((sum, [name, value]) => sum + name.length + value.length, 0);
}

function contextOf(fake: ReturnType<typeof makeFakeRemote>): PairContext {
  return {
    remote: fake.objects,
    settings: { binding: { prefix: 'p/' } },
    hashBytes: (bytes: Uint8Array) => ({ sha256: sumOf('sha256', bytes), md5: sumOf('md5', bytes) }),
    abilities: { versioned: false },
    clock: { nowMs: () => 0 },
    store: { meta: () => null },
  } as unknown as PairContext;
}

test('ancestors that another writer named leave room for what an upload has to say', () => {
  const foreign = {
    'driftless-op': '1',
    'driftless-ancestors': ['a'.repeat(900), 'b'.repeat(900), '漢'.repeat(100), 'short'].join(','),
  };
  const ancestors = ancestorsAfter('d41d8cd98f00b204e9800998ecf8427e' as Etag, foreign);
  const notes = writeNotes({
    opId: '0'.repeat(32) as OpId,
    content: '0'.repeat(64) as ContentId,
    mtimeNs: -1_234_567_890_123_456_789n,
    executable: true,
    ancestors,
  });
  expect(sizeOf(notes)).toBeLessThanOrEqual(limitBytes);
  expect(readAncestors(notes)).toEqual(['d41d8cd98f00b204e9800998ecf8427e', 'a'.repeat(900)]);
});

test.each([1400, 1990, 2030])(
  'an object with %i bytes under names like ours is kept aside',
  async (length) => {
    const fake = makeFakeRemote();
    const key = 'p/file' as ObjectKey;
    fake.write(key, new Uint8Array(1), { 'driftless-x': 'x'.repeat(length - 'driftless-x'.length) });
    const head = await fake.objects.head(key, signal);
    if (head.kind !== 'found') throw new Error(head.kind);
    const path = `${'ü'.repeat(100)}/file` as RelPath;
    const what = { opId: 'op' as OpId, path, info: head.info, content: null, why: 'removed' } as const;
    expect((await preserveRemote(contextOf(fake), what, signal)).kind).toBe('kept');
    const copy = await fake.objects.head('p/.driftless/trash/1970-01-01/op' as ObjectKey, signal);
    expect(copy.kind === 'found' && sizeOf(copy.info.metadata)).toBeLessThanOrEqual(limitBytes);
  },
);

test('a record of deletions is read again, however long the ETags of the store are', async () => {
  const context = contextOf(makeFakeRemote());
  const key = `p/${'"'.repeat(500)}` as ObjectKey;
  const etags = Array.from({ length: 6 }, (_, at) => String(at).repeat(1024) as Etag);
  for (const etag of etags)
    await announceDelete(context, { opId: 'op' as OpId, key, etag, metadata: {} }, signal);
  const known = await announcedDelete(context, key, signal);
  // The last ones, for as many as there is room.
  expect(known).toEqual(etags.toReversed().slice(0, 2));
});

test('the year 9999 as the time of an object is one that records can hold', () => {
  const timeNs = readTimeNs({ metadata: {}, modifiedMs: Date.UTC(9999, 11, 31) });
  expect(timeNs === null ? null : BigInt.asIntN(64, timeNs)).toBe(timeNs);
});

test.each(['9223372037', '15000000000.5', '99999999999.999999999', '-99999999999'])(
  'a time of %s seconds that another tool noted is one that records can hold',
  (mtime) => {
    const timeNs = readTimeNs({ metadata: { mtime }, modifiedMs: 1 });
    expect(timeNs === null ? null : BigInt.asIntN(64, timeNs)).toBe(timeNs);
    expect(timeNs !== null && timeNs < 0n).toBe(mtime.startsWith('-'));
  },
);
