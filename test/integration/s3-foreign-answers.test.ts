// Answers with status 200 that are none of S3's: pages of gateways and portals, empty bodies, cut documents.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { probeIsolation } from '../../main/adapters/isolation/probe.ts';
import { makeS3Client } from '../../main/adapters/s3/sdk/client.ts';
import { judgeIsolation } from '../../main/core/access/isolation.ts';
import type { ObjectKey } from '../../main/core/model/model.ts';
import { patternBytes, putOptions, sourceOf } from '../support/byte-source.ts';
import { startCloudSubject } from '../support/cloud-subject.ts';
import type { CloudSubject } from '../support/cloud-subject.ts';

const { signal } = new AbortController();
let made: CloudSubject | null = null;
const cloud = (): CloudSubject => {
  if (made === null) throw new Error('no cloud');
  return made;
};
const key = (name: string): ObjectKey => `${cloud().alice.prefix}${name}` as ObjectKey;

beforeAll(async () => {
  made = await startCloudSubject();
  // Here S3 alone is replaced by a page.
  await made.alice.credentials.now();
});
afterEach(() => {
  cloud().cloud.control.reset();
});
afterAll(async () => {
  await made?.close();
});

const bodies = {
  'an empty body': ['', 'application/xml'],
  'a page': ['<!doctype html><html><head><title>Sign in</title></head><body>Wait</body></html>', 'text/html'],
  'a page without a closing tag': ['<!doctype html><title>Please wait', 'text/html'],
  'a page that calls itself XML': ['<html><body>Wait</body></html>', 'application/xml'],
  'plain text': ['OK', 'text/plain'],
  'a document of another kind': ['<?xml version="1.0"?><Status>fine</Status>', 'application/xml'],
  'an error': ['<?xml version="1.0"?><Error><Code>SlowDown</Code></Error>', 'application/xml'],
  'a listing that was cut': [
    '<?xml version="1.0"?><ListBucketResult><Name>b</Name><KeyCount>2</KeyCount><Conten',
    'application/xml',
  ],
} as const;

function answerWith([body, contentType]: readonly [string, string]): void {
  cloud().cloud.control.addFault({
    verb: '*',
    kind: 'error',
    status: 200,
    body,
    headers: { 'content-type': contentType },
  });
}

async function all<Item>(items: AsyncIterable<Item>): Promise<readonly Item[]> {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
}

describe.each(Object.entries(bodies))('%s with status 200', (_, body) => {
  test('is neither an empty listing, an absence, an object, nor a write that happened', async () => {
    const { objects, multipart, versions } = cloud().alice;
    answerWith(body);
    const bytes = patternBytes(10);
    const about = { contentType: 'text/plain', metadata: {} };
    const calls: Readonly<Record<string, () => Promise<unknown>>> = {
      list: () => all(objects.list(cloud().alice.prefix, null, signal)),
      head: () => objects.head(key('a'), signal),
      get: () => objects.get(key('a'), { condition: { kind: 'none' } }, signal),
      put: () => objects.put(key('a'), sourceOf(bytes), putOptions(bytes), signal),
      copy: () =>
        objects.copy(key('a'), key('b'), { source: null, condition: { kind: 'none' }, ...about }, signal),
      delete: () => objects.delete(key('a'), { kind: 'none' }, signal),
      create: () => multipart.create(key('a'), about, signal),
      parts: () => multipart.listParts(key('a'), 'upload', signal),
      versions: () => all(versions.versions(cloud().alice.prefix, signal)),
    };
    for (const [name, call] of Object.entries(calls)) {
      const outcome = await call().then(
        (value) => value,
        (error: unknown) => error,
      );
      expect(outcome, name).toBeInstanceOf(Error);
      expect(outcome, name).toMatchObject({ retry: expect.stringMatching(/^(?:now|backoff)$/) as string });
    }
  });

  test('is no sign that a role reaches beyond its prefix', async () => {
    const { alice, cloud: running } = cloud();
    const { s3: endpoint, region, bucket } = running.description;
    const client = makeS3Client({
      ...{ endpoint, region, bucket, forcePathStyle: true, expectedBucketOwner: null, development: true },
      credentials: alice.credentials,
      nowMs: () => Date.now(),
    });
    answerWith(body);
    const { prefix } = alice;
    const probes = await probeIsolation(
      { client, bucket, prefix, variableIndex: 1, canaryKey: 'canary' },
      signal,
    );
    client.destroy();
    expect(judgeIsolation(probes).kind).toBe('unknown');
  });
});

test('a 403 for a key is no absence where the listing that would prove it is a page', async () => {
  cloud().cloud.control.addFault({ verb: 'HeadObject', kind: 'error', status: 403, code: 'AccessDenied' });
  answerWith(bodies['a page that calls itself XML']);
  await expect(cloud().alice.objects.head(key('a'), signal)).rejects.toThrow();
});
