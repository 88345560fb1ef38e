// One cycle's thinking: what the state says, what the planner makes of it, and whether a guard stands in the way.
import { addAccounting, defaultThresholds, emptyAccounting, guard, tallyPlan } from '../core/guard.ts';
import type { GuardAccounting, GuardThresholds } from '../core/guard.ts';
import type { Op, RelPath } from '../core/model.ts';
import { ancestorsOf } from '../core/path.ts';
import { plan } from '../core/plan.ts';
import type { Guard, Plan, PlanPolicy, PlanProblem } from '../core/plan-types.ts';
import type { PairContext } from './pair-context.ts';

/** Rows planned at a time; the next cycle takes the rest. Bounds memory at a first sync of a million files. */
const maxRows = 50_000;

/** Enough for a person to see what is wrong; a bucket of a million clashes must not fill the heap. */
const maxRemoteProblems = 1000;

/** What is known about the looks that this plan rests on. */
export type Sight = {
  readonly localComplete: boolean;
  readonly remoteComplete: boolean;
  /** Hinted since their look began. */
  readonly hinted: ReadonlySet<RelPath>;
  readonly caseSensitive: boolean;
};

export type Planned = {
  readonly plan: Plan;
  readonly guards: readonly Guard[];
  readonly problems: readonly PlanProblem[];
  readonly ops: readonly Op[];
};

export function makePlan(context: PairContext, sight: Sight, approvals: ReadonlySet<string>): Planned {
  const { store } = context;
  const entries = store.unsettled(maxRows);
  const made = plan({
    entries,
    lookups: {
      entry: (path) => store.entry(path),
      summary: (dir) => store.summary(dir),
      children: (dir) => store.children(dir),
      findBase: (query) => store.findBase(query),
    },
    policy: policyOf(context, sight),
  });
  const entry = (path: RelPath) => store.entry(path);
  const guards = guard({
    plan: made,
    entry,
    accounting: accountingOf(context),
    totals: store.counts(),
    thresholds: thresholdsOf(context),
    approvals,
  });
  return { plan: made, guards, problems: withRemoteUnknown(context, made.problems), ops: made.waves.flat() };
}

/** Unknown cells never reach the planner, but a person has to be told why they are left alone. */
function withRemoteUnknown(
  context: Pick<PairContext, 'store'>,
  known: Planned['problems'],
): Planned['problems'] {
  const named = new Set(known.map((problem) => problem.path));
  const added = context.store
    .remoteUnknown(maxRemoteProblems)
    .filter(({ path }) => !named.has(path))
    .map(({ path, reason }): PlanProblem => ({ path, code: reason, fields: {} }));
  return added.length === 0 ? known : [...known, ...added];
}

function policyOf(context: PairContext, sight: Sight): PlanPolicy {
  const { settings, clock, abilities } = context;
  const nowMs = clock.nowMs();
  return {
    mode: settings.mode,
    propagateDeletes: settings.propagateDeletes,
    caseSensitive: sight.caseSensitive,
    windowsNames: settings.windowsNames,
    dateLabel: new Date(nowMs).toISOString().slice(0, 10),
    deviceName: settings.deviceName,
    localComplete: sight.localComplete,
    remoteComplete: sight.remoteComplete,
    hinted: sight.hinted,
    held: heldPaths(context, nowMs),
    serverCopy: abilities.copyConditions || abilities.versioned,
  };
}

/** A path that waits for its back-off, and all below it. */
function heldPaths(context: Pick<PairContext, 'store'>, nowMs: number): (path: RelPath) => boolean {
  const held = new Set(
    context.store
      .problems()
      // Without an attempt it only tells the person why something is left alone; unknown cells hold themselves back.
      .filter((one) => one.attempts > 0 && (one.retryAtMs === null || one.retryAtMs > nowMs))
      .map((one) => one.path),
  );
  if (held.size === 0) return () => false;
  return (path) => held.has(path) || ancestorsOf(path).some((dir) => held.has(dir));
}

function thresholdsOf(context: PairContext): GuardThresholds {
  const { guards } = context.settings.options;
  return {
    maxFiles: guards?.maxRemovals ?? defaultThresholds.maxFiles,
    maxSharePercent: guards?.maxSharePercent ?? defaultThresholds.maxSharePercent,
    minShareFiles: defaultThresholds.minShareFiles,
    maxConflicts: guards?.maxConflicts ?? defaultThresholds.maxConflicts,
  };
}

function accountingOf(context: Pick<PairContext, 'store'>): GuardAccounting {
  const text = context.store.meta('guardAccounting');
  return text === null ? emptyAccounting : (JSON.parse(text) as GuardAccounting); // our own database wrote it
}

/**
 * Counted before a plan runs, so that a crash in the middle does not forget what it may have removed; the function
 * returned corrects the count to what was really done, once the plan has run.
 */
export function countPlan(context: Pick<PairContext, 'store'>, made: Plan): (done: readonly Op[]) => void {
  const before = accountingOf(context);
  // As they are now: the operations change the rows that tell what they did.
  const rows = new Map(made.waves.flat().map((op) => [op.path, context.store.entry(op.path)]));
  const entry = (path: RelPath) => rows.get(path) ?? context.store.entry(path);
  const write = (added: GuardAccounting): void => {
    const value = JSON.stringify(addAccounting(before, added));
    context.store.record([{ kind: 'meta', key: 'guardAccounting', value }]);
  };
  write(tallyPlan(made, entry));
  return (done) => {
    const isDone = new Set(done);
    write(tallyPlan(made, entry, (op) => isDone.has(op)));
  };
}

/** A full look at both sides found nothing to do: what was removed until now is history (rule 19). */
export function forgetAccounting(context: Pick<PairContext, 'store'>): void {
  if (context.store.meta('guardAccounting') === null) return;
  context.store.record([{ kind: 'meta', key: 'guardAccounting', value: null }]);
}
