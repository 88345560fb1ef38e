// Discovery of an identity provider, with our checks on every endpoint it names.
import * as oidc from 'openid-client';
import type { AccountConfig } from '../../core/config/config.ts';
import { SyncError } from '../../core/model/errors.ts';
import { allowedAlgorithms } from './claims.ts';
import type { FetchLike } from '../http/bounded-fetch.ts';
import { contradictsIssuer, mapOidcError } from './errors.ts';
import { checkUrl } from '../../core/net/url.ts';

const requestTimeoutSeconds = 20;

const endpoints = [
  'authorization_endpoint',
  'token_endpoint',
  'jwks_uri',
  'revocation_endpoint',
  'end_session_endpoint',
  'device_authorization_endpoint',
  'pushed_authorization_request_endpoint',
] as const;

/**
 * Reads the discovery document (OpenID Connect Discovery 1.0 section 4). Throws `issuer-unreachable` or `issuer-invalid`.
 * `issuer` must be equal to the configured one byte for byte: AWS compares it so, and a dropped slash would fail only there.
 */
export async function discoverProvider(
  account: AccountConfig,
  fetch: FetchLike,
): Promise<oidc.ServerMetadata> {
  const url = checkUrl(account.issuer, 'the issuer', account);
  const insecure = url.protocol === 'http:';
  let metadata: oidc.ServerMetadata;
  try {
    const found = await oidc.discovery(url, account.clientId, undefined, oidc.None(), {
      timeout: requestTimeoutSeconds,
      [oidc.customFetch]: (target, options) => fetch(target, options as RequestInit),
      // oxlint-disable-next-line typescript/no-deprecated -- marked deprecated to make it stand out; checkUrl limits it to loopback under `development`
      ...(insecure ? { execute: [oidc.allowInsecureRequests] } : {}),
    });
    metadata = found.serverMetadata();
  } catch (error) {
    const message = `${account.issuer} does not describe itself as an OpenID provider`;
    const mapped = mapOidcError(error, 'issuer-invalid', message);
    if (mapped.code !== 'issuer-invalid' || contradictsIssuer(error)) throw mapped;
    // A page of maintenance, a redirect or a login page of the network: it may describe itself again in a while.
    throw new SyncError({
      code: 'issuer-unreachable',
      retry: 'backoff',
      scope: 'account',
      message: mapped.message,
      fields: mapped.fields,
    });
  }
  checkMetadata(metadata, account);
  return metadata;
}

function checkMetadata(metadata: oidc.ServerMetadata, account: AccountConfig): void {
  const invalid = (message: string): SyncError =>
    new SyncError({ code: 'issuer-invalid', retry: 'slow', scope: 'account', message });
  if (metadata.issuer !== account.issuer) {
    throw invalid(
      `the provider calls itself ${JSON.stringify(metadata.issuer)}; "issuer" must be written exactly so`,
    );
  }
  for (const name of endpoints) {
    const value = metadata[name];
    if (value === undefined) continue;
    if (typeof value !== 'string') throw invalid(`the provider's ${name} is not a URL`);
    checkUrl(value, `the provider's ${name}`, account);
  }
  const algorithms: unknown = metadata.id_token_signing_alg_values_supported;
  if (algorithms !== undefined && !Array.isArray(algorithms))
    throw invalid("the provider's id_token_signing_alg_values_supported is not a list");
  if (metadata.token_endpoint === undefined || metadata.jwks_uri === undefined)
    throw invalid('the provider names no token_endpoint or no jwks_uri');
}

/**
 * Client configuration for one operation; rebuilt each time to pick up JWKS rotation and the clock offset
 * measured by discovery, which is used to judge `exp`. Signatures are always verified, with pinned
 * algorithms.
 */
export function configureClient(
  metadata: oidc.ServerMetadata,
  account: AccountConfig,
  request: { readonly fetch: FetchLike; readonly clockOffsetMs: number },
): oidc.Configuration {
  const offered = metadata.id_token_signing_alg_values_supported ?? ['RS256'];
  const algorithms = offered.filter((algorithm) => allowedAlgorithms.includes(algorithm));
  if (algorithms.length === 0) {
    throw new SyncError({
      code: 'issuer-lacks-feature',
      retry: 'slow',
      scope: 'account',
      fields: { offered: offered.join(' ') },
      message: `the provider signs with none of ${allowedAlgorithms.join(', ')}`,
    });
  }
  const config = new oidc.Configuration(
    { ...metadata, id_token_signing_alg_values_supported: algorithms },
    account.clientId,
    { [oidc.clockSkew]: Math.round(request.clockOffsetMs / 1000), [oidc.clockTolerance]: 30 },
    oidc.None(),
  );
  config.timeout = requestTimeoutSeconds;
  config[oidc.customFetch] = (target, options) => request.fetch(target, options as RequestInit);
  oidc.enableNonRepudiationChecks(config);
  // oxlint-disable-next-line typescript/no-deprecated -- marked deprecated to make it stand out; checkUrl limits it to loopback under `development`
  if (new URL(account.issuer).protocol === 'http:') oidc.allowInsecureRequests(config);
  return config;
}
