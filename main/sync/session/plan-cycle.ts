// One cycle's thinking: what the state says, what the planner makes of it, and whether a guard stands in the way.
import { defaultThresholds, questions } from '../../core/safety/check.ts';
import type { GuardThresholds, Question } from '../../core/safety/check.ts';
import {
  accountingOf,
  addAccounting,
  countedEffects,
  effectKey,
  emptyAccounting,
  isEffectDone,
} from '../../core/safety/ledger.ts';
import type { CountedEffect, GuardAccounting } from '../../core/safety/ledger.ts';
import { renamesOf, withArrivals } from '../../core/plan/moves/finished-renames.ts';
import type { Rename } from '../../core/plan/moves/finished-renames.ts';
import type { Entry, Op, RelPath } from '../../core/model/model.ts';
import { ancestorsOf, comparePaths, depthOf } from '../../core/model/path.ts';
import { isSettled } from '../../core/model/settled.ts';
import { plan } from '../../core/plan/plan.ts';
import type { Guard, Plan, PlanPolicy, PlanProblem, UnsyncedQuery } from '../../core/plan/types.ts';
import type { DiskTraits } from '../../ports/local-files.port.ts';
import { consentsOf } from './consents.ts';
import { noteOwnFiles } from '../bucket/own-files.ts';
import type { StateChange } from '../../ports/sync-state.port.ts';
import type { PairContext } from '../context.ts';
import { ignoreFileProblem } from '../scan/ignore-file.ts';
import { problemDueInMs } from './problem-pace.ts';
import { announcesDeletes } from '../trash/remote-trash.ts';
import { unmovableFolders } from '../operations/moves/unmovable-folders.ts';

/** Rows planned at a time; the next cycle takes the rest. Bounds memory at a first sync of a million files. */
const maxRows = 50_000;

/** Enough for a person to see what is wrong; a bucket of a million clashes must not fill the heap. */
const maxRemoteProblems = 1000;

/** Of renames that could not be finished; of more than these, what is left may be asked about. */
const maxRenames = 50_000;

/** What is known about the looks that this plan rests on. */
export type Sight = {
  readonly localComplete: boolean;
  readonly remoteComplete: boolean;
  /** Hinted and not looked at since: as of the moment of planning. */
  readonly hinted: ReadonlySet<RelPath>;
  /** A running operation changes this path. */
  readonly isBusy: (path: RelPath) => boolean;
  readonly disk: Pick<DiskTraits, 'caseSensitive' | 'refusedNames'>;
};

/** Which of the unsettled rows: all of them, so many at a time, or those at some paths. */
export type Rows = { readonly atOnce: number } | { readonly only: readonly RelPath[] };

export type Planned = {
  readonly plan: Plan;
  readonly guards: readonly Guard[];
  /** The guards with what each asks about. */
  readonly questions: readonly Question[];
  /** Would stand in the way, but `approvals` answers them. */
  readonly approved: readonly Question[];
  readonly problems: readonly PlanProblem[];
  readonly ops: readonly Op[];
};

export function makePlan(
  context: PairContext,
  sight: Sight,
  approvals: ReadonlySet<string>,
  rows: Rows = { atOnce: maxRows },
): Planned {
  const { store } = context;
  const entry = (path: RelPath) => store.entry(path);
  const rowsMade = planRows(context, policyOf(context, sight), rows);
  const made = withArrivals(rowsMade, unfinishedRenames(context), entry);
  const question = {
    plan: made,
    entry,
    accounting: accountingSoFar(context),
    totals: store.counts(),
    thresholds: thresholdsOf(context),
    approvals,
    consents: consentsOf(store),
  };
  const raised = questions(question);
  const open = raised.filter((one) => !approvals.has(one.guard.id));
  const ofIgnoreFile = ignoreFileProblem(context);
  return {
    plan: made,
    guards: open.map((one) => one.guard),
    questions: open,
    approved: raised.filter((one) => approvals.has(one.guard.id)),
    problems: [
      ...(ofIgnoreFile === null ? [] : [ofIgnoreFile]),
      ...withRemoteUnknown(context, withoutToldNames(context, made.problems)),
    ],
    ops: made.waves.flat(),
  };
}

