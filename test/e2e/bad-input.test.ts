// Faulty input and surroundings through the command line: one clear line, the right exit code.
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { askContract } from '../../main/control/socket.ts';
import { personOf, s3Client } from '../local-cloud/client-kit.ts';
import { startLocalCloud } from '../local-cloud/cloud.ts';
import type { LocalCloud } from '../local-cloud/cloud.ts';
import { deviceForTest } from '../support/device.ts';
import type { ConfigText, Device } from '../support/device.ts';
import { endOf, signInAddress, signInByCli, startCli } from '../support/driftless-cli.ts';
import type { CliEnd } from '../support/driftless-cli.ts';
import { skipUnless } from '../support/skip.ts';
import { makeTempFolder } from '../support/temp.ts';
import type { TempFolder } from '../support/temp.ts';
import { waitFor } from '../support/wait-for.ts';

let temp: TempFolder;
let cloud: LocalCloud;

beforeAll(async () => {
  temp = await makeTempFolder('bad-input');
  cloud = await startLocalCloud({ directory: join(temp.path, 'cloud') });
});
afterAll(async () => {
  await cloud.stop();
  await temp.remove();
});

const isRoot = process.getuid?.() === 0;
/** Root reads everything; without these two capabilities it is refused like any other user. */
const asOthers = isRoot
  ? ['setpriv', '--bounding-set=-dac_override,-dac_read_search', '--inh-caps=-dac_override,-dac_read_search']
  : [];

function cannotDropRights(): string | null {
  if (process.platform === 'win32') return 'file permissions are a POSIX thing';
  const [program = 'true', ...args] = asOthers;
  return spawnSync(program, program === 'true' ? [] : [...args, 'true']).status === 0
    ? null
    : 'setpriv cannot drop rights here';
}

function cannotMount(): string | null {
  if (!isRoot || process.platform !== 'linux') return 'a small disk can be mounted by root on Linux only';
  const place = mkdtempSync(join(tmpdir(), 'driftless-mount-'));
  const isMounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', place]).status === 0;
  if (isMounted) spawnSync('umount', [place]);
  rmSync(place, { recursive: true });
  return isMounted ? null : 'mounting is not allowed here';
}

function mountSmallDisk(place: string, size: string): void {
  const done = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', place]);
  if (done.status !== 0) throw new Error(done.stderr.toString());
  onTestFinished(() => void spawnSync('umount', ['-l', place]));
}

function linesOf(text: string): readonly string[] {
  return text.split('\n').filter((line) => line !== '');
}

/** Asserts exactly one line on stderr and returns it. */
function oneLineOf(ended: CliEnd): string {
  const lines = linesOf(ended.stderr);
  expect(lines).toHaveLength(1);
  return lines[0] ?? '';
}

function errorOf(ended: CliEnd): Record<string, unknown> {
  expect(linesOf(ended.stdout)).toHaveLength(1);
  const parsed = JSON.parse(ended.stdout) as { ok: boolean; error: Record<string, unknown> };
  expect(parsed.ok).toBe(false);
  expect(Object.keys(parsed.error).sort()).toEqual(['code', 'message', 'pair', 'path', 'retryAt']);
  return parsed.error;
}

async function newDevice(edit?: (config: ConfigText) => void): Promise<Device> {
  const device = await deviceForTest(cloud.description);
  if (edit !== undefined) await device.editConfig(edit);
  return device;
}

/** Tests share the bucket, so each uses its own part of alice's prefix. */
async function signedIn(name: string): Promise<Device> {
  const device = await newDevice((config) => {
    Object.assign(config.pairs[0] ?? {}, { prefix: `users/{sub}/${name}/` });
  });
  await device.signIn('alice');
  return device;
}

function keyOf(name: string, path: string): string {
  return `users/${personOf(cloud.description, 'alice').sub}/${name}/${path}`;
}

function admin(): ReturnType<typeof s3Client> {
  const client = s3Client(cloud.description, cloud.description.admin);
  onTestFinished(() => {
    client.destroy();
  });
  return client;
}

async function put(key: string, body: string | Uint8Array): Promise<void> {
  await admin().send(new PutObjectCommand({ Bucket: cloud.description.bucket, Key: key, Body: body }));
}

async function get(key: string): Promise<string | undefined> {
  const got = await admin().send(new GetObjectCommand({ Bucket: cloud.description.bucket, Key: key }));
  return got.Body?.transformToString();
}

