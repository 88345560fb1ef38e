// Changes of the settings file that are made of what it holds.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ConfigFile } from '../../main/adapters/config/file.ts';
import { goodProfile } from '../support/profiles.ts';
import { tempFolder } from '../support/temp.ts';

const { signal } = new AbortController();

test('what a change is made of is what the one before it has written', async () => {
  const home = await tempFolder();
  const folder = await tempFolder();
  mkdirSync(join(folder, 'docs'));
  const { driftlessProfile: _format, bucket, prefix, ...account } = goodProfile;
  const pair = { id: 'docs', account: 'work', folder: join(folder, 'docs'), bucket, prefix };
  writeFileSync(join(home, 'config.json'), JSON.stringify({ accounts: [account], pairs: [pair] }));
  // Page and verb have one each.
  const [page, verb] = [new ConfigFile({ home, env: {} }), new ConfigFile({ home, env: {} })];
  const ignoring = (rule: string) => (present: Readonly<Record<string, unknown>>) => ({
    ignore: [...((present['ignore'] ?? []) as string[]), rule],
  });
  const limited = (field: string) => (present: Readonly<Record<string, unknown>>) => ({
    limits: { ...(present['limits'] as object | undefined), [field]: 1000 },
  });
  await Promise.all([
    page.changePair('docs', ignoring('a'), signal),
    verb.changePair('docs', ignoring('b'), signal),
    page.changeShared(limited('uploadBytesPerSecond'), signal),
    verb.changeShared(limited('downloadBytesPerSecond'), signal),
  ]);
  expect(JSON.parse(readFileSync(join(home, 'config.json'), 'utf8'))).toEqual({
    accounts: [account],
    pairs: [{ ...pair, ignore: ['a', 'b'] }],
    limits: { uploadBytesPerSecond: 1000, downloadBytesPerSecond: 1000 },
  });
});
