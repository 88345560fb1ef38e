// The only place where adapters are made and joined: accounts, pairs, engines, and the backend of both pages.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { AccountConfig, AppConfig, ExchangeConfig, PairConfig } from './core/config.ts';
import { defaultScan, exchangeForPrograms } from './core/config.ts';
import { isSyncError, SyncError } from './core/errors.ts';
import { ChokidarHints } from './adapters/chokidar-hints.ts';
import { trustCertificates } from './adapters/certificates.ts';
import { ConfigFile } from './adapters/config-file.ts';
import { CredentialBroker } from './adapters/credential-broker.ts';
import { acquireEngineLock } from './adapters/engine-lock.ts';
import { createExchange } from './adapters/exchange-choice.ts';
import { fileLog } from './adapters/file-log.ts';
import { createIdentity } from './adapters/identity-choice.ts';
import { createJsonLog, SecretRegistry } from './adapters/json-log.ts';
import type { LogLevel } from './adapters/json-log.ts';
import type { FetchLike } from './adapters/oidc-fetch.ts';
import { demandAllowed, managedPolicyPath, readManagedPolicy } from './adapters/managed-policy.ts';
import { openUrl } from './adapters/open-url.ts';
import { withOsLock } from './adapters/os-lock.ts';
import { systemClock, systemRandom } from './adapters/system-clock.ts';
import { makeAccountRuntime } from './app/account-runtime.ts';
import type { AccountRuntime } from './app/account-runtime.ts';
import { makeBackend } from './app/backend.ts';
import type { PairRuntime } from './app/pair-runtime.ts';
import type { Log } from './ports/log.port.ts';
import type { Secrets } from './ports/secrets.port.ts';
import type { PairContext, TransferProgress } from './sync/pair-context.ts';
import { makePairEngine } from './sync/pair-engine.ts';
import type { ComposeDesktop, ShellServices } from './app/desktop-app.ts';
import type { Backend, Snapshot } from '../preload/contract.ts';
import { openPairContext } from './compose-pair.ts';

export type ComposeOptions = {
  readonly home: string;
  readonly secrets: Secrets;
  /** Opens one checked URL in the person's browser. */
  readonly launch: (href: string) => Promise<void>;
  readonly logLevel: LogLevel;
  readonly writeLog: (line: string) => void;
  /** True in an installed build: failpoints are inert there. */
  readonly isPackaged: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where the machine's administrator keeps the policy; tests have one of their own. */
  readonly policyPath?: string;
  /** The desktop's first run begins without a configuration; the CLI says what is missing. */
  readonly isConfigOptional?: boolean;
};

/** Everything below one home directory, made but not yet running. */
export type App = {
  readonly config: AppConfig;
  readonly accounts: readonly AccountRuntime[];
  readonly pairs: readonly PairRuntime[];
  readonly log: Log;
  /** For `sync --once`, `plan` and the like: one pair's context without a running engine. The caller closes it. */
  openPair(
    id: string,
    onTransfer: (transfer: TransferProgress) => void,
    signal: AbortSignal,
  ): Promise<PairContext>;
  makeBackend(
    app: Snapshot['app'],
    revealFolder: ((path: string) => void) | null,
    signal: AbortSignal,
  ): Backend;
};

/** Throws SyncError config-missing or config-invalid with one line that names the field. */
export async function composeApp(options: ComposeOptions, signal: AbortSignal): Promise<App> {
  const managed = await readManagedPolicy(options.policyPath ?? managedPolicyPath(), signal);
  const config = await loadConfig(options, signal);
  for (const account of config.accounts) demandAllowed(account, managed);
  const secrets = new SecretRegistry();
  const log = createJsonLog({
    write: options.writeLog,
    level: options.logLevel,
    secrets,
    nowMs: () => systemClock.nowMs(),
  });
  await trustCertificates(
    config.accounts.flatMap((account) => (account.caFile === null ? [] : [account.caFile])),
    signal,
  );
  await mkdir(join(options.home, 'pairs'), { recursive: true, mode: 0o700 });
  const onSecret = (value: string): void => {
    secrets.add(value);
  };
  const accounts = config.accounts.map((account) => composeAccount(options, account, log, onSecret));
  const pairs = config.pairs.map((pair) => composePair(options, config, pair, accounts, log));
  return {
    config,
    accounts,
    pairs: pairs.map((pair) => pair.runtime),
    log,
    openPair: async (id, onTransfer, openSignal) => {
      const pair = pairs.find((one) => one.runtime.config.id === id);
      if (pair === undefined) throw unknownPair(id);
      return pair.open(onTransfer, openSignal);
    },
    makeBackend: (app, revealFolder, backendSignal) =>
      makeBackend(
        { app, accounts, pairs: pairs.map((pair) => pair.runtime), revealFolder, clock: systemClock, log },
        backendSignal,
      ),
  };
}

async function loadConfig(options: ComposeOptions, signal: AbortSignal): Promise<AppConfig> {
  try {
    return await new ConfigFile({ home: options.home, env: options.env }).load(signal);
  } catch (error) {
    const isMissing = isSyncError(error) && error.code === 'config-missing';
    if (isMissing && options.isConfigOptional === true) return { accounts: [], pairs: [] };
    throw error;
  }
}

function unknownPair(id: string): SyncError {
  return new SyncError({
    code: 'config-invalid',
    retry: 'user',
    scope: 'account',
    message: `there is no pair ${JSON.stringify(id)} in the configuration`,
    fields: { field: 'pair' },
  });
}

