// S3 adapter under faults, expiry, ambient settings and missing endpoints.
import { hash } from 'node:crypto';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { makeS3Client } from '../../main/adapters/s3/sdk/client.ts';
import { isAwsHost } from '../../main/core/access/endpoints.ts';
import type { ObjectKey } from '../../main/core/model/model.ts';
import { withRetry } from '../../main/sync/transfer/retry.ts';
import { presign } from '../local-cloud/client-kit.ts';
import { collect, patternBytes, putOptions, sourceOf } from '../support/byte-source.ts';
import { startCloudSubject } from '../support/cloud-subject.ts';
import type { CloudSubject } from '../support/cloud-subject.ts';
import { fixedCredentials } from '../support/fixed-credentials.ts';
import { fixedRandom, instantClock } from '../support/instant-clock.ts';
import { s3Subject } from '../support/s3-subject.ts';
import { waitFor } from '../support/wait-for.ts';

const { signal } = new AbortController();
const mebibyte = 1024 * 1024;
let made: CloudSubject | null = null;
const cloud = () => {
  if (made === null) throw new Error('no cloud');
  return made;
};
const key = (name: string) => `${cloud().alice.prefix}${name}` as ObjectKey;
const put = (name: string, bytes: Uint8Array, by = signal) =>
  cloud().alice.objects.put(key(name), sourceOf(bytes), putOptions(bytes), by);

