// Backend of both UIs: state snapshot and commands, as defined in preload/contract.ts.
import { isSyncError } from '../core/model/errors.ts';
import { verdictOf } from '../core/status.ts';
import type { Clock } from '../ports/clock.port.ts';
import type { Log } from '../ports/log.port.ts';
import type { PairEngine } from '../sync/runner/pair-status.ts';
import { restoreTrash } from '../sync/operations/restore.ts';
import { failed, LIMITS } from '../../preload/contract.ts';
import type { Backend, Commands, Output, Result, Snapshot } from '../../preload/contract.ts';
import { createPublisher } from '../../preload/snapshot-events.ts';
import type { SnapshotContent } from '../../preload/snapshot-events.ts';
import { ofSignIn } from './account-runtime.ts';
import type { AccountRuntime } from './account-runtime.ts';
import { viewOfPlan } from './pair-view.ts';
import type { Roster, RosterPart } from './roster.ts';
import type { Setup } from './setup.ts';
import { makePairReader, resumePairs } from './pair-runtime.ts';
import type { PairRuntime } from './pair-runtime.ts';

export type BackendParts = {
  readonly app: Snapshot['app'];
  readonly roster: Roster;
  readonly setup: Setup;
  /** Shows the folder in the file manager; null without one (a server). */
  readonly revealFolder: ((absolutePath: string) => void) | null;
  readonly clock: Clock;
  readonly log: Log;
};

/** Minimum interval between two events (at most four per second). */
const publishEveryMs = 250;

/** `stop` ends the events; the snapshot stays readable. */
export function makeBackend(parts: BackendParts, signal: AbortSignal): Backend {
  const readers = parts.roster.pairs.map((pair) => makePairReader(pair));
  const publisher = createPublisher(contentOf(parts, readers));
  let isDirty = false;
  let isTimed = false;
  function publishNow(): void {
    isDirty = false;
    publisher.publish(contentOf(parts, readers));
  }
  async function publishLater(): Promise<void> {
    // One command changes several facts: they are published together.
    await Promise.resolve();
    publishNow();
    await parts.clock.sleep(publishEveryMs, signal);
    isTimed = false;
    if (isDirty) changed();
  }
  function changed(): void {
    isDirty = true;
    if (isTimed || signal.aborted) return;
    isTimed = true;
    publishLater().catch((error: unknown) => {
      if (!signal.aborted) parts.log.error('status could not be announced', { message: String(error) });
    });
  }
  function follow({ accounts, pairs }: RosterPart): void {
    for (const account of accounts) account.onChange(changed);
    for (const pair of pairs) pair.engine.onChange(changed);
  }
  follow(parts.roster);
  parts.setup.onChange(changed);
  parts.roster.onAdded((added) => {
    readers.push(...added.pairs.map((pair) => makePairReader(pair)));
    follow(added);
    changed();
  });
  return {
    snapshot: () => {
      // A snapshot is current; the last event may be a quarter of a second old.
      if (!publisher.isPublishing()) publisher.publish(contentOf(parts, readers));
      return publisher.snapshot();
    },
    subscribe: (listener) => publisher.subscribe(listener),
    commands: commandsOf(parts),
    reportFailure: (request, cause) => {
      parts.log.error('a request failed', {
        request,
        message: cause instanceof Error ? cause.message : String(cause),
        stack: cause instanceof Error ? cause.stack : undefined,
      });
    },
  };
}

function contentOf(
  parts: BackendParts,
  readers: readonly ReturnType<typeof makePairReader>[],
): SnapshotContent {
  const pairs = readers.map((read) => read());
  const accounts = parts.roster.accounts.map((account) => account.view());
  return {
    app: parts.app,
    overall: verdictOf({ accounts, pairs: pairs.map((pair) => pair.view) }).overall,
    accounts,
    pairs: pairs.map((pair) => pair.view).slice(0, LIMITS.pairs),
    activity: pairs
      .flatMap((pair) => pair.activity)
      .sort((a, b) => b.atMs - a.atMs)
      .slice(0, LIMITS.activity),
    problems: pairs.flatMap((pair) => pair.problems).slice(0, LIMITS.problems),
    setup: parts.setup.view(),
  };
}

const ok: Result<null> = { ok: true, value: null };

