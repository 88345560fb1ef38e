// Expiry of AWS access that was issued before a sign-out.
import { expect, test } from 'vitest';
import type { AccountConfig } from '../../main/core/config/config.ts';
import { accessEndWords, longestSessionMs } from '../../main/core/access/access-end.ts';
import { testAccount } from '../support/identity-kit.ts';

const roleArn = 'arn:aws:iam::123456789012:role/driftless';
const principalArn = 'arn:aws:iam::123456789012:saml-provider/idp';
const stsEndpoint = null;
const hourMs = 3_600_000;

const rows: readonly (readonly [string, Partial<AccountConfig>, number])[] = [
  [
    'web identity',
    { exchange: { kind: 'web-identity', roleArn, stsEndpoint, durationSeconds: 900 } },
    hourMs / 4,
  ],
  [
    'longer for other programs',
    {
      exchange: { kind: 'web-identity', roleArn, stsEndpoint, durationSeconds: 900 },
      credentialsSession: { durationSeconds: 7200 },
    },
    2 * hourMs,
  ],
  [
    'shorter for other programs',
    {
      exchange: { kind: 'web-identity', roleArn, stsEndpoint, durationSeconds: 7200 },
      credentialsSession: { durationSeconds: 900 },
    },
    2 * hourMs,
  ],
  [
    'SAML',
    {
      exchange: {
        kind: 'saml',
        assertionUrl: 'https://login.example.com/saml',
        roleArn,
        principalArn,
        stsEndpoint,
        durationSeconds: 1800,
      },
    },
    hourMs / 2,
  ],
  [
    'a delegation endpoint, which names no time: the longest that AWS allows a role',
    {
      exchange: {
        kind: 'delegation',
        url: 'https://login.example.com/delegation',
        roleArn,
        principalArn,
        stsEndpoint,
      },
    },
    12 * hourMs,
  ],
  [
    'a Cognito identity pool',
    {
      exchange: {
        kind: 'cognito',
        identityPoolId: 'eu-central-1:11111111-2222-3333-4444-555555555555',
        loginKey: 'login.example.com',
        endpoint: null,
      },
    },
    hourMs,
  ],
];

test.each(rows)('the longest session is computed for %s', (_name, changes, expected) => {
  expect(longestSessionMs(testAccount('https://login.example.com/', 'abc', changes))).toBe(expected);
});

test('the end of access is shown in local time and never a minute too early', () => {
  const onTheMinute = new Date(2031, 4, 6, 7, 8).getTime();
  expect(accessEndWords({ untilMs: onTheMinute, isKnown: true })).toBe(
    'AWS access already issued works until 07:08.',
  );
  expect(accessEndWords({ untilMs: onTheMinute + 1, isKnown: false })).toBe(
    'AWS access already issued works at the latest until 07:09.',
  );
});