async function listen(onSocket: (socket: Socket) => void) {
  const server = createServer(onSocket);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    place: { endpoint: `http://127.0.0.1:${String(port)}`, region: 'eu-central-1', bucket: 'any' },
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

beforeAll(async () => {
  made = await startCloudSubject();
});
afterEach(() => {
  cloud().cloud.control.reset();
});
afterAll(async () => {
  await made?.close();
});

describe('faults', () => {
  test('503 SlowDown is mapped, and cured by the retry loop', async () => {
    cloud().cloud.control.addFault({ verb: 'PutObject', kind: 'error', times: 1 });
    await expect(put('slow.bin', patternBytes(10))).rejects.toMatchObject({ code: 'slow-down' });
    cloud().cloud.control.addFault({ verb: 'PutObject', kind: 'error', times: 2 });
    const clock = instantClock();
    const objects = withRetry(cloud().alice.objects, { clock, random: fixedRandom(0.5) });
    const bytes = patternBytes(10);
    const outcome = await objects.put(key('slow.bin'), sourceOf(bytes), putOptions(bytes), signal);
    expect(outcome.kind).toBe('done');
    expect(clock.sleeps).toHaveLength(2);
  });

  test.each([
    ['small', 1000, 'PutObject'],
    ['large', 9 * mebibyte, 'CompleteMultipartUpload'],
  ])('a lost response to a %s upload may have happened', async (size, length, verb) => {
    cloud().cloud.control.addFault({ verb, kind: 'cut-after', times: 1 });
    const bytes = patternBytes(length);
    const lost = put(`lost-${size}.bin`, bytes);
    await expect(lost).rejects.toMatchObject({ code: 'connection-lost', fields: { mayHaveHappened: true } });
    const head = await cloud().alice.objects.head(key(`lost-${size}.bin`), signal);
    expect(head).toMatchObject({ kind: 'found', info: { sizeBytes: length } });
  });

  test('a failing part aborts the upload and leaves nothing behind', async () => {
    cloud().cloud.control.addFault({
      verb: 'UploadPart',
      kind: 'error',
      status: 500,
      code: 'InternalError',
      times: 1,
    });
    await expect(put('part.bin', patternBytes(20 * mebibyte))).rejects.toMatchObject({
      code: 'remote-unavailable',
    });
    expect(cloud().cloud.control.counts()['AbortMultipartUpload']).toBe(1);
  });

  test('a part is signed by the SHA-256 that was made of it before, and refused where that is of other bytes', async () => {
    const { multipart } = cloud().alice;
    const bytes = patternBytes(6 * mebibyte);
    const about = { contentType: 'text/plain', metadata: {} };
    const { uploadId } = await multipart.create(key('signed.bin'), about, signal);
    const send = (sha256: string) =>
      multipart.uploadPart(key('signed.bin'), uploadId, { number: 1, bytes, sha256 }, signal);
    const other = patternBytes(6 * mebibyte, 2);
    await expect(send(hash('sha256', other))).rejects.toMatchObject({ code: 'content-mismatch' });
    expect(await send(hash('sha256', bytes))).toMatchObject({ kind: 'done' });
    await multipart.abort(key('signed.bin'), uploadId, signal);
  });

  test('a body cut short is an error, and the retry loop resumes it', async () => {
    const bytes = patternBytes(3 * mebibyte);
    await put('cut.bin', bytes);
    cloud().cloud.control.addFault({ verb: 'GetObject', kind: 'truncate', keepBytes: mebibyte, times: 2 });
    const got = await cloud().alice.objects.get(key('cut.bin'), { condition: { kind: 'none' } }, signal);
    if (got.kind !== 'found') throw new Error(got.kind);
    await expect(collect(got.body)).rejects.toMatchObject({ code: 'connection-lost' });
    const objects = withRetry(cloud().alice.objects, { clock: instantClock(), random: fixedRandom(0.5) });
    const again = await objects.get(key('cut.bin'), { condition: { kind: 'none' } }, signal);
    if (again.kind !== 'found') throw new Error(again.kind);
    expect(Buffer.from(await collect(again.body)).equals(bytes)).toBe(true);
  });

  test.each([10, 20 * mebibyte])(
    'an abort closes the socket of an upload of %i bytes at once',
    async (length) => {
      const sockets = new Set<Socket>();
      let seen = 0;
      const silent = await listen((socket) => {
        seen += 1;
        sockets.add(socket);
        socket.on('error', () => undefined);
        socket.on('close', () => sockets.delete(socket));
        socket.resume();
      });
      const subject = s3Subject(silent.place, fixedCredentials(cloud().cloud.description.admin));
      const stop = new AbortController();
      const bytes = patternBytes(length);
      const hanging = subject.objects.put(key('x'), sourceOf(bytes), putOptions(bytes), stop.signal);
      const rejected = expect(hanging).rejects.toThrow('enough');
      await waitFor(() => seen > 0);
      stop.abort(new Error('enough'));
      await rejected;
      await waitFor(() => sockets.size === 0);
      subject.close();
      await silent.close();
    },
  );
});

test('a HEAD tells the length of an object of any size', async () => {
  const bytes = patternBytes(17 * mebibyte);
  await put('long.bin', bytes);
  const head = await cloud().alice.objects.head(key('long.bin'), signal);
  expect(head).toMatchObject({ kind: 'found', info: { sizeBytes: bytes.length } });
});

describe('credentials', () => {
  test('expired credentials are replaced in the middle of parts, and the bytes are right', async () => {
    const before = cloud().alice.credentials.trades();
    const fault = { status: 400, code: 'ExpiredToken', times: 2, after: 1 };
    cloud().cloud.control.addFault({ verb: 'UploadPart', kind: 'error', ...fault });
    const bytes = patternBytes(30 * mebibyte, 5);
    expect((await put('expires.bin', bytes)).kind).toBe('done');
    expect(cloud().alice.credentials.trades() - before).toBeGreaterThanOrEqual(1);
    const got = await cloud().alice.objects.get(key('expires.bin'), { condition: { kind: 'none' } }, signal);
    expect(got.kind === 'found' && Buffer.from(await collect(got.body)).equals(bytes)).toBe(true);
  });

  test('really expired credentials are replaced, also where the store calls it AccessDenied', async () => {
    const { cloud: local, alice } = cloud();
    local.control.patch({ minSessionSeconds: 1, forceSessionSeconds: 2, store: { profile: 'ceph-pacific' } });
    alice.credentials.invalidate((await alice.credentials.now()).accessKeyId);
    const { expiresAtMs } = await alice.credentials.get(signal);
    local.control.patch({ forceSessionSeconds: 3600 });
    const before = alice.credentials.trades();
    await waitFor(() => Date.now() > expiresAtMs + 100);
    expect((await put('after-expiry.bin', patternBytes(5))).kind).toBe('done');
    expect(alice.credentials.trades() - before).toBe(1);
  });

  test.each(['head', 'get', 'list'] as const)('an "expired" response to %s is cured too', async (verb) => {
    const bytes = patternBytes(5);
    await put('healed.bin', bytes);
    cloud().cloud.control.addFault({
      verb: { head: 'HeadObject', get: 'GetObject', list: 'ListObjectsV2' }[verb],
      kind: 'error',
      status: 400,
      code: 'ExpiredToken',
      times: 1,
    });
    const { objects, prefix } = cloud().alice;
    if (verb === 'head') expect((await objects.head(key('healed.bin'), signal)).kind).toBe('found');
    if (verb === 'get')
      expect((await objects.get(key('healed.bin'), { condition: { kind: 'none' } }, signal)).kind).toBe(
        'found',
      );
    if (verb === 'list')
      for await (const page of objects.list(prefix, null, signal)) expect(page.isLast).toBe(true);
  });

  test('a session that was revoked is replaced by a new one at its first refusal', async () => {
    const before = cloud().alice.credentials.trades();
    cloud().cloud.control.addFault({
      verb: 'HeadObject',
      kind: 'error',
      status: 403,
      code: 'AccessDenied',
      // Without the SDK, and by it, which renews the session.
      times: 2,
    });
    await put('revoked.bin', patternBytes(5));
    expect((await cloud().alice.objects.head(key('revoked.bin'), signal)).kind).toBe('found');
    expect(cloud().alice.credentials.trades() - before).toBe(1);
  });

  test('a refusal that a new session meets too is final and costs no exchange per request', async () => {
    const { s3, region, bucket } = cloud().cloud.description;
    const subject = s3Subject({ endpoint: s3, region, bucket }, cloud().alice.credentials);
    const before = cloud().alice.credentials.trades();
    cloud().cloud.control.addFault({ verb: 'PutObject', kind: 'error', status: 403, code: 'AccessDenied' });
    for (let turn = 0; turn < 3; turn += 1)
      await expect(
        subject.objects.put(
          key('denied.bin'),
          sourceOf(patternBytes(5)),
          putOptions(patternBytes(5)),
          signal,
        ),
      ).rejects.toMatchObject({ code: 'remote-denied' });
    expect(cloud().alice.credentials.trades() - before).toBe(1);
    subject.close();
  });

  test('a HEAD that is refused without a word, as of an object with a key of its writer’s, costs no exchange each time', async () => {
    const { s3, region, bucket } = cloud().cloud.description;
    const subject = s3Subject({ endpoint: s3, region, bucket }, cloud().alice.credentials);
    const before = cloud().alice.credentials.trades();
    cloud().cloud.control.addFault({ verb: 'HeadObject', kind: 'error', status: 400, code: 'BadRequest' });
    for (let turn = 0; turn < 5; turn += 1)
      await expect(subject.objects.head(key('sealed.bin'), signal)).rejects.toMatchObject({
        code: 'remote-refused',
        scope: 'item',
      });
    expect(cloud().alice.credentials.trades() - before).toBe(1);
    subject.close();
  });

  test('a clock that is hours off is learned, reported once, and then right', async () => {
    cloud().cloud.control.patch({ clockSkewMs: -5 * 3_600_000 });
    const fresh = s3Subject(
      {
        endpoint: cloud().cloud.description.s3,
        region: cloud().cloud.description.region,
        bucket: cloud().cloud.description.bucket,
      },
      fixedCredentials(cloud().cloud.description.admin),
    );
    const first = fresh.objects.get(key('skew.bin'), { condition: { kind: 'none' } }, signal);
    await expect(first).rejects.toMatchObject({ code: 'clock-skew', retry: 'now' });
    expect(await fresh.objects.get(key('skew.bin'), { condition: { kind: 'none' } }, signal)).toEqual({
      kind: 'absent',
    });
    fresh.close();
  });

  test('requests are signed at once with the clock offset that an exchange measured', async () => {
    const { cloud: local, alice } = cloud();
    const { description } = local;
    const place = { endpoint: description.s3, region: description.region, bucket: description.bucket };
    let clockOffsetMs = 30 * 60_000;
    const get = async () => ({ ...(await alice.credentials.get(signal)), clockOffsetMs });
    const fresh = s3Subject(place, { ...alice.credentials, get });
    const skewed = () => local.control.log().filter((entry) => entry.detail.includes('Skewed'));
    local.control.patch({ clockSkewMs: clockOffsetMs });
    alice.credentials.invalidate((await alice.credentials.now()).accessKeyId);
    expect(await fresh.objects.head(key('skew.bin'), signal)).toEqual({ kind: 'absent' });
    // The clock was set right meanwhile; the next exchange notices.
    local.control.patch({ clockSkewMs: 0 });
    clockOffsetMs = 0;
    alice.credentials.invalidate((await alice.credentials.now()).accessKeyId);
    expect(await fresh.objects.head(key('skew.bin'), signal)).toEqual({ kind: 'absent' });
    expect(skewed()).toEqual([]);
    fresh.close();
  });
});

test.each(['text/caf\u00e9', 'text/caf\u00c3\u00a9', 'text/plain\u00a0'])(
  'an object is copied and edited whose type another writer chose so that it cannot be signed: %s',
  async (type) => {
    const { description } = cloud().cloud;
    const keys = await cloud().alice.credentials.now();
    const [from, to] = [key(`typed-${encodeURIComponent(type)}`), key('typed-copy')];
    const place = { method: 'PUT', bucket: description.bucket, key: from, expiresSeconds: 60 };
    // Unsigned, a writer's own type may be any bytes.
    const made = await fetch(presign(description, keys, place), {
      ...{ method: 'PUT', headers: { 'content-type': type }, body: 'the bytes' },
    });
    expect(made.status).toBe(200);
    const head = await cloud().alice.objects.head(from, signal);
    if (head.kind !== 'found') throw new Error(head.kind);
    const { info } = head;
    const kept = { headers: info.headers, contentType: info.contentType ?? 'application/octet-stream' };
    const copying = { source: info.etag, condition: { kind: 'none' }, metadata: {}, ...kept } as const;
    expect((await cloud().alice.objects.copy(from, to, copying, signal)).kind).toBe('done');
    const bytes = patternBytes(10);
    const edit = { ...putOptions(bytes), ...kept };
    expect((await cloud().alice.objects.put(from, sourceOf(bytes), edit, signal)).kind).toBe('done');
  },
);

describe('missing endpoints and buckets', () => {
  test('a missing bucket never counts as an absent object', async () => {
    const { description } = cloud().cloud;
    const place = { endpoint: description.s3, region: description.region, bucket: 'no-such-bucket' };
    const subject = s3Subject(place, fixedCredentials(description.admin));
    const missing = { code: 'bucket-missing', scope: 'pair' };
    await expect(subject.objects.head(key('x'), signal)).rejects.toMatchObject(missing);
    await expect(
      subject.objects.get(key('x'), { condition: { kind: 'none' } }, signal),
    ).rejects.toMatchObject(missing);
    const listing = subject.objects.list('', null, signal)[Symbol.asyncIterator]();
    await expect(listing.next()).rejects.toMatchObject(missing);
    subject.close();
  });

  describe('a store that answers 403 to reads of a missing key (Ceph, for a role limited to its prefix)', () => {
    beforeEach(() => {
      cloud().cloud.control.patch({ store: { missingKey: 'always-403' } });
    });
    const headAndGet = async (name: string) => {
      const { objects } = cloud().alice;
      const got = await objects.get(key(name), { condition: { kind: 'none' } }, signal);
      if (got.kind === 'found') await collect(got.body);
      return [(await objects.head(key(name), signal)).kind, got.kind];
    };

    test('a 403 counts as absence when the listing shows that the key does not exist', async () => {
      await put('near/er.txt', patternBytes(3));
      expect(await headAndGet('near')).toEqual(['absent', 'absent']);
      expect(await headAndGet('near/')).toEqual(['absent', 'absent']);
      expect(await headAndGet('near/er.txt')).toEqual(['found', 'found']);
    });

    test('a 403 counts as a refusal when the key is listed or the listing is refused too', async () => {
      const name = 'listed.txt';
      await put(name, patternBytes(3));
      cloud().cloud.control.putBucketPolicy(cloud().cloud.description.bucket, {
        Version: '2012-10-17',
        Statement: [
          { Effect: 'Deny', Principal: '*', Action: 's3:GetObject', Resource: `arn:aws:s3:::*/${key(name)}` },
        ],
      });
      try {
        await expect(headAndGet(name)).rejects.toMatchObject({ code: 'remote-denied' });
      } finally {
        cloud().cloud.control.putBucketPolicy(cloud().cloud.description.bucket, null);
      }
      const theirs = cloud().bob.objects.head(key('nothing'), signal);
      await expect(theirs).rejects.toMatchObject({ code: 'remote-denied' });
    });

    test('a 403 proves nothing when the listing fails', async () => {
      cloud().cloud.control.addFault({
        verb: 'ListObjectsV2',
        kind: 'error',
        status: 500,
        code: 'InternalError',
      });
      await expect(headAndGet('unknown')).rejects.toMatchObject({ code: 'remote-unavailable' });
    });
  });

  test("a proxy's page in place of S3 never counts as absence", async () => {
    const html = '<html><body>404 not found</body></html>';
    const proxy = await listen((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', (data) => {
        const isHead = data.toString().startsWith('HEAD');
        const head = `HTTP/1.1 404 Not Found\r\ncontent-type: text/html\r\ncontent-length: ${String(html.length)}\r\nconnection: close\r\n\r\n`;
        socket.end(isHead ? head : head + html);
      });
    });
    const subject = s3Subject(proxy.place, fixedCredentials(cloud().cloud.description.admin));
    await expect(subject.objects.head(key('x'), signal)).rejects.toMatchObject({
      code: 'remote-invalid-answer',
    });
    subject.close();
    await proxy.close();
  });

  test('an endpoint without a listener is reported as unreachable', async () => {
    const place = { endpoint: 'http://127.0.0.1:9', region: 'eu-central-1', bucket: 'any' };
    const subject = s3Subject(place, fixedCredentials(cloud().cloud.description.admin));
    await expect(subject.objects.head(key('x'), signal)).rejects.toMatchObject({
      code: 'endpoint-unreachable',
      scope: 'account',
      fields: { mayHaveHappened: false },
    });
    subject.close();
  });
});

