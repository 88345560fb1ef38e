// Sessions of AWS profiles on the local STS: a real credential_process, role chains, and what is refused.
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  onTestFinished,
  test,
  vi,
} from 'vitest';
import { createIdentity } from '../../main/adapters/oidc/select-identity.ts';
import { awsProfileSession } from '../../main/adapters/sts/aws-profile.ts';
import { CredentialBroker } from '../../main/adapters/sts/credential-cache.ts';
import { SecretRegistry } from '../../main/adapters/system/log.ts';
import { composeAccount } from '../../main/compose/account.ts';
import { plainHttp } from '../../main/core/net/proxy.ts';
import { fixedRandom } from '../fakes/shifted-clock.ts';
import { type LocalCloud, startLocalCloud } from '../local-cloud/cloud.ts';
import { loadKeys } from '../local-cloud/keys.ts';
import { roleId, Sessions } from '../local-cloud/sessions.ts';
import { failure, identityKit, never } from '../support/identity-kit.ts';
import { makeTempFolder, type TempFolder } from '../support/temp.ts';

const centerName = 'AWSReservedSSO_Files_0123456789abcdef';
const path = 'role/aws-reserved/sso.amazonaws.com/eu-central-1';
let folder: TempFolder;
let cloud: LocalCloud;
let sessions: Sessions;
let kit: Awaited<ReturnType<typeof identityKit>>;

