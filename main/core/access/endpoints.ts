// Endpoints of accounts and profiles: which service is behind each, and whose host it is.
import type { AccountConfig, ExchangeConfig } from '../config/config.ts';
import { assertNever } from '../model/errors.ts';
import { isPlainHost } from '../net/url.ts';
import type { AddressFault } from './address-faults.ts';

/** Under any host name of AWS S3, not only those allowed in a link: its buckets have owners. */
export function isAwsStore({ s3Endpoint }: { readonly s3Endpoint: string | null }): boolean {
  return s3Endpoint === null || isAwsHost(URL.parse(s3Endpoint)?.hostname ?? '');
}

/** AWS account of a role that AWS's STS gives sessions of; null where another service does. */
export function awsRoleAccount(exchange: ExchangeConfig): string | null {
  if (exchange.kind === 'cognito') return null;
  const { roleArn, stsEndpoint } = exchange;
  const isAws = stsEndpoint === null || isAwsHost(URL.parse(stsEndpoint)?.hostname ?? '');
  return isAws ? (/^arn:[^:]+:iam::(\d{12}):/.exec(roleArn)?.[1] ?? null) : null;
}

/** Suffixes of AWS's hosts in all its partitions, plain and dual-stack, as the SDK lists them. */
const awsSuffixes = [
  ...['amazonaws.com', 'api.aws', 'amazonaws.com.cn', 'api.amazonwebservices.com.cn'],
  ...['amazonaws.eu', 'api.amazonwebservices.eu', 'c2s.ic.gov', 'api.aws.ic.gov', 'sc2s.sgov.gov'],
  ...['api.aws.scloud', 'cloud.adc-e.uk', 'api.cloud-aws.adc-e.uk', 'csp.hci.ic.gov', 'api.aws.hci.ic.gov'],
];

export function isAwsHost(hostname: string): boolean {
  const host = hostname.replace(/\.$/, '');
  return awsSuffixes.some((suffix) => host === suffix || host.endsWith(`.${suffix}`));
}

export type Service = 'sts' | 's3' | 's3-control' | 'cognito-identity' | 'token';
export type Endpoint = { readonly field: string; readonly url: string; readonly service: Service };

export function endpointsOf(profile: Pick<AccountConfig, 's3Endpoint' | 'exchange'>): readonly Endpoint[] {
  const list: readonly (readonly [string, string | null, Service])[] = [
    ['s3Endpoint', profile.s3Endpoint, 's3'],
    ...exchangeEndpointsOf(profile.exchange),
  ];
  return list.flatMap(([field, url, service]) => (url === null ? [] : [{ field, url, service }]));
}

function exchangeEndpointsOf(
  exchange: ExchangeConfig,
): readonly (readonly [string, string | null, Service])[] {
  switch (exchange.kind) {
    case 'web-identity':
    case 'aws-profile':
      return [['exchange.stsEndpoint', exchange.stsEndpoint, 'sts']];
    case 'access-grants':
      return [
        ['exchange.stsEndpoint', exchange.stsEndpoint, 'sts'],
        ['exchange.controlEndpoint', exchange.controlEndpoint, 's3-control'],
      ];
    case 'delegation':
      return [
        ['exchange.url', exchange.url, 'token'],
        ['exchange.stsEndpoint', exchange.stsEndpoint, 'sts'],
      ];
    case 'saml':
      return [
        ['exchange.assertionUrl', exchange.assertionUrl, 'token'],
        ['exchange.stsEndpoint', exchange.stsEndpoint, 'sts'],
      ];
    case 'cognito':
      return [['exchange.endpoint', exchange.endpoint, 'cognito-identity']];
    default:
      return assertNever(exchange);
  }
}

type EndpointVerdict =
  | { readonly kind: 'fine' }
  | { readonly kind: 'foreign'; readonly host: string }
  | { readonly kind: 'refused'; readonly fault: AddressFault };

