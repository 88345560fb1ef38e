// An account's settings from the page: credentials for other tools, a profile in the AWS config, certificates.
import { X509Certificate } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import type { AccountRuntime } from '../../main/app/account/runtime.ts';
import { accountCommands } from '../../main/app/setup/account-commands.ts';
import type { AccountDialogs, ProfileQuestion } from '../../main/app/setup/account-commands.ts';
import { composeAccountEdits } from '../../main/compose/live/account-edits.ts';
import type { AccountChange } from '../../main/compose/live/settings.ts';
import { dispatch } from '../../preload/contract.ts';
import type { AccountView, Backend } from '../../preload/contract.ts';
import { companyAuthority } from '../support/company-network.ts';
import { testAccount } from '../support/identity-kit.ts';
import { tempFolder } from '../support/temp.ts';

const { signal } = new AbortController();
const work = { accountId: 'work', profile: 'drift' };

type Kit = {
  readonly dialogs?: Partial<AccountDialogs> | null;
  readonly programs?: AccountView['programs'];
  readonly program?: string | null;
};

async function kit({ dialogs = {}, programs = 'off', program = '/home/a lice/bin/driftless' }: Kit = {}) {
  const home = await tempFolder();
  const file = join(home, 'aws', 'config');
  const asked: ProfileQuestion[] = [];
  const changed: unknown[] = [];
  const changeAccount = async (id: string, { fields, after }: AccountChange): Promise<void> => {
    const made = typeof fields === 'function' ? await fields({}, () => Promise.reject(new Error())) : fields;
    changed.push([id, made]);
    await after?.();
  };
  const account = {
    id: 'work',
    config: testAccount('https://login.example.com', 'driftless'),
    view: () => ({ label: 'Work', programs }),
  } as unknown as AccountRuntime; // what the commands use of it
  const editor = composeAccountEdits({
    home,
    env: { AWS_CONFIG_FILE: file },
    live: {
      changeAccount,
      proxy: { read: () => null, write: () => Promise.resolve() },
      follow: () => Promise.resolve(),
      apply: () => Promise.resolve(),
    },
    program: () => program,
  });
  const commands = accountCommands(
    {
      dialogs:
        dialogs === null
          ? null
          : {
              chooseCertificates: () => Promise.resolve(null),
              confirmCertificates: () => Promise.resolve(true),
              confirmAwsProfile: (question) => {
                asked.push(question);
                return Promise.resolve(true);
              },
              ...dialogs,
            },
      editor,
    },
    (id) => (id === 'work' ? account : undefined),
  );
  return { home, file, asked, changed, commands };
}

function writeConfig(file: string, text: string): void {
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, text);
}

test('what main shows before it writes is what it writes, and removing leaves the file as it was', async () => {
  const { file, asked, commands } = await kit();
  const before = '[default]\nregion = us-east-1';
  writeConfig(file, before);
  const shown = await commands.showAwsProfile(work, signal);
  expect(shown).toMatchObject({ ok: true, value: { file, state: 'absent' } });
  expect(await commands.addAwsProfile(work, signal)).toEqual({ ok: true, value: true });
  const lines = shown.ok ? shown.value.lines : '';
  expect(lines).toContain(
    'credential_process = "/home/a lice/bin/driftless" credentials --account work --home ',
  );
  expect(asked).toEqual([{ file, lines }]);
  expect(readFileSync(file, 'utf8')).toBe(`${before}\n\n${lines}`);
  expect(await commands.showAwsProfile(work, signal)).toMatchObject({ value: { state: 'there' } });
  expect(await commands.removeAwsProfile(work, signal)).toEqual({ ok: true, value: true });
  expect(readFileSync(file, 'utf8')).toBe(`${before}\n`);
  expect(await commands.removeAwsProfile(work, signal)).toEqual({ ok: true, value: false });
});

test('what was added to a profile by hand, or another one of that name, is neither written over nor removed', async () => {
  const { file, commands } = await kit();
  await commands.addAwsProfile(work, signal);
  const mine = `${readFileSync(file, 'utf8')}output = json\n\n[profile other]\nregion = x\n`;
  writeConfig(file, mine);
  expect(await commands.removeAwsProfile(work, signal)).toEqual({ ok: true, value: false });
  writeConfig(file, '[profile drift]\nregion = us-east-1\n');
  expect(await commands.showAwsProfile(work, signal)).toMatchObject({ value: { state: 'taken' } });
  expect(await commands.addAwsProfile(work, signal)).toMatchObject({ error: { code: 'aws-profile-taken' } });
  expect(readFileSync(file, 'utf8')).toBe('[profile drift]\nregion = us-east-1\n');
});

test('a profile between others is removed with its empty line only', async () => {
  const { file, commands } = await kit();
  writeConfig(file, '[profile a]\nregion = x\n');
  await commands.addAwsProfile(work, signal);
  writeConfig(file, `${readFileSync(file, 'utf8')}\n[profile z]\nregion = y\n`);
  expect(await commands.removeAwsProfile(work, signal)).toEqual({ ok: true, value: true });
  expect(readFileSync(file, 'utf8')).toBe('[profile a]\nregion = x\n\n[profile z]\nregion = y\n');
});