/** The rows at these paths and their ancestors that are not settled, parents first. */
function rowsAt(store: Kept['store'], paths: readonly RelPath[]): readonly Entry[] {
  const wanted = new Set(paths.flatMap((path) => [...ancestorsOf(path), path]));
  return [...wanted]
    .sort((a, b) => depthOf(a) - depthOf(b) || comparePaths(a, b))
    .map((path) => store.entry(path))
    .filter((entry) => !isSettled(entry));
}

/** Rows that wait for ever (what one-way modes leave alone) must not keep those behind them from being planned. */
function planRows({ store }: Kept, policy: PlanPolicy, rows: Rows): Plan {
  const lookups = {
    entry: (path: RelPath) => store.entry(path),
    summary: (dir: RelPath) => store.summary(dir),
    children: (dir: RelPath) => store.children(dir),
    findBase: (query: Parameters<typeof store.findBase>[0]) => store.findBase(query),
    findUnsynced: (query: UnsyncedQuery) => store.findUnsynced(query),
  };
  if ('only' in rows) return plan({ entries: rowsAt(store, rows.only), lookups, policy });
  const rowsAtOnce = rows.atOnce;
  const problems: PlanProblem[] = [];
  for (let skip = 0; ; skip += rowsAtOnce) {
    const entries = store.unsettled(rowsAtOnce, skip);
    const made = plan({ entries, lookups, policy });
    problems.push(...made.problems);
    if (made.waves.length > 0 || entries.length < rowsAtOnce) return { waves: made.waves, problems };
  }
}

/** A refused arrival is one problem, which names the name that waits for it: that one is not told twice. */
function withoutToldNames({ store }: Kept, problems: Planned['problems']): Planned['problems'] {
  return problems.filter(({ path, code, fields: { to } }) => {
    if (code !== 'awaits-new-name' || typeof to !== 'string') return true;
    return store.problem(to as RelPath)?.fields['from'] !== path; // the planner's own path
  });
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
    caseSensitive: sight.disk.caseSensitive,
    windowsNames: settings.windowsNames,
    refusedNames: sight.disk.refusedNames,
    dateLabel: new Date(nowMs).toISOString().slice(0, 10),
    deviceName: settings.deviceName,
    localComplete: sight.localComplete,
    remoteComplete: sight.remoteComplete,
    hinted: sight.hinted,
    held: heldPaths(context, nowMs, sight.isBusy),
    unmovable: unmovableFolders(context),
    serverCopy: abilities.copyConditions || abilities.versioned,
    movesOver: !announcesDeletes(abilities),
  };
}

/**
 * A path that waits for its back-off, or at which an earlier plan's operation is still at work. What is below a folder is not
 * held with it: each of its files is tried for itself.
 */
