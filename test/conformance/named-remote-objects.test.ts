// The S3 adapter against an endpoint named in the environment: AWS, MinIO, or whatever someone wants to know about.
//
// DRIFTLESS_TEST_S3_BUCKET names an existing bucket that may be written below `driftless-conformance/`;
// DRIFTLESS_TEST_S3_ENDPOINT (none: AWS), _REGION, _ACCESS_KEY_ID, _SECRET_ACCESS_KEY and _SESSION_TOKEN say where and as
// whom; DRIFTLESS_TEST_S3_ABILITIES is JSON of what it should honour, on top of everything.
import { randomBytes } from 'node:crypto';
import { test } from 'vitest';
import { z } from 'zod';
import { makeS3Client } from '../../main/adapters/s3-client.ts';
import type { EndpointAbilities } from '../../main/ports/remote-objects.port.ts';
import { fixedCredentials } from '../support/fixed-credentials.ts';
import { subjectOf } from '../support/s3-subject.ts';
import { skipUnless } from '../support/skip.ts';
import { describeRemoteObjects } from './remote-objects.ts';
import type { Subject } from './remote-kit.ts';

const given = (name: string): string => process.env[`DRIFTLESS_TEST_S3_${name}`] ?? '';

const expectedSchema = z
  .object({
    putIfNoneMatch: z.boolean().default(true),
    putIfMatch: z.boolean().default(true),
    deleteIfMatch: z.boolean().default(true),
    completeIfNoneMatch: z.boolean().default(true),
    copyConditions: z.boolean().default(true),
    sha256: z.boolean().default(true),
    crc64nvme: z.boolean().default(false),
    md5Etag: z.boolean().default(true),
    versioned: z.boolean().default(true),
  })
  .strict();

function expectedAbilities(): EndpointAbilities {
  const text = given('ABILITIES');
  return expectedSchema.parse(text === '' ? {} : JSON.parse(text));
}

function makeSubject(): Promise<Subject> {
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
  const prefix = `driftless-conformance/${randomBytes(6).toString('hex')}/`;
  const close = (): Promise<void> => {
    subject.close();
    return Promise.resolve();
  };
  return Promise.resolve({ ...subject, denied: null, prefix, close });
}

const abilities = expectedAbilities();
if (given('BUCKET') === '') {
  const reason =
    'no endpoint named: set DRIFTLESS_TEST_S3_BUCKET (and _ENDPOINT, _REGION, _ACCESS_KEY_ID, _SECRET_ACCESS_KEY)';
  const skip = skipUnless(false, reason);
  // Nobody's continuous integration has every store: this one may be missing.
  test('endpoint from the environment', { ...skip, meta: { ...skip.meta, skipAllowed: true } }, () => {
    throw new Error(reason);
  });
} else
  describeRemoteObjects('endpoint from the environment', makeSubject, {
    abilities,
    versioning: abilities.versioned ? 'enabled' : 'unversioned',
  });
