// Output of the smaller verbs, compared with docs/schemas, with and without an engine.
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { personOf } from '../local-cloud/client-kit.ts';
import { faultsOf } from '../support/output-shapes.ts';
import { cloudForTest, deviceForTest } from '../support/device.ts';
import type { Device } from '../support/device.ts';
import { signInByCli } from '../support/driftless-cli.ts';
import { waitFor } from '../support/wait-for.ts';

/** Runs one verb to its end; returns its output. */
async function shaped(device: Device, schema: string, args: readonly string[], code = 0): Promise<unknown> {
  const ended = await device.cli([...args, '--json']);
  expect(ended.code, `${args.join(' ')}: ${ended.stderr}`).toBe(code);
  expect(await faultsOf(schema, ended), args.join(' ')).toEqual([]);
  return JSON.parse(ended.stdout);
}

test('the administrator’s verbs, profiles, pairs and credentials print the published shapes', async () => {
  const cloud = await cloudForTest();
  const device = await deviceForTest(cloud.description);
  const answers = [
    '--issuer',
    'https://login.example.com/',
    '--client-id',
    'abc',
    '--bucket',
    'company-files',
    '--everyone-at-issuer',
  ];
  const aws = ['--account-id', '123456789012', '--region', 'eu-central-1'];
  for (const format of ['cloudformation', 'terraform', 'json'])
    await shaped(device, 'admin-template', ['admin', 'template', ...answers, ...aws, '--format', format]);
  await shaped(device, 'error', ['admin', 'template', ...answers, '--region', 'x'], 2);
  const issuer = ['--issuer', 'https://login.example.com/'];
  await shaped(device, 'admin-revoke', ['admin', 'revoke', ...issuer, '--sub', 'alice']);

  await device.editConfig((config) => {
    config.accounts.push({
      id: 'other',
      issuer: 'https://login.example.com/',
      clientId: 'abc',
      exchange: { kind: 'web-identity', roleArn: 'arn:aws:iam::123456789012:role/driftless' },
      region: 'eu-central-1',
    });
    Object.assign(config.accounts[0] ?? {}, { credentialsEnabled: true });
  });
  const profiled = ['admin', 'profile', '--account', 'other', '--bucket', 'company-files'];
  expect((await device.cli(profiled)).stderr).toContain(
    'asks for the 12 digits 123456789012; send them apart',
  );
  const document = await shaped(device, 'admin-profile', profiled);
  await shaped(device, 'admin-profile', [...profiled, '--link']);
  const file = join(device.home, 'profile.json');
  await writeFile(file, JSON.stringify(document));
  await shaped(device, 'profile-show', ['profile', 'show', file]);
  await shaped(device, 'profile-accept', ['profile', 'accept', file, '--yes']);

  expect(
    await shaped(device, 'limits', ['limits', '--up', '512k', '--timetable', '08:00,1M 18:00,off']),
  ).toMatchObject({ uploadBytesPerSecond: 524_288, downloadBytesPerSecond: null });
  expect(await shaped(device, 'limits', ['limits', '--up', 'off', '--down', '1500b'])).toMatchObject({
    ...{ uploadBytesPerSecond: null, downloadBytesPerSecond: 1500, timetable: '08:00,1M 18:00,off' },
  });
  await shaped(device, 'limits', ['limits', '--timetable', 'off', '--down', 'off']);
  await shaped(device, 'error', ['limits', '--up', 'fast'], 2);
  await shaped(device, 'error', ['limits', '--timetable', '25:00,1M'], 2);
  const proxied = await shaped(device, 'config', ['config', 'set', 'proxy', 'http://proxy.example.com:8080']);
  expect(proxied).toMatchObject({ proxy: 'http://proxy.example.com:8080' });
  await shaped(device, 'error', ['config', 'set', 'proxy', 'http://me:pw@proxy.example.com:1'], 2);
  await shaped(device, 'config', ['config', 'set', 'credentials', 'off', '--account', 'work']);
  expect(
    await shaped(device, 'config', ['config', 'set', 'credentials', 'on', '--account', 'work']),
  ).toMatchObject({ accounts: [{ account: 'work', credentialsEnabled: true }, { account: 'other' }] });
  await shaped(device, 'error', ['config', 'set', 'ca-file', file, '--account', 'work'], 2);
  await shaped(device, 'config', ['config', 'unset', 'proxy']);
  expect(await shaped(device, 'config', ['config', 'show'])).toMatchObject({ proxy: null });

  await shaped(device, 'pair-ls', ['pair', 'ls']);
  const rest = device.folder.replace(/folder$/, 'home-of-more');
  await device.editConfig((config) => {
    config.pairs = [];
  });
  await writeFile(join(device.folder, 'x'), '');
  const added = [
    'pair',
    'add',
    '--account',
    'work',
    '--folder',
    device.folder,
    '--bucket',
    cloud.description.bucket,
  ];
  expect(await shaped(device, 'pair-add', [...added, '--id', 'docs'])).toMatchObject({
    pair: { prefix: 'users/{sub}/' },
  });
  await shaped(device, 'error', ['pair', 'add', '--account', 'work', '--folder', rest, '--bucket', 'b-b'], 2);

  const login = await signInByCli(device.home, personOf(cloud.description, 'alice'), ['--account', 'work']);
  expect(login, login.stderr).toMatchObject({ code: 0 });
  expect(await faultsOf('login', login)).toEqual([]);
  await shaped(device, 'credentials', ['credentials', '--account', 'work']);
  const install = ['credentials', '--account', 'work', '--install', 'drift', '--yes'];
  const config = join(device.home, 'aws-config');
  const installed = await device.cli([...install, '--json'], { env: { AWS_CONFIG_FILE: config } });
  expect(await faultsOf('credentials-install', installed)).toEqual([]);
  expect(await readFile(config, 'utf8')).toContain('[profile drift]');
  await shaped(device, 'doctor', ['doctor', '--account', 'work']);
  await shaped(device, 'doctor', ['doctor', '--account', 'other'], 1);
  await shaped(device, 'logout', ['logout']);
  await shaped(device, 'pair-rm', ['pair', 'rm', 'docs']);
});

