// The trust policies in docs/identity-providers.md are those that the templates hold.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { TemplateAnswers } from '../../main/core/admin/answers.ts';
import { trustPolicy } from '../../main/core/admin/policies.ts';
import { plainAnswers } from '../support/template-answers.ts';

const recipes = readFileSync(new URL('../../docs/identity-providers.md', import.meta.url), 'utf8');

/** Keyed by the heading that each policy stands under. */
function documentedPolicies(): Readonly<Record<string, unknown>> {
  const sections = recipes.split(/^#+ /m);
  return Object.fromEntries(
    sections.flatMap((section) => {
      const [heading = ''] = section.split('\n');
      const [, text] = /```json\n(\{\s*"Version"[^]*?)```/.exec(section) ?? [];
      return text === undefined ? [] : [[heading, JSON.parse(text) as unknown]];
    }),
  );
}

test('the trust policies in the recipes equal those of the templates', () => {
  const of = (changes: Partial<TemplateAnswers>) =>
    trustPolicy({ ...plainAnswers, issuer: 'https://PROVIDER', clientId: 'CLIENT-ID', ...changes });
  expect(documentedPolicies()).toEqual({
    'Identity providers and stores': of({}),
    Google: of({ issuer: 'https://accounts.google.com', subjects: ['SUB'] }),
    Cognito: of({ exchange: 'cognito', identityPoolId: 'eu-central-1:POOL-GUID' }),
    'SAML and delegation': of({
      exchange: 'saml',
      principalArn: 'arn:aws:iam::123456789012:saml-provider/NAME',
    }),
    Ceph: of({ exchange: 'per-user-role', accountId: null, subjects: ['SUB'] }),
  });
});
