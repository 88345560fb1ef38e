// One pair while the program runs: its engine, its account, and the last that is known for the page.
import type { PairConfig } from '../core/config.ts';
import { isSyncError } from '../core/errors.ts';
import type { SyncError } from '../core/errors.ts';
import type { PairEngine, PairEngineFacts } from '../sync/pair-facts.ts';
import type { ActivityView, PairView, ProblemView } from '../../preload/contract.ts';
import type { AccountRuntime } from './account-runtime.ts';
import { activityOf, problemsOf, viewOfPair } from './pair-view.ts';

export type PairRuntime = {
  readonly config: PairConfig;
  readonly account: AccountRuntime;
  readonly engine: PairEngine;
  /** `bucket/prefix` as text for the person. */
  readonly remoteLabel: () => string;
};

export type PairPart = {
  readonly view: PairView;
  readonly activity: readonly ActivityView[];
  readonly problems: readonly ProblemView[];
};

/** Reads what the page shows; where the pair is closed (trouble, pause) the last known rows stay. */
export function makePairReader(pair: PairRuntime): () => PairPart {
  let counts = { files: 0, folders: 0, bytes: 0 };
  let activity: readonly ActivityView[] = [];
  let problems: readonly ProblemView[] = [];
  return () => {
    const facts = pair.engine.facts();
    const store = pair.engine.context()?.store;
    if (store !== undefined) {
      counts = store.counts();
      activity = activityOf(pair.config.id, store);
      problems = problemsOf(pair.config.id, store, facts);
    }
    noteAccount(pair.account, facts);
    return {
      view: viewOfPair({
        config: pair.config,
        remoteLabel: pair.remoteLabel(),
        isSignedIn: pair.account.isSignedIn(),
        facts,
        counts,
        problemCount: problems.length,
      }),
      activity,
      problems,
    };
  };
}

/** After a sign-in: goes on, or begins anew where somebody else is signed in now, whose prefix is another. */
export function resumePairs(pairs: readonly PairRuntime[], account: AccountRuntime, sub: string): void {
  for (const { account: of, engine } of pairs) {
    if (of !== account) continue;
    const bound = engine.context()?.settings.binding.principal ?? sub;
    if (bound === sub) engine.retryNow();
    else engine.restart();
  }
}

function noteAccount(account: AccountRuntime, facts: PairEngineFacts): void {
  const error: SyncError | null = facts.trouble?.error ?? null;
  if (error !== null && isSyncError(error) && error.scope === 'account') account.note(error);
  else if (error === null && facts.activity !== 'starting') account.note(null);
}
