/**
 * A real Ceph RADOS Gateway (S3, STS and IAM) for the tests: one monitor, one OSD in memory, one gateway, on loopback ports
 * of their own and in a temporary folder, as the current user. Up in a few seconds; several can run at once.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CreateOpenIDConnectProviderCommand,
  CreateRoleCommand,
  IAMClient,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { findProgram, freePorts, runOrThrow, startDaemon } from './programs.ts';
import type { Daemon } from './programs.ts';
import { makeTempFolder } from './temp.ts';
import { waitFor } from './wait-for.ts';

export type Keys = { readonly accessKeyId: string; readonly secretAccessKey: string };

export type Ceph = {
  readonly s3Endpoint: string;
  /** The same address: the gateway tells S3, STS and IAM apart by the request. */
  readonly stsEndpoint: string;
  readonly region: string;
  /** May do everything, IAM included. Use path-style addresses. */
  readonly adminCredentials: Keys;
  /** Returns the provider's ARN. A plain http issuer works; the first key of its JWKS must carry `x5c`. */
  readonly createOidcProvider: (
    url: string,
    thumbprints: readonly string[],
    clientIds: readonly string[],
  ) => Promise<string>;
  /** Returns the role's ARN. */
  readonly createRole: (name: string, trustPolicy: unknown) => Promise<string>;
  readonly putRolePolicy: (roleName: string, policyName: string, policy: unknown) => Promise<void>;
  /** An ordinary user with a key pair of its own. */
  readonly createUser: (uid: string) => Promise<Keys>;
  readonly stop: () => Promise<void>;
};

const programs = ['ceph', 'ceph-mon', 'ceph-osd', 'monmaptool', 'radosgw', 'radosgw-admin'];

/** What is missing for `startCeph`, in words for a skip, or null where all is there. */
export function cephIsMissing(): string | null {
  const missing = programs.filter((program) => findProgram(program) === null);
  if (missing.length === 0) return null;
  return `not installed: ${missing.join(', ')} (Debian: radosgw ceph-mon ceph-osd ceph-common)`;
}

export async function startCeph(): Promise<Ceph> {
  try {
    return await startOnce();
  } catch {
    // Ports are chosen before Ceph binds them: another process may have been faster. Once more, on others.
    return startOnce();
  }
}