export function judgeEndpoint(
  text: string,
  about: {
    readonly service: Service;
    readonly issuerHost: string;
    /** Null if only the host counts, for accounts that are already configured. */
    readonly issuerOrigin: string | null;
    readonly siblings: 'fine' | 'foreign';
    /** Hosts that the machine's administrator allows in addition. */
    readonly allowedHosts: readonly string[];
    /** By the public-suffix list; `null` for an address or a bare suffix. */
    readonly registrableDomain: (host: string) => string | null;
  },
): EndpointVerdict {
  const url = URL.parse(text);
  if (url === null || !/^[\x21-\x7e]+$/.test(text)) return { kind: 'refused', fault: 'not-url' };
  if (url.protocol !== 'https:') return { kind: 'refused', fault: 'not-https' };
  if (url.username !== '' || url.password !== '') return { kind: 'refused', fault: 'names-user' };
  if (url.search !== '' || url.hash !== '') return { kind: 'refused', fault: 'has-query' };
  const host = url.hostname;
  if (!isPlainHost(host)) return { kind: 'refused', fault: 'odd-host' };
  // A name ending in a dot is the same machine in another spelling.
  if (host.endsWith('.')) return { kind: 'refused', fault: 'dot-at-end' };
  if (isServiceHost(about.service, host) && url.port === '') {
    // A path at S3 would be a different bucket than the one shown to the user.
    return url.pathname === '/' ? { kind: 'fine' } : { kind: 'refused', fault: 'has-path' };
  }
  if (about.allowedHosts.includes(host)) return { kind: 'fine' };
  // A sibling of the issuer may be an abandoned name now held by a stranger, so a profile may use only the
  // issuer's own origin.
  if (about.issuerOrigin === url.origin) return { kind: 'fine' };
  if (about.siblings === 'fine' && isSameOwner(about.issuerHost, host, about.registrableDomain))
    return { kind: 'fine' };
  return { kind: 'foreign', host };
}

const region = '[a-z]{2}(?:-[a-z]+)+-\\d';
const dualStack = '(?:api\\.aws|api\\.amazonwebservices\\.com\\.cn)';
/**
 * Exactly the service and nothing else under amazonaws.com, where any customer can have a bucket, a load
 * balancer or an API.
 */
const serviceHosts: Readonly<Record<Exclude<Service, 'token'>, RegExp>> = {
  sts: new RegExp(
    `^sts(?:-fips)?(?:(?:\\.${region})?\\.amazonaws\\.com(?:\\.cn)?|\\.${region}\\.${dualStack})$`,
  ),
  s3: new RegExp(`^s3(?:-fips)?(?:\\.dualstack)?(?:\\.${region})?\\.amazonaws\\.com(?:\\.cn)?$`),
  's3-control': new RegExp(
    `^\\d{12}\\.s3-control(?:-fips)?(?:\\.dualstack)?\\.${region}\\.amazonaws\\.com(?:\\.cn)?$`,
  ),
  'cognito-identity': new RegExp(
    `^cognito-identity(?:-fips)?\\.${region}\\.(?:amazonaws\\.com(?:\\.cn)?|${dualStack})$`,
  ),
};

export function isServiceHost(service: Service, host: string): boolean {
  return service !== 'token' && serviceHosts[service].test(host);
}

/**
 * Domains under which a provider hands out names, or lets customers answer requests: only exactly the same
 * host counts.
 */
const sharedDomains = new Set([
  'auth0.com',
  'okta.com',
  'oktapreview.com',
  'okta-emea.com',
  'onelogin.com',
  'pingone.com',
  'pingone.eu',
  'jumpcloud.com',
  'microsoftonline.com',
  'windows.net',
  'b2clogin.com',
  'ciamlogin.com',
  'microsoft.com',
  'google.com',
  'googleapis.com',
  'github.com',
  'gitlab.com',
  'githubusercontent.com',
  'amazonaws.com',
  'amazonaws.com.cn',
  'amazoncognito.com',
  'amazon.com',
  'salesforce.com',
  'force.com',
  'duosecurity.com',
  'zitadel.cloud',
  'fusionauth.io',
  'logto.app',
  'descope.com',
  'stytch.com',
  'frontegg.com',
  'cloudflareaccess.com',
  'phasetwo.io',
  'cloud-iam.com',
  'authentik.cloud',
  'oraclecloud.com',
]);

function isSameOwner(
  issuerHost: string,
  host: string,
  registrableDomain: (host: string) => string | null,
): boolean {
  if (host === issuerHost) return true;
  const domain = registrableDomain(issuerHost);
  return domain !== null && !sharedDomains.has(domain) && registrableDomain(host) === domain;
}

/**
 * Address of a store other than AWS where the bucket is a part of the host name, as S3 clients make it; null where it is not. It is another
 * host than the endpoint's, and the profile chooses it.
 */
export function bucketAddress({
  s3Endpoint,
  forcePathStyle,
  bucket,
}: {
  readonly s3Endpoint: string | null;
  readonly forcePathStyle: boolean;
  readonly bucket: string;
}): URL | null {
  const url = s3Endpoint === null ? null : URL.parse(s3Endpoint);
  if (url === null || forcePathStyle || bucket.includes('.')) return null;
  const isAddress = /^[\d.]+$|^\[/.test(url.hostname);
  if (isAddress || (url.port === '' && isServiceHost('s3', url.hostname))) return null;
  url.hostname = `${bucket}.${url.hostname}`;
  return url;
}
