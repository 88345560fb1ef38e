// Setting up with an AWS account of one's own: every field judged, and a profile that its own reader accepts.
import { expect, test } from 'vitest';
import { profileDocument, parseProfile } from '../../main/adapters/config/profile-file.ts';
import { checkOwnAccount, ownProfile } from '../../main/app/setup/own-account.ts';
import type { OwnAccount } from '../../preload/contract.ts';
import { de } from '../../preload/locales/de.ts';
import { en } from '../../preload/locales/en.ts';

const good: OwnAccount = {
  issuer: 'https://login.example.com/',
  clientId: '0oa4driftless8x5d7',
  awsAccount: '1234-5678-9012',
  bucket: 'alice-files',
  region: 'eu-central-1',
  subject: '',
  isEveryone: true,
};

test('a template is made of right fields, and a profile that names the role of the template', () => {
  const { problems, template } = checkOwnAccount(good);
  expect(problems).toEqual([]);
  const text = template ?? '';
  expect(text).toContain('"AWS::S3::Bucket"');
  expect(text).toContain('"RoleName": "driftless"');
  const profile = ownProfile(good);
  if (profile === null) throw new Error('no profile');
  expect(parseProfile(JSON.stringify(profileDocument(profile)))).toEqual(profile);
  expect(profile.exchange).toMatchObject({ roleArn: 'arn:aws:iam::123456789012:role/driftless' });
});

test('one user id pins the role to that user', () => {
  const { template } = checkOwnAccount({ ...good, subject: 'alice-1', isEveryone: false });
  expect(template).toContain('alice-1');
});

test.each<[Partial<OwnAccount>, string, string]>([
  [{ issuer: '' }, 'issuer', 'issuer-https'],
  [{ issuer: 'login.example.com' }, 'issuer', 'issuer-https'],
  [{ issuer: 'http://login.example.com' }, 'issuer', 'issuer-https'],
  [{ issuer: 'https://' }, 'issuer', 'issuer-https'],
  [{ issuer: 'https://login.example.com:8443/' }, 'issuer', 'issuer-plain'],
  [{ issuer: 'https://10.0.0.7/' }, 'issuer', 'issuer-private'],
  [{ issuer: 'https://nas.local/' }, 'issuer', 'issuer-private'],
  [{ clientId: 'two words' }, 'clientId', 'client-id'],
  [{ clientId: '*' }, 'clientId', 'client-id'],
  [{ awsAccount: '12345678901' }, 'awsAccount', 'account'],
  [{ bucket: 'Alice_Files' }, 'bucket', 'bucket'],
  [{ region: 'Frankfurt' }, 'region', 'region'],
  [{ isEveryone: false }, 'subject', 'subject-missing'],
  [{ subject: 'a/b' }, 'subject', 'subject-name'],
  [{ issuer: 'https://accounts.google.com' }, 'subject', 'subject-shared'],
])('%j is stated at its field, in both languages', (change, field, why) => {
  const typed = { ...good, ...change };
  expect(checkOwnAccount(typed)).toEqual({ problems: [{ field, why }], template: null });
  expect(ownProfile(typed)).toBeNull();
  for (const words of [en, de]) expect(words[`own.problem.${why}`]).toBeTypeOf('string');
});
