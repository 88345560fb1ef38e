// Pins of a trust policy: what is no pin, what IAM does not take, issuers of the public in other spellings.
import { expect, test } from 'vitest';
import type { TemplateAnswers } from '../../main/core/admin/answers.ts';
import { poolPlaceholder, trustPolicy } from '../../main/core/admin/policies.ts';
import { makeTemplate } from '../../main/core/admin/template.ts';
import { plainAnswers } from '../support/template-answers.ts';

test.each<[string, Partial<TemplateAnswers>]>([
  ['a subject', { subjects: ['Алиса'] }],
  ['a subject under a fixed prefix', { subjects: ['研究/1'], prefix: 'team/' }],
  ['a claim', { tenant: [{ claim: 'dept', value: '研究' }] }],
])('%s with characters that a policy cannot hold is refused', (_what, answers) => {
  expect(makeTemplate({ ...plainAnswers, ...answers }, 'json')).toMatchObject({
    kind: 'refused',
    problems: [expect.stringContaining('U+00FF')],
  });
});

test('another store takes every subject that is a folder name', () => {
  const store = { exchange: 'per-user-role', accountId: null, subjects: ['Алиса'] } as const;
  expect(makeTemplate({ ...plainAnswers, ...store }, 'json').kind).toBe('template');
});

test.each(['aud', 'AUD', 'azp', 'iss', 'sub', 'amr', 'email_verified', 'typ'])(
  'the claim %s is no pin, and takes the place of no other pin',
  (claim) => {
    const google = { issuer: 'https://accounts.google.com', isEveryoneAtIssuer: true };
    for (const [answers, subjects] of [
      [google, []],
      [{}, []],
      [{}, ['alice']],
    ] as const)
      expect(
        makeTemplate({ ...plainAnswers, ...answers, subjects, tenant: [{ claim, value: 'abc' }] }, 'json'),
      ).toMatchObject({ kind: 'refused', problems: [expect.stringContaining('is no pin')] });
  },
);

test('a claim is pinned to one value', () => {
  const tenant = ['a.example', 'b.example'].map((value, at) => ({ claim: at === 0 ? 'hd' : 'HD', value }));
  expect(makeTemplate({ ...plainAnswers, tenant }, 'json')).toMatchObject({
    kind: 'refused',
    problems: Array(2).fill(expect.stringContaining('names a claim twice')),
  });
});

test.each(['https://accounts.google.com.', 'https://token.actions.githubusercontent.com./org'])(
  'the issuer %s is another spelling of its host, and refused',
  (issuer) => {
    expect(makeTemplate({ ...plainAnswers, issuer, isEveryoneAtIssuer: true }, 'json')).toMatchObject({
      kind: 'refused',
      problems: [expect.stringContaining('must not end its host with a dot')],
    });
  },
);

test('the length of a trust policy counts the pool id that the template makes', () => {
  const answersFor = (count: number) => ({
    ...{ ...plainAnswers, exchange: 'cognito' as const },
    subjects: Array.from({ length: count }, (_one, at) => `subject-of-twenty-${String(10 + at)}`),
  });
  const counts = Array.from({ length: 90 }, (_one, at) => at + 1);
  const isTaken = (count: number) => makeTemplate(answersFor(count), 'cloudformation').kind === 'template';
  const lengthWith = (count: number) =>
    JSON.stringify(trustPolicy(answersFor(count))).replaceAll(poolPlaceholder, 'x'.repeat(55)).length;
  expect(counts.filter((count) => isTaken(count))).toEqual(
    counts.filter((count) => lengthWith(count) <= 2048),
  );
});

test.each([
  ...[
    'https://slack.com',
    'https://id.twitch.tv/oauth2',
    'https://www.linkedin.com/oauth',
    'https://api.login.yahoo.com',
  ],
  ...['https://access.line.me', 'https://kauth.kakao.com', 'https://orcid.org', 'https://discord.com'],
  ...[
    'https://issuer.hello.coop',
    'https://appleid.apple.com',
    'https://oidc.eks.eu-west-1.amazonaws.com/id/ABC',
  ],
])('the issuer %s serves the public, and is pinned by a subject or not at all', (issuer) => {
  const open = { ...plainAnswers, issuer, isEveryoneAtIssuer: true };
  expect(makeTemplate(open, 'json')).toMatchObject({
    kind: 'refused',
    problems: [expect.stringContaining('serves everybody')],
  });
  expect(makeTemplate({ ...open, subjects: ['alice'] }, 'json').kind).toBe('template');
});
