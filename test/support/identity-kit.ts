// Identity with fakes around it, for tests of sign-in and exchange.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withOsLock } from '../../main/adapters/system/os-lock.ts';
import type { FetchLike } from '../../main/adapters/http/bounded-fetch.ts';
import { OidcIdentity } from '../../main/adapters/oidc/identity.ts';
import type { AccountConfig, AccountId } from '../../main/core/config/config.ts';
import { SyncError, isSyncError } from '../../main/core/model/errors.ts';
import type { Identity, IdToken } from '../../main/ports/identity.port.ts';
import { type FakeProvider } from '../fakes/fake-oidc-provider.ts';
import { keptLog, memorySecrets, type ShiftedClock, shiftedClock } from '../fakes/shifted-clock.ts';

export function testAccount(
  issuer: string,
  clientId: string,
  changes: Partial<AccountConfig> = {},
): AccountConfig {
  return {
    id: 'work' as AccountId,
    issuer,
    clientId,
    scopes: 'openid email offline_access',
    identity: { kind: 'browser' },
    exchange: {
      kind: 'web-identity',
      roleArn: 'arn:aws:iam::123456789012:role/driftless',
      stsEndpoint: null,
      durationSeconds: 3600,
    },
    region: 'eu-central-1',
    s3Endpoint: null,
    forcePathStyle: false,
    accountId: null,
    development: true,
    caFile: null,
    credentialsEnabled: false,
    ...changes,
  };
}

export async function identityKit(
  provider: Pick<FakeProvider, 'issuer' | 'clientId'>,
  options: {
    readonly account?: Partial<AccountConfig>;
    readonly signInTimeoutMs?: number;
    readonly fetch?: FetchLike;
  } = {},
) {
  const directory = await mkdtemp(join(tmpdir(), 'driftless-identity-'));
  const clock: ShiftedClock = shiftedClock();
  const log = keptLog();
  const secrets = memorySecrets();
  const otherSecrets = memorySecrets();
  const heard: string[] = [];
  const account = testAccount(provider.issuer, provider.clientId, options.account);
  /** Another process on the same machine: same secrets, same lock, nothing shared in memory. */
  const another = (): OidcIdentity => anotherBy(account.identity);
  const anotherBy = (identity: AccountConfig['identity']): OidcIdentity =>
    new OidcIdentity(
      { ...account, identity },
      {
        secrets,
        otherSecrets: [otherSecrets],
        clock,
        log,
        fetch: options.fetch ?? ((url, init) => fetch(url, init)),
        lock: (step, signal) => withOsLock({ path: join(directory, 'refresh.lock'), clock }, step, signal),
        onSecret: (value) => {
          heard.push(value);
        },
        ...(options.signInTimeoutMs === undefined ? {} : { signInTimeoutMs: options.signInTimeoutMs }),
      },
    );
  return {
    identity: another(),
    another,
    anotherBy,
    account,
    clock,
    log,
    secrets,
    otherSecrets,
    heard,
    close: () => rm(directory, { recursive: true, force: true }),
  };
}

/** Nothing more can be stored until the answered function is called. */
export function fillDisk(secrets: ReturnType<typeof memorySecrets>): () => void {
  const { write } = secrets;
  secrets.write = () =>
    Promise.reject(new SyncError({ code: 'disk-full', retry: 'backoff', scope: 'account' }));
  return () => {
    secrets.write = write;
  };
}

export function never(): AbortSignal {
  return new AbortController().signal;
}

export const noDevice = (): void => undefined;

/** Like a browser: the visit continues while the app already exchanges the code. */
export function signInAt<Token extends IdToken | null>(
  provider: Pick<FakeProvider, 'follow'>,
  identity: { signIn(...given: Parameters<Identity['signIn']>): Promise<Token> },
): Promise<Token> {
  return identity.signIn(
    {
      openUrl: (url) => {
        void provider.follow(url).then((page) => page.text());
        return Promise.resolve();
      },
      onDeviceCode: noDevice,
    },
    never(),
  );
}

/** The error that it must end with. */
export async function failure(promise: Promise<unknown>): Promise<SyncError> {
  const error: unknown = await promise.then(
    () => {
      throw new Error('it was accepted');
    },
    (caught: unknown) => caught,
  );
  if (!isSyncError(error)) throw new Error('not one of our errors', { cause: error });
  return error;
}
