// Answers of an administrator for the tests of templates; each test changes what it is about.
import type { TemplateAnswers } from '../../main/core/admin/answers.ts';

export const plainAnswers: TemplateAnswers = {
  exchange: 'web-identity',
  issuer: 'https://login.example.com/',
  clientId: 'driftless-desktop',
  accountId: '123456789012',
  region: 'eu-central-1',
  bucket: 'company-files',
  prefix: 'users/{sub}/',
  roleName: 'driftless',
  subjects: [],
  tenant: [],
  isEveryoneAtIssuer: true,
  principalArn: null,
  identityPoolId: null,
  isProviderThere: false,
  kmsKeyArn: null,
  objectLockDays: null,
  auditBucket: null,
  noncurrentDays: 90,
  sessionHours: 1,
  teamFolders: [],
  isGrantsInstanceThere: false,
  isLoopbackAllowed: false,
};
