// The way out of the network: the proxy of all accounts and the authorities of each, both changeable while they run.
import { readAuthorities } from '../../adapters/http/certificates.ts';
import type { Authorities } from '../../adapters/http/certificates.ts';
import type { AccountConfig, AppConfig } from '../../core/config/config.ts';
import { settingsProxy } from '../../core/net/proxy.ts';
import type { HttpSettings, ProxyResolver, ProxyRoute } from '../../core/net/proxy.ts';

export type Network = {
  readonly proxyFor: ProxyResolver | null;
  /** How an account is reached, and by which authorities. Throws SyncError config-invalid where its certificates cannot be read. */
  partsOf(account: AccountConfig, signal: AbortSignal): Promise<NetworkParts>;
  /** New connections follow these settings. Throws as `partsOf`; then everything is as it was. */
  take(config: AppConfig, signal: AbortSignal): Promise<void>;
};

type NetworkParts = {
  readonly http: HttpSettings;
  /** Names of the certificates that the account trusts in addition to the system. */
  readonly authorities: () => readonly string[];
};

type NetworkSources = {
  readonly first: AppConfig;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What environment or system say; null: no proxy. */
  readonly usual: ProxyResolver | null;
  /** Settings do not change while this process runs. */
  readonly isFixed: boolean;
};

export function makeNetwork({ first, env, usual, isFixed }: NetworkSources): Network {
  const wayOf = ({ proxy }: AppConfig): ((url: URL) => ProxyRoute) | null =>
    proxy === undefined ? null : settingsProxy(proxy, env);
  let own = wayOf(first);
  const authorities = new Map<string, Authorities>();
  const proxyFor: ProxyResolver = (url) => {
    if (own !== null) return Promise.resolve(own(url));
    return usual?.(url) ?? Promise.resolve({ kind: 'direct' });
  };
  const resolver = isFixed && own === null && usual === null ? null : proxyFor;
  return {
    proxyFor: resolver,
    partsOf: async ({ id, caFile }, signal) => {
      authorities.set(id, await readAll(caFile, signal));
      const current = (): Authorities => authorities.get(id) ?? none;
      return {
        http: { extraCa: () => current().pem, proxyFor: resolver },
        authorities: () => current().certificates.map(({ name }) => name),
      };
    },
    take: async (config, signal) => {
      const read = await Promise.all(
        config.accounts
          .filter(({ id }) => authorities.has(id))
          .map(async ({ id, caFile }) => [id, await readAll(caFile, signal)] as const),
      );
      for (const [id, certificates] of read) authorities.set(id, certificates);
      own = wayOf(config);
    },
  };
}

const none: Authorities = { pem: [], certificates: [] };

async function readAll(caFile: string | null, signal: AbortSignal): Promise<Authorities> {
  return caFile === null ? none : readAuthorities(caFile, signal);
}
