// Planning half of a cycle: loads the state, plans, runs the safety check.
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
import type { Entry, Op, RelPath, UnknownReason } from '../../core/model/model.ts';
import { addAbove } from '../../core/plan/above.ts';
import { comparePaths, depthOf } from '../../core/model/path.ts';
import { isSettled } from '../../core/model/settled.ts';
import { plan } from '../../core/plan/plan.ts';
import type { Guard, Plan, PlanPolicy, PlanProblem, UnsyncedQuery } from '../../core/plan/types.ts';
import type { DiskTraits } from '../../ports/local-files.port.ts';
import { consentsOf } from './consents.ts';
import { noteOwnFiles } from '../bucket/own-files.ts';
import type { StateChange } from '../../ports/sync-state.port.ts';
import type { PairContext } from '../context.ts';
import { planSizes } from '../plan-sizes.ts';
import { ignoreFileProblem } from '../scan/ignore-file.ts';
import { problemDueInMs } from './problem-pace.ts';
import { announcesDeletes } from '../trash/remote-trash.ts';
import { unclearPaths } from '../operations/journal.ts';
import { unmovableFolders } from '../operations/moves/unmovable-folders.ts';

/** Enough to show what is wrong; a bucket with a million clashes must not fill the heap. */
const maxRemoteProblems = 1000;

/** Limit of recorded unfinished renames; beyond it the remainder may need an approval. */
const maxRenames = 50_000;

/** Scan results that a plan is based on. */
export type ScanState = {
  readonly localComplete: boolean;
  readonly remoteComplete: boolean;
  /** Paths with events that were not scanned yet, at the moment of planning. */
  readonly changing: ReadonlySet<RelPath>;
  /** True if a running operation changes this path. */
  readonly isBusy: (path: RelPath) => boolean;
  /** False while the store is probed: nothing is planned that depends on what it honours. */
  readonly isProven: boolean;
  readonly disk: Pick<DiskTraits, 'caseSensitive' | 'refusedNames'>;
};

/** Selection of unsettled rows: the first that need something, limited to a number; the first of all; or those at some paths. */
export type Rows =
  { readonly atOnce: number } | { readonly first: number } | { readonly only: readonly RelPath[] };

export type Planned = {
  readonly plan: Plan;
  readonly guards: readonly Guard[];
  /** Blocking guards, each with its question. */
  readonly questions: readonly Question[];
  /** Questions that would block but are covered by `approvals`. */
  readonly approved: readonly Question[];
  readonly problems: readonly PlanProblem[];
  readonly ops: readonly Op[];
  /** True if no unsettled row was left for a later plan. */
  readonly isWhole: boolean;
};

/**
 * The plan to carry out next. What only adds or reads goes in small parts, which bounds memory in a first sync. With anything else in
 * the part, more rows are planned together: a question has to count what belongs together.
 */
export function nextPlan(
  context: PairContext,
  scanState: ScanState,
  approvals: ReadonlySet<string>,
): Planned {
  const { addedRows } = context.planSizes ?? planSizes;
  const part = makePlan(context, scanState, approvals, { first: addedRows });
  const { questions: asked, approved, ops, isWhole } = part;
  const isPart = asked.length === 0 && approved.length === 0 && ops.length > 0 && ops.every(isAddition);
  return isWhole || isPart ? part : makePlan(context, scanState, approvals);
}

function isAddition(op: Op): boolean {
  switch (op.kind) {
    case 'upload':
    case 'download':
      return op.expected.kind === 'absent';
    case 'adopt':
    case 'hash-local':
    case 'identify-remote':
    case 'make-local-folder':
    case 'make-remote-folder':
      return true;
    default:
      return false;
  }
}

export function makePlan(
  context: PairContext,
  scanState: ScanState,
  approvals: ReadonlySet<string>,
  rows: Rows = { atOnce: (context.planSizes ?? planSizes).rows },
): Planned {
  const { store } = context;
  const entry = (path: RelPath) => store.entry(path);
  const { plan: rowsMade, isWhole } = planRows(context, policyOf(context, scanState), rows);
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
    isWhole,
  };
}