describe('the client', () => {
  test('the client reads nothing from the environment or from profile files', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'driftless-ambient-'));
    const file = join(folder, 'config');
    const poison =
      'endpoint_url = http://127.0.0.1:9\nregion = nowhere\nretry_mode = garbage\nmax_attempts = x\nuse_fips_endpoint = maybe\n';
    await writeFile(file, `[default]\n${poison}`);
    const ambient = {
      AWS_CONFIG_FILE: file,
      AWS_SHARED_CREDENTIALS_FILE: file,
      AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
      AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:9',
      AWS_REGION: 'nowhere-1',
      AWS_ACCESS_KEY_ID: 'AKIAAMBIENT',
      AWS_SECRET_ACCESS_KEY: 'ambient',
      AWS_USE_FIPS_ENDPOINT: 'true',
      AWS_MAX_ATTEMPTS: 'many',
      AWS_PROFILE: 'no-such-profile',
    };
    for (const [name, value] of Object.entries(ambient)) vi.stubEnv(name, value);
    try {
      const { description } = cloud().cloud;
      const place = { endpoint: description.s3, region: description.region, bucket: description.bucket };
      const subject = s3Subject(place, await Promise.resolve(cloud().alice.credentials));
      const bytes = patternBytes(9 * mebibyte);
      const outcome = await subject.objects.put(
        key('ambient.bin'),
        sourceOf(bytes),
        putOptions(bytes),
        signal,
      );
      expect(outcome.kind).toBe('done');
      subject.close();
    } finally {
      vi.unstubAllEnvs();
    }
  });

  test('the client refuses plain http except to loopback under the development flag', () => {
    const make = (endpoint: string, development: boolean) => () =>
      makeS3Client({
        bucket: 'b',
        region: 'eu-central-1',
        endpoint,
        forcePathStyle: true,
        expectedBucketOwner: null,
        development,
        credentials: fixedCredentials({ accessKeyId: 'a', secretAccessKey: 'b' }),
        nowMs: () => 0,
      });
    const refused = expect.objectContaining({ code: 'url-refused' }) as unknown;
    expect(make('http://127.0.0.1:9000', false)).toThrow(refused);
    expect(make('http://s3.example.com', true)).toThrow(refused);
    expect(make('http://localhost:9000', true)).toThrow(refused);
    expect(make('https://user:pass@s3.example.com', false)).toThrow(refused);
    make('http://127.0.0.1:9000', true)().destroy();
    make('https://s3.example.com', false)().destroy();
  });

  test.each([
    ['s3.eu-central-1.amazonaws.com', true],
    ['s3.cn-north-1.amazonaws.com.cn', true],
    ['s3.eu-central-1.amazonaws.com.', true],
    ['amazonaws.com.evil.example', false],
    ['notamazonaws.com', false],
  ])('the endpoint %s is AWS: %s', (host, expected) => {
    expect(isAwsHost(host)).toBe(expected);
  });

  test("the client sends the bucket's required headers with every write, and no others", async () => {
    const client = makeS3Client({
      bucket: 'company',
      region: 'eu-central-1',
      endpoint: null,
      forcePathStyle: false,
      expectedBucketOwner: null,
      development: false,
      credentials: fixedCredentials({ accessKeyId: 'a', secretAccessKey: 'b' }),
      headers: {
        serverSideEncryption: 'aws:kms',
        sseKmsKeyId: 'alias/files',
        storageClass: 'STANDARD_IA',
        requestPayer: 'requester',
      },
      nowMs: () => Date.now(),
    });
    const s3 = await import('@aws-sdk/client-s3');
    const seen: Record<string, string>[] = [];
    client.middlewareStack.add(
      () => (args) => {
        seen.push((args.request as { headers: Record<string, string> }).headers);
        return Promise.reject(new Error('not sent'));
      },
      { step: 'finalizeRequest', priority: 'low', name: 'seeAndStop' },
    );
    const at = { Bucket: 'company', Key: 'k' };
    const run = (work: Promise<unknown>) => expect(work).rejects.toThrow('not sent');
    await run(client.send(new s3.PutObjectCommand({ ...at, Body: 'x', StorageClass: 'GLACIER_IR' })));
    await run(client.send(new s3.CreateMultipartUploadCommand(at)));
    await run(client.send(new s3.CopyObjectCommand({ ...at, CopySource: 'company/j' })));
    await run(client.send(new s3.HeadObjectCommand(at)));
    client.destroy();
    const wanted = {
      'x-amz-server-side-encryption': 'aws:kms',
      'x-amz-server-side-encryption-aws-kms-key-id': 'alias/files',
      'x-amz-request-payer': 'requester',
    };
    // The object's existing storage class is its own.
    expect(seen[0]).toMatchObject({ ...wanted, 'x-amz-storage-class': 'GLACIER_IR' });
    expect(seen[1]).toMatchObject({ ...wanted, 'x-amz-storage-class': 'STANDARD_IA' });
    expect(seen[2]).toMatchObject({ ...wanted, 'x-amz-storage-class': 'STANDARD_IA' });
    expect(Object.keys(seen[3] ?? {}).filter((name) => /encryption|storage-class/.test(name))).toEqual([]);
    expect(seen[3]?.['x-amz-request-payer']).toBe('requester');
  });

  test('the client names the expected owner of the bucket to AWS on every call', async () => {
    const client = makeS3Client({
      bucket: 'company',
      region: 'eu-central-1',
      endpoint: null,
      forcePathStyle: false,
      expectedBucketOwner: '123456789012',
      development: false,
      credentials: fixedCredentials({ accessKeyId: 'a', secretAccessKey: 'b' }),
      nowMs: () => Date.now(),
    });
    const { HeadObjectCommand, CopyObjectCommand } = await import('@aws-sdk/client-s3');
    const seen: unknown[] = [];
    client.middlewareStack.add(
      () => (args) => {
        seen.push(args.request);
        return Promise.reject(new Error('not sent'));
      },
      { step: 'finalizeRequest', priority: 'low', name: 'seeAndStop' },
    );
    await expect(client.send(new HeadObjectCommand({ Bucket: 'company', Key: 'k' }))).rejects.toThrow(
      'not sent',
    );
    const copy = new CopyObjectCommand({ Bucket: 'company', Key: 'k', CopySource: 'company/j' });
    await expect(client.send(copy)).rejects.toThrow('not sent');
    expect(seen).toMatchObject([
      {
        hostname: 'company.s3.eu-central-1.amazonaws.com',
        protocol: 'https:',
        headers: { 'x-amz-expected-bucket-owner': '123456789012' },
      },
      { headers: { 'x-amz-source-expected-bucket-owner': '123456789012' } },
    ]);
    client.destroy();
  });
});
