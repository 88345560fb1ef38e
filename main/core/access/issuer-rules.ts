// OpenID Connect issuers: AWS's requirements, and issuers shared by many organisations.
import { addressFaults } from './address-faults.ts';
import type { AddressFault } from './address-faults.ts';

/**
 * Issuer as IAM names it in ARNs and condition keys: without the scheme, with a trailing slash if the issuer
 * has one.
 */
export function providerName(issuer: string): string {
  return issuer.replace(/^https?:\/\//, '');
}

/** Why AWS would refuse this issuer, or `null`. AWS fetches its keys from the public internet, over https, on port 443. */
export function awsIssuerFault(issuer: string): AddressFault | null {
  const url = URL.parse(issuer);
  if (url === null) return 'not-url';
  if (url.protocol !== 'https:') return 'not-https';
  if (url.username !== '' || url.password !== '') return 'names-user';
  if (url.port !== '' || /^https:\/\/[^/]*:\d/.test(issuer)) return 'names-port';
  if (url.search !== '' || url.hash !== '' || /[?#]/.test(issuer)) return 'has-query';
  if (issuer.length > 255) return 'too-long';
  if (/[*\s${}\\]/.test(issuer)) return 'wildcards';
  return publicHostFault(url.hostname);
}

/** `awsIssuerFault` as a line for the terminal. */
export function awsIssuerProblem(issuer: string): string | null {
  const fault = awsIssuerFault(issuer);
  return fault === null ? null : addressFaults[fault];
}

function publicHostFault(host: string): AddressFault | null {
  // Another spelling of the same host, which no rule about hosts would know.
  if (host.endsWith('.')) return 'dot-at-end';
  if (host.startsWith('[') || /^\d+(\.\d+){3}$/.test(host)) return 'no-name';
  if (!host.includes('.') || /(^|\.)(localhost|local|internal|test|invalid|home\.arpa)$/.test(host))
    return 'not-public';
  return null;
}

const awsAlgorithms = ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512'];

/** @param offered `id_token_signing_alg_values_supported` of the provider's metadata */
export function awsAlgorithmProblem(offered: readonly string[]): string | null {
  return offered.some((name) => awsAlgorithms.includes(name))
    ? null
    : `signs id_tokens with none of ${awsAlgorithms.join(', ')}`;
}

export type SharedIssuer =
  | { readonly kind: 'shared'; readonly name: string }
  /** Nothing can be pinned: the token's `iss` differs, or AWS has no condition key for the tenant. */
  | { readonly kind: 'unusable'; readonly name: string; readonly why: string };

const sharedHosts: readonly (readonly [RegExp, string])[] = [
  [/^accounts\.google\.com$/, 'Google'],
  [/^token\.actions\.githubusercontent\.com$/, 'GitHub Actions'],
  [/^gitlab\.com$/, 'GitLab.com'],
  [/^appleid\.apple\.com$/, 'Apple'],
  [/^www\.facebook\.com$/, 'Facebook'],
  [/^(?:www|api)\.amazon\.com$/, 'Login with Amazon'],
  [/^(?:oidc\.circleci|app\.terraform|agent\.buildkite)\.(?:com|io)$/, 'a CI service'],
  [/^slack\.com$/, 'Slack'],
  [/^id\.twitch\.tv$/, 'Twitch'],
  [/^(?:www\.)?linkedin\.com$/, 'LinkedIn'],
  [/^(?:api\.)?login\.yahoo\.com$/, 'Yahoo'],
  [/^access\.line\.me$/, 'LINE'],
  [/^kauth\.kakao\.com$/, 'Kakao'],
  [/^(?:www\.)?orcid\.org$/, 'ORCID'],
  [/^discord\.com$/, 'Discord'],
  [/^issuer\.hello\.coop$/, 'Hello'],
  [/^login\.salesforce\.com$/, 'Salesforce'],
  [/^oauth\.id\.jumpcloud\.com$/, 'JumpCloud'],
  [/^oidc\.eks\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?$/, 'Amazon EKS (each service account of the cluster)'],
];

const entraHosts =
  /^(?:login\.microsoftonline\.(?:com|us)|login\.partner\.microsoftonline\.cn|sts\.windows\.net)$/;
/** Tenant of all personal Microsoft accounts. */
const entraConsumers = '9188040d-6c67-4c5b-b112-36a304b66dad';

/** Source of a regular expression for the hosts of all these issuers, for templates that check it themselves. */
export const sharedIssuerPattern: string = [...sharedHosts.map(([host]) => host), entraHosts]
  .map(({ source }) => source.slice(1, -1))
  .join('|');

/**
 * Properties of an issuer that signs tokens for users of many organisations; `null` for a single-organisation
 * issuer.
 */
export function sharedIssuer(issuer: string): SharedIssuer | null {
  const url = URL.parse(issuer);
  if (url === null) return null;
  if (entraHosts.test(url.hostname)) {
    const tenant = url.pathname.split('/')[1]?.toLowerCase() ?? '';
    if (tenant === entraConsumers) return { kind: 'shared', name: 'Microsoft (personal accounts)' };
    if (/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(tenant)) return null;
    const why = `"${tenant}" is no tenant: tokens name their own tenant as issuer; use https://${url.hostname}/TENANT-ID/v2.0`;
    return { kind: 'unusable', name: 'Entra ID', why };
  }
  const found = sharedHosts.find(([pattern]) => pattern.test(url.hostname));
  return found === undefined ? null : { kind: 'shared', name: found[1] };
}
