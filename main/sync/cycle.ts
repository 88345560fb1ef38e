// One cycle's thinking: what the state says, what the planner makes of it, and whether a guard stands in the way.
import { addAccounting, defaultThresholds, emptyAccounting, guard, tallyPlan } from '../core/guard.ts';
import type { GuardAccounting, GuardThresholds } from '../core/guard.ts';
import type { Op, RelPath } from '../core/model.ts';
import { plan } from '../core/plan.ts';
import type { Guard, Plan, PlanPolicy, PlanProblem } from '../core/plan-types.ts';
import type { PairContext } from './pair-context.ts';

/** Rows planned at a time; the next cycle takes the rest. Bounds memory at a first sync of a million files. */
const maxRows = 50_000;

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
  return { plan: made, guards, problems: made.problems, ops: made.waves.flat() };
}

function policyOf(context: PairContext, sight: Sight): PlanPolicy {
  const { settings, store, clock, abilities } = context;
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
    held: (path) => {
      const known = store.problem(path);
      return known !== null && (known.retryAtMs === null || known.retryAtMs > nowMs);
    },
    serverCopy: abilities.copyConditions || abilities.versioned,
  };
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

/** Before a plan runs, so that a crash in the middle of it does not forget what it may have removed. */
export function countPlan(context: Pick<PairContext, 'store'>, made: Plan): void {
  const sum = addAccounting(
    accountingOf(context),
    tallyPlan(made, (path) => context.store.entry(path)),
  );
  context.store.record([{ kind: 'meta', key: 'guardAccounting', value: JSON.stringify(sum) }]);
}

/** A full look at both sides found nothing to do: what was removed until now is history (rule 19). */
export function forgetAccounting(context: Pick<PairContext, 'store'>): void {
  if (context.store.meta('guardAccounting') === null) return;
  context.store.record([{ kind: 'meta', key: 'guardAccounting', value: null }]);
}
