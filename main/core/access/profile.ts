// Assessment of a connection profile before it is accepted: token receivers, account owner, local changes.
import {
  awsRoleAccount,
  bucketAddress,
  endpointsOf,
  isAwsStore,
  isServiceHost,
  judgeEndpoint,
} from './endpoints.ts';
import { addressFaults } from './address-faults.ts';
import { awsIssuerFault } from './issuer-rules.ts';
import type { AccountConfig, TokenExchange } from '../config/config.ts';
import { isRegionName } from '../net/aws-endpoint.ts';
import { isPlainHost } from '../net/url.ts';

/** How to reach one organisation's bucket. Contains no secret and nothing about this machine (S1 and S2). */
export type Profile = {
  /** Suggested name of the account. */
  readonly id: string;
  readonly issuer: string;
  readonly clientId: string;
  readonly scopes: string;
  readonly redirectUri: string | null;
  readonly authorizationParams: Readonly<Record<string, string>>;
  /** AWS account of role and bucket; `null` on stores without accounts. */
  readonly accountId: string | null;
  readonly exchange: TokenExchange;
  readonly region: string;
  readonly s3Endpoint: string | null;
  readonly forcePathStyle: boolean;
  readonly bucket: string;
  readonly prefix: string;
  /** Fixed prefixes of the same bucket that users share; each becomes a pair. Only with exchange `access-grants`. */
  readonly teamFolders: readonly string[];
};

/** What the machine's administrator allows beyond the rules, or restricts (S22). */
export type ManagedPolicy = {
  readonly hosts: readonly string[];
  /** Accounts may name only AWS hosts, their issuer's own domain, and `hosts`. */
  readonly hostsOnly: boolean;
  /** `null`: any. */
  readonly issuers: readonly string[] | null;
  readonly accounts: readonly string[] | null;
  readonly disabled: readonly ('links' | 'share' | 'credentials' | 'device' | 'updates')[];
};

export const noManagedPolicy: ManagedPolicy = {
  hosts: [],
  hostsOnly: false,
  issuers: null,
  accounts: null,
  disabled: [],
};

export type ProfileSource = 'link' | 'file';

/** Why a profile cannot be accepted. Its sentence is `reason.<code>` in the catalogue, for the page and for the terminal. */
export type Reason = { readonly code: string; readonly fields: Readonly<Record<string, string>> };

export type ProfileJudgement = {
  /** Why it cannot be accepted at all. */
  readonly problems: readonly Reason[];
  /** For a file: foreign hosts that would receive the token or the files; the user types each one to allow it. */
  readonly hostsToType: readonly string[];
};

export type ProfileRules = {
  readonly source: ProfileSource;
  readonly managed: ManagedPolicy;
  /** By the public-suffix list; `null` for an address or a bare suffix. */
  readonly registrableDomain: (host: string) => string | null;
};

function reason(code: string, fields: Reason['fields'] = {}): Reason {
  return { code, fields };
}

export function judgeProfile(profile: Profile, rules: ProfileRules): ProfileJudgement {
  const { managed, source, registrableDomain } = rules;
  const foreign: string[] = [];
  const problems: Reason[] = [];
  if (source === 'link' && managed.disabled.includes('links')) problems.push(reason('links-off'));
  const issuerFault = awsIssuerFault(profile.issuer);
  // A store on an internal network has an internal issuer; only a link must name a public one.
  if (issuerFault !== null && (source === 'link' || !isPlainHttps(profile.issuer)))
    problems.push(reason(issuerFault, { field: 'issuer' }));
  if (managed.issuers !== null && !managed.issuers.includes(profile.issuer))
    problems.push(reason('not-allowed', { field: 'issuer' }));
  problems.push(...accountProblems(profile, managed));
  if (isUnknownRegion(profile)) problems.push(reason('no-region', { field: 'region' }));
  const issuerHost = URL.parse(profile.issuer)?.hostname ?? '';
  if (!isPlainHost(issuerHost)) problems.push(reason('odd-host', { field: 'issuer' }));
  for (const { field, url, service } of endpointsOf(profile)) {
    const about = {
      ...{ service, issuerHost, registrableDomain, allowedHosts: managed.hosts },
      issuerOrigin: URL.parse(profile.issuer)?.origin ?? null,
      siblings: 'foreign',
    } as const;
    const named = judgeEndpoint(url, about);
    const isAllowed = managed.hosts.includes(URL.parse(url)?.hostname ?? '');
    const reached =
      service === 's3' && named.kind !== 'refused' && !isAllowed ? bucketAddress(profile) : null;
    const verdict = reached === null ? named : judgeEndpoint(reached.href, about);
    if (verdict.kind === 'refused') problems.push(reason(verdict.fault, { field }));
    else if (verdict.kind === 'foreign' && source === 'link')
      problems.push(reason('foreign-in-link', { field, host: verdict.host }));
    else if (verdict.kind === 'foreign') foreign.push(verdict.host);
  }
  return { problems, hostsToType: [...new Set(foreign)] };
}

