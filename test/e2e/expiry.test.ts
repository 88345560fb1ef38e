// Credential exchanges through command line and engine, with expiry during an upload in parts.
import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DeleteObjectCommand, HeadObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import type { S3Client } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from 'vitest';
import { followSignIn, signIn } from '../local-cloud/browserless.ts';
import { s3Client } from '../local-cloud/client-kit.ts';
import { startLocalCloud } from '../local-cloud/cloud.ts';
import type { CloudDescription, LocalCloud } from '../local-cloud/cloud.ts';
import { appHere } from '../support/app-here.ts';
import type { AppHere } from '../support/app-here.ts';
import { makePerson } from '../support/person.ts';
import type { Person } from '../support/person.ts';
import { waitFor } from '../support/wait-for.ts';
import { makeTempFolder } from '../support/temp.ts';
import type { TempFolder } from '../support/temp.ts';

const mib = 1024 * 1024;
const inFlight = 4;

type User = CloudDescription['users'][number];
type Kind = 'web-identity' | 'delegation' | 'saml' | 'cognito' | 'token-file';
const kinds: readonly Kind[] = ['web-identity', 'delegation', 'saml', 'cognito', 'token-file'];
/** The requests that each kind sends for new credentials. */
const tradeVerbs: Readonly<Record<Kind, string>> = {
  'web-identity': 'AssumeRoleWithWebIdentity',
  'token-file': 'AssumeRoleWithWebIdentity',
  delegation: 'Delegation',
  saml: 'AssumeRoleWithSAML',
  cognito: 'GetCredentialsForIdentity',
};

/** Thirteen parts each; one exchange with a large file is enough, the others show the same with half of the bytes. */
const parts = 13;
const sizesOf = (kind: Kind): { readonly part: number; readonly file: number } =>
  kind === 'web-identity' ? { part: 16 * mib, file: 200 * mib } : { part: 8 * mib, file: 104 * mib };

let directory: TempFolder;
let cloud: LocalCloud;
let alice: User;
let bob: User;

beforeAll(async () => {
  directory = await makeTempFolder('expiry');
  cloud = await startLocalCloud({ directory: directory.path });
  const { users } = cloud.description;
  const [first, second] = users;
  if (first === undefined || second === undefined) throw new Error('two users are needed');
  [alice, bob] = [first, second];
});
afterEach(() => {
  cloud.control.reset();
});
afterAll(async () => {
  await cloud.stop();
  await directory.remove();
});

function exchangeOf(kind: Kind, d: CloudDescription): Readonly<Record<string, unknown>> {
  switch (kind) {
    case 'web-identity':
    case 'token-file':
      return { kind: 'web-identity', roleArn: d.roleArn, stsEndpoint: d.sts };
    case 'delegation': {
      const { url, roleArn, principalArn } = d.delegation;
      return { kind, url, roleArn, principalArn, stsEndpoint: d.sts };
    }
    case 'saml': {
      const { assertionUrl, roleArn, principalArn } = d.saml;
      return { kind, assertionUrl, roleArn, principalArn, stsEndpoint: d.sts };
    }
    case 'cognito': {
      const { identityPoolId, loginKey, endpoint } = d.cognito;
      return { kind, identityPoolId, loginKey, endpoint };
    }
  }
}

async function tokenFileOf(user: User): Promise<string> {
  const file = join(directory.path, `token-of-${user.name}`);
  const { issuer, clientId } = cloud.description;
  await writeFile(file, (await signIn(issuer, clientId, user)).id_token, { mode: 0o600 });
  return file;
}

async function computerOf(kind: Kind, user: User): Promise<Person> {
  const { description } = cloud;
  const person = await makePerson({
    account: {
      issuer: description.issuer,
      clientId: description.clientId,
      ...(kind === 'token-file' ? { identity: { kind, path: await tokenFileOf(user) } } : {}),
      exchange: exchangeOf(kind, description),
      region: description.region,
      s3Endpoint: description.s3,
    },
    bucket: description.bucket,
    pair: { parts: { sizeBytes: sizesOf(kind).part, concurrency: inFlight } },
  });
  onTestFinished(person.close);
  return person;
}

async function signedInHere(kind: Kind, person: Person, user: User): Promise<AppHere> {
  const here = await appHere(person.home, async (href) => {
    const redirect = new URL(href).searchParams.get('redirect_uri') ?? '';
    // The listener responds when the exchange is over, so no test waits for it here.
    void fetch(await followSignIn(href, user, redirect)).then((page) => page.text());
  });
  if (kind !== 'token-file') await here.signIn();
  return here;
}

async function prefixOf(here: AppHere): Promise<string> {
  const principal = await here.app.accounts[0]?.credentials.principal(new AbortController().signal);
  return `users/${principal?.sub ?? ''}/`;
}

