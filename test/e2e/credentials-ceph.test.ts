// The AWS CLI on Ceph through `credential_process`, under the template's role per user.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HeadObjectCommand } from '@aws-sdk/client-s3';
import { expect, onTestFinished, test } from 'vitest';
import { startLocalCloud } from '../local-cloud/cloud.ts';
import { cephIsMissing, startCeph } from '../support/ceph.ts';
import { makeTenant } from '../support/ceph-tenant.ts';
import { runCli } from '../support/driftless-cli.ts';
import { makePerson } from '../support/person.ts';
import { findProgram, run } from '../support/programs.ts';
import { skipUnless } from '../support/skip.ts';
import { makeTempFolder } from '../support/temp.ts';

const missing =
  cephIsMissing() ?? (findProgram('aws') === null ? 'not installed: aws (Debian: awscli)' : null);

test(
  "the AWS CLI reads and writes the user's own prefix and nothing else",
  skipUnless(missing === null, missing ?? ''),
  async () => {
    const place = await makeTempFolder('credentials-ceph');
    onTestFinished(place.remove);
    // Only the OpenID provider of the local cloud is used here.
    const cloud = await startLocalCloud({ directory: place.path });
    onTestFinished(cloud.stop);
    const ceph = await startCeph();
    onTestFinished(ceph.stop);
    const { issuer, clientId, users } = cloud.description;
    const [me, other] = users;
    if (me === undefined || other === undefined) throw new Error('the local cloud has too few users');
    const tenant = await makeTenant(ceph, {
      issuer,
      clientId,
      bucket: 'cli-files',
      subjects: [me.sub, other.sub],
    });
    onTestFinished(() => {
      tenant.admin.destroy();
    });
    const person = await makePerson({
      account: {
        issuer,
        clientId,
        exchange: {
          kind: 'web-identity',
          roleArn: tenant.roles[me.sub],
          stsEndpoint: ceph.stsEndpoint,
          durationSeconds: 3600,
        },
        region: ceph.region,
        s3Endpoint: ceph.s3Endpoint,
        credentialsEnabled: true,
      },
      bucket: tenant.bucket,
    });
    onTestFinished(person.close);
    const login = await person.signIn(me);
    expect(login, login.stderr).toMatchObject({ code: 0 });
    expect(JSON.parse(login.stdout)).toMatchObject({ isolation: [{ pair: 'files', verdict: 'no-sign' }] });

    const AWS_CONFIG_FILE = join(place.path, 'aws-config');
    const env = { AWS_CONFIG_FILE };
    await runCli(['credentials', '--home', person.home, '--install', 'ceph', '--yes'], { env });
    const without = {
      AWS_ACCESS_KEY_ID: undefined,
      AWS_SECRET_ACCESS_KEY: undefined,
      AWS_SESSION_TOKEN: undefined,
      AWS_PROFILE: undefined,
    };
    const aws = (...args: readonly string[]) =>
      run('aws', ['--profile', 'ceph', '--endpoint-url', ceph.s3Endpoint, ...args], {
        env: { ...env, ...without },
      });
    const file = join(place.path, 'from-cli.txt');
    writeFileSync(file, 'by the AWS CLI');
    const own = `s3://${tenant.bucket}/users/${me.sub}`;
    const put = await aws('s3', 'cp', file, `${own}/from-cli.txt`);
    expect(put, put.stderr).toMatchObject({ code: 0 });
    expect((await aws('s3', 'cp', `${own}/from-cli.txt`, '-')).stdout).toBe('by the AWS CLI');
    // The CLI fails at Ceph's refusal, which has no message, so the bucket's owner checks the outcome.
    const planted = `users/${other.sub}/planted.txt`;
    const denied = await aws('s3', 'cp', file, `s3://${tenant.bucket}/${planted}`);
    expect(denied.code).not.toBe(0);
    const head = tenant.admin.send(new HeadObjectCommand({ Bucket: tenant.bucket, Key: planted }));
    await expect(head).rejects.toMatchObject({ $metadata: { httpStatusCode: 404 } });
  },
);
