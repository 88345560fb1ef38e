// `driftless login --device` and `--token-file`: a one-time sign-in that overrides config.json.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { signIn } from '../local-cloud/browserless.ts';
import { personOf } from '../local-cloud/client-kit.ts';
import { cloudForTest, deviceForTest } from '../support/device.ts';
import { enterDeviceCode } from '../support/device-code.ts';
import type { Device } from '../support/device.ts';
import { endOf, startCli } from '../support/driftless-cli.ts';
import type { CliEnd } from '../support/driftless-cli.ts';
import { tempFolder } from '../support/temp.ts';
import { waitFor } from '../support/wait-for.ts';

/** The user reads the code off this terminal and enters it on another device. */
async function withCode(device: Device, args: readonly string[], name: string): Promise<CliEnd> {
  const child = startCli([...args, '--home', device.home, '--json']);
  const ended = endOf(child);
  expect(await enterDeviceCode(child, personOf(device.cloud, name))).toContain('You are signed in');
  const end = await ended;
  expect(end.stderr).not.toContain('Open this address');
  return end;
}

/** A web identity token as another program keeps it in a file. */
async function tokenFileOf(device: Device, name: string): Promise<string> {
  const { issuer, clientId } = device.cloud;
  const path = join(await tempFolder('token'), `${name}.jwt`);
  await writeFile(path, (await signIn(issuer, clientId, personOf(device.cloud, name))).id_token);
  return path;
}

async function secretsOf(device: Device): Promise<string> {
  const folder = join(device.home, 'secrets');
  const texts = await Promise.all(
    (await readdir(folder).catch(() => [])).map((name) => readFile(join(folder, name), 'latin1')),
  );
  return texts.join('\n');
}

async function accountState(device: Device): Promise<string | undefined> {
  const ended = await device.cli(['status', '--json']);
  return (JSON.parse(ended.stdout) as { accounts: { state: string }[] }).accounts[0]?.state;
}

async function setTokenFile(device: Device, path: string): Promise<void> {
  await device.editConfig(({ accounts: [account] }) => {
    if (account !== undefined) account['identity'] = { kind: 'token-file', path };
  });
}

test('--device uses a code instead of the configured browser, and the sign-in is kept', async () => {
  const cloud = await cloudForTest();
  const device = await deviceForTest(cloud.description);
  const login = await withCode(device, ['login', '--device'], 'alice');
  expect(login, login.stderr).toMatchObject({ code: 0 });
  const { sub } = personOf(cloud.description, 'alice');
  expect(JSON.parse(login.stdout)).toMatchObject({ ok: true, account: 'work', sub, byEngine: false });

  await device.write('a.txt', 'one');
  expect((await device.sync()).pairs[0]?.counts).toMatchObject({ upload: 1 });
  expect(JSON.parse(await readFile(join(device.home, 'config.json'), 'utf8'))).toMatchObject({
    accounts: [{ identity: { kind: 'browser' } }],
  });
  await device.cli(['logout']);
  expect(await device.cli(['sync', '--once'])).toMatchObject({ code: 3 });
});

test('--device beside an engine signs the engine in and replaces its session in memory', async () => {
  const cloud = await cloudForTest();
  // Only its own sign-in lets the engine continue here: the stored session renews nothing.
  cloud.control.patch({ idTokenOnRefresh: false });
  const device = await deviceForTest(cloud.description);
  await device.write('a.txt', 'one');
  const engine = await device.serve();
  const login = await withCode(device, ['login', '--device'], 'alice');
  expect(login, login.stderr).toMatchObject({ code: 0 });
  expect(JSON.parse(login.stdout)).toMatchObject({
    byEngine: true,
    sub: personOf(cloud.description, 'alice').sub,
  });
  expect(engine.stderr()).not.toMatch(/enter the code|sign in: /u);
  const idle = await device.cli(['status', '--wait', 'idle', '--json']);
  expect(idle, idle.stdout).toMatchObject({ code: 0 });

  const other = await withCode(device, ['login', '--device'], 'bob');
  expect(JSON.parse(other.stdout)).toMatchObject({ sub: personOf(cloud.description, 'bob').sub });
  expect(await device.cli(['logout'])).toMatchObject({ code: 0 });
  expect(await accountState(device)).toBe('signed-out');
  // Neither of them continues at the engine's next check.
  await device.cli(['check']);
  expect(await accountState(device)).toBe('signed-out');
  expect(await secretsOf(device)).not.toContain('refreshToken');
});