/** Why the machine's administrator forbids a configured account, whatever its origin. */
export function judgeAccount(account: AccountConfig, rules: Omit<ProfileRules, 'source'>): readonly string[] {
  const { managed, registrableDomain } = rules;
  const problems: string[] = [];
  if (managed.issuers !== null && !managed.issuers.includes(account.issuer))
    problems.push('issuer is not one that the administrator of this machine allows');
  // Other stores have no accounts; `hosts` limits which stores are allowed.
  const isNamed = account.accountId !== null || isAwsStore(account);
  if (managed.accounts !== null && isNamed && !managed.accounts.includes(account.accountId ?? ''))
    problems.push('accountId is not one that the administrator of this machine allows');
  const inRole = awsRoleAccount(account.exchange);
  if (managed.accounts !== null && inRole !== null && !managed.accounts.includes(inRole) && !isNamed)
    problems.push(
      'exchange.roleArn is of an AWS account that the administrator of this machine does not allow',
    );
  if (managed.disabled.includes('device') && account.identity.kind === 'device')
    problems.push('identity "device" is switched off on this machine by its administrator');
  if (!managed.hostsOnly) return problems;
  const issuerHost = URL.parse(account.issuer)?.hostname ?? '';
  for (const { field, url, service } of endpointsOf(account)) {
    const verdict = judgeEndpoint(url, {
      ...{ service, issuerHost, registrableDomain, allowedHosts: managed.hosts },
      ...{ issuerOrigin: null, siblings: 'fine' },
    });
    if (verdict.kind === 'foreign')
      problems.push(`${field} names ${verdict.host}, which the administrator of this machine does not allow`);
    // Another spelling of a foreign host, or this machine, from where the data could be forwarded.
    else if (verdict.kind === 'refused') problems.push(`${field} ${addressFaults[verdict.fault]}`);
  }
  return problems;
}

function isPlainHttps(text: string): boolean {
  const url = URL.parse(text);
  return (
    url?.protocol === 'https:' &&
    url.username === '' &&
    url.password === '' &&
    url.search === '' &&
    url.hash === ''
  );
}

/** It becomes part of a host name: `sts.s3.amazonaws.com` is not AWS's STS but some stranger's bucket. */
function isUnknownRegion({ region: name, s3Endpoint, exchange }: Profile): boolean {
  const isPartOfHost =
    s3Endpoint === null ||
    (exchange.kind !== 'cognito' && exchange.stsEndpoint === null) ||
    (exchange.kind === 'access-grants' && exchange.controlEndpoint === null);
  return isPartOfHost && !isRegionName(name);
}

function accountProblems(profile: Profile, managed: ManagedPolicy): readonly Reason[] {
  const { accountId, exchange } = profile;
  const problems: Reason[] = [];
  if (isAwsStore(profile) && accountId === null) problems.push(reason('missing', { field: 'accountId' }));
  if (accountId !== null && managed.accounts !== null && !managed.accounts.includes(accountId))
    problems.push(reason('not-allowed', { field: 'accountId' }));
  if (exchange.kind === 'cognito') return problems;
  const arns: readonly (readonly [string, string])[] =
    exchange.kind === 'web-identity' || exchange.kind === 'access-grants'
      ? [['exchange.roleArn', exchange.roleArn]]
      : [
          ['exchange.roleArn', exchange.roleArn],
          ['exchange.principalArn', exchange.principalArn],
        ];
  for (const [field, arn] of arns) {
    const inArn = arn.split(':')[4] ?? '';
    if (inArn !== (accountId ?? '') && !(accountId === null && !/^\d{12}$/.test(inArn)))
      problems.push(reason('other-account', { field, account: inArn }));
  }
  if (exchange.kind === 'access-grants' && exchange.controlEndpoint !== null) {
    const named = /^(\d{12})\./.exec(URL.parse(exchange.controlEndpoint)?.hostname ?? '')?.[1];
    if (named !== undefined && named !== accountId)
      problems.push(reason('other-account', { field: 'exchange.controlEndpoint', account: named }));
  }
  return problems;
}

/** Non-AWS hosts that get the token and the files, to be confirmed by the user. */
export type Receivers = { readonly token: readonly string[]; readonly files: readonly string[] };

export function foreignReceivers(profile: Profile): Receivers {
  const foreign = endpointsOf(profile).flatMap(({ url, service }) => {
    const parsed = URL.parse(url);
    const isAws = parsed !== null && parsed.port === '' && isServiceHost(service, parsed.hostname);
    if (isAws) return [];
    if (service !== 's3') return [{ host: parsed?.host ?? url, isStore: false }];
    return [{ host: (bucketAddress(profile) ?? parsed)?.host ?? url, isStore: true }];
  });
  const hosts = (isStore: boolean): readonly string[] => [
    ...new Set(foreign.filter((one) => one.isStore === isStore).map(({ host }) => host)),
  ];
  return { token: hosts(false), files: hosts(true) };
}

export type RepointVerdict =
  | { readonly kind: 'new' }
  /** Exactly this account is already configured. */
  | { readonly kind: 'known'; readonly id: string }
  | { readonly kind: 'refused'; readonly why: Reason };

/**
 * A genuine sign-in must not be redirected to another account's role or bucket: a stored (issuer, client id)
 * is never re-pointed.
 */
export function judgeRepoint(profile: Profile, accounts: readonly AccountConfig[]): RepointVerdict {
  const same = accounts.find(
    (account) =>
      withoutSlash(account.issuer) === withoutSlash(profile.issuer) && account.clientId === profile.clientId,
  );
  if (same !== undefined) {
    if (describesSame(profile, same)) return { kind: 'known', id: same.id };
    return { kind: 'refused', why: reason('repoints', { account: same.id }) };
  }
  return accounts.some(({ id }) => id === profile.id)
    ? { kind: 'refused', why: reason('name-taken', { account: profile.id }) }
    : { kind: 'new' };
}

function withoutSlash(issuer: string): string {
  return issuer.replace(/\/+$/, '');
}

function describesSame(profile: Profile, account: AccountConfig): boolean {
  const target = (one: Profile | AccountConfig): string =>
    JSON.stringify([
      one.issuer,
      one.accountId,
      one.region,
      one.s3Endpoint,
      one.forcePathStyle,
      Object.entries(one.exchange).sort(([a], [b]) => (a < b ? -1 : 1)),
    ]);
  return target(profile) === target(account);
}