function heldPaths(
  context: Pick<PairContext, 'store'>,
  nowMs: number,
  isBusy: Sight['isBusy'],
): (path: RelPath) => boolean {
  const held = new Set(
    context.store
      .problems()
      // Without an attempt it only says why something is left alone; unknown cells hold themselves back.
      .filter((one) => (problemDueInMs(one, nowMs) ?? 0) > 0)
      .map((one) => one.path),
  );
  return (path) => isBusy(path) || held.has(path);
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

type Kept = Pick<PairContext, 'store'>;

/** What a plan that began may have done is counted as done until its end, or the next start, tells what it was. */
function accountingSoFar(context: Kept): GuardAccounting {
  return addAccounting(settledAccounting(context), accountingOf(pendingOf(context).effects));
}

export function settledAccounting({ store }: Kept): GuardAccounting {
  const text = store.meta('guardAccounting');
  if (text === null) return emptyAccounting;
  // Our own database wrote it; an older version did not name what was rewritten.
  return { ...emptyAccounting, ...(JSON.parse(text) as Partial<GuardAccounting>) };
}

/** What a plan that began will do that counts. */
type Pending = { readonly effects: readonly CountedEffect[]; readonly renames: readonly Rename[] };

function pendingOf({ store }: Kept): Pending {
  const text = store.meta('guardPending');
  const none: Pending = { effects: [], renames: [] };
  // Our own database wrote it; an older version did not note renames.
  return text === null ? none : { ...none, ...(JSON.parse(text) as Partial<Pending>) };
}

/**
 * To be recorded before a plan runs, so that a crash in the middle does not forget what it removed. What still runs stays
 * noted beside it. What an answer covers does not count again, and neither does what a program made and removed by itself.
 */
export function beginAccounting(
  context: Kept & Pick<PairContext, 'clock'>,
  made: Plan,
): readonly StateChange[] {
  const { store } = context;
  const consents = consentsOf(store);
  const own = noteOwnFiles(context, made);
  const effects = countedEffects(made, (path) => store.entry(path)).filter(
    (effect) =>
      !consents.has(effectKey(effect)) && !(effect.kind === 'removal-remote' && own.files.has(effect.path)),
  );
  const renames = renamesOf(made);
  if (effects.length === 0 && renames.length === 0) return own.changes;
  const known = pendingOf(context);
  const pending: Pending = {
    effects: [...known.effects, ...effects],
    renames: [...known.renames, ...renames],
  };
  return [...own.changes, { kind: 'meta', key: 'guardPending', value: JSON.stringify(pending) }];
}

/**
 * After a plan, or after those that a crash or a pause ended: what was done stays counted, what was not will be planned,
 * and counted, again. Counted twice, a few interruptions of a large removal that a person approved would look like
 * a larger one. What `left` operations, running or waiting, may still do stays pending.
 */
export function endAccounting(context: Kept, left: readonly Op[] = []): void {
  const { store } = context;
  const { effects, renames } = pendingOf(context);
  if (effects.length === 0 && renames.length === 0) return;
  const leftPaths = new Set(left.flatMap((op) => ('from' in op ? [op.path, op.from] : [op.path])));
  const isLeft = (effect: CountedEffect): boolean =>
    leftPaths.has(effect.path) && !isEffectDone(effect, store.entry(effect.path));
  const kept = effects.filter(isLeft);
  const keptRenames = renames.filter(({ from, to }) => leftPaths.has(from) || leftPaths.has(to));
  // A reply that was lost: recovery will tell; until then it may have happened.
  const unclear = new Set(
    store.intents().flatMap((one) => (one.upload === null ? [one.path, one.other] : [])),
  );
  const done = effects.filter(
    (effect) =>
      !isLeft(effect) && (unclear.has(effect.path) || isEffectDone(effect, store.entry(effect.path))),
  );
  const value = JSON.stringify(addAccounting(settledAccounting(context), accountingOf(done)));
  const pending: Pending = { effects: kept, renames: keptRenames };
  const isOver = kept.length === 0 && keptRenames.length === 0;
  store.record([
    { kind: 'meta', key: 'guardAccounting', value },
    { kind: 'meta', key: 'guardPending', value: isOver ? null : JSON.stringify(pending) },
    { kind: 'meta', key: 'unfinishedRenames', value: leftOf(context, renames) },
  ]);
}

/** Renames that a plan began and whose old names are still in base: so far as their content arrived, no removal (rule 26). */
function unfinishedRenames({ store }: Kept): readonly Rename[] {
  const text = store.meta('unfinishedRenames');
  return text === null ? [] : (JSON.parse(text) as readonly Rename[]); // our own database wrote it
}

function leftOf(context: Kept, renames: readonly Rename[]): string | null {
  const all = new Map([...unfinishedRenames(context), ...renames].map((one) => [one.from, one]));
  const left = [...all.values()].filter(({ from }) => context.store.entry(from).base !== null);
  return left.length === 0 ? null : JSON.stringify(left.slice(-maxRenames));
}

/** A full look at both sides found nothing to do: what was removed until now is history (rule 19). */
export function forgetAccounting(context: Kept): void {
  if (context.store.meta('guardAccounting') === null) return;
  context.store.record([{ kind: 'meta', key: 'guardAccounting', value: null }]);
}