async function startOnce(): Promise<Ceph> {
  const folder = await makeTempFolder('ceph');
  const daemons: Daemon[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(daemons.map((daemon) => daemon.stop()));
    await folder.remove();
  };
  try {
    const [monPort = 0, rgwPort = 0] = await freePorts(2);
    const conf = join(folder.path, 'ceph.conf');
    const cluster = { fsid: randomUUID(), folder: folder.path, conf, monPort, rgwPort };
    await writeFile(conf, configuration(cluster));
    const endpoint = `http://127.0.0.1:${rgwPort}`;
    await startStorage(cluster, daemons);
    daemons.push(daemon(cluster, 'radosgw', ['-f', '-n', 'client.rgw.x'], 'rgw'));
    await waitUntilUp(cluster, daemons, endpoint);
    const admin = await createUser(cluster, 'admin', ['--caps=oidc-provider=*;roles=*;user-policy=*']);
    return cephAt(cluster, endpoint, admin, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

type Cluster = {
  readonly fsid: string;
  readonly folder: string;
  readonly conf: string;
  readonly monPort: number;
  readonly rgwPort: number;
};

function configuration({ fsid, folder, monPort, rgwPort }: Cluster): string {
  return `[global]
fsid = ${fsid}
mon host = [v2:127.0.0.1:${monPort}/0]
ms bind msgr1 = false
public addr = 127.0.0.1
cluster addr = 127.0.0.1
auth cluster required = none
auth service required = none
auth client required = none
# With encryption asked for and no keys, the gateway loops on "get_initial_auth_request returned -13".
ms mon cluster mode = crc
ms mon service mode = crc
ms mon client mode = crc
run dir = ${folder}
admin socket =
log file = ${folder}/$name.log
mon cluster log file = ${folder}/cluster.log
crash dir = ${folder}
mon data = ${folder}/mon
mon data avail crit = 0
mon data avail warn = 0
mon allow pool size one = true
mon max pg per osd = 2000
# A real monitor gathers changes for a second; creating the gateway's pools would then take ten.
paxos propose interval = 0.02
paxos min wait = 0.01
osd data = ${folder}/osd
osd objectstore = memstore
memstore device bytes = 8589934592
osd crush chooseleaf type = 0
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd pool default pgp num = 4
osd pool default pg autoscale mode = off

[client.rgw.x]
rgw data = ${folder}/rgw
rgw frontends = beast endpoint=127.0.0.1:${rgwPort}
rgw s3 auth use sts = true
rgw sts key = 0123456789abcdef
rgw enable usage log = false
rgw run sync thread = false
rgw gc processor period = 3600
`;
}

async function startStorage(cluster: Cluster, daemons: Daemon[]): Promise<void> {
  const { fsid, folder, conf, monPort } = cluster;
  const monmap = join(folder, 'monmap');
  await Promise.all(['mon', 'osd', 'rgw'].map((name) => mkdir(join(folder, name))));
  const address = `[v2:127.0.0.1:${monPort}]`;
  await runOrThrow('monmaptool', ['--create', '--fsid', fsid, '--addv', 'a', address, monmap]);
  await runOrThrow('ceph-mon', ['-c', conf, '--mkfs', '-i', 'a', '--monmap', monmap]);
  daemons.push(daemon(cluster, 'ceph-mon', ['-f', '-i', 'a'], 'mon'));
  const osd = randomUUID();
  await runOrThrow('ceph', ['-c', conf, '--connect-timeout', '20', 'osd', 'new', osd]);
  await runOrThrow('ceph-osd', ['-c', conf, '--mkfs', '-i', '0', '--osd-uuid', osd]);
  daemons.push(daemon(cluster, 'ceph-osd', ['-f', '-i', '0'], 'osd'));
}

function daemon(cluster: Cluster, program: string, args: readonly string[], name: string): Daemon {
  return startDaemon(program, ['-c', cluster.conf, ...args], {
    logFile: join(cluster.folder, `${name}.out`),
  });
}

async function waitUntilUp(cluster: Cluster, daemons: readonly Daemon[], endpoint: string): Promise<void> {
  const hasEnded = (): boolean => daemons.some((each) => each.hasEnded());
  await waitFor(async () => hasEnded() || (await fetch(endpoint)).ok, {
    everyMs: 50,
    what: `the gateway at ${endpoint}`,
  });
  if (!hasEnded()) return;
  const said = await Promise.all(
    ['mon', 'osd', 'rgw'].map((name) =>
      readFile(join(cluster.folder, `${name}.out`), 'utf8').catch(() => ''),
    ),
  );
  throw new Error(`a Ceph daemon ended at its start:\n${said.join('\n').slice(-4000)}`);
}

async function createUser(cluster: Cluster, uid: string, more: readonly string[] = []): Promise<Keys> {
  const { stdout } = await runOrThrow('radosgw-admin', [
    ...['-c', cluster.conf, '-n', 'client.rgw.x', 'user', 'create', `--uid=${uid}`, `--display-name=${uid}`],
    ...more,
  ]);
  const user = JSON.parse(stdout) as { keys: { access_key: string; secret_key: string }[] };
  const [key] = user.keys;
  if (!key) throw new Error(`radosgw-admin made no key for ${uid}`);
  return { accessKeyId: key.access_key, secretAccessKey: key.secret_key };
}

function cephAt(cluster: Cluster, endpoint: string, admin: Keys, stop: () => Promise<void>): Ceph {
  const iam = new IAMClient({ endpoint, region: 'default', credentials: admin });
  return {
    s3Endpoint: endpoint,
    stsEndpoint: endpoint,
    region: 'default',
    adminCredentials: admin,
    createOidcProvider: async (url, thumbprints, clientIds) => {
      const made = await iam.send(
        new CreateOpenIDConnectProviderCommand({
          Url: url,
          ThumbprintList: [...thumbprints],
          ClientIDList: [...clientIds],
        }),
      );
      return named(made.OpenIDConnectProviderArn, 'OpenIDConnectProviderArn');
    },
    createRole: async (name, trustPolicy) => {
      const made = await iam.send(
        new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: JSON.stringify(trustPolicy) }),
      );
      return named(made.Role?.Arn, 'Role.Arn');
    },
    putRolePolicy: async (roleName, policyName, policy) => {
      await iam.send(
        new PutRolePolicyCommand({
          RoleName: roleName,
          PolicyName: policyName,
          PolicyDocument: JSON.stringify(policy),
        }),
      );
    },
    createUser: (uid) => createUser(cluster, uid),
    stop: async () => {
      iam.destroy();
      await stop();
    },
  };
}

function named(value: string | undefined, name: string): string {
  if (value === undefined) throw new Error(`the gateway's answer has no ${name}`);
  return value;
}
