// Execution of one planned operation: its prerequisites, outcome and record.
import { isOfItem } from '../../core/model/errors.ts';
import type { Op, RelPath } from '../../core/model/model.ts';
import { addAbove } from '../../core/plan/above.ts';
import type { Plan } from '../../core/plan/types.ts';
import { ancestorsOf } from '../../core/model/path.ts';
import { hasArrived } from './destination.ts';
import { failed, outcomeOf, outcomeUnknown } from './journal.ts';
import type { OpHow, OpOutcome, OpProblem } from './journal.ts';
import type { PairContext } from '../context.ts';
import { recordProblem } from './record-problem.ts';
import { transferTogether } from './together/groups.ts';
import type { GroupOp } from './together/groups.ts';
import type { TogetherHow } from './together/plain.ts';
import { runOp } from './registry.ts';

export type ExecutionReport = {
  readonly done: number;
  readonly replanned: number;
  readonly problems: number;
  /** Operations with a lost reply; verified before the next plan (C11). */
  readonly unclear: number;
  readonly bytesUp: number;
  readonly bytesDown: number;
};

export type OpEnd = { readonly op: Op; readonly outcome: OpOutcome };

export type PlanRun = {
  readonly context: PairContext;
  /** True if a file event for this path is pending: it is not removed (C2). */
  readonly hasEvent: (path: RelPath) => boolean;
  /** Folders that were to get a marker before what is in them goes, and got none, with what came of it. */
  readonly unmarked: Map<RelPath, OpOutcome>;
  /** Folders that keep something that was to be removed. */
  readonly kept: Set<RelPath>;
  /** Maps the name under which content arrives to the name that waits for it (C26). */
  readonly leftFor: ReadonlyMap<RelPath, RelPath>;
  readonly report: { -readonly [Field in keyof ExecutionReport]: number };
};

/** State of one plan's execution. */
export function makeRun({ context, hasEvent }: Pick<PlanRun, 'context' | 'hasEvent'>, plan: Plan): PlanRun {
  return {
    context,
    hasEvent,
    unmarked: new Map(),
    kept: new Set(),
    leftFor: new Map(
      plan.waves.flat().flatMap((op) => (op.after === undefined ? [] : [[op.after.path, op.path]])),
    ),
    report: { done: 0, replanned: 0, problems: 0, unclear: 0, bytesUp: 0, bytesDown: 0 },
  };
}

/**
 * Runs one operation and records its outcome. Throws errors of scope `pair` or `account`; what was committed
 * stays committed.
 */
export async function runOne(run: PlanRun, op: Op, how: OpHow): Promise<OpOutcome> {
  const outcome = unmet(run, op) ?? (await attempt(run.context, op, how));
  if (op.kind === 'make-remote-folder' && outcome.kind !== 'done') run.unmarked.set(op.path, outcome);
  if (isFileRemoval(op) && outcome.kind !== 'done') addAbove(run.kept, op.path);
  await recordOutcome(run, op, outcome);
  return outcome;
}

/** As `runOne`, of several transfers of one kind at once; null for those that `runOne` has to run. */
export async function runTogether(
  run: PlanRun,
  ops: readonly GroupOp[],
  how: TogetherHow,
): Promise<readonly (OpOutcome | null)[]> {
  const outcomes = await attemptTogether(run.context, ops, how);
  for (const [index, op] of ops.entries()) {
    const outcome = outcomes[index] ?? null;
    if (outcome !== null) await recordOutcome(run, op, outcome);
  }
  return outcomes;
}

async function attemptTogether(
  context: PairContext,
  ops: readonly GroupOp[],
  how: TogetherHow,
): Promise<readonly (OpOutcome | null)[]> {
  try {
    return await transferTogether(context, ops, how);
  } catch (error) {
    if (!isOfItem(error) || how.signal.aborted) throw error;
    context.log.warn('operations failed', { kind: ops[0]?.kind, count: ops.length, code: error.code });
    return ops.map(({ path }) => failed(error, path));
  }
}

