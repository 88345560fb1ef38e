// The S3 adapter against an endpoint named in the environment: AWS, MinIO, or whatever someone wants to know about.
//
// DRIFTLESS_TEST_S3_BUCKET names an existing bucket that may be written below _PREFIX (`driftless-conformance/` without it);
// DRIFTLESS_TEST_S3_ENDPOINT (none: AWS), _REGION, _ACCESS_KEY_ID, _SECRET_ACCESS_KEY and _SESSION_TOKEN say where and as
// whom; DRIFTLESS_TEST_S3_ABILITIES is JSON of what it should honour, on top of everything. Where none is named, the local cloud is
// reached in the same way, so that this road is known to lead somewhere.
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { makeS3Client } from '../../main/adapters/s3/sdk/client.ts';
import type { EndpointAbilities, RemoteObjects } from '../../main/ports/remote-objects.port.ts';
import { startCloudSubject } from '../support/cloud-subject.ts';
import { fixedCredentials } from '../support/fixed-credentials.ts';
import { subjectOf } from '../support/s3-subject.ts';
import { describeRemoteObjects } from './remote-objects.ts';
import type { Subject } from './remote-kit.ts';

type Named = Readonly<Record<string, string | undefined>>;

const from =
  (named: Named) =>
  (name: string): string =>
    named[`DRIFTLESS_TEST_S3_${name}`] ?? '';
const isNamed = from(process.env)('BUCKET') !== '';

const expectedSchema = z
  .object({
    putIfNoneMatch: z.boolean().default(true),
    putIfMatch: z.boolean().default(true),
    deleteIfMatch: z.boolean().default(true),
    completeIfNoneMatch: z.boolean().default(true),
    copyConditions: z.boolean().default(true),
    sha256: z.boolean().default(true),
    crc64nvme: z.boolean().default(true),
    md5Etag: z.boolean().default(true),
    partMd5: z.boolean().default(true),
    partChecksum: z.enum(['crc64nvme', 'crc32', 'md5', 'none']).default('crc64nvme'),
    versioned: z.boolean().default(true),
  })
  .strict();

function expectedAbilities(): EndpointAbilities {
  const text = from(process.env)('ABILITIES');
  return expectedSchema.parse(text === '' ? {} : JSON.parse(text));
}

type Endpoint = {
  readonly named: Named;
  /** As a user without access to the prefix, if one is known. */
  readonly denied: RemoteObjects | null;
  readonly close: () => Promise<void>;
};

async function startOurs(): Promise<Endpoint> {
  const { cloud, alice, bob, close } = await startCloudSubject();
  const { bucket, region, s3 } = cloud.description;
  await cloud.control.setVersioning(bucket, 'enabled');
  const { accessKeyId, secretAccessKey, sessionToken } = await alice.credentials.now();
  return {
    named: {
      DRIFTLESS_TEST_S3_BUCKET: bucket,
      DRIFTLESS_TEST_S3_PREFIX: alice.prefix,
      DRIFTLESS_TEST_S3_ENDPOINT: s3,
      DRIFTLESS_TEST_S3_REGION: region,
      DRIFTLESS_TEST_S3_ACCESS_KEY_ID: accessKeyId,
      DRIFTLESS_TEST_S3_SECRET_ACCESS_KEY: secretAccessKey,
      DRIFTLESS_TEST_S3_SESSION_TOKEN: sessionToken,
    },
    denied: bob.objects,
    close,
  };
}

async function makeSubject(): Promise<Subject> {
  const theirs = { named: process.env, denied: null, close: () => Promise.resolve() };
  const { named, denied, close } = isNamed ? theirs : await startOurs();
  const given = from(named);
  const bucket = given('BUCKET');
  const endpoint = given('ENDPOINT');
  const subject = subjectOf(
    makeS3Client({
      bucket,
      region: given('REGION') === '' ? 'us-east-1' : given('REGION'),
      endpoint: endpoint === '' ? null : endpoint,
      forcePathStyle: endpoint !== '',
      expectedBucketOwner: null,
      development: true,
      credentials: fixedCredentials({
        accessKeyId: given('ACCESS_KEY_ID'),
        secretAccessKey: given('SECRET_ACCESS_KEY'),
        sessionToken: given('SESSION_TOKEN'),
      }),
      nowMs: () => Date.now(),
    }),
    bucket,
  );
  const place = given('PREFIX') === '' ? 'driftless-conformance/' : given('PREFIX');
  const prefix = `${place}${randomBytes(6).toString('hex')}/`;
  const end = async (): Promise<void> => {
    subject.close();
    await close();
  };
  return { ...subject, denied, prefix, close: end };
}

const abilities = expectedAbilities();
const title = isNamed ? 'endpoint from the environment' : 'endpoint from the environment (the local cloud)';
describeRemoteObjects(title, makeSubject, {
  abilities,
  versioning: abilities.versioned ? 'enabled' : 'unversioned',
});