function composeAccount(
  options: ComposeOptions,
  config: AccountConfig,
  log: Log,
  onSecret: (value: string) => void,
): AccountRuntime {
  const clock = systemClock;
  const fetch: FetchLike = (url, init) => globalThis.fetch(url, init);
  const lockPath = join(options.home, 'locks', `${config.id}.lock`);
  const identity = createIdentity(config, {
    secrets: options.secrets,
    clock,
    log,
    fetch,
    lock: (step, signal) => withOsLock({ path: lockPath, clock }, step, signal),
    onSecret,
  });
  const brokerFor = (exchange: ExchangeConfig): CredentialBroker =>
    new CredentialBroker({
      identity,
      exchange: createExchange({ ...config, exchange }, { clock, fetch }),
      clock,
      random: systemRandom,
      log,
      onSecret,
    });
  const credentials = brokerFor(config.exchange);
  return makeAccountRuntime({
    config,
    identity,
    credentials,
    programCredentials:
      config.credentialsSession === undefined ? credentials : brokerFor(exchangeForPrograms(config)),
    openUrl: (url) => openUrl(url, { development: config.development }, options.launch),
    log,
  });
}

type ComposedPair = {
  readonly runtime: PairRuntime;
  open(onTransfer: (transfer: TransferProgress) => void, signal: AbortSignal): Promise<PairContext>;
};

function composePair(
  options: ComposeOptions,
  config: AppConfig,
  pair: PairConfig,
  accounts: readonly AccountRuntime[],
  log: Log,
): ComposedPair {
  const account = accounts.find((one) => one.id === pair.account);
  if (account === undefined) throw unknownPair(pair.id);
  const merged: PairConfig = { ...optionsOf(config), ...pair };
  let remoteLabel = `${pair.bucket}/${pair.prefix}`;
  const scan = merged.scan ?? defaultScan;
  const open: ComposedPair['open'] = async (onTransfer, signal) => {
    const context = await openPairContext({ options, pair: merged, account, log, onTransfer }, signal);
    remoteLabel = `${context.settings.binding.bucket}/${context.settings.binding.prefix}`;
    return context;
  };
  const engine = makePairEngine({
    id: pair.id,
    openContext: open,
    makeHints: () => new ChokidarHints(pair.folder),
    times: {
      settleMs: scan.settleMs,
      auditMs: scan.auditSeconds * 1000,
      pollMs: (merged.poll?.idleSeconds ?? 10) * 1000,
      activePollMs: (merged.poll?.activeSeconds ?? 3) * 1000,
    },
    clock: systemClock,
    random: systemRandom,
    log,
  });
  return { runtime: { config: merged, account, engine, remoteLabel: () => remoteLabel }, open };
}

/** The options beside the pairs; a pair's own value wins field by field. */
function optionsOf(config: AppConfig): Omit<AppConfig, 'accounts' | 'pairs'> {
  const { accounts: _accounts, pairs: _pairs, ...rest } = config;
  return rest;
}

/** Runs every pair until `stop`. The lock of the home directory is the caller's (rule 21). */
export function runApp(app: App): { stop(): Promise<void> } {
  const running = new AbortController();
  const ended = Promise.all([
    ...app.accounts.map((account) => account.restore(running.signal)),
    ...app.pairs.map((pair) => pair.engine.run(running.signal)),
  ]);
  // Restoring reports its own trouble; what is left is a bug and must be seen in the log.
  ended.catch((error: unknown) => {
    if (!running.signal.aborted) app.log.error('the engine ended unexpectedly', { message: String(error) });
  });
  return {
    async stop() {
      running.abort(
        new SyncError({ code: 'stopping', retry: 'never', scope: 'account', message: 'stopping' }),
      );
      await Promise.allSettled([ended]);
    },
  };
}

/** Everything for the desktop: the lock, the app, its backend. Without a configuration it runs empty, for the first run. */
export const composeDesktop: ComposeDesktop = async (services, signal) => {
  const lock = acquireEngineLock(services.home);
  if (lock.kind === 'held') throw engineBusy(services.home, lock.holder?.pid ?? null);
  try {
    const app = await composeApp(desktopOptions(services), signal);
    const ends = new AbortController();
    const backend = app.makeBackend(
      { version: services.version, home: 'desktop', platform: process.platform, locale: services.locale },
      services.revealInFileManager,
      ends.signal,
    );
    const running = runApp(app);
    return {
      backend,
      log: app.log,
      async stop() {
        await running.stop();
        ends.abort(new Error('stopped'));
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
};

function desktopOptions(services: ShellServices): ComposeOptions {
  return {
    home: services.home,
    secrets: services.secrets,
    launch: services.openExternal,
    logLevel: 'info',
    writeLog: fileLog(join(services.home, 'driftless.log')),
    isPackaged: services.isPackaged,
    env: process.env,
    isConfigOptional: true,
  };
}

/** Rule 21: a second writer is told who the first one is. */
export function engineBusy(home: string, pid: number | null): SyncError {
  return new SyncError({
    code: 'engine-running',
    retry: 'user',
    scope: 'account',
    message: `another Driftless${pid === null ? '' : ` (pid ${String(pid)})`} is running on ${home}; stop it or ask it with "driftless status"`,
    fields: { pid },
  });
}