/** What an earlier operation of this plan was to do first and did not, as the end of this one; null when it may run. */
function unmet(run: PlanRun, op: Op): OpOutcome | null {
  const unmarked = unmarkedFolder(run, op);
  const marker = unmarked === null ? undefined : run.unmarked.get(unmarked);
  if (marker?.kind === 'problem') return heldBy(marker, op);
  if (unmarked !== null) return waiting('its folder has no marker yet', unmarked);
  if (!hasArrived(run.context, op)) return waiting('its content has not arrived', op.after?.path);
  if (isFileRemoval(op) && run.hasEvent(op.path)) return waiting('it changes right now');
  const isFolder = op.kind === 'remove-local-folder' || op.kind === 'remove-remote-folder';
  return isFolder && run.kept.has(op.path) ? waiting('something in the folder stays') : null;
}

function waiting(why: string, waitsFor: RelPath | null = null): OpOutcome {
  return { kind: 'replan', why, waitsFor };
}

/** Refused for good, the marker of a folder holds what is to leave that folder: without a word of its own it would wait in silence. */
function heldBy({ path: folder, code, fields, retry }: OpProblem, op: Op): OpOutcome {
  const from = 'from' in op ? { from: op.from } : {};
  return { kind: 'problem', path: op.path, code, fields: { ...fields, folder, ...from }, retry };
}

function isFileRemoval({ kind }: Op): boolean {
  return kind === 'remove-local' || kind === 'remove-remote';
}

/** Removing the last object from a folder without a marker would remove the folder on every device (C9). */
function unmarkedFolder({ unmarked }: PlanRun, op: Op): RelPath | null {
  if (unmarked.size === 0) return null;
  if (op.kind !== 'remove-remote' && op.kind !== 'remove-remote-folder' && op.kind !== 'move-remote')
    return null;
  const dirs = ancestorsOf(op.kind === 'move-remote' ? op.from : op.path);
  return dirs.find((dir) => unmarked.has(dir)) ?? null;
}

async function attempt(context: PairContext, op: Op, how: OpHow): Promise<OpOutcome> {
  try {
    return await runOp(withProblemGone(context, op), op, how);
  } catch (error) {
    return outcomeOf(context, op, error, how.signal);
  }
}

/** A success clears an earlier problem in the same transaction that records the success. */
function withProblemGone(context: PairContext, op: Op): PairContext {
  if (context.store.problem(op.path) === null) return context;
  const gone = { kind: 'problem-gone', path: op.path } as const;
  return {
    ...context,
    commit: (changes) => {
      const isEnd = changes.some((one) => one.kind === 'base' && one.path === op.path);
      return context.commit(isEnd ? [...changes, gone] : changes);
    },
  };
}

async function recordOutcome(run: PlanRun, op: Op, outcome: OpOutcome): Promise<void> {
  const { context, report } = run;
  switch (outcome.kind) {
    case 'done':
      report.done += 1;
      report.bytesUp += outcome.bytesUp;
      report.bytesDown += outcome.bytesDown;
      context.log.debug('operation done', {
        kind: op.kind,
        path: op.path,
        ...('from' in op ? { from: op.from } : {}),
      });
      if (context.store.problem(op.path) !== null) {
        await context.commit([{ kind: 'problem-gone', path: op.path }]);
      }
      return;
    case 'replan':
      report.replanned += 1;
      if (outcome === outcomeUnknown) report.unclear += 1;
      context.log.debug('operation to be planned again', { kind: op.kind, path: op.path, why: outcome.why });
      for (const one of outcome.problems ?? []) {
        report.problems += 1;
        await recordProblem(context, one);
      }
      return;
    case 'problem':
      report.problems += 1;
      await recordProblem(context, withOtherName(run, outcome));
      return;
  }
}

/** One problem for both names of a rename. */
function withOtherName({ leftFor }: PlanRun, one: OpProblem): OpProblem {
  const from = leftFor.get(one.path);
  return from === undefined || 'from' in one.fields ? one : { ...one, fields: { ...one.fields, from } };
}
