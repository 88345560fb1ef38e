// What a user types in a terminal to accept a profile.
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import type { CliIo } from '../../main/cli/io.ts';
import { parseProfile } from '../../main/adapters/config/profile-file.ts';
import { isConfirmed, runProfileShow } from '../../main/cli/verbs/profile.ts';
import { goodProfile, linkOf } from '../support/profiles.ts';

const never = new AbortController().signal;

const store = { s3Endpoint: 'https://store.example.com', forcePathStyle: true };
const profileOf = (fields: object) => parseProfile(JSON.stringify({ ...goodProfile, ...fields }));

async function answers(fields: object, typed: string): Promise<{ isYes: boolean; asked: string }> {
  const [input, output] = [Object.assign(new PassThrough(), { isTTY: true }), new PassThrough()];
  input.end(`${typed}\n`);
  const isYes = await isConfirmed(profileOf(fields), { input, output }, never);
  return { isYes, asked: String(output.read()) };
}

test.each([
  ['123456789012', '123456789012', true],
  ['123456789012', ' 123456789012 ', true],
  ['123456789012', 'yes', false],
  ['123456789012', '', false],
  ['123456789012', '123456789013', false],
  [null, 'yes', true],
  [null, 'y', false],
])(
  'a profile of the AWS account %s is not accepted by a mere yes: "%s" gives %s',
  async (account, typed, isYes) => {
    const given = await answers({ accountId: account, ...(account === null ? store : {}) }, typed);
    expect(given.isYes).toBe(isYes);
    expect(given.asked).toContain(account === null ? 'Type yes' : 'Type the 12 digits');
  },
);

test('the question says where files go, to AWS or to another store', async () => {
  expect((await answers({}, '')).asked).toContain('Files will go to the AWS account above.');
  for (const accountId of [goodProfile.accountId, null]) {
    const { asked } = await answers({ accountId, ...store }, '');
    expect(asked).toContain('Files will go to store.example.com, which is not AWS.');
    expect(asked).not.toContain('to the AWS account');
  }
});

test('without a terminal nothing is accepted, and it says how to', async () => {
  const pipe = { input: new PassThrough(), output: new PassThrough() };
  await expect(isConfirmed(profileOf({ accountId: null, ...store }), pipe, never)).rejects.toMatchObject({
    code: 'profile-invalid',
    message: expect.stringContaining('--yes') as string,
  });
});

test.each([
  ['teams/everyone/', /^Shared: .*company-files\/teams\/everyone\//mu],
  ['', /^Shared: .*company-files\//mu],
  ['users/{sub}/', null],
])('a profile whose folder has the prefix "%s" says whether others share it', async (prefix, line) => {
  let shown = '';
  const io: CliIo = {
    ...{ home: '/nowhere/driftless', isJson: false, isVerbose: false, isTerminal: false, progress: null },
    print: (_value, words) => (shown += words),
    say: () => undefined,
  };
  await runProfileShow(io, linkOf({ ...goodProfile, prefix }), never);
  if (line === null) expect(shown).not.toContain('Shared:');
  else expect(shown).toMatch(line);
});
