// The user's AWS config file: what it held before stays as it was, byte for byte.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { installStanza, readStanza, removeStanza } from '../../main/adapters/config/aws-config-file.ts';
import { tempFolder } from '../support/temp.ts';

const stanza = {
  profile: 'drift',
  command: ['/home/jürgen/driftless', 'credentials', '--account', 'work'],
  region: 'eu-central-1',
  s3Endpoint: null,
  forcePathStyle: false,
};

test.each([
  ['Latin-1', Buffer.from('# J\u00fcrgen\n[profile other]\nregion = eu-west-1\n', 'latin1')],
  ['UTF-8', Buffer.from('# J\u00fcrgen\n[profile other]\nregion = eu-west-1\n', 'utf8')],
])('a file in %s keeps its bytes when a profile is added and removed', async (_name, before) => {
  const path = join(await tempFolder('aws-config'), 'config');
  await writeFile(path, before);
  expect(await installStanza(path, stanza)).toBe('added');
  const added = await readFile(path);
  expect(added.subarray(0, before.length).equals(before)).toBe(true);
  expect(added.subarray(before.length).toString('utf8')).toContain('/home/jürgen/driftless');
  expect([await readStanza(path, stanza), await installStanza(path, stanza)]).toEqual(['there', 'there']);
  expect(await removeStanza(path, stanza)).toBe(true);
  expect((await readFile(path)).equals(before)).toBe(true);
});

test('two profiles that are added at once both stay', async () => {
  const path = join(await tempFolder('aws-config'), 'config');
  const other = { ...stanza, profile: 'other' };
  expect(await Promise.all([stanza, other].map((one) => installStanza(path, one)))).toEqual([
    'added',
    'added',
  ]);
  expect([await readStanza(path, stanza), await readStanza(path, other)]).toEqual(['there', 'there']);
});
