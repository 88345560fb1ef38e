// Connection profiles as an administrator writes them, and as links.

export const goodProfile = {
  driftlessProfile: 1,
  id: 'work',
  issuer: 'https://login.example.com/',
  clientId: 'abc',
  accountId: '123456789012',
  exchange: {
    kind: 'web-identity',
    roleArn: 'arn:aws:iam::123456789012:role/driftless',
    stsEndpoint: null,
    durationSeconds: 3600,
  },
  region: 'eu-central-1',
  bucket: 'company-files',
  prefix: 'users/{sub}/',
} as const;

export function linkOf(document: unknown): string {
  return `driftless://connect?profile=${Buffer.from(JSON.stringify(document)).toString('base64url')}`;
}
