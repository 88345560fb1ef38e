// The demo as a test: sign-in, sync, changes on both sides, access control, comparison.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { AssumeRoleWithWebIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { z } from 'zod';
import { signIn } from '../local-cloud/browserless.ts';
import { personOf } from '../local-cloud/client-kit.ts';
import type { CloudDescription } from '../local-cloud/cloud.ts';
import { runCli, signInByCli } from '../support/driftless-cli.ts';
import type { DemoPlaces } from './demo-config.ts';
import { patternBytes } from './sample-folder.ts';

const minUploaded = 25;
const minDownloaded = 5;

const syncAnswer = z.object({
  ok: z.boolean(),
  pairs: z.array(
    z.object({ counts: z.record(z.string(), z.number()).optional(), inSync: z.boolean().optional() }),
  ),
});

type Keys = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
};

/** Prints one JSON line; on failure says on stderr which step failed and why. */
export async function checkDemo(places: DemoPlaces, cloud: CloudDescription): Promise<number> {
  const startedMs = performance.now();
  let step = 'start';
  const result = { ok: false, uploaded: 0, downloaded: 0, verified: 0, denied: false, ms: 0 };
  const begin = (name: string): void => {
    step = name;
    process.stderr.write(`demo: ${name}\n`);
  };
  try {
    begin('alice signs in through the provider');
    const alice = personOf(cloud, 'alice');
    const login = await signInByCli(places.home, alice);
    if (login.code !== 0) throw new Error(`login ended with ${String(login.code)}: ${login.stderr}`);

    begin('the folder goes up');
    result.uploaded = (await sync(places)).uploads;
    if (result.uploaded < minUploaded) throw new Error(`only ${String(result.uploaded)} files went up`);

    begin('both sides change');
    const admin = clientFor(cloud, cloud.admin);
    const prefix = `users/${alice.sub}/`;
    await compareSides(places.folder, admin, cloud.bucket, prefix);
    await changeRemote(admin, cloud.bucket, prefix);
    changeLocal(places.folder);

    begin('the changes meet');
    const second = await sync(places);
    result.downloaded = second.downloads;
    result.uploaded += second.uploads;
    if (result.downloaded < minDownloaded)
      throw new Error(`only ${String(result.downloaded)} files came down`);

    begin('both sides are compared byte by byte');
    result.verified = await compareSides(places.folder, admin, cloud.bucket, prefix);

    begin("bob is denied alice's files");
    result.denied = await isDenied(cloud, prefix);
    if (!result.denied) throw new Error("bob could reach alice's files");

    begin('nothing is left to do');
    const third = await sync(places);
    if (third.uploads + third.downloads > 0) throw new Error('a third sync still moved files');
    result.ok = true;
  } catch (error) {
    process.stderr.write(
      `demo failed at "${step}": ${error instanceof Error ? error.message : String(error)}\n`,
    );
  }
  result.ms = Math.round(performance.now() - startedMs);
  process.stdout.write(`${JSON.stringify(result)}\n`);
  return result.ok ? 0 : 1;
}

async function sync(places: DemoPlaces): Promise<{ readonly uploads: number; readonly downloads: number }> {
  const ended = await runCli(['sync', '--once', '--json', '--home', places.home]);
  if (ended.code !== 0)
    throw new Error(`sync ended with ${String(ended.code)}: ${ended.stderr}${ended.stdout}`);
  const answer = syncAnswer.parse(JSON.parse(ended.stdout));
  const counts = answer.pairs[0]?.counts ?? {};
  return { uploads: counts['upload'] ?? 0, downloads: counts['download'] ?? 0 };
}

function clientFor(cloud: CloudDescription, credentials: Keys): S3Client {
  return new S3Client({
    endpoint: cloud.s3,
    region: cloud.region,
    forcePathStyle: true,
    credentials,
    maxAttempts: 1,
  });
}

/** As another program would: the AWS SDK with other keys, plain puts and a delete. */
async function changeRemote(client: S3Client, bucket: string, prefix: string): Promise<void> {
  for (let index = 1; index <= 6; index += 1) {
    const key = `${prefix}From the bucket/report ${String(index)}.pdf`;
    await client.send(
      new PutObjectCommand({ Bucket: bucket, Key: key, Body: patternBytes(key, 5000 * index) }),
    );
  }
  await client.send(
    new PutObjectCommand({
      Bucket: bucket,
      Key: `${prefix}Notes/Shopping list.md`,
      Body: '# Shopping\n\n- nothing\n',
    }),
  );
  await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: `${prefix}Photos/Holiday 16.jpg` }));
}

