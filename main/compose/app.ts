// Makes and joins the adapters of one home: accounts, pairs and engines.
import { variableSegment } from '../core/access/isolation.ts';
import type { Conditions } from '../core/conditions.ts';
import type { AppConfig, PairConfig } from '../core/config/config.ts';
import { defaultScan } from '../core/config/config.ts';
import { makeInTurn } from '../core/in-turn.ts';
import type { InTurn } from '../core/in-turn.ts';
import type { ProxyResolver } from '../core/net/proxy.ts';
import { redactText } from '../core/redact.ts';
import { ChokidarWatcher } from '../adapters/watch/chokidar.ts';
import { EventQueue } from '../adapters/watch/event-queue.ts';
import { ConfigFile } from '../adapters/config/file.ts';
import { loadOrEmpty } from '../adapters/config/profile-import.ts';
import { sightOf } from '../adapters/config/watch.ts';
import { openLookStore } from '../adapters/config/app-settings.ts';
import { openState } from '../adapters/system/home/state-dir.ts';
import { protectHome, protectState } from '../adapters/system/home/data-dir.ts';
import { SecretRegistry, createJsonLog } from '../adapters/system/log.ts';
import type { LogLevel } from '../adapters/system/log.ts';
import { demandAllowed, managedPolicyPath, readManagedPolicy } from '../adapters/config/managed-policy.ts';
import { sightOfFolder } from '../adapters/disk/files.ts';
import { makePaceBook } from '../adapters/limits/pace-book.ts';
import type { PaceBook } from '../adapters/limits/pace-book.ts';
import { readConditions, thisMachine } from '../adapters/limits/machine-conditions.ts';
import { makePauseMemory } from '../adapters/limits/pause-file.ts';
import { readRecords } from '../adapters/sqlite/reader.ts';
import { systemClock, systemRandom } from '../adapters/system/clock.ts';
import { ofFolder } from '../app/account/runtime.ts';
import type { AccountRuntime } from '../app/account/runtime.ts';
import { watchIsolation } from '../app/isolation-watch.ts';
import { makeReleaseWatch } from '../app/release-watch.ts';
import type { PairRuntime } from '../app/pair-runtime.ts';
import type { ReleaseFacts, ReleaseStatus } from '../core/updates/release.ts';
import { followPairs, makeRegistry } from '../app/registry.ts';
import type { Registry, RegistryPart } from '../app/registry.ts';
import type { Log } from '../ports/log.port.ts';
import type { LookStore } from '../ports/look.port.ts';
import type { Secrets } from '../ports/secrets.port.ts';
import type { PairContext, TransferProgress } from '../sync/context.ts';
import { memoryOf } from '../sync/session/memory.ts';
import type { PairMemory } from '../sync/session/memory.ts';
import { makePairEngine } from '../sync/runner/pair-runner.ts';
import { LIMITS } from '../../preload/lean/limits.ts';
import { composeAccount, proxyOfEnvironment } from './account.ts';
import { makeChanges } from './changes.ts';
import type { Changes } from './changes.ts';
import { makeConditionWatch } from './conditions.ts';
import type { ConditionWatch } from './conditions.ts';
import { makeSharedLimits } from './limits.ts';
import { makeLiveSettings } from './live/settings.ts';
import type { PairEdits } from './pair-edits.ts';
import { pairEdits } from './pair-edits.ts';
import { unknownPair } from './pair-errors.ts';
import { makeNetwork } from './live/network.ts';
import { composeReleaseCheck } from './release.ts';
import { openPairContext, stateFile } from './pair.ts';
import { makePage } from './page/page.ts';
import type { Page, PageHome } from './page/page.ts';

export type ComposeOptions = {
  readonly home: string;
  readonly secrets: Secrets;
  /** Where else this home may hold sign-ins of the same accounts; a sign-out empties them too. */
  readonly otherSecrets?: readonly Secrets[];
  /** Opens one checked URL in the user's browser. */
  readonly launch: (href: string, purpose?: 'sign-in' | 'sign-out') => Promise<void>;
  readonly logLevel: LogLevel;
  readonly writeLog: (line: string) => void;
  /** True in an installed build: failpoints are inert there. */
  readonly isPackaged: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** How to get out of this network; without it `HTTPS_PROXY` and `NO_PROXY` of `env` say so. */
  readonly proxyFor?: ProxyResolver;
  /** What is known of power and network; without it Linux is asked. Never rejects. */
  readonly readConditions?: (signal: AbortSignal) => Promise<Conditions>;
  /** Where the machine's administrator keeps the policy; tests have one of their own. */
  readonly policyPath?: string;
  /** Version of the running program. */
  readonly version: string;
  /** The desktop's first run begins without a configuration; the CLI says what is missing. */
  readonly isConfigOptional?: boolean;
  /** Shared with the apps before and after this one in the process: its changes of settings wait for theirs. */
  readonly inTurn?: InTurn;
  /** The process ends after one pass over its pairs, and has nothing to answer meanwhile: small trees are listed without a worker. */
  readonly isOnePass?: boolean;
};

