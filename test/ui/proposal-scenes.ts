// Connection profiles as the page is shown them: an ordinary one, one for other servers, one that is refused.
import type { ProposalView } from '../../preload/contract.ts';

/** A profile as main tells it: what `app/setup/profile-view.ts` makes of an ordinary one. */
export const proposal: ProposalView = {
  id: 'proposal-1',
  source: 'file',
  name: 'work',
  issuerHost: 'login.example.com',
  facts: [
    { group: 'sign-in', name: 'name', value: 'work' },
    { group: 'sign-in', name: 'issuer', value: 'https://login.example.com/' },
    { group: 'sign-in', name: 'clientId', value: '0oa4driftless8x5d7' },
    { group: 'sign-in', name: 'scopes', value: 'openid email offline_access' },
    { group: 'access', name: 'exchange', value: 'exchange.web-identity' },
    { group: 'access', name: 'roleArn', value: 'arn:aws:iam::123456789012:role/driftless' },
    { group: 'access', name: 'durationSeconds', value: '3600' },
    { group: 'storage', name: 'accountId', value: '123456789012' },
    { group: 'storage', name: 'bucket', value: 'company-files' },
    { group: 'storage', name: 'prefix', value: 'users/{sub}/' },
    { group: 'storage', name: 'region', value: 'eu-central-1' },
    { group: 'storage', name: 'store', value: 'aws' },
  ],
  awsAccount: '123456789012',
  bucket: 'company-files',
  needsServer: false,
  problems: [],
  hostsToType: [],
  knownAs: null,
  folder: '/home/alice/Driftless',
  sharedAt: null,
  teamFolders: [],
};

export const foreignProposal: ProposalView = {
  ...proposal,
  facts: [
    ...proposal.facts.filter(({ name }) => !['accountId', 'exchange', 'store'].includes(name)),
    { group: 'access', name: 'exchange', value: 'exchange.delegation' },
    { group: 'access', name: 'delegationUrl', value: 'https://tokens.partner.example/delegation' },
    { group: 'storage', name: 's3Endpoint', value: 'https://s3.partner.example' },
    { group: 'storage', name: 'pathStyle', value: 'yes' },
  ],
  awsAccount: null,
  needsServer: true,
  hostsToType: ['tokens.partner.example', 's3.partner.example'],
};

export const refusedProposal: ProposalView = {
  ...proposal,
  source: 'link',
  facts: [
    ...proposal.facts,
    { group: 'access', name: 'stsEndpoint', value: 'https://sts.amazonaws.com.evil.example/' },
  ],
  problems: [
    {
      code: 'foreign-in-link',
      fields: { field: 'exchange.stsEndpoint', host: 'sts.amazonaws.com.evil.example' },
    },
    { code: 'other-account', fields: { field: 'exchange.roleArn', account: '210987654321' } },
  ],
};
