// Administrator's policy of the machine: applies to every account and fails closed.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { FileSecrets } from '../../main/adapters/system/file-secrets.ts';
import { managedPolicyPath, readManagedPolicy } from '../../main/adapters/config/managed-policy.ts';
import { loadRegistrableDomain } from '../../main/adapters/config/registrable-domain.ts';
import { composeApp } from '../../main/compose/app.ts';
import type { AccountConfig } from '../../main/core/config/config.ts';
import { judgeAccount, noManagedPolicy } from '../../main/core/access/profile.ts';
import type { ManagedPolicy } from '../../main/core/access/profile.ts';
import { testAccount } from '../support/identity-kit.ts';

const never = new AbortController().signal;
const registrableDomain = await loadRegistrableDomain();

test('an unreadable administrator’s policy refuses everything', async () => {
  const home = await mkdtemp(join(tmpdir(), 'driftless-managed-'));
  try {
    const path = join(home, 'policy.json');
    expect(await readManagedPolicy(path, never)).toEqual(noManagedPolicy);
    await writeFile(path, '{"disabled":["links"]}');
    expect(await readManagedPolicy(path, never)).toMatchObject({ disabled: ['links'] });
    for (const bad of ['{', '{"disable":["links"]}', '{"disabled":["everything"]}']) {
      await writeFile(path, bad);
      await expect(readManagedPolicy(path, never)).rejects.toMatchObject({ code: 'config-invalid' });
    }
    await writeFile(path, `{"hosts":[${'"a.example",'.repeat(10_000)}"b.example"]}`);
    await expect(readManagedPolicy(path, never)).rejects.toMatchObject({ code: 'config-invalid' });
    expect(managedPolicyPath('linux')).toBe('/etc/driftless/policy.json');
  } finally {
    await rm(home, { recursive: true, force: true });
  }
});

test('no environment variable of the user changes the path of the administrator’s policy', () => {
  // Not ProgramData, where any user may create what does not exist yet.
  const fixed = 'C:\\Program Files\\Common Files\\Driftless\\policy.json';
  for (const name of ['CommonProgramW6432', 'CommonProgramFiles', 'ProgramData', 'SystemDrive'])
    vi.stubEnv(name, 'D:\\mine');
  try {
    expect(managedPolicyPath('win32')).toBe(fixed);
  } finally {
    vi.unstubAllEnvs();
  }
});

describe('the administrator’s policy on accounts written into the settings by another program', () => {
  const account = testAccount('https://login.example.com/', 'abc', {
    accountId: '123456789012',
    development: false,
  });
  const stranger = 'https://s3.stranger.example/';
  const roleAt = (stsEndpoint: string | null): AccountConfig['exchange'] => ({
    ...{ kind: 'web-identity', stsEndpoint, durationSeconds: 3600 },
    roleArn: 'arn:aws:iam::210987654321:role/driftless',
  });
  const rows: readonly (readonly [string, Partial<AccountConfig>, Partial<ManagedPolicy>, RegExp | null])[] =
    [
      ['nothing said', {}, {}, null],
      ['its issuer', {}, { issuers: ['https://login.example.com/'] }, null],
      ['another issuer', {}, { issuers: ['https://other.example.com/'] }, /issuer is not one/],
      ['its AWS account', {}, { accounts: ['123456789012'] }, null],
      ['another AWS account', {}, { accounts: ['210987654321'] }, /accountId is not one/],
      ['no AWS account at AWS', { accountId: null }, { accounts: ['123456789012'] }, /accountId is not one/],
      [
        'a role of another AWS account beside a store without accounts',
        { accountId: null, s3Endpoint: stranger, exchange: roleAt(null) },
        { accounts: ['123456789012'] },
        /exchange\.roleArn is of an AWS account that the administrator/,
      ],
      [
        'a store without accounts',
        { accountId: null, s3Endpoint: stranger, exchange: roleAt(stranger) },
        { accounts: [] },
        null,
      ],
      ['that store', { s3Endpoint: stranger }, { hostsOnly: true }, /s3Endpoint names s3.stranger.example/],
      [
        'that store, spelled otherwise',
        { s3Endpoint: 'https://s3.stranger.example./' },
        { hostsOnly: true },
        /s3Endpoint must not end its host with a dot/,
      ],
      [
        'that store with a query',
        { s3Endpoint: `${stranger}?x` },
        { hostsOnly: true },
        /must not have a query/,
      ],
      [
        'something on this machine that may hand it on',
        { s3Endpoint: 'http://127.0.0.1:9000/' },
        { hostsOnly: true },
        /s3Endpoint must start with https/,
      ],
      [
        'no AWS account at AWS under another name',
        { accountId: null, s3Endpoint: 'https://s3-us-west-2.amazonaws.com./' },
        { accounts: ['123456789012'] },
        /accountId is not one/,
      ],
      [
        'that store by name',
        { s3Endpoint: stranger },
        { hostsOnly: true, hosts: ['s3.stranger.example'] },
        null,
      ],
      ['AWS and the own domain', { s3Endpoint: 'https://s3.example.com/' }, { hostsOnly: true }, null],
      ['the browser', {}, { disabled: ['device'] }, null],
      ['a device code', { identity: { kind: 'device' } }, { disabled: ['device'] }, /device.*switched off/],
    ];
  test.each(rows)(
    "the administrator's policy decides about an account: %s",
    (_name, changes, managed, expected) => {
      const problems = judgeAccount(
        { ...account, ...changes },
        { managed: { ...noManagedPolicy, ...managed }, registrableDomain },
      );
      if (expected === null) expect(problems).toEqual([]);
      else expect(problems).toEqual([expect.stringMatching(expected)]);
    },
  );

  test('a violated policy stops the program before any request is sent', async () => {
    const home = await mkdtemp(join(tmpdir(), 'driftless-managed-'));
    try {
      const policyPath = join(home, 'policy.json');
      const { id, issuer, clientId, region, exchange } = account;
      await writeFile(
        join(home, 'config.json'),
        JSON.stringify({ accounts: [{ id, issuer, clientId, region, exchange }] }),
      );
      const compose = () =>
        composeApp(
          {
            home,
            policyPath,
            secrets: new FileSecrets(join(home, 'secrets')),
            launch: () => Promise.reject(new Error('nothing is to be opened')),
            logLevel: 'debug',
            writeLog: () => undefined,
            isPackaged: false,
            version: '0.1.0',
            env: {},
          },
          never,
        );
      expect((await compose()).accounts).toHaveLength(1);
      await writeFile(policyPath, '{"issuers":[]}');
      await expect(compose()).rejects.toMatchObject({
        code: 'config-invalid',
        message: expect.stringMatching(/account "work" is refused: issuer is not one/) as unknown,
      });
      await writeFile(policyPath, '{"issuers"');
      await expect(compose()).rejects.toMatchObject({ code: 'config-invalid' });
    } finally {
      await rm(home, { recursive: true });
    }
  });
});