function commandsOf(parts: BackendParts): Commands {
  const { setup } = parts;
  const findAccount = (id: string): AccountRuntime | undefined =>
    parts.roster.accounts.find((one) => one.id === id);
  const findPair = (id: string): PairRuntime | undefined =>
    parts.roster.pairs.find((one) => one.config.id === id);
  const forPairs = (id: string | null, act: (engine: PairEngine) => void): Result<null> => {
    const chosen =
      id === null ? parts.roster.pairs : parts.roster.pairs.filter((one) => one.config.id === id);
    if (id !== null && chosen.length === 0) return failed('unknown-pair');
    for (const pair of chosen) act(pair.engine);
    return ok;
  };
  return {
    signIn: ({ accountId, another = false }, signal) =>
      signIn(parts, { account: findAccount(accountId), another }, signal),
    cancelSignIn: ({ accountId }) => {
      findAccount(accountId)?.cancelSignIn();
      return Promise.resolve(ok);
    },
    signOut: async ({ accountId }, signal) => {
      const account = findAccount(accountId);
      if (account === undefined) return failed('unknown-account');
      await account.signOut(signal);
      for (const pair of parts.roster.pairs) if (pair.account === account) pair.engine.restart();
      return ok;
    },
    pause: ({ pairId }) =>
      Promise.resolve(
        forPairs(pairId, (engine) => {
          engine.pause();
        }),
      ),
    resume: ({ pairId }) =>
      Promise.resolve(
        forPairs(pairId, (engine) => {
          engine.resume();
        }),
      ),
    syncNow: ({ pairId }) =>
      Promise.resolve(
        forPairs(pairId, (engine) => {
          engine.syncNow();
        }),
      ),
    checkNow: ({ pairId }) =>
      Promise.resolve(
        forPairs(pairId, (engine) => {
          engine.checkNow();
        }),
      ),
    plan: ({ pairId }, signal) => preview(findPair(pairId), signal),
    answerGuard: ({ pairId, guardId, answer }) =>
      Promise.resolve(
        findPair(pairId)?.engine.answer(guardId, answer) === true ? ok : failed('unknown-guard'),
      ),
    revealFolder: ({ pairId }) => {
      const pair = findPair(pairId);
      if (pair === undefined) return Promise.resolve(failed('unknown-pair'));
      if (parts.revealFolder === null) return Promise.resolve(failed('not-on-this-machine'));
      parts.revealFolder(pair.config.folder);
      return Promise.resolve(ok);
    },
    listTrash: ({ pairId }) => Promise.resolve(listTrash(findPair(pairId))),
    restoreTrash: async ({ pairId, id }, signal) => {
      const context = findPair(pairId)?.engine.context() ?? null;
      if (context === null) return failed('pair-not-running');
      const restored = await restoreTrash(context, id, signal);
      return restored.kind === 'restored' ? ok : failed(restored.code);
    },
    proposeProfile: (given, signal) => setup.propose(given, signal),
    chooseFolder: (input) => setup.chooseFolder(input),
    acceptProfile: (input, signal) => setup.accept(input, signal),
    rejectProfile: (input) => Promise.resolve(setup.reject(input)),
    dismissRefusal: () => Promise.resolve(setup.dismissRefusal()),
  };
}

async function signIn(
  parts: BackendParts,
  { account, another }: { readonly account: AccountRuntime | undefined; readonly another: boolean },
  signal: AbortSignal,
): Promise<Result<null>> {
  if (account === undefined) return failed('unknown-account');
  try {
    await account.signIn({ choosesAccount: another, onDeviceCode: () => undefined }, signal);
    resumePairs(parts.roster.pairs, account, (await account.credentials.principal(signal)).sub);
  } catch (error) {
    if (!isSyncError(error)) throw error;
    return failed(ofSignIn(error).code, error.fields);
  }
  return ok;
}

async function preview(pair: PairRuntime | undefined, signal: AbortSignal): Promise<Result<Output<'plan'>>> {
  if (pair === undefined) return failed('pair-not-running');
  try {
    const previewed = await pair.engine.preview(signal);
    if (previewed.kind === 'guard') {
      return { ok: true, value: viewOfPlan(pair.config.id, [], [previewed.guard]) };
    }
    const { ops, guards } = previewed.planned;
    return { ok: true, value: viewOfPlan(pair.config.id, ops, guards) };
  } catch (error) {
    if (!isSyncError(error)) throw error;
    return failed(error.code, error.fields);
  }
}

function listTrash(pair: PairRuntime | undefined): Result<Output<'listTrash'>> {
  const store = pair?.engine.context()?.store;
  if (store === undefined) return failed('pair-not-running');
  const items = [...store.trash()].sort((a, b) => b.atMs - a.atMs).slice(0, LIMITS.trash);
  return {
    ok: true,
    value: items.map((item) => ({
      id: item.id,
      path: item.path,
      removedAtMs: item.atMs,
      bytes: item.sizeBytes,
      side: item.side,
    })),
  };
}