async function keysBelow(prefix: string): Promise<readonly string[]> {
  const listed = await admin().send(
    new ListObjectsV2Command({ Bucket: cloud.description.bucket, Prefix: prefix }),
  );
  return (listed.Contents ?? []).flatMap((object) => object.Key ?? []);
}

describe('settings', () => {
  test.each<[string, (config: ConfigText) => void, string]>([
    ['an unknown key', (config) => Object.assign(config, { colour: 'red' }), 'colour'],
    [
      'an unknown key of a pair',
      (config) => Object.assign(config.pairs[0] ?? {}, { pooling: 3 }),
      'pairs[0].pooling',
    ],
    [
      'a bad ARN',
      (config) =>
        Object.assign(config.accounts[0] ?? {}, {
          exchange: { kind: 'web-identity', roleArn: 'arn:aws:role' },
        }),
      'accounts[0].exchange.roleArn',
    ],
    [
      'a prefix that escapes',
      (config) => Object.assign(config.pairs[0] ?? {}, { prefix: 'users/../' }),
      'pairs[0].prefix',
    ],
    [
      'a pair of an unknown account',
      (config) => Object.assign(config.pairs[0] ?? {}, { account: 'unknown' }),
      'pairs[0].account',
    ],
  ])('a configuration with %s ends with exit code 2 and names the field', async (_what, edit, field) => {
    const device = await newDevice(edit);
    const ended = await device.cli(['sync', '--once', '--json']);
    expect(ended.code).toBe(2);
    expect(oneLineOf(ended)).toContain(field);
    expect(errorOf(ended)).toMatchObject({ code: 'config-invalid', pair: null });
  });

  test('a folder that is not there is a state of its pair: others sync, and it does once it is there', async () => {
    const device = await newDevice();
    await device.signIn('alice');
    const away = join(temp.path, 'not plugged in', 'folder');
    await device.editConfig((config) => {
      const [docs = {}] = config.pairs;
      const bound = { prefix: 'users/{sub}/docs/' };
      config.pairs = [
        { ...docs, ...bound },
        { ...docs, id: 'stick', folder: away, prefix: 'users/{sub}/stick/' },
      ];
    });
    await device.write('a.txt', 'a');
    const first = await device.cli(['sync', '--once', '--json']);
    expect(first.code).toBe(1);
    const { pairs } = JSON.parse(first.stdout) as { pairs: unknown };
    expect(pairs).toMatchObject([
      { pair: 'docs', counts: { upload: 1 } },
      { pair: 'stick', error: { code: 'root-missing' } },
    ]);
    const status = await device.cli(['status', '--json']);
    expect(status.stdout + status.stderr).not.toContain('config-invalid');
    await mkdir(away, { recursive: true });
    await writeFile(join(away, 'b.txt'), 'b');
    expect(await device.sync()).toMatchObject({ pairs: [{ pair: 'docs' }, { counts: { upload: 1 } }] });
  });

  test('missing or unparsable settings end with exit code 2, naming the file and the remedy', async () => {
    const device = await newDevice();
    const file = join(device.home, 'config.json');
    await writeFile(file, '{ "accounts": [');
    const broken = await device.cli(['serve']);
    expect(broken.code).toBe(2);
    expect(oneLineOf(broken)).toContain('not JSON');
    await rm(file);
    const missing = await device.cli(['status', '--json']);
    expect(missing.code).toBe(2);
    expect(oneLineOf(missing)).toContain(file);
    expect(oneLineOf(missing)).toContain('--home');
    expect(errorOf(missing)).toMatchObject({ code: 'config-missing' });
  });

  test.each([
    ['an unknown verb', ['frobnicate', '--json']],
    ['an unknown option', ['status', '--json', '--nope']],
    ['sync without --once', ['sync', '--json']],
    ['a port that is no number', ['serve', '--json', '--port', 'http']],
    ['an approval that is none', ['sync', '--once', '--json', '--approve', 'yes']],
    ['a pair that is not there', ['sync', '--once', '--json', '--pair', 'nope']],
    ['one pair for a verb that runs all', ['serve', '--json', '--pair', 'docs']],
    ['an account that is not there', ['login', '--json', '--account', 'nope']],
  ])('a command line with %s ends with exit code 2', async (_what, args) => {
    const ended = await (await newDevice()).cli(args);
    expect(ended.code).toBe(2);
    oneLineOf(ended);
    expect(errorOf(ended)).toMatchObject({ code: 'usage' });
  });

  test('a command for a running engine without one ends with exit code 2 and says how to start it', async () => {
    const ended = await (await newDevice()).cli(['pause']);
    expect(ended.code).toBe(2);
    expect(oneLineOf(ended)).toContain('driftless serve');
  });
});

