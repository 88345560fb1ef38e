// View model of a connection profile: every value it sets, grouped by topic.
import { assertNever } from '../../core/model/errors.ts';
import type { TokenExchange } from '../../core/config/config.ts';
import type { Profile } from '../../core/access/profile.ts';
import type { ProposalView } from '../../../preload/contract.ts';

type Fact = ProposalView['facts'][number];

export function factsOf(profile: Profile): readonly Fact[] {
  const { redirectUri, authorizationParams, s3Endpoint, accountId } = profile;
  return [
    ...group('sign-in', [
      ['name', profile.id],
      ['issuer', profile.issuer],
      ['clientId', profile.clientId],
      ['scopes', profile.scopes],
      ['redirectUri', redirectUri],
      ...Object.entries(authorizationParams).map(([name, value]) => ['param', `${name}=${value}`] as const),
    ]),
    ...group('access', [
      ['exchange', `exchange.${profile.exchange.kind}`],
      ...exchangeFacts(profile.exchange),
    ]),
    ...group('storage', [
      ['accountId', accountId],
      ['bucket', profile.bucket],
      ['prefix', profile.prefix],
      ...profile.teamFolders.map((prefix) => ['teamFolder', prefix] as const),
      ['region', profile.region],
      ['store', s3Endpoint === null ? 'aws' : null],
      ['s3Endpoint', s3Endpoint],
      ['pathStyle', profile.forcePathStyle ? 'yes' : null],
    ]),
  ];
}

type Pair = readonly [name: string, value: string | number | null | undefined];

function group(of: Fact['group'], pairs: readonly Pair[]): readonly Fact[] {
  return pairs.flatMap(([name, value]) =>
    value === null || value === undefined ? [] : [{ group: of, name, value: String(value) }],
  );
}

/** Names each kind explicitly instead of looping, so that a field without an explanation does not compile. */
function exchangeFacts(exchange: TokenExchange): readonly Pair[] {
  switch (exchange.kind) {
    case 'web-identity': {
      const { kind: _kind, roleArn, stsEndpoint, durationSeconds, sessionPolicy, ...rest } = exchange;
      nothingLeft(rest);
      return [
        ['roleArn', roleArn],
        ['stsEndpoint', stsEndpoint],
        ['durationSeconds', durationSeconds],
        ['sessionPolicy', sessionPolicy],
      ];
    }
    case 'delegation': {
      const { kind: _kind, url, roleArn, principalArn, target, clientId, stsEndpoint, ...rest } = exchange;
      nothingLeft(rest);
      return [
        ['delegationUrl', url],
        ['roleArn', roleArn],
        ['principalArn', principalArn],
        ['target', target],
        ['exchangeClientId', clientId],
        ['stsEndpoint', stsEndpoint],
      ];
    }
    case 'saml': {
      const { kind: _kind, assertionUrl, roleArn, principalArn, stsEndpoint, ...more } = exchange;
      const { durationSeconds, sessionPolicy, ...rest } = more;
      nothingLeft(rest);
      return [
        ['assertionUrl', assertionUrl],
        ['roleArn', roleArn],
        ['principalArn', principalArn],
        ['stsEndpoint', stsEndpoint],
        ['durationSeconds', durationSeconds],
        ['sessionPolicy', sessionPolicy],
      ];
    }
    case 'cognito': {
      const { kind: _kind, identityPoolId, loginKey, endpoint, ...rest } = exchange;
      nothingLeft(rest);
      return [
        ['identityPoolId', identityPoolId],
        ['loginKey', loginKey],
        ['cognitoEndpoint', endpoint],
      ];
    }
    case 'access-grants': {
      const { kind: _kind, roleArn, stsEndpoint, controlEndpoint, durationSeconds, ...rest } = exchange;
      nothingLeft(rest);
      return [
        ['roleArn', roleArn],
        ['stsEndpoint', stsEndpoint],
        ['controlEndpoint', controlEndpoint],
        ['durationSeconds', durationSeconds],
      ];
    }
    default:
      return assertNever(exchange);
  }
}

function nothingLeft(_rest: Readonly<Record<string, never>>): void {
  // The type is the check.
}
