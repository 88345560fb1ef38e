// The line of an AWS profile that starts Driftless: what every reader of the file takes for the same words, and nothing else.
import { expect, test } from 'vitest';
import { awsStanza, stanzaOf } from '../../main/core/config/aws-config.ts';
import { testAccount } from '../support/identity-kit.ts';

const account = testAccount('https://login.example.com', 'driftless');
const lineFor = (program: string, home = '/home/alice'): string =>
  awsStanza(stanzaOf(account, { profile: 'drift', program: [program], home })).split('\n')[1] ?? '';

test.each([
  ['/opt/driftless', '/opt/driftless'],
  ['/opt/a b/driftless', '"/opt/a b/driftless"'],
  ['/opt/c#/driftless', '"/opt/c#/driftless"'],
  ['#own;/driftless', '"#own;/driftless"'],
  ["/opt/it's (here)/driftless", `"/opt/it's (here)/driftless"`],
])('%s is written as %s', (program, word) => {
  expect(lineFor(program)).toBe(
    `credential_process = ${word} credentials --account ${account.id} --home /home/alice`,
  );
});

test.each(['/opt/a #1/driftless', '/opt/a ;1/driftless', '/opt/a\t#1', '/opt/a\u00a0#1', '/opt/a;b ;c'])(
  '%j is refused: AWS SDKs read a comment from there on, within quotes, too',
  (path) => {
    expect(() => lineFor(path)).toThrow(/space before "#" or ";"/u);
    expect(() => lineFor('/opt/driftless', path)).toThrow(RangeError);
  },
);

test.each(['/opt/"a"', '/opt/$a', '/opt/`a`', '/opt/a\nb', '/opt/100%', '/opt/a!', 'C:\\a\\'])(
  '%j is refused: shells read it otherwise than those that split the line themselves',
  (path) => {
    expect(() => lineFor(path)).toThrow(/cannot be quoted safely/u);
  },
);