test('--device on an account with a token file works beside an engine only, and in its memory', async () => {
  const cloud = await cloudForTest();
  const device = await deviceForTest(cloud.description);
  await setTokenFile(device, join(device.home, 'none.jwt'));
  const alone = await device.cli(['login', '--device']);
  expect(alone).toMatchObject({ code: 2, stdout: '' });
  expect(alone.stderr).toMatch(/^driftless: work signs in by a token file,.*"kind":"device".*\n$/u);

  await device.serve();
  const login = await withCode(device, ['login', '--device'], 'alice');
  expect(login, login.stderr).toMatchObject({ code: 0 });
  await device.write('a.txt', 'one');
  await waitFor(async () => (await accountState(device)) === 'signed-in', { what: 'the engine to resume' });
  expect(await secretsOf(device)).toBe('');
});

test('--token-file alone shows that the token works and until when, and stores nothing', async () => {
  const cloud = await cloudForTest();
  const device = await deviceForTest(cloud.description);
  const path = await tokenFileOf(device, 'bob');
  const shown = await device.cli(['login', '--token-file', path]);
  expect(shown, shown.stderr).toMatchObject({ code: 0 });
  const { sub } = personOf(cloud.description, 'bob');
  expect(shown.stdout).toBe(`The token signs in to work as ${sub}; nothing of it is kept.\n`);
  expect(shown.stderr).toMatch(
    /^work: the token works until \d\d:\d\d; to sync with it, set "identity": \{"kind":"token-file",.*\n$/u,
  );
  expect(cloud.control.counts()).toMatchObject({ AssumeRoleWithWebIdentity: 1 });
  expect(await secretsOf(device)).toBe('');
  expect(await device.cli(['sync', '--once'])).toMatchObject({ code: 3 });
});

test('--token-file beside an engine replaces its session until the sign-out', async () => {
  const cloud = await cloudForTest();
  const device = await deviceForTest(cloud.description);
  await device.signIn('bob');
  await device.serve();
  await device.write('a.txt', 'one');
  await device.cli(['status', '--wait', 'idle']);
  const path = await tokenFileOf(device, 'alice');
  // A pair on another folder than the engine's.
  const login = await device.cli(['login', '--token-file', path, '--json']);
  expect(login, login.stderr).toMatchObject({ code: 0 });
  expect(JSON.parse(login.stdout)).toMatchObject({
    byEngine: true,
    sub: personOf(cloud.description, 'alice').sub,
  });
  expect(login.stderr).toMatch(
    /reads that token file until it stops, or until a sign-out or another sign-in/u,
  );
  // The pair is bound to the first user, and the user signed in now is another one.
  await device.write('b.txt', 'two');
  await waitFor(async () => (await device.cli(['status', '--json'])).stdout.includes('other-principal'), {
    what: 'the pair to refuse the other user',
  });
  expect(await secretsOf(device)).not.toMatch(/eyJ[\w-]{20}/u);

  // It ends all: the session of the file, and the sign-in beneath it.
  expect(await device.cli(['logout'])).toMatchObject({ code: 0 });
  expect(await accountState(device)).toBe('signed-out');
  expect(await secretsOf(device)).not.toContain('refreshToken');
});

test('an impossible sign-in ends with one line and signs no account out', async () => {
  const cloud = await cloudForTest();
  const device = await deviceForTest(cloud.description);
  await device.signIn('alice');
  const before = await secretsOf(device);
  const none = join(device.home, 'none.jwt');
  const both = await device.cli(['login', '--device', '--token-file', none, '--json']);
  expect(both.code).toBe(2);
  expect(JSON.parse(both.stdout)).toMatchObject({ ok: false, error: { code: 'usage' } });
  expect(both.stderr).toMatch(/^driftless: .*--device.*--token-file.*\n$/u);

  await writeFile(join(device.home, 'damaged.jwt'), 'not a token');
  const bad: readonly (readonly [string, string, RegExp])[] = [
    [none, 'token-file-unreadable', /none\.jwt cannot be read \(ENOENT\)/u],
    [device.home, 'token-file-unreadable', /cannot be read \(EISDIR\)/u],
    [join(device.home, 'damaged.jwt'), 'token-invalid', /\S/u],
  ];
  const expectAll = async (): Promise<void> => {
    for (const [path, code, words] of bad) {
      const ended = await device.cli(['login', '--token-file', path, '--json']);
      expect(ended, path).toMatchObject({ code: 1 });
      expect(JSON.parse(ended.stdout)).toMatchObject({ ok: false, error: { code } });
      expect(ended.stderr).toMatch(/^driftless: [^\n]*\n$/u);
      expect(ended.stderr).toMatch(words);
    }
  };
  await expectAll();
  await device.serve();
  await expectAll();
  await waitFor(async () => (await accountState(device)) === 'signed-in', { what: 'the first sign-in' });
  expect((await secretsOf(device)).includes('refreshToken')).toBe(before.includes('refreshToken'));
});
