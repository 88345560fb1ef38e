// The local cloud's policies isolate users, and its faults occur on demand.
import {
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { afterEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { signIn } from '../local-cloud/browserless.ts';
import { assumeRole, errorCode, personOf, s3Client, signRaw } from '../local-cloud/client-kit.ts';
import type { RawRequest, TestCredentials } from '../local-cloud/client-kit.ts';
import { startLocalCloud } from '../local-cloud/cloud.ts';
import { aliceAndBob, cloudForFile, outcome } from '../support/cloud-kit.ts';
import { makeTempFolder } from '../support/temp.ts';

const cloud = await cloudForFile();
const { description: described } = cloud;
const { bucket } = described;
const { alice, bob } = await aliceAndBob(described);

afterEach(() => {
  cloud.control.reset();
});

function mine(): RawRequest {
  return { method: 'GET', bucket, key: `${alice.prefix}mine.txt` };
}

async function send(raw: RawRequest, credentials: TestCredentials = alice.credentials): Promise<string> {
  const { url, init } = signRaw(described, credentials, raw);
  const response = await fetch(url, init);
  return response.ok ? String(response.status) : errorCode(response);
}

describe('policies', () => {
  test('policies keep bob away from alice’s objects in every way', async () => {
    const key = `${alice.prefix}mine.txt`;
    const as = (raw: Partial<RawRequest>): Promise<string> => send({ ...mine(), ...raw }, bob.credentials);
    const list = (Prefix?: string): Promise<string> =>
      outcome(bob.s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix })));

    expect({
      get: await as({}),
      head: await as({ method: 'HEAD' }),
      put: await as({ method: 'PUT', body: 'overwritten' }),
      delete: await as({ method: 'DELETE' }),
      copyFrom: await as({
        method: 'PUT',
        key: `${bob.prefix}stolen`,
        headers: { 'x-amz-copy-source': `${bucket}/${encodeURIComponent(key)}` },
      }),
      missing: await as({ key: `${alice.prefix}no-such-thing` }),
      list: await list(alice.prefix),
      listRoot: await list(),
      listAround: await list('users/'),
      listPart: await list(bob.prefix.slice(0, -1)),
      otherBucket: await as({ bucket: 'nowhere' }),
      climb: await outcome(
        bob.s3.send(new GetObjectCommand({ Bucket: bucket, Key: `${bob.prefix}../${alice.sub}/mine.txt` })),
      ),
    }).toEqual({
      get: '403 AccessDenied',
      head: '403',
      put: '403 AccessDenied',
      delete: '403 AccessDenied',
      copyFrom: '403 AccessDenied',
      missing: '403 AccessDenied',
      list: '403 AccessDenied',
      listRoot: '403 AccessDenied',
      listAround: '403 AccessDenied',
      listPart: '403 AccessDenied',
      otherBucket: '403 AccessDenied',
      // A key is only a name: this is one of bob's own, which does not exist.
      climb: '404 NoSuchKey',
    });
    expect(await list(bob.prefix)).toBe('done');
    expect(await send(mine())).toBe('200');
  });

  test('a session policy narrows access further and never widens it', async () => {
    const policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: '*' }],
    });
    const narrowed = await assumeRole(described, alice.idToken, { policy });

    expect(await send(mine(), narrowed)).toBe('200');
    expect(await send({ ...mine(), method: 'PUT', body: '' }, narrowed)).toBe('403 AccessDenied');
    expect(await send({ ...mine(), key: `${bob.prefix}x` }, narrowed)).toBe('403 AccessDenied');
  });

  test('a bucket policy may deny plain http', async () => {
    const statement = {
      Effect: 'Deny' as const,
      Principal: '*',
      Action: 's3:*',
      Resource: [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`],
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    };
    cloud.control.putBucketPolicy(bucket, { Version: '2012-10-17', Statement: [statement] });
    const secure = await send(mine());
    cloud.control.patch({ secureTransport: false });
    const plain = await send(mine());
    cloud.control.putBucketPolicy(bucket, null);

    expect([secure, plain]).toEqual(['200', '403 AccessDenied']);
  });

  test('a policy can revoke sessions issued before a time', async () => {
    const deny = {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Deny' as const,
          Action: '*',
          Resource: '*',
          Condition: { DateLessThan: { 'aws:TokenIssueTime': new Date(Date.now() + 1000).toISOString() } },
        },
      ],
    };
    const allow = {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow' as const, Action: 's3:*', Resource: '*' }],
    };
    const provider = described.issuer.replace('http://', '');
    const trust = {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow' as const,
          Principal: { Federated: `arn:aws:iam::${described.accountId}:oidc-provider/${provider}` },
          Action: 'sts:AssumeRoleWithWebIdentity',
        },
      ],
    };
    const roleArn = cloud.control.putRole({ name: 'revocable', trust, policies: [allow] });
    const credentials = await assumeRole(described, alice.idToken, { roleArn });
    const before = await send(mine(), credentials);
    cloud.control.putRole({ name: 'revocable', trust, policies: [allow, deny] });

    expect([before, await send(mine(), credentials)]).toEqual(['200', '403 AccessDenied']);
  });

  test("policies see the provider's session tags", async () => {
    const own = await makeTempFolder('local-cloud');
    const tagged = await startLocalCloud({
      directory: own.path,
      users: [{ name: 'carol', password: 'c', sub: 'carol/with/slashes', tags: { Home: 'carol-1' } }],
    });
    const provider = tagged.description.issuer.replace('http://', '');
    const principal = { Federated: `arn:aws:iam::${tagged.description.accountId}:oidc-provider/${provider}` };
    const resource = `arn:aws:s3:::${tagged.description.bucket}/home/\${aws:PrincipalTag/Home}/*`;
    const roleArn = tagged.control.putRole({
      name: 'tagged',
      trust: {
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Principal: principal,
            Action: ['sts:AssumeRoleWithWebIdentity', 'sts:TagSession'],
          },
        ],
      },
      policies: [
        {
          Version: '2012-10-17',
          Statement: [{ Effect: 'Allow', Action: 's3:PutObject', Resource: resource }],
        },
      ],
    });
    const { issuer, clientId } = tagged.description;
    const carol = await signIn(issuer, clientId, personOf(tagged.description, 'carol'));
    const s3 = s3Client(
      tagged.description,
      await assumeRole(tagged.description, carol.id_token, { roleArn }),
    );
    const put = (Key: string): Promise<string> =>
      outcome(s3.send(new PutObjectCommand({ Bucket: tagged.description.bucket, Key, Body: 'x' })));

    expect([await put('home/carol-1/x'), await put('home/carol-2/x')]).toEqual(['done', '403 AccessDenied']);
    await tagged.stop();
    await own.remove();
  });
});

describe('faults', () => {
  const key = (): string => `${alice.prefix}fault`;
  const put = (body: string): Promise<string> =>
    outcome(alice.s3.send(new PutObjectCommand({ Bucket: bucket, Key: key(), Body: body })));
  const head = (): Promise<string> =>
    outcome(alice.s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key() })));

  test('a fault answers 503 to the next requests of a verb', async () => {
    cloud.control.addFault({ verb: 'PutObject', kind: 'error', times: 2 });

    expect([await put('1'), await head(), await put('1'), await put('1')]).toEqual([
      '503 SlowDown',
      '404 NotFound',
      '503 SlowDown',
      'done',
    ]);
  });

  test('a fault cuts the connection before or after the effect', async () => {
    cloud.control.addFault({ verb: 'PutObject', kind: 'cut-before', times: 1, keyContains: 'fault' });
    const before = await put('before');
    const { ContentLength: afterFirst } = await alice.s3.send(
      new HeadObjectCommand({ Bucket: bucket, Key: key() }),
    );
    cloud.control.addFault({ verb: 'PutObject', kind: 'cut-after', times: 1 });
    const after = await put('after it took effect');
    const { ContentLength } = await alice.s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key() }));

    expect([
      before.startsWith('undefined'),
      afterFirst,
      after.startsWith('undefined'),
      ContentLength,
    ]).toEqual([true, 1, true, 20]);
  });

  test.each([10, 300_000])('a fault truncates a body of %d bytes', async (size) => {
    await put('x'.repeat(size));
    cloud.control.addFault({ verb: 'GetObject', kind: 'truncate', keepBytes: 5, times: 1 });
    const { url, init } = signRaw(described, alice.credentials, { method: 'GET', bucket, key: key() });
    const response = await fetch(url, init);

    expect(response.headers.get('content-length')).toBe(String(size));
    await expect(response.text()).rejects.toThrow();
  });

  test('faults are set and removed through the control URL, which counts requests', async () => {
    const ask = async (method: string, path: string, body?: unknown): Promise<unknown> =>
      (
        await fetch(described.control + path, {
          method,
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        })
      ).json();
    await ask('POST', '/faults', { verb: '*', kind: 'error', status: 500, code: 'InternalError' });
    const broken = await head();
    await ask('DELETE', '/faults');
    const healed = await head();
    await ask('PATCH', '/settings', { store: { profile: 'ceph-pacific' }, idTokenSeconds: 5 });
    const { settings } = z
      .object({
        settings: z.object({ idTokenSeconds: z.number(), store: z.object({ checksums: z.string() }) }),
      })
      .parse(await ask('GET', ''));
    const { counts } = z.object({ counts: z.record(z.string(), z.number()) }).parse(await ask('GET', '/log'));
    const fromPage = await fetch(`${described.control}/reset`, {
      method: 'POST',
      headers: { origin: 'https://evil.example' },
    });

    expect([broken, healed]).toEqual(['500 Unknown', 'done']);
    expect(settings).toEqual({ idTokenSeconds: 5, store: { checksums: 'accepted' } });
    expect(counts).toMatchObject({ HeadObject: 2 });
    expect(fromPage.status).toBe(403);
    expect(await ask('PATCH', '/settings', { unknown: 1 })).toHaveProperty('error');
  });
});
