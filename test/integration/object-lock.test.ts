// A bucket with a default retention: small and large files go in, because each body carries a checksum.
import { hash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { sumOf } from '../../main/adapters/sums/body-sum.ts';
import type { ObjectKey } from '../../main/core/model/model.ts';
import { probeEndpoint } from '../../main/sync/bucket/probe.ts';
import { uploadResumable } from '../../main/sync/transfer/upload-parts.ts';
import { errorCode, signRaw } from '../local-cloud/client-kit.ts';
import { patternBytes, putOptions, sourceOf } from '../support/byte-source.ts';
import { startCloudSubject } from '../support/cloud-subject.ts';
import type { CloudSubject } from '../support/cloud-subject.ts';
import { fixedRandom } from '../support/instant-clock.ts';

const mebibyte = 1024 * 1024;
const { signal } = new AbortController();

let made: CloudSubject | null = null;
const subject = () => {
  if (made === null) throw new Error('no cloud');
  return made;
};
const key = (name: string) => `${subject().alice.prefix}${name}` as ObjectKey;

beforeAll(async () => {
  made = await startCloudSubject();
});
afterEach(() => {
  subject().cloud.control.reset();
});
afterAll(async () => {
  await made?.close();
});

test('the local cloud refuses a body without a checksum or an MD5, as S3 does', async () => {
  const { cloud } = subject();
  const { description, control } = cloud;
  control.patch({ store: { objectLock: true } });
  const send = async (headers: Readonly<Record<string, string>>): Promise<string> => {
    const request = { method: 'PUT', bucket: description.bucket, key: 'raw', headers, body: 'text' };
    const { url, init } = signRaw(description, description.admin, request);
    const response = await fetch(url, init);
    return response.ok ? 'taken' : await errorCode(response);
  };
  expect(await send({})).toBe('400 InvalidRequest');
  expect(await send({ 'content-md5': hash('md5', 'text', 'base64') })).toBe('taken');
  expect(await send({ 'x-amz-checksum-sha256': hash('sha256', 'text', 'base64') })).toBe('taken');
});

describe.each([
  ['full', 'crc64nvme'],
  ['ceph-pacific', 'md5'],
] as const)('a bucket with a default retention, as %s', (profile, partChecksum) => {
  test('takes small files, streamed large ones and resumable ones', async () => {
    const { cloud, alice } = subject();
    cloud.control.patch({ store: { profile, objectLock: true } });
    await cloud.control.setVersioning(cloud.description.bucket, 'enabled');
    const { abilities } = await probeEndpoint(alice, alice.prefix, fixedRandom(0.5), signal);
    alice.learn(abilities);
    expect(abilities.partChecksum).toBe(partChecksum);

    const bytes = patternBytes(11 * mebibyte, 3);
    const small = bytes.slice(0, 1000);
    const streamed = await alice.objects.put(key('streamed'), sourceOf(bytes), putOptions(bytes), signal);
    const single = await alice.objects.put(key('small'), sourceOf(small), putOptions(small), signal);
    const resumable = await uploadResumable(
      {
        multipart: alice.multipart,
        key: key('resumable'),
        source: sourceOf(bytes),
        options: putOptions(bytes),
        resume: null,
        save: () => Promise.resolve(),
        partBytes: 5 * mebibyte,
        concurrency: 2,
        md5: (part) => hash('md5', part, 'hex'),
        md5Etags: abilities.partMd5,
        sumOf: (part) => sumOf(abilities.partChecksum, part),
      },
      signal,
    );
    expect([single.kind, streamed.kind, resumable.kind]).toEqual(['done', 'done', 'done']);
    for (const name of ['streamed', 'resumable'])
      expect(await alice.objects.head(key(name), signal)).toMatchObject({
        kind: 'found',
        info: { sizeBytes: bytes.length },
      });
  });
});
