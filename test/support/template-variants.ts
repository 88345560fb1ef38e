// Every kind of template that `driftless admin template` makes, as answers: one per exchange, and one per answer that changes the document.
import type { TemplateAnswers } from '../../main/core/admin/answers.ts';
import { plainAnswers } from './template-answers.ts';

const saml = 'arn:aws:iam::123456789012:saml-provider/idp';

/** Names are folder names too. All of these can be had in every format. */
export const templateVariants: Readonly<Record<string, TemplateAnswers>> = answersOf({
  'web-identity': {},
  'web-identity-provider-there': { isProviderThere: true },
  'web-identity-by-tag': { prefix: 'teams/{tag:team}/' },
  // Signs that Terraform would read as its own, unless they are escaped.
  'pinned-subjects-in-one-folder': {
    prefix: 'ci/',
    subjects: ['repo:org/name:ref:refs/heads/main', '%{if}:100%%{x}'],
  },
  'google-with-subjects': { issuer: 'https://accounts.google.com', subjects: ['1234567890'] },
  'google-with-a-claim': {
    issuer: 'https://accounts.google.com',
    tenant: [{ claim: 'hd', value: 'example.com' }],
  },
  saml: { exchange: 'saml', principalArn: saml },
  'saml-by-tag': { exchange: 'saml', principalArn: saml, prefix: 'teams/{tag:team}/' },
  delegation: { exchange: 'delegation', principalArn: saml },
  'existing-pool': {
    exchange: 'cognito',
    identityPoolId: 'eu-central-1:11111111-2222-3333-4444-555555555555',
  },
  // Without Object Lock: its own row below has it alone.
  encryption: {
    kmsKeyArn: 'arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555',
  },
  'object-lock': { objectLockDays: 30 },
  audit: { auditBucket: 'company-audit', noncurrentDays: 1 },
  'longest-and-oddest-names': {
    roleName: `=a+b=c,d.e@f--${'x'.repeat(50)}`,
    clientId: '0oa:odd/client|id@example.com',
    bucket: `a.b--${'c'.repeat(58)}`,
    auditBucket: 'company-audit',
  },
  'team-folders': { teamFolders: ['teams/blue/', 'teams/green and red/'], sessionHours: 4 },
  'team-folders-instance-there': {
    teamFolders: ['teams/100% ours/', 'shared/'],
    isGrantsInstanceThere: true,
  },
  china: { region: 'cn-north-1' },
  'government-cloud': { region: 'us-gov-west-1' },
  'everything-offered': {
    kmsKeyArn: 'arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555',
    objectLockDays: 30,
    auditBucket: 'company-audit',
    teamFolders: ['teams/blue/'],
  },
});

/** Not as plain JSON, which cannot make the pool. */
export const poolVariants: Readonly<Record<string, TemplateAnswers>> = answersOf({
  'own-pool': { exchange: 'cognito' },
  'own-pool-provider-there': { exchange: 'cognito', isProviderThere: true },
  'own-pool-odd-names': { exchange: 'cognito', roleName: '=a+b=c,d.e@f', auditBucket: 'company-audit' },
});

/** Only as plain JSON: the template is a list of roles for a store that has neither CloudFormation nor Terraform. */
export const perUserVariants: Readonly<Record<string, TemplateAnswers>> = answersOf({
  'per-user-role': { exchange: 'per-user-role', subjects: ['alice', 'auth0|5f7c8ec7c33c6c004bbafe82'] },
  'per-user-role-without-accounts': {
    exchange: 'per-user-role',
    issuer: 'http://127.0.0.1:3000',
    accountId: null,
    subjects: ['alice'],
  },
});

function answersOf(
  variants: Readonly<Record<string, Partial<TemplateAnswers>>>,
): Readonly<Record<string, TemplateAnswers>> {
  return Object.fromEntries(
    Object.entries(variants).map(([name, changes]) => [name, { ...plainAnswers, ...changes }]),
  );
}
