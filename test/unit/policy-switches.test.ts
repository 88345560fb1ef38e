// What the administrator's policy switches off while the program runs: credentials for other programs, and links to files.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isSharingAllowed } from '../../main/adapters/config/managed-policy.ts';
import { makeLinks } from '../../main/adapters/s3/links.ts';
import type { AccountRuntime } from '../../main/app/account/runtime.ts';
import { shareFile } from '../../main/app/files/file-services.ts';
import { credentialsOf } from '../../main/control/credentials.ts';
import { relPath } from '../../main/core/model/path.ts';
import type { PairContext } from '../../main/sync/context.ts';
import { tempFolder } from '../support/temp.ts';

const never = new AbortController().signal;
const keys = {
  ...{ accessKeyId: 'AK', secretAccessKey: 'SK', sessionToken: 'ST' },
  expiresAtMs: 0,
};

function accountWith(credentialsEnabled: boolean) {
  let asked = 0;
  const account = {
    id: 'work',
    config: { credentialsEnabled },
    programCredentials: {
      get: () => {
        asked += 1;
        return Promise.resolve(keys);
      },
    },
  } as unknown as AccountRuntime;
  return { account, asked: () => asked };
}

async function policy(text: string): Promise<string> {
  const path = join(await tempFolder(), 'policy.json');
  await writeFile(path, text);
  return path;
}

test.each([
  ['the account does not allow it', false, '{}', /driftless config set credentials on --account work/],
  ['the administrator does not', true, '{"disabled":["credentials"]}', /switched off on this machine/],
  ['the policy cannot be read', true, '{', /policy/],
])('no credentials are given or even traded where %s', async (_name, isEnabled, text, words) => {
  const { account, asked } = accountWith(isEnabled);
  await expect(credentialsOf(account, null, never, await policy(text))).rejects.toMatchObject({
    message: expect.stringMatching(words) as string,
  });
  expect(asked()).toBe(0);
});

test('a policy about something else leaves the credentials to the account', async () => {
  const { account } = accountWith(true);
  const given = await credentialsOf(account, null, never, await policy('{"disabled":["share"]}'));
  expect(given).toMatchObject({ AccessKeyId: 'AK', SessionToken: 'ST' });
});

test('no link to a file is made where the administrator switched sharing off, and no request is sent for it', async () => {
  const path = await policy('{"disabled":["share"]}');
  const links = makeLinks((by) => isSharingAllowed(path, by));
  const untouchable = new Proxy({} as PairContext, {
    get: () => {
      throw new Error('something was asked');
    },
  });
  const wish = { path: relPath('a.txt'), account: accountWith(true).account, expiresInSeconds: null };
  await expect(shareFile(untouchable, links, wish, never)).rejects.toMatchObject({ code: 'share-disabled' });
});
