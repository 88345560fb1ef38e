// What an administrator sets up on a Ceph gateway for Driftless: a bucket, the identity provider, and one role per person,
// because Ceph 16 knows no policy variables.
import { X509Certificate } from 'node:crypto';
import { CreateBucketCommand, PutBucketPolicyCommand, S3Client } from '@aws-sdk/client-s3';
import { z } from 'zod';
import { jsonTemplate } from '../../main/core/admin/template.ts';
import type { Ceph } from './ceph.ts';
import { plainAnswers } from './template-answers.ts';

export type Tenant = {
  readonly bucket: string;
  /** By subject. */
  readonly roles: Readonly<Record<string, string>>;
  readonly admin: S3Client;
};

export async function makeTenant(
  ceph: Ceph,
  options: {
    readonly issuer: string;
    readonly clientId: string;
    readonly subjects: readonly string[];
    readonly bucket: string;
  },
): Promise<Tenant> {
  const { issuer, clientId, bucket } = options;
  const admin = adminOf(ceph);
  await admin.send(new CreateBucketCommand({ Bucket: bucket }));
  // What a role session writes belongs to the session's user in Ceph: without this not even the bucket's owner reads it.
  const everything = {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { AWS: ['arn:aws:iam:::user/admin'] },
        Action: ['s3:*'],
        Resource: [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`],
      },
    ],
  };
  await admin.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy: JSON.stringify(everything) }));
  await ceph.createOidcProvider(issuer, [await thumbprintOf(issuer)], [clientId]);
  // The very documents that `driftless admin template --exchange per-user-role` prints.
  const template = jsonTemplate({
    ...plainAnswers,
    exchange: 'per-user-role',
    issuer,
    clientId,
    accountId: null,
    region: ceph.region,
    bucket,
    roleName: `driftless-${bucket}`,
    subjects: options.subjects,
  });
  const roles: Record<string, string> = {};
  for (const role of template.roles) {
    roles[role.subject ?? ''] = await ceph.createRole(role.roleName, role.trustPolicy);
    await ceph.putRolePolicy(role.roleName, 'own-prefix', role.permissionPolicy);
  }
  return { bucket, roles, admin };
}

export function adminOf(ceph: Ceph): S3Client {
  return new S3Client({
    endpoint: ceph.s3Endpoint,
    region: ceph.region,
    credentials: ceph.adminCredentials,
    forcePathStyle: true,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    maxAttempts: 1,
  });
}

/** SHA-1 of the certificate beside the first key: what Ceph compares with the provider that was registered. */
async function thumbprintOf(issuer: string): Promise<string> {
  const discovery = z
    .object({ jwks_uri: z.string() })
    .parse(await (await fetch(`${issuer}/.well-known/openid-configuration`)).json());
  const set = z
    .object({ keys: z.array(z.object({ x5c: z.array(z.string()).optional() })) })
    .parse(await (await fetch(discovery.jwks_uri)).json());
  const certificate = new X509Certificate(Buffer.from(set.keys[0]?.x5c?.[0] ?? '', 'base64'));
  return certificate.fingerprint.replaceAll(':', '');
}