/** A new client each time: the server closes connections that were idle for as long as an upload may take. */
async function asAdmin<T>(work: (client: S3Client) => Promise<T>): Promise<T> {
  const client = s3Client(cloud.description, cloud.description.admin);
  try {
    return await work(client);
  } finally {
    client.destroy();
  }
}

async function keysBelow(prefix: string): Promise<readonly string[]> {
  const command = new ListObjectsV2Command({ Bucket: cloud.description.bucket, Prefix: prefix });
  const listed = await asAdmin((admin) => admin.send(command));
  return (listed.Contents ?? [])
    .map((object) => (object.Key ?? '').slice(prefix.length))
    .filter((key) => !key.startsWith('.driftless/'));
}

/** Zeroes that take no space here, and their full length on the wire. */
async function writeLarge(person: Person, name: string, bytes: number): Promise<void> {
  const file = await open(join(person.folder, name), 'w');
  await file.truncate(bytes);
  await file.close();
}

function partsSent(name: string): { readonly accepted: number; readonly refused: number } {
  const log = cloud.control.log();
  const accepted = log.filter(
    (entry) => entry.verb === 'UploadPart' && entry.status === 200 && entry.detail.endsWith(`/${name}`),
  );
  // Refused before the request was examined; while parts are in flight no other PUT occurs.
  const refused = log.filter((entry) => entry.verb === 'PUT' && entry.detail.includes('ExpiredToken'));
  return { accepted: accepted.length, refused: refused.length };
}

test.each(kinds)(
  'with the exchange %s a user syncs both ways, isolated from others, and a large upload outlives its credentials',
  async (kind) => {
    const [desk, laptop, stranger] = [
      await computerOf(kind, alice),
      await computerOf(kind, alice),
      await computerOf(kind, bob),
    ];
    if (kind !== 'token-file') {
      const login = await desk.signIn(alice);
      expect(login, login.stderr).toMatchObject({ code: 0 });
    }
    const path = `Notes/from the desk by ${kind}.txt`;
    desk.write(path, 'hello');
    const up = await desk.sync();
    expect(up, up.stderr).toMatchObject({ code: 0, counts: { upload: 1 } });

    const here = await signedInHere(kind, laptop, alice);
    expect(await here.sync()).toMatchObject({ isInSync: true });
    expect(laptop.tree()[path]).toBe(desk.tree()[path]);
    expect(await keysBelow(await prefixOf(here))).toContain(path);

    const theirs = await signedInHere(kind, stranger, bob);
    expect(await theirs.sync()).toMatchObject({ isInSync: true });
    expect(await prefixOf(theirs)).not.toBe(await prefixOf(here));
    expect(Object.keys(stranger.tree())).not.toContain(path);

    await uploadAcrossExpiry(kind, laptop, here);
  },
);

/** Two sessions end in the middle of it: by count of parts, as a session of seconds never lasts on a busy machine. */
async function uploadAcrossExpiry(kind: Kind, person: Person, here: AppHere): Promise<void> {
  const name = `film by ${kind}.bin`;
  await writeLarge(person, name, sizesOf(kind).file);
  cloud.control.addFault({ verb: 'UploadPart', kind: 'delay', delayMs: 1300, keyContains: name });
  // An exchange that takes longer than the parts in flight, as on a busy machine.
  cloud.control.addFault({ verb: tradeVerbs[kind], kind: 'delay', delayMs: 1500 });
  cloud.control.clearLog();

  const running = here.sync();
  let endsAfter = 1;
  for (let ended = 0; ended < 2; ended += 1) {
    const isDue = (): boolean => partsSent(name).accepted >= endsAfter;
    await Promise.race([running, waitFor(isDue, { timeoutMs: 120_000 })]);
    cloud.control.endSessions();
    // The parts in flight are still accepted; one more came by the next session, which ends then.
    endsAfter = partsSent(name).accepted + inFlight + 1;
  }
  expect(await running).toMatchObject({ isInSync: true, counts: { upload: 1 } });

  const { accepted, refused } = partsSent(name);
  const trades = cloud.control.counts()[tradeVerbs[kind]] ?? 0;
  // Each part was accepted once; each expired session cost at most the parts in flight and one exchange.
  expect(accepted).toBe(parts);
  expect(refused).toBeGreaterThan(0);
  expect(refused).toBeLessThanOrEqual(inFlight * trades);
  expect(trades).toBeGreaterThan(1);
  const Key = `${await prefixOf(here)}${name}`;
  const command = new HeadObjectCommand({ Bucket: cloud.description.bucket, Key });
  const head = await asAdmin((admin) => admin.send(command));
  expect(head).toMatchObject({
    ContentLength: sizesOf(kind).file,
    ETag: expect.stringMatching(new RegExp(`-${String(parts)}"$`)) as string,
  });
  // The next test's devices would download it.
  await asAdmin((admin) => admin.send(new DeleteObjectCommand({ Bucket: cloud.description.bucket, Key })));
}
