// For tests: signs a user in at a local cloud and hands out SDK clients with that user's credentials; signs raw requests.
import { createHash, createHmac } from 'node:crypto';
import { S3Client } from '@aws-sdk/client-s3';
import { AssumeRoleWithWebIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import type { CloudDescription } from './cloud.ts';
import { signIn } from './browserless.ts';
import { encodeStrict } from './sigv4.ts';

export type TestCredentials = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
};

export function stsClient(
  cloud: CloudDescription,
  credentials: TestCredentials = { accessKeyId: 'none', secretAccessKey: 'none' },
): STSClient {
  return new STSClient({ endpoint: cloud.sts, region: cloud.region, credentials, maxAttempts: 1 });
}

export function s3Client(cloud: CloudDescription, credentials: TestCredentials): S3Client {
  return new S3Client({
    endpoint: cloud.s3,
    region: cloud.region,
    credentials,
    forcePathStyle: true,
    maxAttempts: 1,
  });
}

/** Trades a token for credentials of the role. */
export async function assumeRole(
  cloud: CloudDescription,
  idToken: string,
  options: { readonly roleArn?: string; readonly durationSeconds?: number; readonly policy?: string } = {},
): Promise<TestCredentials> {
  const { roleArn = cloud.roleArn, durationSeconds, policy } = options;
  const input = {
    RoleArn: roleArn,
    RoleSessionName: 'test-session',
    WebIdentityToken: idToken,
    DurationSeconds: durationSeconds,
    Policy: policy,
  };
  const { Credentials } = await stsClient(cloud).send(new AssumeRoleWithWebIdentityCommand(input));
  return {
    accessKeyId: Credentials?.AccessKeyId ?? '',
    secretAccessKey: Credentials?.SecretAccessKey ?? '',
    sessionToken: Credentials?.SessionToken ?? '',
  };
}

export type SignedInUser = {
  readonly name: string;
  readonly sub: string;
  readonly idToken: string;
  readonly prefix: string;
  readonly credentials: TestCredentials;
  readonly s3: S3Client;
};

/** The whole way: sign-in at the provider's page, token exchange, S3 client. */
export async function signInUser(cloud: CloudDescription, name: string): Promise<SignedInUser> {
  const user = cloud.users.find((candidate) => candidate.name === name);
  if (user === undefined) throw new Error(`no user ${name}`);
  const tokens = await signIn(cloud.issuer, cloud.clientId, user);
  const credentials = await assumeRole(cloud, tokens.id_token);
  return {
    name,
    sub: user.sub,
    idToken: tokens.id_token,
    prefix: `users/${user.sub}/`,
    credentials,
    s3: s3Client(cloud, credentials),
  };
}

export type RawRequest = {
  readonly method: string;
  readonly bucket: string;
  readonly key: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly payload?: string;
  readonly atMs?: number;
};

/** A header-signed request, ready for fetch; tests bend it before it goes out. */
export function signRaw(
  cloud: CloudDescription,
  credentials: TestCredentials,
  raw: RawRequest,
): {
  readonly url: string;
  readonly init: { method: string; headers: Record<string, string>; body?: string };
  readonly chunkSeed: {
    readonly key: Buffer;
    readonly scope: string;
    readonly date: string;
    readonly signature: string;
  };
} {
  const url = new URL(cloud.s3);
  const path = `/${raw.bucket}/${raw.key.split('/').map(encodeStrict).join('/')}`;
  const date = new Date(raw.atMs ?? Date.now()).toISOString().replace(/[-:]|\.\d+/g, '');
  const payload =
    raw.payload ??
    createHash('sha256')
      .update(raw.body ?? '')
      .digest('hex');
  const headers: Record<string, string> = {
    host: url.host,
    'x-amz-content-sha256': payload,
    'x-amz-date': date,
    ...raw.headers,
  };
  if (credentials.sessionToken !== undefined) headers['x-amz-security-token'] = credentials.sessionToken;
  const names = Object.keys(headers).sort();
  const canonical = `${raw.method}\n${path}\n\n${names.map((name) => `${name}:${headers[name] ?? ''}\n`).join('')}\n${names.join(';')}\n${payload}`;
  const scope = `${date.slice(0, 8)}/${cloud.region}/s3/aws4_request`;
  const hmac = (key: string | Buffer, text: string): Buffer =>
    createHmac('sha256', key).update(text).digest();
  const key = hmac(
    hmac(hmac(hmac(`AWS4${credentials.secretAccessKey}`, date.slice(0, 8)), cloud.region), 's3'),
    'aws4_request',
  );
  const signature = hmac(
    key,
    `AWS4-HMAC-SHA256\n${date}\n${scope}\n${createHash('sha256').update(canonical).digest('hex')}`,
  ).toString('hex');
  headers['authorization'] =
    `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
  delete headers['host'];
  return {
    url: url.origin + path,
    init: { method: raw.method, headers, ...(raw.body === undefined ? {} : { body: raw.body }) },
    chunkSeed: { key, scope, date, signature },
  };
}

/** The `<Code>` of an S3 or STS error answer. */
export async function errorCode(response: Response): Promise<string> {
  return `${String(response.status)} ${/<Code>([^<]+)<\/Code>/.exec(await response.text())?.[1] ?? ''}`.trim();
}