function changeLocal(folder: string): void {
  writeFileSync(join(folder, 'Welcome.txt'), 'Changed here.\n');
  mkdirSync(join(folder, 'Projects', 'new'), { recursive: true });
  writeFileSync(join(folder, 'Projects', 'new', 'started.txt'), 'Made here.\n');
  rmSync(join(folder, 'Photos', 'Holiday 01.jpg'));
}

/** Every file and folder on either side must be on the other with the same bytes. Returns how many files. */
async function compareSides(
  folder: string,
  client: S3Client,
  bucket: string,
  prefix: string,
): Promise<number> {
  const local = listLocal(folder, '');
  const remote = await listRemote(client, bucket, prefix);
  const only = [...local, ...remote].filter((path) => !local.has(path) || !remote.has(path));
  if (only.length > 0) throw new Error(`on one side only: ${only.slice(0, 5).join(', ')}`);
  let compared = 0;
  for (const path of local) {
    if (path.endsWith('/')) continue;
    const got = await client.send(new GetObjectCommand({ Bucket: bucket, Key: prefix + path }));
    const bytes = await got.Body?.transformToByteArray();
    if (bytes === undefined || !readFileSync(join(folder, path)).equals(bytes)) {
      throw new Error(`${path} differs between the folder and the bucket`);
    }
    compared += 1;
  }
  return compared;
}

/** Files by path; folders with nothing in them end in a slash, as in the bucket. */
function listLocal(folder: string, below: string): Set<string> {
  const found = new Set<string>();
  const entries = readdirSync(join(folder, below), { withFileTypes: true });
  const visible = entries.filter((entry) => below !== '' || entry.name !== '.driftless');
  for (const entry of visible) {
    const path = `${below}${entry.name}`.normalize('NFC');
    if (entry.isDirectory()) for (const inner of listLocal(folder, `${path}/`)) found.add(inner);
    else found.add(path);
  }
  if (visible.length === 0 && below !== '') found.add(below);
  return found;
}

async function listRemote(client: S3Client, bucket: string, prefix: string): Promise<Set<string>> {
  const keys: string[] = [];
  let token: string | undefined;
  do {
    const page = await client.send(
      new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ContinuationToken: token }),
    );
    for (const object of page.Contents ?? []) keys.push((object.Key ?? '').slice(prefix.length));
    token = page.NextContinuationToken;
  } while (token !== undefined);
  const files = keys.filter((key) => !key.startsWith('.driftless/'));
  // A marker beside children says nothing that the children do not say.
  return new Set(
    files.filter(
      (key) => !key.endsWith('/') || !files.some((other) => other !== key && other.startsWith(key)),
    ),
  );
}

/** Bob's own credentials are good for his own files and for nothing of alice's. */
async function isDenied(cloud: CloudDescription, alicesPrefix: string): Promise<boolean> {
  const bob = personOf(cloud, 'bob');
  const tokens = await signIn(cloud.issuer, cloud.clientId, bob);
  const sts = new STSClient({ endpoint: cloud.sts, region: cloud.region, maxAttempts: 1 });
  const { Credentials: given } = await sts.send(
    new AssumeRoleWithWebIdentityCommand({
      RoleArn: cloud.roleArn,
      RoleSessionName: 'demo-bob',
      WebIdentityToken: tokens.id_token,
    }),
  );
  const client = clientFor(cloud, {
    accessKeyId: given?.AccessKeyId ?? '',
    secretAccessKey: given?.SecretAccessKey ?? '',
    sessionToken: given?.SessionToken ?? '',
  });
  const { bucket } = cloud;
  // Without this a broken client would look like a denied one.
  await client.send(new PutObjectCommand({ Bucket: bucket, Key: `users/${bob.sub}/mine.txt`, Body: 'mine' }));
  const key = `${alicesPrefix}Welcome.txt`;
  const attempts = [
    client.send(new GetObjectCommand({ Bucket: bucket, Key: key })),
    client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: 'overwritten' })),
    client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key })),
    client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: alicesPrefix })),
  ];
  const ends = await Promise.allSettled(attempts);
  return ends.every((end) => end.status === 'rejected' && statusOf(end.reason) === 403);
}

function statusOf(error: unknown): number | null {
  const parsed = z.object({ $metadata: z.object({ httpStatusCode: z.number() }) }).safeParse(error);
  return parsed.success ? parsed.data.$metadata.httpStatusCode : null;
}