/** Unsettled rows at these paths and their ancestors, parents first. */
function rowsAt(store: Kept['store'], paths: readonly RelPath[]): readonly Entry[] {
  const wanted = new Set<RelPath>();
  for (const path of paths) {
    addAbove(wanted, path);
    wanted.add(path);
  }
  return [...wanted]
    .sort((a, b) => depthOf(a) - depthOf(b) || comparePaths(a, b))
    .map((path) => store.entry(path))
    .filter((entry) => !isSettled(entry));
}

/** Rows that never settle (what one-way modes leave alone) must not keep later rows from being planned. */
function planRows(
  { store }: Kept,
  policy: PlanPolicy,
  rows: Rows,
): { readonly plan: Plan; readonly isWhole: boolean } {
  const lookups = {
    entry: (path: RelPath) => store.entry(path),
    summary: (dir: RelPath) => store.summary(dir),
    children: (dir: RelPath) => store.children(dir),
    findBaseFolders: (inode: bigint) => store.findBaseFolders(inode),
    findUnsynced: (query: UnsyncedQuery) => store.findUnsynced(query),
  };
  if ('only' in rows) {
    return { plan: plan({ entries: rowsAt(store, rows.only), lookups, policy }), isWhole: false };
  }
  const rowsAtOnce = 'first' in rows ? rows.first : rows.atOnce;
  const problems: PlanProblem[] = [];
  for (let skip = 0; ; skip += rowsAtOnce) {
    const entries = store.unsettled(rowsAtOnce, skip);
    const made = plan({ entries, lookups, policy });
    for (const problem of made.problems) problems.push(problem);
    const isLast = entries.length < rowsAtOnce;
    if (made.waves.length > 0 || isLast || 'first' in rows)
      return { plan: { waves: made.waves, problems }, isWhole: isLast && skip === 0 };
  }
}

/** A refused arrival is one problem that names the blocking name; that name is not reported a second time. */
function withoutToldNames({ store }: Kept, problems: Planned['problems']): Planned['problems'] {
  return problems.filter(({ path, code, fields: { to } }) => {
    if (code !== 'awaits-new-name' || typeof to !== 'string') return true;
    return store.problem(to as RelPath)?.fields['from'] !== path; // the planner's own path
  });
}

/** Remote paths in state `unknown` are excluded from planning but still reported. */
function withRemoteUnknown(
  context: Pick<PairContext, 'store'>,
  known: Planned['problems'],
): Planned['problems'] {
  const named = new Set(known.map((problem) => problem.path));
  const added = context.store
    .remoteUnknown(maxRemoteProblems)
    .filter(({ path }) => !named.has(path))
    .map(({ path, reason }): PlanProblem => ({ path, code: codeOf(context, path, reason), fields: {} }));
  return added.length === 0 ? known : [...known, ...added];
}

/** A link object of another tool is ignored by rule. With a local entry of its name it is a clash, because edits of that are not sent. */
function codeOf(
  { store }: Pick<PairContext, 'store'>,
  path: RelPath,
  reason: UnknownReason,
): PlanProblem['code'] {
  return reason === 'symlink' && store.entry(path).local.state === 'present' ? 'link-clash' : reason;
}

function policyOf(context: PairContext, scanState: ScanState): PlanPolicy {
  const { settings, clock } = context;
  const abilities = scanState.isProven ? context.abilities : null;
  const nowMs = clock.nowMs();
  return {
    mode: settings.mode,
    propagateDeletes: settings.propagateDeletes,
    caseSensitive: scanState.disk.caseSensitive,
    windowsNames: settings.windowsNames,
    refusedNames: scanState.disk.refusedNames,
    dateLabel: new Date(nowMs).toISOString().slice(0, 10),
    deviceName: settings.deviceName,
    localComplete: scanState.localComplete,
    remoteComplete: scanState.remoteComplete,
    changing: scanState.changing,
    held: heldPaths(context, nowMs, scanState.isBusy),
    running: scanState.isBusy,
    unmovable: unmovableFolders(context),
    serverCopy: abilities !== null && (abilities.copyConditions || abilities.versioned),
    movesOver: abilities !== null && !announcesDeletes(abilities),
  };
}

/**
 * Paths in back-off, or with a running operation of an earlier plan. A held folder does not hold its
 * contents: each file is retried on its own.
 */