test('the verbs for single files and those of a running engine print the published shapes', async () => {
  const cloud = await cloudForTest();
  const device = await deviceForTest(cloud.description);
  await cloud.control.setVersioning(cloud.description.bucket, 'enabled');
  await device.signIn('alice');
  await device.write('docs/plan.txt', 'first');
  await device.sync();
  await device.write('docs/plan.txt', 'second');
  await device.sync();
  await rm(join(device.folder, 'docs/plan.txt'));
  await device.sync();
  await shaped(device, 'versions', ['versions', 'docs/plan.txt']);
  await shaped(device, 'trash', ['trash', 'ls']);
  await shaped(device, 'conflicts-ls', ['conflicts', 'ls']);
  await shaped(device, 'error', ['conflicts', 'keep', 'docs/plan.txt', 'this'], 1);
  await shaped(device, 'restored', ['restore', 'docs/plan.txt']);
  const many = await shaped(device, 'trash-restored', ['trash', 'restore', '--under', 'docs']);
  expect(many).toMatchObject({ restored: [{ from: 'docs/plan.txt' }], failed: [] });
  await device.sync();
  await shaped(device, 'ls', ['ls']);
  await shaped(device, 'share', ['share', 'docs/plan.txt']);
  await shaped(device, 'error', ['restore', 'never.txt'], 1);
  await shaped(device, 'error', ['check'], 2);

  await device.serve();
  await waitFor(async () => (await device.cli(['status', '--wait', 'idle'])).code === 0, {
    what: 'an idle engine',
  });
  for (const verb of ['pause', 'resume', 'check']) await shaped(device, 'done', [verb]);
  await shaped(device, 'page-url', ['status', '--page-url']);
  await shaped(device, 'ls', ['ls', 'docs']);
  await shaped(device, 'error', ['sync', '--once'], 3);
});