describe('signing in', () => {
  test('an unreachable issuer ends with exit code 1', async () => {
    const device = await newDevice((config) =>
      Object.assign(config.accounts[0] ?? {}, { issuer: 'http://127.0.0.1:1' }),
    );
    const ended = await device.cli(['login', '--json']);
    expect(ended.code).toBe(1);
    expect(oneLineOf(ended)).toContain('issuer');
    expect(errorOf(ended)).toMatchObject({ code: 'issuer-unreachable' });
  });

  test('a command without a sign-in ends with exit code 3 and names the sign-in command', async () => {
    const ended = await (await newDevice()).cli(['sync', '--once', '--json']);
    expect(ended.code).toBe(3);
    expect(oneLineOf(ended)).toContain('driftless login');
    expect(errorOf(ended)).toMatchObject({
      code: 'needs-sign-in',
      pair: 'docs',
      message: 'sign in to go on',
    });
  });

  test('a role that cannot be assumed ends with exit code 1 and says whom to ask', async () => {
    const device = await newDevice((config) =>
      Object.assign(config.accounts[0] ?? {}, {
        exchange: {
          kind: 'web-identity',
          roleArn: 'arn:aws:iam::123456789012:role/of-others',
          stsEndpoint: cloud.description.sts,
        },
      }),
    );
    const ended = await signInByCli(device.home, personOf(cloud.description, 'alice'));
    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain('ask your administrator');
    expect(errorOf(ended)).toMatchObject({ code: 'exchange-denied' });
  });

  test('an unused login page ends with exit code 3 at its time-out, and the next try works', async () => {
    const device = await newDevice();
    // From the start on: the provider's metadata has to come within it, also on a busy machine.
    const child = startCli(['login', '--home', device.home, '--json', '--timeout', '10']);
    const ended = endOf(child);
    const page = await fetch(await signInAddress(child));
    expect(await page.text()).toContain('password');
    const end = await ended;
    expect(end.code).toBe(3);
    expect(errorOf(end)).toMatchObject({ code: 'sign-in-timeout' });
    expect(linesOf(end.stderr).at(-1)).toContain('driftless login');
    await device.signIn('alice');
  });

  test('a refusal by the provider ends with exit code 3', async () => {
    const device = await newDevice();
    const child = startCli(['login', '--home', device.home, '--json']);
    const ended = endOf(child);
    const address = new URL(await signInAddress(child));
    const back = new URL(address.searchParams.get('redirect_uri') ?? '');
    back.search = new URLSearchParams({
      error: 'access_denied',
      state: address.searchParams.get('state') ?? '',
      iss: cloud.description.issuer,
    }).toString();
    await (await fetch(back)).text();
    const end = await ended;
    expect(end.code).toBe(3);
    expect(errorOf(end)).toMatchObject({ code: 'sign-in-denied' });
  });

  test('Ctrl+C at the login page ends it at once with one line', async () => {
    const device = await newDevice();
    const child = startCli(['login', '--home', device.home]);
    const ended = endOf(child);
    await signInAddress(child);
    child.kill('SIGINT');
    const end = await ended;
    // As a shell calls the end by SIGINT.
    expect(end.code).toBe(130);
    expect(linesOf(end.stderr).at(-1)).toContain('stopped');
  });

  test('a login page closed half-way under a running engine can be cancelled and opened again', async () => {
    const device = await newDevice();
    const engine = await device.serve();
    const never = new AbortController().signal;
    const first = askContract(device.home, 'signIn', { accountId: 'work' }, never);
    await engine.openedUrl();
    expect(await askContract(device.home, 'cancelSignIn', { accountId: 'work' }, never)).toMatchObject({
      ok: true,
    });
    expect(await first).toMatchObject({ ok: false, error: { code: 'sign-in-cancelled' } });
    const after = await device.cli(['status', '--json']);
    expect(JSON.parse(after.stdout)).toMatchObject({ accounts: [{ state: 'new' }] });
    await device.signIn('alice');
    await waitFor(
      async () => {
        const { stdout } = await device.cli(['status', '--json']);
        return (JSON.parse(stdout) as { overall: string }).overall === 'in-sync';
      },
      { what: 'the engine to notice the sign-in' },
    );
  });
});

