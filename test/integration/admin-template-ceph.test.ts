// The template for stores without policy variables, enforced by a real Ceph gateway: one role per user.
import {
  GetBucketLifecycleConfigurationCommand,
  HeadObjectCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketVersioningCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { AssumeRoleWithWebIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { jsonTemplate } from '../../main/core/admin/template.ts';
import { signIn } from '../local-cloud/browserless.ts';
import { startLocalCloud } from '../local-cloud/cloud.ts';
import type { LocalCloud } from '../local-cloud/cloud.ts';
import { cephIsMissing, startCeph } from '../support/ceph.ts';
import type { Ceph } from '../support/ceph.ts';
import { makeTenant } from '../support/ceph-tenant.ts';
import type { Tenant } from '../support/ceph-tenant.ts';
import { tryBucketRights, tryOtherPrefix, useOwnPrefix } from '../support/isolation-matrix.ts';
import { skipUnless } from '../support/skip.ts';
import { plainAnswers } from '../support/template-answers.ts';
import { makeTempFolder } from '../support/temp.ts';
import type { TempFolder } from '../support/temp.ts';

const missing = cephIsMissing();

describe('the role per user on a real Ceph gateway', skipUnless(missing === null, missing ?? ''), () => {
  let folder: TempFolder;
  let cloud: LocalCloud;
  let ceph: Ceph;
  let tenant: Tenant;
  const clients: S3Client[] = [];

  beforeAll(async () => {
    folder = await makeTempFolder('template-ceph');
    // Only the OpenID provider of the local cloud is used here.
    cloud = await startLocalCloud({ directory: folder.path });
    ceph = await startCeph();
    const { issuer, clientId, users } = cloud.description;
    tenant = await makeTenant(ceph, {
      issuer,
      clientId,
      bucket: 'company-files',
      subjects: users.map(({ sub }) => sub),
    });
    await tenant.admin.send(
      new PutBucketVersioningCommand({
        Bucket: tenant.bucket,
        VersioningConfiguration: { Status: 'Enabled' },
      }),
    );
  });
  afterAll(async () => {
    for (const client of clients) client.destroy();
    tenant.admin.destroy();
    await Promise.all([ceph.stop(), cloud.stop()]);
    await folder.remove();
  });

  async function sideOf(name: string, roleOf: string = name) {
    const { issuer, clientId, users } = cloud.description;
    const user = users.find((one) => one.name === name);
    const roleUser = users.find((one) => one.name === roleOf);
    if (user === undefined || roleUser === undefined) throw new Error(`no user ${name} or ${roleOf}`);
    const { id_token: WebIdentityToken } = await signIn(issuer, clientId, user);
    const sts = new STSClient({
      endpoint: ceph.stsEndpoint,
      region: ceph.region,
      credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
      maxAttempts: 1,
    });
    const { Credentials } = await sts.send(
      new AssumeRoleWithWebIdentityCommand({
        RoleArn: tenant.roles[roleUser.sub],
        RoleSessionName: 'template-test',
        WebIdentityToken,
      }),
    );
    const s3 = new S3Client({
      endpoint: ceph.s3Endpoint,
      region: ceph.region,
      credentials: {
        accessKeyId: Credentials?.AccessKeyId ?? '',
        secretAccessKey: Credentials?.SecretAccessKey ?? '',
        sessionToken: Credentials?.SessionToken ?? '',
      },
      forcePathStyle: true,
      requestChecksumCalculation: 'WHEN_REQUIRED',
      maxAttempts: 1,
    });
    clients.push(s3);
    return { s3, bucket: tenant.bucket, prefix: `users/${user.sub}/` };
  }

  test("the role per user gives each user their own prefix and nothing of another's", async () => {
    const [alice, bob] = [await sideOf('alice'), await sideOf('bob')];
    for (const side of [alice, bob]) {
      const own = await useOwnPrefix(side);
      expect(Object.entries(own).filter(([, outcome]) => outcome !== 'done')).toEqual([]);
    }
    const head = await alice.s3.send(
      new HeadObjectCommand({ Bucket: alice.bucket, Key: `${alice.prefix}own.txt` }),
    );
    const tried = await tryOtherPrefix(bob, { ...alice, versionId: head.VersionId });
    expect(Object.entries(tried).filter(([, outcome]) => outcome !== '403')).toEqual([]);
    const rights = await tryBucketRights(alice, head.VersionId);
    expect(Object.entries(rights).filter(([, outcome]) => outcome !== '403')).toEqual([]);
  });

  test("the bucket accepts the template's versioning and lifecycle as written", async () => {
    const { issuer, clientId } = cloud.description;
    const { PutBucketLifecycleConfiguration: lifecycle, PutBucketVersioning: versioning } = jsonTemplate({
      ...plainAnswers,
      issuer,
      clientId,
      bucket: tenant.bucket,
    }).bucket;
    const Bucket = tenant.bucket;
    await tenant.admin.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: versioning }));
    await tenant.admin.send(
      new PutBucketLifecycleConfigurationCommand({
        Bucket,
        LifecycleConfiguration: { Rules: lifecycle.Rules.map((rule) => ({ ...rule })) },
      }),
    );
    const { Rules } = await tenant.admin.send(new GetBucketLifecycleConfigurationCommand({ Bucket }));
    const ruleOf = (id: string) => Rules?.find((rule) => rule.ID === id);
    expect(ruleOf('abort-unfinished-uploads')).toMatchObject({
      Status: 'Enabled',
      AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
    });
    expect(ruleOf('forget-old-versions')).toMatchObject({
      Status: 'Enabled',
      NoncurrentVersionExpiration: { NoncurrentDays: plainAnswers.noncurrentDays },
    });
  });

  test('the role per user can only be assumed by its own user', async () => {
    await expect(sideOf('bob', 'alice')).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } });
  });
});
