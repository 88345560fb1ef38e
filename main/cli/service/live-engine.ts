// The engine of `serve`. Re-reads its settings while process, lock, page and socket stay up.
import { isDeepStrictEqual } from 'node:util';
import type { App } from '../../compose/app.ts';
import { runApp } from '../../compose/run.ts';
import type { RunningApp } from '../../compose/run.ts';
import type { AccountConfig, AppConfig } from '../../core/config/config.ts';
import { makeInTurn } from '../../core/in-turn.ts';
import type { InTurn } from '../../core/in-turn.ts';
import type { Backend } from '../../../preload/contract.ts';
import { engineRequests } from '../../control/requests.ts';
import type { ExtraRequest } from '../../control/socket.ts';

export type LiveEngine = {
  /** Both speak of the settings that were read last. */
  readonly backend: Backend;
  readonly extras: Readonly<Record<string, ExtraRequest>>;
  run(): void;
  /**
   * True: the settings had changed, and the engine runs by them now; where only what holds without a restart differs, nothing restarts.
   * Rejects with SyncError config-invalid where they cannot be used; then it runs on as before. A sign-in that is only
   * in memory ends where it restarts.
   */
  reload(signal: AbortSignal): Promise<boolean>;
  stop(): Promise<void>;
};

export type LiveParts = {
  /** Reads the settings. All that it makes change them in these turns. */
  readonly makeApp: (inTurn: InTurn) => Promise<App>;
  readonly makeBackend: (app: App, signal: AbortSignal) => Backend;
  /** Another backend answers from now on: open pages must look again. */
  readonly onSwitch: (backend: Backend) => void;
};

type Generation = {
  readonly app: App;
  /** The settings that it runs by: its app's, with what was changed later and holds without a restart. */
  config: AppConfig;
  readonly backend: Backend;
  readonly extras: Readonly<Record<string, ExtraRequest>>;
  readonly ends: AbortController;
  running: RunningApp | null;
};

async function makeGeneration({ makeApp, makeBackend }: LiveParts, inTurn: InTurn): Promise<Generation> {
  const app = await makeApp(inTurn);
  const ends = new AbortController();
  return {
    app,
    config: app.config,
    ends,
    backend: makeBackend(app, ends.signal),
    extras: engineRequests(app),
    running: null,
  };
}

/** What an engine must start again for; the rest holds for transfers under way (docs/decisions/0020). */
function fixedPart(config: AppConfig): unknown {
  const { limits: _limits, proxy: _proxy, accounts, pairs, ...rest } = config;
  return {
    ...rest,
    accounts: accounts.map(fixedFacts),
    pairs: pairs.map(({ limits: _own, ...pair }) => pair),
  };
}

function fixedFacts({ caFile: _file, credentialsEnabled: _isOn, ...account }: AccountConfig): unknown {
  return account;
}

async function end(generation: Generation): Promise<void> {
  await generation.running?.stop();
  generation.ends.abort(new Error('stopped'));
}

/** Until a sign-out has emptied the store, the next app could renew from it, and work on with what it gets. */
async function signedOutWholly({ app }: Generation): Promise<void> {
  await Promise.all(app.accounts.map((account) => account.signedOutWholly()));
}

/**
 * The browser answers the app that opened it: what that one stores, the next one takes up. One for an account that is gone, or is
 * another by now, ends: its token would be stored for settings that do not name its provider any more.
 */
function continueSignIns(from: App, to: App, signal: AbortSignal): void {
  for (const before of from.accounts) {
    const pending = before.pendingSignIn();
    if (pending === null) continue;
    const account = to.accounts.find(({ id }) => id === before.id);
    if (account === undefined || !isDeepStrictEqual(fixedFacts(account.config), fixedFacts(before.config))) {
      pending.cancel();
      continue;
    }
    void account.continueSignIn(pending, signal).then((isSignedIn) => {
      if (isSignedIn) for (const pair of to.pairs) if (pair.account === account) pair.engine.signedIn();
    });
  }
}

export async function makeLiveEngine(parts: LiveParts): Promise<LiveEngine> {
  // Reloads, the end and every change of settings wait for each other: what is read again are the settings that were changed last.
  const inTurn = makeInTurn();
  let current = await makeGeneration(parts, inTurn);
  let isStopped = false;
  async function reload(signal: AbortSignal): Promise<boolean> {
    const next = await makeGeneration(parts, inTurn);
    signal.throwIfAborted();
    const { config } = next.app;
    // The page may have changed pairs since the settings were read.
    const isRunning = isDeepStrictEqual(fixedPart(config), fixedPart(current.app.running()));
    if (isStopped || isRunning) {
      const isSame = isDeepStrictEqual(config, current.config);
      await current.app.applyLive(config, signal);
      current.config = config;
      await end(next);
      return !isStopped && !isSame;
    }
    current.app.changes.end();
    await end(current);
    await signedOutWholly(current);
    continueSignIns(current.app, next.app, next.ends.signal);
    current = next;
    current.running = runApp(next.app);
    parts.onSwitch(next.backend);
    return true;
  }
  const forward = (name: string): ExtraRequest => {
    return (input, say, signal) => {
      const extra = current.extras[name];
      if (extra === undefined) throw new Error(`no request ${name}`);
      return extra(input, say, signal);
    };
  };
  return {
    backend: {
      snapshot: () => current.backend.snapshot(),
      subscribe: (listener, everyMs) => current.backend.subscribe(listener, everyMs),
      get commands() {
        return current.backend.commands;
      },
      reportFailure: (request, cause) => current.backend.reportFailure?.(request, cause),
    },
    extras: Object.fromEntries(Object.keys(current.extras).map((name) => [name, forward(name)])),
    run() {
      current.running = runApp(current.app);
    },
    reload: (signal) => inTurn(() => reload(signal), signal),
    stop: async () => {
      isStopped = true;
      current.app.changes.end();
      await Promise.all([end(current), inTurn(() => end(current))]);
    },
  };
}