describe('the bucket', () => {
  test('a missing bucket ends with exit code 1 and leaves the folder as it was', async () => {
    const device = await signedIn('no-bucket');
    await device.editConfig((config) => {
      Object.assign(config.pairs[0] ?? {}, { bucket: 'no-such-bucket-anywhere' });
    });
    await device.write('mine.txt', 'mine');
    const ended = await device.cli(['sync', '--once', '--json']);
    expect(ended.code).toBe(1);
    expect(oneLineOf(ended)).toContain('"bucket"');
    // A store does not disclose what exists to users without rights.
    expect(errorOf(ended)['code']).toMatch(/^(bucket-missing|remote-denied)$/u);
    expect(await device.read('mine.txt')).toBe('mine');
  });

  test("another user's prefix ends with exit code 1 and says what to check", async () => {
    const device = await signedIn('other-prefix');
    await device.editConfig((config) => {
      Object.assign(config.pairs[0] ?? {}, { prefix: 'users/another-user/' });
    });
    const ended = await device.cli(['sync', '--once', '--json']);
    expect(ended.code).toBe(1);
    expect(oneLineOf(ended)).toContain('"prefix"');
    expect(errorOf(ended)).toMatchObject({ code: 'remote-denied', pair: 'docs' });
    expect(await keysBelow('users/another-user/')).toEqual([]);
  });

  test('a key with ../ in it is refused and reported, and everything else syncs', async () => {
    const device = await signedIn('escape');
    await device.write('mine.txt', 'mine');
    await put(keyOf('escape', '../../../evil.txt'), 'evil');
    await put(keyOf('escape', 'a/../../evil.txt'), 'evil');
    await put(keyOf('escape', 'fine.txt'), 'fine');
    const ended = await device.cli(['sync', '--once', '--json']);
    expect(ended.code).toBe(4);
    expect(linesOf(ended.stderr).every((line) => line.includes('key-refused'))).toBe(true);
    expect(linesOf(ended.stderr)).toHaveLength(2);
    expect(await device.read('fine.txt')).toBe('fine');
    expect(await get(keyOf('escape', 'mine.txt'))).toBe('mine');
    const room = await readdir(join(device.folder, '..'), { recursive: true });
    expect(room.filter((path) => path.includes('evil'))).toEqual([]);
  });
});

