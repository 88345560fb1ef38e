// Runs an app: its accounts, its pairs, and what is added to both while it runs.
import { SyncError } from '../core/model/errors.ts';
import { watchNetwork } from '../adapters/http/network-watch.ts';
import { watchSleep } from '../adapters/watch/sleep-watch.ts';
import type { PairRuntime } from '../app/pair-runtime.ts';
import type { RegistryPart } from '../app/registry.ts';
import type { App } from './app.ts';

export type RunningApp = {
  /** Another try at once of all that stands still or waits: the machine woke up, or the network came back. */
  wake(why: string): void;
  /** Power or network may have changed. */
  conditionsChanged(): void;
  stop(): Promise<void>;
};

/** Runs every pair until `stop`. The lock of the home directory is the caller's (rule 21). */
export function runApp(app: App): RunningApp {
  const running = new AbortController();
  const { signal } = running;
  const steps: Promise<unknown>[] = [];
  const runs = new Map<PairRuntime, PairRun>();
  /** Such work reports its own trouble; if it rejects all the same, that is a bug and must be seen in the log. */
  function step(work: Promise<unknown>, whatEnded: string): void {
    work.catch((error: unknown) => {
      if (!signal.aborted) app.log.error(whatEnded, { message: String(error) });
    });
    steps.push(work);
  }
  // Never rejects.
  const looked = app.conditions.look(signal).then(holdAll);
  // Where they may pause a pair they are known before it begins, so that nothing is sent that should wait.
  const known = app.conditions.isWanted() ? looked : Promise.resolve();
  function holdAll(): void {
    for (const pair of app.pairs) pair.engine.hold(app.conditions.reason());
  }
  const unfollow = app.conditions.onChange(holdAll);
  function run({ accounts, pairs }: RegistryPart): void {
    const ended = [
      ...accounts.map(async (account) => {
        await account.restore(signal);
        await app.watchIsolation(account, signal);
      }),
      ...pairs.map((pair) => {
        const one = runPair(pair, known, signal);
        runs.set(pair, one);
        return one.ended;
      }),
    ];
    step(Promise.all(ended), 'the engine ended unexpectedly');
  }
  run(app);
  step(app.followSettings(signal), 'settings are not followed any more');
  step(app.conditions.follow(signal), 'power and network are not watched any more');
  step(app.watchRelease(signal), 'new versions are not looked for any more');
  const conditionsChanged = (): void => {
    void app.conditions.look(signal); // never rejects
  };
  const unlisten = [
    unfollow,
    app.onAdded((added) => {
      holdAll();
      run(added);
    }),
    app.onRemoved(async (pair) => {
      await runs.get(pair)?.stop();
      runs.delete(pair);
    }),
  ];
  const wake = (why: string): void => {
    app.log.info('woken up', { why });
    for (const pair of app.pairs) pair.engine.retryNow();
    conditionsChanged();
  };
  const network = watchNetwork({
    onChange: () => {
      wake('network');
    },
  });
  const sleep = watchSleep({
    onWake: () => {
      wake('sleep');
    },
  });
  return {
    wake,
    conditionsChanged,
    async stop() {
      network.stop();
      sleep.stop();
      running.abort(stopping());
      await Promise.allSettled(steps);
      // Until then: an edit that is being made waits for the end of its pair.
      for (const end of unlisten) end();
    },
  };
}

type PairRun = { readonly ended: Promise<void>; readonly stop: () => Promise<void> };

/** A pair of its own signal, so that it can be taken out while the others run. */
function runPair(pair: PairRuntime, known: Promise<void>, signal: AbortSignal): PairRun {
  const own = new AbortController();
  const ended = known.then(() => pair.engine.run(AbortSignal.any([signal, own.signal])));
  return {
    ended,
    stop: () => {
      own.abort(stopping());
      return ended;
    },
  };
}

function stopping(): SyncError {
  return new SyncError({ code: 'stopping', retry: 'slow', scope: 'account', message: 'stopping' });
}