/** Everything below one home directory, made but not yet running. */
export type App = PairEdits & {
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
  /** Told of what was added while it runs; `accounts` and `pairs` above have it too. */
  onAdded(listener: (added: RegistryPart) => void): () => void;
  /** Runs until the signal: what the role of this account is seen to reach goes into its view. */
  watchIsolation(account: AccountRuntime, signal: AbortSignal): Promise<void>;
  /** Told of a pair that is taken out while it runs; ends what it does with it before it resolves. */
  onRemoved(listener: (pair: PairRuntime) => Promise<void>): () => void;
  /** Runs until the signal: what of the configuration holds without a restart does so within seconds. */
  followSettings(signal: AbortSignal): Promise<void>;
  readonly conditions: ConditionWatch;
  /** Is a newer version out? Asks at most once a day, never throws. */
  checkRelease(signal: AbortSignal): Promise<ReleaseStatus>;
  /** The last accepted release manifest, verified again; null where there is none or updates are off. */
  acceptedRelease(): Promise<ReleaseFacts | null>;
  /** Runs until the signal, or until there is nothing to ask. */
  watchRelease(signal: AbortSignal): Promise<void>;
  /**
   * Limits, proxy, certificates and credentials for other programs are those of these settings from now on, also for transfers
   * under way. For one who has the turn of all changes. Throws SyncError config-invalid where a certificate cannot be read.
   */
  applyLive(config: AppConfig, signal: AbortSignal): Promise<void>;
  /** To be ended before another app, or none, runs by the settings. */
  readonly changes: Pick<Changes, 'end' | 'ended'>;
  /** Takes the secrets of this run out of a text. */
  readonly redact: (text: string) => string;
  makePage(page: PageHome, signal: AbortSignal): Page;
};

/** Throws SyncError config-missing or config-invalid with one line that names the field. */
export async function composeApp(options: ComposeOptions, signal: AbortSignal): Promise<App> {
  const { isOpenToOthers } = protectHome(options.home);
  const managed = await readManagedPolicy(options.policyPath ?? managedPolicyPath(), signal);
  const seen = await sightOf(configFile(options).path);
  const config = await loadConfig(options, signal);
  const secrets = new SecretRegistry(() => systemClock.monotonicMs());
  const log = createJsonLog({
    write: options.writeLog,
    level: options.logLevel,
    secrets,
    nowMs: () => systemClock.nowMs(),
  });
  openState(options.home);
  protectState(options.home);
  if (isOpenToOthers) log.warn('other users may enter the folder of the settings', { home: options.home });
  const telling = { log, secrets, redact: (text: string) => redactText(text, secrets.values()) };
  const ofProcess = (value: string): void => {
    secrets.add(value, null);
  };
  const network = makeNetwork({
    ...{ first: config, env: options.env, isFixed: options.isOnePass === true },
    usual: options.proxyFor ?? proxyOfEnvironment(options.env, ofProcess),
  });
  const paces = makePaceBook(systemClock, config);
  const look = openLookStore(options.home);
  const conditions = watchConditions(options, look, log);
  const changes = makeChanges(options.inTurn ?? makeInTurn());
  const limitParts = { config: configFile(options), first: config.limits ?? {}, paces, changes };
  const limits = makeSharedLimits(limitParts);
  const release = composeReleaseCheck(options, { config, managed, proxyFor: network.proxyFor, log });
  const releases = makeReleaseWatch(release.check, systemClock);
  const isForbiddenToPrograms = managed.disabled.includes('credentials');
  const ofPairs = { options, paces, eventQueue: new EventQueue(), log };
  const openers = new Map<string, ComposedPair['open']>();
  /** What of the settings is not there yet. */
  const compose = async (now: AppConfig, has: RegistryPart, by: AbortSignal): Promise<RegistryPart> => {
    const accounts: AccountRuntime[] = [];
    for (const account of now.accounts.filter(({ id }) => !has.accounts.some((one) => one.id === id))) {
      await demandAllowed(account, managed);
      const shared = { ...(await network.partsOf(account, by)), ...telling };
      accounts.push(composeAccount(options, account, { ...shared, isForbiddenToPrograms }));
    }
    const known = { ...ofPairs, config: now, accounts: [...has.accounts, ...accounts] };
    const pairs = now.pairs
      .filter(({ id }) => !has.pairs.some((one) => one.config.id === id))
      .map((pair) => composePair(known, pair));
    for (const pair of pairs) openers.set(pair.runtime.config.id, pair.open);
    return { accounts, pairs: pairs.map((pair) => pair.runtime) };
  };
  const registry = makeRegistry(await compose(config, { accounts: [], pairs: [] }, signal));
  followPairs(registry);
  const live = makeLiveSettings({
    ...{ config: configFile(options), first: config, seen },
    load: (by) => loadConfig(options, by),
    ...{ limits, network, registry, changes, log },
  });
  const app: App = {
    redact: telling.redact,
    config,
    accounts: registry.accounts,
    pairs: registry.pairs,
    log,
    openPair: (id, onTransfer, by) => openPair(openers.get(id), id, onTransfer, by),
    onAdded: (listener) => registry.onAdded(listener),
    watchIsolation: (account, watchSignal) => watchAccount(registry, account, log, watchSignal),
    ...pairEdits({
      ...{ home: options.home, config: configFile(options), first: config },
      ...{ registry, openers, paces, compose, changes },
    }),
    changes,
    onRemoved: (listener) => registry.onRemoved(listener),
    followSettings: (by) => live.follow(by),
    conditions,
    checkRelease: release.check,
    acceptedRelease: release.accepted,
    watchRelease: (by) => releases.run(by),
    makePage: (page, by) => makePage({ options, app, registry, look, limits, live, releases, log }, page, by),
    applyLive: (now, by) => live.apply(now, by),
  };
  return app;
}

