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

/** Of the users that the cloud was started with. */
export function personOf(
  cloud: Pick<CloudDescription, 'users'>,
  name: string,
): CloudDescription['users'][number] {
  const person = cloud.users.find((user) => user.name === name);
  if (person === undefined) throw new Error(`the local cloud has no ${name}`);
  return person;
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
  const user = personOf(cloud, name);
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

/** What a test needs to go on signing chunks of a streamed body. */
export type ChunkSeed = {
  readonly key: Buffer;
  readonly scope: string;
  readonly date: string;
  readonly signature: string;
};

export type SignedRaw = {
  readonly url: string;
  readonly init: {
    readonly method: string;
    readonly headers: Record<string, string>;
    readonly body?: string;
  };
  readonly chunkSeed: ChunkSeed;
};

/** A header-signed request, ready for fetch; tests bend it before it goes out. */
export function signRaw(cloud: CloudDescription, credentials: TestCredentials, raw: RawRequest): SignedRaw {
  const url = new URL(cloud.s3);
  const path = objectPath(raw.bucket, raw.key);
  const date = amzDate(raw.atMs ?? Date.now());
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
  const headerText = names.map((name) => `${name}:${headers[name] ?? ''}\n`).join('');
  const canonical = `${raw.method}\n${path}\n\n${headerText}\n${names.join(';')}\n${payload}`;
  const scope = `${date.slice(0, 8)}/${cloud.region}/s3/aws4_request`;
  const key = signingKey(cloud, credentials, date);
  const signature = sign(key, date, scope, canonical);
  headers['authorization'] =
    `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
  // fetch sets it itself, to the same value.
  delete headers['host'];
  const init = { method: raw.method, headers, ...(raw.body === undefined ? {} : { body: raw.body }) };
  return { url: url.origin + path, init, chunkSeed: { key, scope, date, signature } };
}

/** A presigned URL, as a share link carries it. */
export function presign(
  cloud: CloudDescription,
  credentials: TestCredentials,
  raw: {
    readonly method: string;
    readonly bucket: string;
    readonly key: string;
    readonly expiresSeconds: number;
    readonly atMs?: number;
    readonly query?: Readonly<Record<string, string>>;
  },
): string {
  const url = new URL(cloud.s3);
  const path = objectPath(raw.bucket, raw.key);
  const date = amzDate(raw.atMs ?? Date.now());
  const scope = `${date.slice(0, 8)}/${cloud.region}/s3/aws4_request`;
  const query: Record<string, string> = {
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': `${credentials.accessKeyId}/${scope}`,
    'X-Amz-Date': date,
    'X-Amz-Expires': String(raw.expiresSeconds),
    'X-Amz-SignedHeaders': 'host',
    ...(credentials.sessionToken === undefined ? {} : { 'X-Amz-Security-Token': credentials.sessionToken }),
    ...raw.query,
  };
  const text = Object.keys(query)
    .sort()
    .map((name) => `${encodeStrict(name)}=${encodeStrict(query[name] ?? '')}`)
    .join('&');
  const canonical = `${raw.method}\n${path}\n${text}\nhost:${url.host}\n\nhost\nUNSIGNED-PAYLOAD`;
  const signature = sign(signingKey(cloud, credentials, date), date, scope, canonical);
  return `${url.origin}${path}?${text}&X-Amz-Signature=${signature}`;
}

function objectPath(bucket: string, key: string): string {
  return `/${bucket}/${key.split('/').map(encodeStrict).join('/')}`;
}

function amzDate(ms: number): string {
  return new Date(ms).toISOString().replace(/[-:]|\.\d+/g, '');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function signingKey(cloud: CloudDescription, credentials: TestCredentials, date: string): Buffer {
  return hmac(
    hmac(hmac(hmac(`AWS4${credentials.secretAccessKey}`, date.slice(0, 8)), cloud.region), 's3'),
    'aws4_request',
  );
}

function sign(key: Buffer, date: string, scope: string, canonical: string): string {
  const hash = createHash('sha256').update(canonical).digest('hex');
  return hmac(key, `AWS4-HMAC-SHA256\n${date}\n${scope}\n${hash}`).toString('hex');
}

/** The `<Code>` of an S3 or STS error answer. */
export async function errorCode(response: Response): Promise<string> {
  return `${String(response.status)} ${/<Code>([^<]+)<\/Code>/.exec(await response.text())?.[1] ?? ''}`.trim();
}
