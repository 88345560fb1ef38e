// Profiles and pairs on the command line: shown, accepted, added and removed.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { runCli } from '../support/driftless-cli.ts';
import { makeTempFolder } from '../support/temp.ts';
import type { TempFolder } from '../support/temp.ts';

const profile = {
  driftlessProfile: 1,
  id: 'work',
  issuer: 'https://login.example.com/',
  clientId: 'abc',
  accountId: '123456789012',
  exchange: { kind: 'web-identity', roleArn: 'arn:aws:iam::123456789012:role/driftless' },
  region: 'eu-central-1',
  bucket: 'company-files',
  prefix: 'users/{sub}/',
};

let place: TempFolder;
let home: string;
let file: string;

beforeEach(async () => {
  place = await makeTempFolder('profile');
  home = join(place.path, 'home');
  file = join(place.path, 'work.json');
  mkdirSync(join(place.path, 'Notes'));
  writeFileSync(file, JSON.stringify(profile));
});

afterEach(() => place.remove());

const shape = z.looseObject({});

async function driftless(...args: readonly string[]) {
  const { code, stdout, stderr } = await runCli([...args, '--home', home, '--json']);
  return { code, stderr, value: shape.parse(JSON.parse(stdout)) };
}

test('a profile is shown, accepted once, passed on as a link, and changes no account', async () => {
  const shown = await driftless('profile', 'show', file);
  expect(shown).toMatchObject({
    code: 0,
    value: { acceptable: true, account: null, profile: { issuer: profile.issuer } },
  });

  const unasked = await driftless('profile', 'accept', file);
  expect(unasked).toMatchObject({ code: 2, value: { error: { code: 'profile-invalid' } } });
  expect(unasked.stderr).toContain('AWS account: 123456789012');

  const accepted = await driftless('profile', 'accept', file, '--yes');
  expect(accepted).toMatchObject({ code: 0, value: { ok: true, account: 'work', added: true } });
  const text = readFileSync(join(home, 'config.json'), 'utf8');

  const { value } = await driftless(
    'admin',
    'profile',
    '--bucket',
    'company-files',
    '--prefix',
    'users/{sub}/',
    '--link',
  );
  const link = z.string().parse(value['link']);
  expect(await driftless('profile', 'accept', link, '--yes')).toMatchObject({
    code: 0,
    value: { added: false },
  });

  writeFileSync(
    file,
    JSON.stringify({
      ...profile,
      id: 'other',
      exchange: { ...profile.exchange, roleArn: 'arn:aws:iam::123456789012:role/other' },
    }),
  );
  expect(await driftless('profile', 'accept', file, '--yes')).toMatchObject({
    code: 2,
    value: { ok: false },
  });
  expect(readFileSync(join(home, 'config.json'), 'utf8')).toBe(text);
});

test('a foreign host is accepted from a file only when the user names it', async () => {
  writeFileSync(
    file,
    JSON.stringify({
      ...profile,
      exchange: { ...profile.exchange, stsEndpoint: 'https://sts.other.example/' },
    }),
  );
  const refused = await driftless('profile', 'accept', file, '--yes');
  expect(refused).toMatchObject({
    code: 2,
    value: { error: { message: expect.stringContaining("--allow-host 'sts.other.example'") as string } },
  });
  const named = await driftless('profile', 'accept', file, '--yes', '--allow-host', 'sts.other.example');
  expect(named).toMatchObject({ code: 0, value: { added: true } });
});

test('team folders are shown, each with the line that makes it a pair, and passed on', async () => {
  const exchange = { ...profile.exchange, kind: 'access-grants' };
  writeFileSync(file, JSON.stringify({ ...profile, exchange, teamFolders: ['teams/blue/', 'teams/$(x)/'] }));
  const accepted = await driftless('profile', 'accept', file, '--yes');
  expect(accepted).toMatchObject({ code: 2, value: { error: { code: 'profile-invalid' } } });
  writeFileSync(file, JSON.stringify({ ...profile, exchange, teamFolders: ['teams/blue/', 'teams/a b/'] }));
  const good = await driftless('profile', 'accept', file, '--yes');
  expect(good.stderr).toContain('Team folder: bucket company-files, prefix teams/blue/');
  const add = 'driftless pair add --account work --folder DIR --bucket company-files --prefix';
  expect(good.value['teamFolders']).toEqual([
    { prefix: 'teams/blue/', next: `${add} 'teams/blue/' --home ${home}` },
    { prefix: 'teams/a b/', next: `${add} PREFIX --home ${home}` },
  ]);
  const folder = join(place.path, 'Notes');
  const team = ['--bucket', 'company-files', '--prefix', 'teams/blue/'];
  expect(await driftless('pair', 'add', '--folder', folder, ...team)).toMatchObject({ code: 0 });
  const made = await driftless(
    ...['admin', 'profile', '--bucket', 'company-files', '--team-folder', 'teams/blue/'],
  );
  expect(made).toMatchObject({
    code: 0,
    value: { teamFolders: ['teams/blue/'], exchange: { kind: 'access-grants' } },
  });
});

test('pairs are added with a name of their own, listed and removed', async () => {
  await driftless('profile', 'accept', file, '--yes');
  const folder = join(place.path, 'Notes');
  const added = await driftless(
    'pair',
    'add',
    '--folder',
    folder,
    '--bucket',
    'company-files',
    '--prefix',
    'users/{sub}/',
  );
  expect(added).toMatchObject({
    code: 0,
    value: {
      ok: true,
      pair: { id: 'notes', account: 'work', folder, mode: 'two-way', prefix: 'users/{sub}/' },
    },
  });
  // Nothing waits for a look here, as on the page: the next pass syncs, also without a terminal.
  expect(existsSync(join(home, 'pairs', 'notes.paused'))).toBe(false);
  expect(await driftless('pair', 'add', '--folder', folder, '--bucket', 'other-bucket')).toMatchObject({
    code: 2,
    value: { error: { code: 'config-invalid', message: expect.stringContaining('overlaps') as string } },
  });
  expect(await driftless('pair', 'ls')).toMatchObject({ value: { pairs: [{ id: 'notes' }] } });
  expect(await driftless('pair', 'rm', 'notes')).toMatchObject({ code: 0 });
  expect(await driftless('pair', 'ls')).toMatchObject({ value: { pairs: [] } });
  expect(await driftless('pair', 'rm', 'notes')).toMatchObject({ code: 2 });
});

test('the command line refuses the same templates as the library', async () => {
  const args = [
    '--client-id',
    'abc',
    '--account-id',
    '123456789012',
    '--bucket',
    'company-files',
    '--region',
    'eu-central-1',
  ];
  const everyone = '--everyone-at-issuer';
  const made = await driftless(
    'admin',
    'template',
    '--issuer',
    'https://login.example.com/',
    everyone,
    ...args,
  );
  const unpinned = await driftless(
    'admin',
    'template',
    '--issuer',
    'https://accounts.google.com',
    everyone,
    ...args,
  );
  expect([made.code, unpinned.code]).toEqual([0, 2]);
  expect(made.value).toMatchObject({ AWSTemplateFormatVersion: '2010-09-09' });
});