test('nothing is written where the user declines, on loopback, or without a command line', async () => {
  const declined = await kit({ dialogs: { confirmAwsProfile: () => Promise.resolve(false) } });
  expect(await declined.commands.addAwsProfile(work, signal)).toEqual({ ok: true, value: false });
  const loopback = await kit({ dialogs: null });
  for (const name of ['showAwsProfile', 'addAwsProfile', 'removeAwsProfile'] as const)
    expect(await loopback.commands[name](work, signal)).toMatchObject({
      error: { code: 'not-on-this-machine' },
    });
  const bare = await kit({ program: null });
  expect(await bare.commands.addAwsProfile(work, signal)).toMatchObject({
    error: { code: 'command-line-missing' },
  });
  const odd = await kit({ program: '/home/$(x)/driftless' });
  expect(await odd.commands.showAwsProfile(work, signal)).toMatchObject({
    error: { code: 'path-unquotable' },
  });
  for (const { file } of [declined, loopback, bare, odd]) await expect(stat(file)).rejects.toThrow('ENOENT');
});

test.each(['default', '', 'a b', 'x]\n[default', '../x', 'a'.repeat(65)])(
  'the page cannot name a profile %j',
  async (profile) => {
    const { commands, asked } = await kit();
    const backend = { commands } as unknown as Backend;
    expect(await dispatch(backend, 'addAwsProfile', { accountId: 'work', profile }, signal)).toMatchObject({
      error: { code: 'bad-request' },
    });
    expect(asked).toEqual([]);
  },
);

test('credentials for other programs are allowed and forbidden again, and not against the administrator', async () => {
  const { commands, changed } = await kit();
  await commands.allowPrograms({ accountId: 'work', isOn: true }, signal);
  await commands.allowPrograms({ accountId: 'work', isOn: false }, signal);
  expect(changed).toEqual([
    ['work', { credentialsEnabled: true }],
    ['work', { credentialsEnabled: undefined }],
  ]);
  for (const [programs, code] of [
    ['forbidden', 'credentials-forbidden'],
    ['not-needed', 'not-supported'],
  ] as const) {
    const other = await kit({ programs });
    expect(await other.commands.allowPrograms({ accountId: 'work', isOn: true }, signal)).toMatchObject({
      error: { code },
    });
    expect(other.changed).toEqual([]);
  }
});

test('certificates come from a file of main’s own dialog only, are shown by name and fingerprint, and are kept as a copy', async () => {
  const chosen = join(await tempFolder(), 'ca.pem');
  writeFileSync(chosen, companyAuthority);
  const confirmCertificates = vi.fn(() => Promise.resolve(true));
  const { home, commands, changed } = await kit({
    dialogs: { chooseCertificates: () => Promise.resolve(chosen), confirmCertificates },
  });
  expect(await commands.chooseAuthorities({ accountId: 'work' }, signal)).toEqual({ ok: true, value: true });
  const { fingerprint256: fingerprint } = new X509Certificate(companyAuthority);
  expect(confirmCertificates).toHaveBeenCalledExactlyOnceWith({
    account: 'Work',
    certificates: [expect.objectContaining({ fingerprint })],
  });
  const copy = join(home, 'certificates', 'work.pem');
  expect((await readFile(copy, 'utf8')).trim()).toBe(companyAuthority.trim());
  expect(changed.at(-1)).toEqual(['work', { caFile: copy }]);
  await commands.forgetAuthorities({ accountId: 'work' }, signal);
  expect(changed.at(-1)).toEqual(['work', { caFile: undefined }]);
  await expect(stat(copy)).rejects.toThrow('ENOENT');
});

test('a file without certificates, a declined question and a page without dialogs change nothing', async () => {
  const chosen = join(await tempFolder(), 'secrets.txt');
  writeFileSync(chosen, 'not a certificate');
  const asked = { accountId: 'work' };
  const wrong = await kit({ dialogs: { chooseCertificates: () => Promise.resolve(chosen) } });
  const answer = await wrong.commands.chooseAuthorities(asked, signal);
  expect(answer).toEqual({ ok: false, error: { code: 'certificates-unreadable', fields: {} } });
  writeFileSync(chosen, companyAuthority);
  const declined = await kit({
    dialogs: {
      chooseCertificates: () => Promise.resolve(chosen),
      confirmCertificates: () => Promise.resolve(false),
    },
  });
  expect(await declined.commands.chooseAuthorities(asked, signal)).toEqual({ ok: true, value: false });
  const loopback = await kit({ dialogs: null });
  expect(await loopback.commands.chooseAuthorities(asked, signal)).toMatchObject({
    error: { code: 'not-on-this-machine' },
  });
  for (const { changed } of [wrong, declined, loopback]) expect(changed).toEqual([]);
});
