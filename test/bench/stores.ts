// Stores that the bench runs against: the light one in memory, the local cloud, and a Ceph gateway.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { signIn } from '../local-cloud/browserless.ts';
import { personOf } from '../local-cloud/client-kit.ts';
import type { CloudDescription } from '../local-cloud/cloud.ts';
import { makeTenant } from '../support/ceph-tenant.ts';
import { cephIsMissing, startCeph } from '../support/ceph.ts';
import { unsignedToken } from '../support/unsigned-token.ts';
import { ask, plainObjects, signedObjects, textOf } from './objects.ts';
import type { Objects } from './objects.ts';

/** Where each program sends the same tree to, and what it needs to know for that. */
export type Place = {
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  /** What every key begins with: the user's own folder, or nothing. */
  readonly prefix: string;
  /** Of an administrator: the other programs know no sign-in. */
  readonly keys: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** Driftless trades a token, as its users do. */
  readonly identity: {
    readonly issuer: string;
    readonly clientId: string;
    readonly stsEndpoint: string;
    readonly roleArn: string;
    readonly token: () => string;
  };
  readonly objects: Objects;
  /** Lets every answer go out late, in milliseconds; null for a store that cannot. */
  readonly delay: ((ms: number) => Promise<void>) | null;
  /** A folder of the bench's own. */
  readonly work: string;
};

export type Store = { readonly place: Place; readonly stop: () => Promise<void> };

type Program = { readonly firstLine: string; readonly stop: () => Promise<void> };

/** A process of its own, so that its work is not counted as that of a client. */
async function startProgram(script: string, args: readonly string[]): Promise<Program> {
  const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [firstLine] = (await once(createInterface(child.stdout), 'line')) as [string];
  const stop = async (): Promise<void> => {
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  };
  return { firstLine, stop };
}

const daySeconds = 86_400;

async function lightStore(work: string): Promise<Store> {
  const { firstLine, stop } = await startProgram(join(import.meta.dirname, 'light-store.ts'), []);
  const { endpoint } = JSON.parse(firstLine) as { endpoint: string }; // our own program wrote it
  const issuer = `${endpoint}/issuer`;
  const bucket = 'bench';
  const place: Place = {
    endpoint,
    region: 'us-east-1',
    bucket,
    prefix: '',
    keys: { accessKeyId: 'BENCH', secretAccessKey: 'bench-secret' },
    identity: {
      issuer,
      clientId: 'bench',
      stsEndpoint: endpoint,
      roleArn: 'arn:aws:iam::000000000000:role/bench',
      token: () => unsignedToken({ iss: issuer, aud: 'bench', sub: 'bench' }, daySeconds),
    },
    objects: plainObjects(endpoint, bucket),
    delay: async (ms) => {
      await textOf(await ask(endpoint, 'GET', `/bench/delay?ms=${String(ms)}`));
    },
    work,
  };
  return { place, stop };
}

type Cloud = Program & {
  readonly description: CloudDescription;
  readonly user: CloudDescription['users'][number];
  readonly token: () => string;
};

/** Shorter than a token of the local provider lasts. */
const renewMs = 120_000;

async function startCloud(work: string): Promise<Cloud> {
  const script = join(import.meta.dirname, '../local-cloud/main.ts');
  const program = await startProgram(script, ['--dir', join(work, 'cloud')]);
  const description = JSON.parse(program.firstLine) as CloudDescription; // our own program wrote it
  const user = personOf(description, 'alice');
  const ask = async (): Promise<string> =>
    (await signIn(description.issuer, description.clientId, user)).id_token;
  let token = await ask();
  const renewing = setInterval(() => {
    void ask().then((next) => {
      token = next;
    });
  }, renewMs);
  const stop = async (): Promise<void> => {
    clearInterval(renewing);
    await program.stop();
  };
  return { ...program, stop, description, user, token: () => token };
}

async function cloudStore(work: string): Promise<Store> {
  const { description, user, token, stop } = await startCloud(work);
  const { s3, region, bucket, admin, issuer, clientId, sts, roleArn } = description;
  const prefix = `users/${user.sub}/`;
  const place: Place = {
    endpoint: s3,
    region,
    bucket,
    prefix,
    keys: admin,
    identity: { issuer, clientId, stsEndpoint: sts, roleArn, token },
    objects: signedObjects({ endpoint: s3, region, credentials: admin }, bucket, prefix),
    delay: null,
    work,
  };
  return { place, stop };
}

async function cephStore(work: string): Promise<Store> {
  const missing = cephIsMissing();
  if (missing !== null) throw new Error(missing);
  const cloud = await startCloud(work);
  const ceph = await startCeph();
  const stop = async (): Promise<void> => {
    await Promise.all([ceph.stop(), cloud.stop()]);
  };
  const { issuer, clientId } = cloud.description;
  const { sub } = cloud.user;
  const bucket = 'bench';
  const tenant = await makeTenant(ceph, { issuer, clientId, subjects: [sub], bucket });
  tenant.admin.destroy();
  const { s3Endpoint: endpoint, region, adminCredentials: keys } = ceph;
  const prefix = `users/${sub}/`;
  const place: Place = {
    endpoint,
    region,
    bucket,
    prefix,
    keys,
    identity: {
      issuer,
      clientId,
      stsEndpoint: ceph.stsEndpoint,
      roleArn: tenant.roles[sub] ?? '',
      token: cloud.token,
    },
    objects: signedObjects(
      { endpoint, region, credentials: keys, requestChecksumCalculation: 'WHEN_REQUIRED' },
      bucket,
      prefix,
    ),
    delay: null,
    work,
  };
  return { place, stop };
}

const kinds: Readonly<Record<string, (work: string) => Promise<Store>>> = {
  light: lightStore,
  cloud: cloudStore,
  ceph: cephStore,
};

/** @param work an empty folder of the bench's own */
export async function startStore(kind: string, work: string): Promise<Store> {
  const start = kinds[kind];
  if (start === undefined) throw new Error(`--store is one of ${Object.keys(kinds).join(', ')}`);
  return start(work);
}