beforeAll(async () => {
  folder = await makeTempFolder('aws-profile');
  const directory = join(folder.path, 'cloud');
  cloud = await startLocalCloud({ directory });
  sessions = new Sessions(loadKeys(directory), cloud.description.accountId);
  await mkdir(join(folder.path, '.aws'));
});
afterAll(async () => {
  await cloud.stop();
  await folder.remove();
});
beforeEach(async () => {
  kit = await identityKit(cloud.description);
  vi.stubEnv('AWS_CONFIG_FILE', join(folder.path, '.aws', 'config'));
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', join(folder.path, '.aws', 'credentials'));
  vi.stubEnv('HOME', folder.path);
  // Ambient settings that must take no part.
  vi.stubEnv('AWS_PROFILE', 'ambient');
  vi.stubEnv('AWS_ACCESS_KEY_ID', cloud.description.admin.accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', cloud.description.admin.secretAccessKey);
  vi.stubEnv('AWS_ENDPOINT_URL', 'http://127.0.0.1:9/');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await kit.close();
});

async function configure(...lines: readonly string[]): Promise<void> {
  await writeFile(join(folder.path, '.aws', 'config'), `${lines.join('\n')}\n`);
}

/** What a keeper of a session would hand out: keys of the local STS, as credential_process writes them. */
function keysOf(roleName: string, sessionName: string, lifeMs = 3_600_000) {
  const expiresAtMs = Date.now() + lifeMs;
  const given = sessions.mint({
    ...{ roleName, sessionName, context: {}, sessionPolicy: null },
    issuedAtMs: Date.now(),
    expiresAtMs,
  });
  return {
    Version: 1,
    AccessKeyId: given.accessKeyId,
    SecretAccessKey: given.secretAccessKey,
    SessionToken: given.sessionToken,
    Expiration: new Date(expiresAtMs).toISOString(),
  };
}

/** A program of its own that prints the file of this name, so that a test can change what is handed out. */
async function processOf(name: string, answer: object): Promise<string> {
  const file = join(folder.path, `${name}.json`);
  await writeFile(file, JSON.stringify(answer));
  return `credential_process = "${process.execPath}" -e "process.stdout.write(require('fs').readFileSync(process.argv[1]))" "${file}"`;
}

function accountOf(roleArn: string, profile: string, sts: string) {
  const { accountId, region } = cloud.description;
  return {
    ...kit.account,
    ...{ accountId, region },
    issuer: sts,
    identity: { kind: 'aws-profile', profile },
    exchange: { kind: 'aws-profile', roleArn, stsEndpoint: sts },
  } as const;
}

function brokerOf(roleArn: string, profile = 'work', sts: string = cloud.description.sts): CredentialBroker {
  const account = accountOf(roleArn, profile, sts);
  const { clock, log } = kit;
  const onSecret = (value: string): void => {
    kit.heard.push(value);
  };
  const session = awsProfileSession(account, { clock, http: plainHttp, onSecret });
  return new CredentialBroker({ session, clock, log, random: fixedRandom(0.5), onSecret });
}

const arnOf = (name: string): string => `arn:aws:iam::123456789012:role/${name}`;
const centerArn = `arn:aws:iam::123456789012:${path}/${centerName}`;

describe('a real credential_process', () => {
  test('gives the session of Identity Center, whose name is the user', async () => {
    const keys = keysOf(centerName, 'alice@example.com');
    await configure('[profile work]', await processOf('work', keys));
    const broker = brokerOf(centerArn);
    expect(await broker.get(never())).toMatchObject({
      accessKeyId: keys.AccessKeyId,
      sessionToken: keys.SessionToken,
      expiresAtMs: Date.parse(keys.Expiration),
    });
    expect(await broker.principal(never())).toEqual({
      sub: 'alice@example.com',
      issuer: cloud.description.sts,
      qualifier: null,
      tags: {},
      arn: `arn:aws:sts::123456789012:assumed-role/${centerName}/alice@example.com`,
    });
    expect(kit.heard).toContain(keys.SecretAccessKey);
    expect(JSON.stringify(kit.log.lines)).not.toContain(keys.SecretAccessKey);
  });

  test('another user in the same profile later is noticed', async () => {
    await configure('[profile work]', await processOf('work', keysOf(centerName, 'alice@example.com')));
    const broker = brokerOf(centerArn);
    const first = await broker.get(never());
    await processOf('work', keysOf(centerName, 'bob@example.com'));
    broker.invalidate(first.accessKeyId);
    expect((await failure(broker.get(never()))).code).toBe('principal-changed');
  });

  test('a chosen session name is no user: the role is, whatever the session is called', async () => {
    await configure('[profile work]', await processOf('work', keysOf('driftless', 'alice@example.com')));
    const broker = brokerOf(arnOf('driftless'));
    const first = await broker.get(never());
    expect((await broker.principal(never())).sub).toBe(roleId('driftless'));
    await processOf('work', keysOf('driftless', 'another-name'));
    broker.invalidate(first.accessKeyId);
    await broker.get(never());
    expect((await broker.principal(never())).sub).toBe(roleId('driftless'));
  });
});

/** The role `files`, which sessions of the role `caller` may take. */
const trusting = (caller: string) => ({
  name: 'files',
  trust: {
    Version: '2012-10-17' as const,
    Statement: [{ Effect: 'Allow' as const, Principal: { AWS: arnOf(caller) }, Action: 'sts:AssumeRole' }],
  },
  policies: [],
});

describe('role chains', () => {
  /** The role `files` over the session of the profile `base`. */
  async function configureChain(): Promise<void> {
    await configure(
      '[profile base]',
      await processOf('base', keysOf('base', 'someone')),
      '[profile work]',
      `role_arn = ${arnOf('files')}`,
      'source_profile = base',
    );
  }

  test('a role over the session of another profile', async () => {
    cloud.control.putRole(trusting('base'));
    await configureChain();
    const broker = brokerOf(arnOf('files'));
    await broker.get(never());
    expect((await broker.principal(never())).arn).toContain(':assumed-role/files/');
  });

  test('a role that does not trust the session is refused by STS, with the reason', async () => {
    cloud.control.putRole(trusting('another-role'));
    await configureChain();
    expect((await failure(brokerOf(arnOf('files')).get(never()))).code).toBe('exchange-denied');
  });

  test('a web identity token in a file', async () => {
    const { users, roleArn } = cloud.description;
    const token = join(folder.path, 'token.jwt');
    await writeFile(token, await cloud.signToken({ sub: users[0]?.sub }));
    await configure('[profile work]', `role_arn = ${roleArn}`, `web_identity_token_file = ${token}`);
    expect((await brokerOf(roleArn).get(never())).sessionToken).not.toBe('');
  });
});

type Asked = { readonly method: string; readonly path: string; readonly token: string };

/** A machine's own service of credentials on loopback, answering by method and path, and null for what it refuses. */
async function metadataService(answer: (asked: Asked) => object | string | null): Promise<string> {
  const server = createServer(({ method = '', url = '', headers }, response) => {
    const token = headers.authorization ?? headers['x-aws-ec2-metadata-token'];
    const given = answer({ method, path: url, token: typeof token === 'string' ? token : '' });
    if (given === null) response.statusCode = 401;
    response.setHeader('content-type', 'application/json');
    response.end(typeof given === 'string' ? given : JSON.stringify(given ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}

test('what STS is shown is known to the log before, so that no answer can repeat it', async () => {
  const shown: string[] = [];
  const sts = createServer((request, response) => {
    void text(request).then((body) => {
      const token =
        request.headers['x-amz-security-token'] ?? new URLSearchParams(body).get('WebIdentityToken');
      shown.push(kit.heard.includes(String(token)) ? 'known' : 'not known');
      response.writeHead(403).end();
    });
  });
  await new Promise<void>((resolve) => sts.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void sts.close());
  const url = `http://127.0.0.1:${String((sts.address() as AddressInfo).port)}/`;
  const webIdentity = join(folder.path, 'web-identity');
  await writeFile(webIdentity, 'web.identity.token');
  const role = `role_arn = ${arnOf('files')}`;
  for (const lines of [
    ['[profile work]', await processOf('work', keysOf('driftless', 'alice'))],
    [
      '[profile base]',
      await processOf('base', keysOf('base', 'x')),
      '[profile work]',
      role,
      'source_profile = base',
    ],
    ['[profile work]', role, `web_identity_token_file = ${webIdentity}`],
  ]) {
    await configure(...lines);
    await failure(brokerOf(arnOf('driftless'), 'work', url).get(never()));
  }
  expect(shown).toEqual(['known', 'known', 'known']);
});

describe('the role of the machine, as the source that the profile names', () => {
  /** As both services write keys. */
  function metadataKeys(): object {
    const { SessionToken: Token, Version: _version, ...keys } = keysOf('machine', 'i-0123456789abcdef0');
    return { Code: 'Success', Type: 'AWS-HMAC', ...keys, Token };
  }

  async function configureMachine(source: string): Promise<void> {
    cloud.control.putRole(trusting('machine'));
    await configure('[profile work]', `role_arn = ${arnOf('files')}`, `credential_source = ${source}`);
  }

  test('a container of ECS, or of EKS Pod Identity with its token in a file', async () => {
    await configureMachine('EcsContainer');
    const tokenFile = join(folder.path, 'pod-token');
    await writeFile(tokenFile, 'pod-proof');
    const address = await metadataService(({ path: asked, token }) =>
      asked === '/v1/credentials' && token === 'pod-proof' ? metadataKeys() : null,
    );
    vi.stubEnv('AWS_CONTAINER_CREDENTIALS_FULL_URI', `${address}/v1/credentials`);
    vi.stubEnv('AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE', tokenFile);
    const broker = brokerOf(arnOf('files'));
    await broker.get(never());
    expect((await broker.principal(never())).arn).toContain(':assumed-role/files/');
  });

  test('an instance of EC2, asked with a session token of its metadata service', async () => {
    await configureMachine('Ec2InstanceMetadata');
    const base = '/latest/meta-data/iam/security-credentials/';
    const answers = new Map<string, object | string>([
      [base, 'machine'],
      [`${base}machine`, metadataKeys()],
    ]);
    const address = await metadataService(({ method, path: asked, token }) => {
      if (method === 'PUT') return asked === '/latest/api/token' ? 'imds-proof' : null;
      return token === 'imds-proof' ? (answers.get(asked) ?? null) : null;
    });
    vi.stubEnv('AWS_EC2_METADATA_SERVICE_ENDPOINT', address);
    const broker = brokerOf(arnOf('files'));
    await broker.get(never());
    expect((await broker.principal(never())).arn).toContain(':assumed-role/files/');
  });

  test('is not asked where the profile names another source', async () => {
    let asked = 0;
    const address = await metadataService(() => {
      asked += 1;
      return null;
    });
    vi.stubEnv('AWS_EC2_METADATA_SERVICE_ENDPOINT', address);
    vi.stubEnv('AWS_CONTAINER_CREDENTIALS_FULL_URI', `${address}/v1/credentials`);
    await configure('[profile work]', 'region = eu-central-1');
    expect((await failure(brokerOf(arnOf('files')).get(never()))).code).toBe('aws-profile-unusable');
    expect(asked).toBe(0);
  });
});

describe('refused', () => {
  test.each<readonly [string, () => Promise<readonly string[]>, string, RegExp]>([
    [
      'the session of another role',
      async () => [await processOf('work', keysOf('admin', 'alice'))],
      'aws-profile-unusable',
      /assumed-role\/admin\/alice, which is no session of/,
    ],
    [
      'long-lived keys',
      () => Promise.resolve(['aws_access_key_id = AKIAEXAMPLE', 'aws_secret_access_key = nothing']),
      'aws-profile-unusable',
      /keys without an end/,
    ],
    [
      'temporary keys without an expiry',
      async () => {
        const { Expiration: _end, ...keys } = keysOf('driftless', 'alice');
        return [await processOf('work', keys)];
      },
      'aws-profile-unusable',
      /keys without an end/,
    ],
    [
      'a session about to end',
      async () => [await processOf('work', keysOf('driftless', 'alice', 20_000))],
      'needs-sign-in',
      /has ended/,
    ],
    [
      'a program that fails',
      () => Promise.resolve([`credential_process = "${process.execPath}" -e "process.exit(3)"`]),
      'aws-profile-unusable',
      /gives no credentials: Command failed/,
    ],
    [
      'a program that fails with many words',
      () => {
        const script = "process.stderr.write('session '.repeat(100000)); process.exitCode = 3";
        return Promise.resolve([`credential_process = "${process.execPath}" -e "${script}"`]);
      },
      'aws-profile-unusable',
      /gives no credentials: Command failed/,
    ],
    [
      'an Identity Center sign-in that is not there',
      () =>
        Promise.resolve([
          'sso_session = corp',
          'sso_account_id = 123456789012',
          'sso_role_name = Files',
          '[sso-session corp]',
          'sso_region = eu-central-1',
          'sso_start_url = https://corp.awsapps.com/start',
        ]),
      'needs-sign-in',
      /the session of the AWS profile work has ended/,
    ],
  ])('%s', async (_name, lines, code, message) => {
    await configure('[profile work]', ...(await lines()));
    const error = await failure(brokerOf(arnOf('driftless')).get(never()));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
  });

  test('a profile that is not in the files, whatever the environment offers', async () => {
    await configure('[profile ambient]', await processOf('ambient', keysOf('driftless', 'alice')));
    const error = await failure(brokerOf(arnOf('driftless'), 'work').get(never()));
    expect(error.code).toBe('aws-profile-unusable');
  });

  test.each([
    ['this machine', 'http://127.0.0.1:9/', '127.0.0.1'],
    ['an API of a customer', 'https://a1.execute-api.eu-central-1.amazonaws.com/', 'a1.execute-api.'],
    ['a bucket', 'https://portal.sso.s3.eu-central-1.amazonaws.com/', 'portal.sso.s3.'],
  ])('%s in the environment does not get the token of Identity Center', async (_what, endpoint, host) => {
    vi.stubEnv('AWS_ENDPOINT_URL', endpoint);
    const cache = join(folder.path, '.aws', 'sso', 'cache');
    await mkdir(cache, { recursive: true });
    const soon = new Date(Date.now() + 3_600_000).toISOString();
    // Named by the SHA-1 of the session's name, as the AWS CLI does.
    const name = createHash('sha1').update('corp').digest('hex');
    await writeFile(
      join(cache, `${name}.json`),
      JSON.stringify({ accessToken: 'token-of-center', expiresAt: soon, region: 'eu-central-1' }),
    );
    await configure(
      '[profile work]',
      'sso_session = corp',
      'sso_account_id = 123456789012',
      'sso_role_name = Files',
      '[sso-session corp]',
      'sso_region = eu-central-1',
      'sso_start_url = https://corp.awsapps.com/start',
    );
    const error = await failure(brokerOf(arnOf('driftless')).get(never()));
    expect(error.code).toBe('aws-profile-unusable');
    expect(error.message).toMatch(new RegExp(`${host}.*is not AWS's sign-in`, 'u'));
  });
});

test('a program that takes its time is started once, and a caller can stop waiting for it', async () => {
  const starts = join(folder.path, 'starts');
  const answer = join(folder.path, 'late.json');
  const script = join(folder.path, 'late.cjs');
  await writeFile(
    script,
    `const fs = require('fs');
    const [starts, answer] = process.argv.slice(2);
    fs.appendFileSync(starts, 'x');
    const timer = setInterval(() => {
      if (!fs.existsSync(answer)) return;
      clearInterval(timer);
      process.stdout.write(fs.readFileSync(answer));
    }, 20);`,
  );
  await configure(
    '[profile work]',
    `credential_process = "${process.execPath}" "${script}" "${starts}" "${answer}"`,
  );
  const broker = brokerOf(arnOf('driftless'));
  const impatient = new AbortController();
  const given = broker.get(impatient.signal).then(
    () => 'given',
    (error: unknown) => error,
  );
  await vi.waitFor(() => stat(starts), { timeout: 60_000 });
  const why = new Error('given up');
  impatient.abort(why);
  expect(await given).toBe(why);
  const patient = broker.get(never());
  const keys = keysOf('driftless', 'alice');
  // In one step, so that the program never reads half of it.
  await writeFile(`${answer}.part`, JSON.stringify(keys));
  await rename(`${answer}.part`, answer);
  expect((await patient).accessKeyId).toBe(keys.AccessKeyId);
  expect(await readFile(starts, 'utf8')).toBe('x');
});

test('sign-in and sign-out belong to the keeper of the profile; there is no other way in', async () => {
  const { clock, log, secrets } = kit;
  const identity = createIdentity(
    { ...kit.account, identity: { kind: 'aws-profile', profile: 'work' } },
    { clock, log, secrets, fetch: (url, init) => fetch(url, init), lock: (step) => step() },
  );
  const prompts = { openUrl: () => Promise.resolve(), onDeviceCode: () => undefined };
  expect((await identity.restore(never())).kind).toBe('signed-in');
  expect((await failure(identity.currentIdToken(never()))).code).toBe('no-id-token');
  await identity.signOut(null, never());
  expect(identity.state().kind).toBe('signed-out');
  expect((await failure(identity.signIn({ ...prompts, by: { kind: 'device' } }, never()))).code).toBe(
    'config-invalid',
  );
  expect(identity.state().kind).toBe('signed-out');
  expect(await identity.signIn(prompts, never())).toBeNull();
  expect(identity.state().kind).toBe('signed-in');
});

test('after a sign-out the profile is not asked until the next sign-in', async () => {
  await configure('[profile work]', await processOf('out', keysOf('driftless', 'alice')));
  const { log, secrets } = kit;
  const account = composeAccount(
    { home: folder.path, secrets, launch: () => Promise.resolve() },
    accountOf(arnOf('driftless'), 'work', cloud.description.sts),
    {
      ...{ http: plainHttp, authorities: () => [], isForbiddenToPrograms: false, log },
      secrets: new SecretRegistry(() => 0),
      redact: (given) => given,
    },
  );
  await account.credentials.get(never());
  expect((await account.signOut(never())).accessUntilMs).not.toBeNull();
  expect((await failure(account.credentials.get(never()))).code).toBe('needs-sign-in');
  await account.signIn({ onDeviceCode: () => undefined }, never());
  expect((await account.credentials.get(never())).accessKeyId).toMatch(/^ASIA/);
});