async function openPair(
  open: ComposedPair['open'] | undefined,
  id: string,
  onTransfer: (transfer: TransferProgress) => void,
  signal: AbortSignal,
): Promise<PairContext> {
  if (open === undefined) throw unknownPair(id);
  return open(onTransfer, signal);
}

function watchConditions(options: ComposeOptions, look: LookStore, log: Log): ConditionWatch {
  return makeConditionWatch({
    read: options.readConditions ?? ((by) => readConditions(thisMachine, by)),
    settings: () => look.read(),
    clock: systemClock,
    log,
  });
}

function configFile({ home, env }: ComposeOptions): ConfigFile {
  return new ConfigFile({ home, env });
}

function watchAccount(
  registry: Registry,
  account: AccountRuntime,
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  const parts = {
    account,
    pairs: () => registry.pairs.filter((pair) => pair.account === account).map((pair) => pair.config),
    onChange: (listener: () => void) => {
      const unlisten = [account.onChange(listener), registry.onAdded(listener)];
      return () => {
        for (const end of unlisten) end();
      };
    },
    look: async (pair: PairConfig, by: AbortSignal) => {
      // With the SDK's client, which a pass of a command needs nothing of.
      const { runIsolationCheck } = await import('../adapters/isolation/check.ts');
      return runIsolationCheck(ofFolder(account, pair), pair, null, by);
    },
    clock: systemClock,
    log,
  };
  return watchIsolation(parts, signal);
}

function loadConfig(options: ComposeOptions, signal: AbortSignal): Promise<AppConfig> {
  const file = configFile(options);
  return options.isConfigOptional === true ? loadOrEmpty(file, signal) : file.load(signal);
}

type ComposedPair = {
  readonly runtime: PairRuntime;
  readonly open: (
    onTransfer: (transfer: TransferProgress) => void,
    signal: AbortSignal,
  ) => Promise<PairContext>;
};

/** As many as the page shows. */
const activityShown = LIMITS.activity;

type Composing = {
  readonly options: ComposeOptions;
  readonly config: AppConfig;
  readonly accounts: readonly AccountRuntime[];
  readonly paces: PaceBook;
  readonly eventQueue: EventQueue;
  readonly log: Log;
};

function composePair(composing: Composing, pair: PairConfig): ComposedPair {
  const { options, config, accounts, paces, eventQueue, log } = composing;
  const account = accounts.find((one) => one.id === pair.account);
  if (account === undefined) throw unknownPair(pair.id);
  const merged: PairConfig = { ...optionsOf(config), ...pair };
  // A prefix that names the user is known only after a sign-in.
  let remoteLabel = variableSegment(pair.prefix) === null ? `${pair.bucket}/${pair.prefix}` : pair.bucket;
  const scan = merged.scan ?? defaultScan;
  const spent = options.isOnePass === true ? { spent: new Map<string, number>() } : {};
  const open: ComposedPair['open'] = async (onTransfer, signal) => {
    const parts = { options, pair: merged, account, paces: paces.of(merged), log, onTransfer, ...spent };
    const context = await openPairContext(parts, signal);
    remoteLabel = `${context.settings.binding.bucket}/${context.settings.binding.prefix}`;
    return context;
  };
  const memory = (): PairMemory | null =>
    readRecords(stateFile(options.home, pair.id), (records) => memoryOf(records, activityShown));
  const engine = makePairEngine({
    id: pair.id,
    openContext: open,
    onRetry: () => {
      account.credentials.retryNow();
      account.credentialsOf(merged).retryNow();
    },
    rememberedQuestions: () => memory()?.questions ?? [],
    makeWatcher: () => new ChokidarWatcher(pair.folder, { queue: eventQueue }),
    rootSight: () => sightOfFolder(pair.folder),
    pauseMemory: makePauseMemory(options.home, pair.id, log),
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
  const history: PairRuntime['history'] = (limit) =>
    engine.context()?.store.activity(limit) ??
    readRecords(stateFile(options.home, pair.id), (records) => records.activity(limit)) ??
    [];
  const label = (): string => remoteLabel;
  return { runtime: { config: merged, account, engine, remoteLabel: label, memory, history }, open };
}

/** The options beside the pairs; a pair's own value wins field by field. */
function optionsOf(config: AppConfig): Omit<AppConfig, 'accounts' | 'pairs' | 'updates' | 'proxy'> {
  const { accounts: _accounts, pairs: _pairs, updates: _updates, proxy: _proxy, ...rest } = config;
  return rest;
}