function heldPaths(
  context: Pick<PairContext, 'store'>,
  nowMs: number,
  isBusy: ScanState['isBusy'],
): (path: RelPath) => boolean {
  const held = new Set(
    context.store
      .problems()
      // A problem without an attempt only explains why something is left alone; unknown cells hold themselves
      // back.
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

/** Effects of an unfinished plan count as applied until the plan ends or recovery settles them. */
function accountingSoFar(context: Kept): GuardAccounting {
  return addAccounting(settledAccounting(context), accountingOf(pendingOf(context).effects));
}

export function settledAccounting({ store }: Kept): GuardAccounting {
  const text = store.meta('guardAccounting');
  if (text === null) return emptyAccounting;
  // Written by ourselves; an older version did not name rewritten files.
  return { ...emptyAccounting, ...(JSON.parse(text) as Partial<GuardAccounting>) };
}

/** Counted effects of a running plan. */
type Pending = { readonly effects: readonly CountedEffect[]; readonly renames: readonly Rename[] };

function pendingOf({ store }: Kept): Pending {
  const text = store.meta('guardPending');
  const none: Pending = { effects: [], renames: [] };
  // Written by ourselves; an older version did not record renames.
  return text === null ? none : { ...none, ...(JSON.parse(text) as Partial<Pending>) };
}

/**
 * Recorded before a plan runs, so that a crash does not lose what it removed. Effects of what still runs stay
 * pending beside it. Approved effects do not count again, nor do files that a program both created and
 * removed.
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
 * After a plan, or after those that a crash or a pause ended: applied effects stay counted; the rest will be
 * planned and counted again. Counting them twice would make a few interruptions of an approved large removal
 * seem a larger one. Effects of `left` operations, running or pending, stay pending, as do those with an open
 * intent (a lost reply, a disk that went away): they count as applied until recovery knows the outcome.
 */
export function endAccounting(context: Kept, left: readonly Op[] = []): void {
  const { store } = context;
  const { effects, renames } = pendingOf(context);
  if (effects.length === 0 && renames.length === 0) return;
  const leftPaths = new Set(left.flatMap((op) => ('from' in op ? [op.path, op.from] : [op.path])));
  const open = new Set([...leftPaths, ...unclearPaths(context)]);
  const isDone = (effect: CountedEffect): boolean => isEffectDone(effect, store.entry(effect.path));
  const kept = effects.filter((effect) => open.has(effect.path) && !isDone(effect));
  const keptRenames = renames.filter(({ from, to }) => leftPaths.has(from) || leftPaths.has(to));
  const done = effects.filter(isDone);
  const value = JSON.stringify(addAccounting(settledAccounting(context), accountingOf(done)));
  const pending: Pending = { effects: kept, renames: keptRenames };
  const isOver = kept.length === 0 && keptRenames.length === 0;
  // Lost in a power cut, the next start accounts for this plan as for one that was cut off.
  store.note([
    { kind: 'meta', key: 'guardAccounting', value },
    { kind: 'meta', key: 'guardPending', value: isOver ? null : JSON.stringify(pending) },
    { kind: 'meta', key: 'unfinishedRenames', value: leftOf(context, renames) },
  ]);
}

/**
 * Renames of a begun plan whose old names are still in base: not removals, as far as their content arrived
 * (C26).
 */
function unfinishedRenames({ store }: Kept): readonly Rename[] {
  const text = store.meta('unfinishedRenames');
  return text === null ? [] : (JSON.parse(text) as readonly Rename[]); // our own database wrote it
}

function leftOf(context: Kept, renames: readonly Rename[]): string | null {
  const all = new Map([...unfinishedRenames(context), ...renames].map((one) => [one.from, one]));
  const left = [...all.values()].filter(({ from }) => context.store.entry(from).base !== null);
  return left.length === 0 ? null : JSON.stringify(left.slice(-maxRenames));
}

/** A full scan of both sides found nothing to do: reset the removal totals (C19). */
export function forgetAccounting(context: Kept): void {
  if (context.store.meta('guardAccounting') === null) return;
  context.store.record([{ kind: 'meta', key: 'guardAccounting', value: null }]);
}
