// Joins what one account is made of: who signs in, what is traded for it, and the way through the network.
import { join } from 'node:path';
import { withCleanCredentials, withCleanIdentity } from '../adapters/system/redacting.ts';
import type { grantSession } from '../adapters/sts/access-grants.ts';
import type { awsProfileSession } from '../adapters/sts/aws-profile.ts';
import { CredentialBroker } from '../adapters/sts/credential-cache.ts';
import type { SessionSource } from '../adapters/sts/credential-cache.ts';
import { createExchange } from '../adapters/sts/select-exchange.ts';
import { makeFetch } from '../adapters/http/fetch.ts';
import { createIdentity } from '../adapters/oidc/select-identity.ts';
import { openUrl } from '../adapters/system/programs/open-url.ts';
import type { SecretRegistry } from '../adapters/system/log.ts';
import { withOsLock } from '../adapters/system/os-lock.ts';
import { systemClock, systemRandom } from '../adapters/system/clock.ts';
import { makeAccountRuntime, noFolderSessions } from '../app/account/runtime.ts';
import type { AccountParts, AccountRuntime, FolderSessions } from '../app/account/runtime.ts';
import { grantTarget, isGranted } from '../core/access/grants.ts';
import type { FolderPlace } from '../core/access/grants.ts';
import type { AccountConfig, ExchangeConfig } from '../core/config/config.ts';
import { exchangeForPrograms } from '../core/config/config.ts';
import { environmentProxy } from '../core/net/proxy.ts';
import type { HttpSettings, ProxyResolver } from '../core/net/proxy.ts';
import type { Redact } from '../core/redact.ts';
import type { Credentials } from '../ports/credentials.port.ts';
import type { Log } from '../ports/log.port.ts';
import type { Secrets } from '../ports/secrets.port.ts';

const forgetSecretsMs = 60_000;

export type AccountOptions = {
  readonly home: string;
  readonly secrets: Secrets;
  /** Where else this home may hold sign-ins of the same accounts; a sign-out empties them too. */
  readonly otherSecrets?: readonly Secrets[];
  /** Opens one checked URL in the user's browser. Default purpose: `sign-in`. */
  readonly launch: (href: string, purpose?: 'sign-in' | 'sign-out') => Promise<void>;
};

export function proxyOfEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  onSecret: (value: string) => void,
): ProxyResolver | null {
  const proxy = environmentProxy(env);
  if (proxy === null) return null;
  if (proxy.password !== null && proxy.password !== '') onSecret(proxy.password);
  return (url) => Promise.resolve(proxy.routeOf(url));
}

export function composeAccount(
  options: AccountOptions,
  config: AccountConfig,
  shared: {
    readonly http: HttpSettings;
    readonly authorities: () => readonly string[];
    readonly isForbiddenToPrograms: boolean;
    readonly log: Log;
    readonly secrets: SecretRegistry;
    readonly redact: Redact;
  },
): AccountRuntime {
  const clock = systemClock;
  const { http, log, secrets, redact, authorities, isForbiddenToPrograms } = shared;
  const onSecret = (value: string): void => {
    secrets.add(value, config.id);
  };
  const fetch = makeFetch(http);
  const lockPath = join(options.home, 'locks', `${config.id}.lock`);
  const signingIn = createIdentity(config, {
    secrets: options.secrets,
    ...(options.otherSecrets === undefined ? {} : { otherSecrets: options.otherSecrets }),
    clock,
    log,
    fetch,
    lock: (step, signal) => withOsLock({ path: lockPath, clock }, step, signal),
    onSecret,
  });
  const identity = withCleanIdentity(signingIn, redact);
  const services = { clock, fetch, http, onSecret };
  const brokerOf = (source: SessionSource): Credentials =>
    withCleanCredentials(
      new CredentialBroker({ ...source, clock, random: systemRandom, log, onSecret }),
      redact,
    );
  const brokerFor = (exchange: ExchangeConfig): Credentials =>
    brokerOf(
      exchange.kind === 'aws-profile'
        ? {
            session: ofProfile({ ...config, exchange }, services),
            isSignedOut: () => identity.state().kind === 'signed-out',
          }
        : { identity, exchange: createExchange({ ...config, exchange }, services) },
    );
  const credentials = brokerFor(config.exchange);
  const { exchange } = config;
  const folders: FolderSessions =
    exchange.kind === 'access-grants'
      ? folderSessions((place) =>
          brokerOf({ session: ofGrant({ ...config, exchange }, place, credentials, services) }),
        )
      : noFolderSessions;
  return makeAccountRuntime({
    config,
    identity,
    credentials,
    programCredentials:
      config.credentialsSession === undefined ? credentials : brokerFor(exchangeForPrograms(config)),
    folders,
    openUrl: (url) => openUrl(url, { development: config.development }, options.launch),
    openSignOut: (url) =>
      openUrl(url, { development: config.development }, (href) => options.launch(href, 'sign-out')),
    http,
    authorities,
    isForbiddenToPrograms,
    log,
    redact,
    onSigningOut: () => forgettingSecrets(secrets, config.id),
  });
}

/** As `awsProfileSession`, loaded with the first: it brings the SDK's clients. */
function ofProfile(...given: Parameters<typeof awsProfileSession>): ReturnType<typeof awsProfileSession> {
  let session: ReturnType<typeof awsProfileSession> | null = null;
  return async (signal) => {
    const loaded = await import('../adapters/sts/aws-profile.ts');
    // One for all calls: it reads a profile once for those at the same time.
    session ??= loaded.awsProfileSession(...given);
    return session(signal);
  };
}

/** As `grantSession`, loaded with the first, likewise. */
function ofGrant(...given: Parameters<typeof grantSession>): ReturnType<typeof grantSession> {
  return async (signal) => {
    const loaded = await import('../adapters/sts/access-grants.ts');
    return loaded.grantSession(...given)(signal);
  };
}

/** Those that a sign-out ends; a sign-in that begins before it has ended has its own. */
function forgettingSecrets(
  secrets: SecretRegistry,
  accountId: string,
): ReturnType<AccountParts['onSigningOut']> {
  let mark: number | null = null;
  return {
    signInBegins: () => {
      mark ??= secrets.mark();
    },
    ends: () => {
      const known = mark ?? secrets.mark();
      // What was asked before the sign-out may still be answered, and an answer may repeat a token.
      setTimeout(() => {
        secrets.forget(accountId, known);
      }, forgetSecretsMs).unref();
    },
  };
}

/** One broker for each place that S3 Access Grants opens, however often its pair starts again. */
function folderSessions(make: (place: FolderPlace) => Credentials): FolderSessions {
  const made = new Map<string, Credentials>();
  return {
    of: ({ bucket, prefix }) => {
      if (!isGranted({ kind: 'access-grants' }, { prefix })) return null;
      const key = grantTarget({ bucket, prefix });
      const known = made.get(key) ?? make({ bucket, prefix });
      made.set(key, known);
      return known;
    },
    all: () => [...made.values()],
  };
}
