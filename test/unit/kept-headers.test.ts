// Object headers that an edit keeps, and those that the new content decides.
import { describe, expect, test } from 'vitest';
import { editedHeaders, ownMetadata } from '../../main/sync/bucket/kept-headers.ts';
import type { ObjectInfo, ObjectHeaders } from '../../main/ports/remote-objects.port.ts';
import { makeFakeRemote } from '../fakes/fake-remote-objects.ts';
import type { ObjectKey } from '../../main/core/model/model.ts';
import { noHeaders } from '../fakes/fake-remote-state.ts';

const gzip = new Uint8Array([0x1f, 0x8b, 8, 0]);
const plain = new TextEncoder().encode('text');

async function facts(headers: Partial<ObjectHeaders>): Promise<ObjectInfo> {
  const fake = makeFakeRemote();
  fake.write('k', plain);
  const head = await fake.objects.head('k' as ObjectKey, new AbortController().signal);
  if (head.kind !== 'found') throw new Error(head.kind);
  return { ...head.info, contentType: 'text/html', headers: { ...noHeaders, ...headers } };
}

const edited = async (headers: Partial<ObjectHeaders>, head = plain) =>
  editedHeaders(await facts(headers), null, head);

describe('an edit', () => {
  test("an edit keeps type, caching, disposition, language, storage class and other tools' metadata", async () => {
    const kept = {
      cacheControl: 'max-age=1',
      contentDisposition: 'inline',
      contentLanguage: 'de',
      storageClass: 'STANDARD_IA',
      userMetadata: { colour: 'red', uid: '1000' },
    };
    expect(await edited(kept)).toEqual({ contentType: 'text/html', headers: { ...noHeaders, ...kept } });
  });

  test.each([
    ['gzip', gzip, 'gzip'],
    ['gzip', plain, null],
    ['zstd', plain, null],
    ['br', plain, 'br'],
  ])(
    'an edit of an object that was %s with the bytes %s stores the encoding %s',
    async (was, head, expected) => {
      const { headers } = await edited({ contentEncoding: was }, head);
      expect(headers.contentEncoding).toBe(expected);
    },
  );

  test('an edit drops checksums and times of the old bytes that other tools recorded', async () => {
    const { headers } = await edited({
      userMetadata: {
        mtime: '1',
        ctime: '2',
        md5chksum: 'abc',
        'x-amz-iv': 'secret',
        's3cmd-attrs': 'atime:1/md5:abc/mode:33188/mtime:2/uid:0',
      },
    });
    expect(headers.userMetadata).toEqual({ 's3cmd-attrs': 'mode:33188/uid:0' });
  });

  test('an edit is not stored in an archive class, from which no device could read it', async () => {
    expect((await edited({ storageClass: 'DEEP_ARCHIVE' })).headers.storageClass).toBeNull();
    expect((await edited({ storageClass: 'GLACIER_IR' })).headers.storageClass).toBe('GLACIER_IR');
  });
});

test('our own metadata is distinguished from that of other tools', () => {
  expect(ownMetadata({ 'driftless-op': '1', colour: 'red' })).toEqual({ 'driftless-op': '1' });
});