describe('the folder', () => {
  const noRights = cannotDropRights();
  test(
    'an unreadable file waits with a reason, and the others sync',
    skipUnless(noRights === null, noRights ?? ''),
    async () => {
      const device = await signedIn('unreadable');
      await device.write('open.txt', 'open');
      await device.write('locked.txt', 'locked');
      await device.write('dir/inside.txt', 'inside');
      await device.sync();
      await device.write('locked.txt', 'locked and changed');
      await device.write('new.txt', 'new');
      await chmod(join(device.folder, 'locked.txt'), 0o000);
      await chmod(join(device.folder, 'dir'), 0o000);
      const ended = await device.cli(['sync', '--once', '--json'], { through: asOthers });
      await chmod(join(device.folder, 'dir'), 0o755);
      await chmod(join(device.folder, 'locked.txt'), 0o644);
      expect(ended.code).toBe(4);
      expect(
        linesOf(ended.stderr).some((line) => line.includes('locked.txt') && line.includes('permission')),
      ).toBe(true);
      // An unreadable file is unknown, never deleted.
      expect(await get(keyOf('unreadable', 'locked.txt'))).toBe('locked');
      expect(await get(keyOf('unreadable', 'dir/inside.txt'))).toBe('inside');
      expect(await get(keyOf('unreadable', 'new.txt'))).toBe('new');
      await device.sync();
      expect(await get(keyOf('unreadable', 'locked.txt'))).toBe('locked and changed');
    },
  );

  const noMount = cannotMount();
  test(
    'a full disk keeps what fits, retries the rest later and leaves no partial file',
    skipUnless(noMount === null, noMount ?? ''),
    async () => {
      const device = await signedIn('full-disk');
      mountSmallDisk(device.folder, '2m');
      await device.write('mine.txt', 'mine');
      await put(keyOf('full-disk', 'large.bin'), new Uint8Array(4 * 1024 * 1024).fill(1));
      await put(keyOf('full-disk', 'small.txt'), 'small');
      const ended = await device.cli(['sync', '--once', '--json']);
      expect([1, 4]).toContain(ended.code);
      expect(ended.stderr).toContain('disk');
      expect(ended.stdout).toContain('"disk-full"');
      expect(existsSync(join(device.folder, 'large.bin'))).toBe(false);
      expect(await device.read('mine.txt')).toBe('mine');
      expect((await keysBelow(keyOf('full-disk', 'large.bin'))).length).toBe(1);
      spawnSync('mount', ['-o', 'remount,size=32m', device.folder]);
      await device.sync();
      expect((await readFile(join(device.folder, 'large.bin'))).length).toBe(4 * 1024 * 1024);
      expect(await device.read('small.txt')).toBe('small');
      expect(await get(keyOf('full-disk', 'mine.txt'))).toBe('mine');
    },
  );

  test('a folder renamed away under a running engine stops the pair, which keeps the bucket and resumes', async () => {
    const device = await signedIn('gone');
    await device.write('a.txt', 'a');
    await device.write('b/c.txt', 'c');
    await device.sync();
    await device.serve();
    await device.cli(['status', '--wait', 'idle']);
    await rename(device.folder, `${device.folder}-away`);
    await device.cli(['check']);
    const seen = await waitFor(
      async () => {
        const { stdout } = await device.cli(['status', '--json']);
        const status = JSON.parse(stdout) as { pairs: { state: string; notices: { code: string }[] }[] };
        return status.pairs[0]?.state === 'attention' ? status : null;
      },
      { what: 'the engine to miss its folder' },
    );
    expect(seen.pairs[0]?.notices.map((notice) => notice.code)).toContain('root-missing');
    expect(await get(keyOf('gone', 'a.txt'))).toBe('a');
    expect(await get(keyOf('gone', 'b/c.txt'))).toBe('c');
    expect(existsSync(device.folder)).toBe(false);

    // An empty folder in its place looks like an unmounted disk: the pair waits and requests no approval.
    await mkdir(device.folder);
    await device.cli(['check']);
    await waitFor(
      async () => {
        const { stdout } = await device.cli(['status', '--json']);
        const [pair] = (JSON.parse(stdout) as { pairs: { guards: unknown[]; notices: { code: string }[] }[] })
          .pairs;
        const isAway = pair?.notices.some((notice) => notice.code === 'root-away');
        return isAway === true && pair?.guards.length === 0;
      },
      { what: 'the engine to see the empty folder' },
    );
    expect(await readdir(device.folder)).toEqual([]);
    expect(await get(keyOf('gone', 'a.txt'))).toBe('a');

    await rm(device.folder, { recursive: true });
    await rename(`${device.folder}-away`, device.folder);
    await device.write('d.txt', 'd');
    await device.cli(['check']);
    await waitFor(async () => (await get(keyOf('gone', 'd.txt'))) === 'd', {
      what: 'the engine to resume',
    });
  });
});

describe('this machine', () => {
  test('a port in use ends with exit code 1 and names it', async () => {
    const other = createServer();
    other.listen(0, '127.0.0.1');
    await once(other, 'listening');
    onTestFinished(() => void other.close());
    const address = other.address();
    const port = typeof address === 'object' && address !== null ? String(address.port) : '';
    const ended = await (await newDevice()).cli(['serve', '--port', port, '--json']);
    expect(ended.code).toBe(1);
    expect(oneLineOf(ended)).toContain(port);
    expect(oneLineOf(ended)).toContain('--port');
    expect(errorOf(ended)).toMatchObject({ code: 'port-in-use' });
  });

  test('a damaged state database ends with exit code 1 and says what to move, and then only differences are transferred', async () => {
    const device = await signedIn('corrupt');
    await device.write('a.txt', 'a');
    await device.sync();
    const database = join(device.home, 'pairs', 'docs.db');
    await writeFile(database, Buffer.alloc(20_000, 'garbage '));
    const ended = await device.cli(['sync', '--once', '--json']);
    expect(ended.code).toBe(1);
    expect(oneLineOf(ended)).toContain('.db');
    expect(errorOf(ended)).toMatchObject({ code: 'state-corrupt', pair: 'docs' });
    expect(await get(keyOf('corrupt', 'a.txt'))).toBe('a');
    expect(await device.read('a.txt')).toBe('a');

    for (const name of await readdir(join(device.home, 'pairs')))
      if (name.startsWith('docs.db')) await rm(join(device.home, 'pairs', name));
    const again = await device.sync();
    expect(again.pairs[0]?.counts['upload'] ?? 0).toBe(0);
    expect(again.pairs[0]?.counts['download'] ?? 0).toBe(0);
  });
});
