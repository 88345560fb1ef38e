// `driftless login` beside a running engine, which then signs in itself. A stored session is not always
// enough to continue with.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { followSignIn } from '../local-cloud/browserless.ts';
import { personOf } from '../local-cloud/client-kit.ts';
import { cloudForTest, deviceForTest } from '../support/device.ts';
import type { Device } from '../support/device.ts';
import { endOf, signInAddress, startCli } from '../support/driftless-cli.ts';
import type { CliEnd } from '../support/driftless-cli.ts';
import { waitFor } from '../support/wait-for.ts';

/** The user follows the address that this command prints. */
async function withPerson(device: Device, args: readonly string[], name: string): Promise<CliEnd> {
  const child = startCli([...args, '--home', device.home, '--json']);
  const ended = endOf(child);
  const address = await signInAddress(child);
  const redirect = new URL(address).searchParams.get('redirect_uri') ?? '';
  await (await fetch(await followSignIn(address, personOf(device.cloud, name), redirect))).text();
  return ended;
}

async function statusOf(
  device: Device,
): Promise<{ accounts: { state: string }[]; pairs: { state: string }[] }> {
  const ended = await device.cli(['status', '--json']);
  return JSON.parse(ended.stdout) as Awaited<ReturnType<typeof statusOf>>;
}

test('login hands the sign-in to the engine, which resumes at once, and closing the terminal ends the wait', async () => {
  const cloud = await cloudForTest();
  const device = await deviceForTest(cloud.description);
  await device.write('first.txt', 'written before the sign-in');
  const engine = await device.serve();

  const abandoned = startCli(['login', '--home', device.home]);
  const left = endOf(abandoned);
  await signInAddress(abandoned);
  expect((await statusOf(device)).accounts[0]?.state).toBe('signing-in');
  abandoned.kill('SIGTERM');
  await left;
  await waitFor(async () => (await statusOf(device)).accounts[0]?.state === 'new', {
    what: 'the engine to stop waiting',
  });

  const login = await withPerson(device, ['login'], 'alice');
  expect(login, login.stderr).toMatchObject({ code: 0 });
  expect(JSON.parse(login.stdout)).toMatchObject({
    ok: true,
    byEngine: true,
    sub: personOf(cloud.description, 'alice').sub,
    isolation: [{ pair: 'docs', verdict: 'no-sign' }],
  });
  const idle = await device.cli(['status', '--wait', 'idle', '--json']);
  expect(idle, idle.stdout).toMatchObject({ code: 0 });
  expect(cloud.control.counts()).toMatchObject({ AssumeRoleWithWebIdentity: 1 });
  // The address went to the terminal that requested it, not to the engine's.
  expect(engine.stderr()).not.toContain('sign in: ');
  await expect(device.read('first.txt')).resolves.toBe('written before the sign-in');

  // Another user signs in: the pair is bound to the first user and reports that instead of syncing under the
  // wrong name.
  const other = await withPerson(device, ['login'], 'bob');
  expect(other, other.stderr).toMatchObject({ code: 0 });
  await device.write('second.txt', 'of alice');
  await waitFor(
    async () => {
      const text = (await device.cli(['status', '--json'])).stdout;
      return /other-principal/.test(text);
    },
    { what: 'the pair to refuse the other user' },
  );
});

test('with a provider that renews nothing the engine and "sync --sign-in" work, and "sync" alone names the remedy', async () => {
  const cloud = await cloudForTest();
  const device = await deviceForTest(cloud.description);
  cloud.control.patch({ idTokenOnRefresh: false });
  await device.write('a.txt', 'one');
  await device.signIn('alice');

  const alone = await device.cli(['sync', '--once', '--json']);
  expect(alone.code).toBe(3);
  expect(JSON.parse(alone.stdout)).toMatchObject({ error: { code: 'needs-sign-in' } });
  expect(alone.stderr).toMatch(/does not renew.*--sign-in.*driftless serve.*driftless login/);

  const asked = await withPerson(device, ['sync', '--once', '--sign-in'], 'alice');
  expect(asked, asked.stderr).toMatchObject({ code: 0 });
  expect(JSON.parse(asked.stdout)).toMatchObject({ ok: true, pairs: [{ counts: { upload: 1 } }] });

  expect(await device.cli(['sync', '--once'])).toMatchObject({ code: 3 });
  const login = await withPerson(device, ['login'], 'alice');
  expect(login.stderr).toMatch(/only what renews is kept on disk/);

  await device.serve();
  await device.write('b.txt', 'two');
  const byEngine = await withPerson(device, ['login'], 'alice');
  expect(JSON.parse(byEngine.stdout)).toMatchObject({ ok: true, byEngine: true });
  const idle = await device.cli(['status', '--wait', 'idle', '--json']);
  expect(idle, idle.stdout).toMatchObject({ code: 0 });

  // With any sign-in: nothing that STS would accept is on disk.
  for (const folder of [device.home, join(device.home, 'secrets')]) {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      if (entry.isFile())
        expect(await readFile(join(folder, entry.name), 'latin1'), entry.name).not.toMatch(/eyJ[\w-]{20}/);
    }
  }
});
