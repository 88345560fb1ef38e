// Carries out a plan wave by wave: two pools, one failed file never stops the others, progress counted as it goes.
import { isSyncError } from '../core/errors.ts';
import type { Op, RelPath } from '../core/model.ts';
import { ancestorsOf } from '../core/path.ts';
import type { Plan } from '../core/plan-types.ts';
import { advanceGeneration } from './bind.ts';
import { hasArrived } from './destination.ts';
import { runLimited } from './limit.ts';
import { failed, replan } from './ops/outcome.ts';
import type { OpOutcome, OpProblem } from './ops/outcome.ts';
import type { PairContext } from './pair-context.ts';
import { recordProblem } from './record-problem.ts';
import { isMutation, runOp } from './run-op.ts';

/** Below this an operation counts as small: many run at once. Above, few. */
const smallBytes = 8 * 1024 * 1024;

export type ExecutionReport = {
  readonly done: number;
  readonly replanned: number;
  readonly problems: number;
  /** Replies that were lost: whether the operation took place is looked up before the next plan (rule 11). */
  readonly unclear: number;
  readonly bytesUp: number;
  readonly bytesDown: number;
};

export type OpEnd = { readonly op: Op; readonly outcome: OpOutcome };

const outcomeUnknown = replan('outcome unknown');

type Running = {
  readonly context: PairContext;
  readonly onEnd: (end: OpEnd) => void;
  /** Folders that were to get a marker before what is in them goes, and got none. */
  readonly unmarked: Set<RelPath>;
  /** Folders in which something stays that was to go. */
  readonly kept: Set<RelPath>;
  /** By the name that content arrives under, the name that waits for it (rule 26). */
  readonly leftFor: ReadonlyMap<RelPath, RelPath>;
  readonly report: { -readonly [Field in keyof ExecutionReport]: number };
};

/** Errors of scope `pair` or `account` end the execution and are thrown; what was committed stays committed. */
export async function executePlan(
  context: PairContext,
  plan: Plan,
  onEnd: (end: OpEnd) => void,
  signal: AbortSignal,
): Promise<ExecutionReport> {
  const running: Running = {
    context,
    onEnd,
    unmarked: new Set(),
    kept: new Set(),
    leftFor: new Map(
      plan.waves.flat().flatMap((op) => (op.after === undefined ? [] : [[op.after.path, op.path]])),
    ),
    report: { done: 0, replanned: 0, problems: 0, unclear: 0, bytesUp: 0, bytesDown: 0 },
  };
  if (plan.waves.some((wave) => wave.some(isMutation))) await advanceGeneration(context);
  for (const wave of plan.waves) await runWave(running, wave, signal);
  return running.report;
}

async function runWave(running: Running, wave: readonly Op[], signal: AbortSignal): Promise<void> {
  const { concurrency } = running.context.settings.options;
  const small = wave.filter((op) => bytesOf(op) <= smallBytes);
  const large = wave.filter((op) => bytesOf(op) > smallBytes);
  const stop = new AbortController();
  const both = AbortSignal.any([signal, stop.signal]);
  const run = async (op: Op): Promise<void> => {
    try {
      await runOne(running, op, both);
    } catch (error) {
      stop.abort(error);
      throw error;
    }
  };
  const pools = await Promise.allSettled([
    runLimited(small, concurrency?.smallFiles ?? 32, run, both),
    runLimited(large, concurrency?.largeFiles ?? 4, run, both),
  ]);
  // The error that stopped both pools, not the abort that it caused in the other one.
  if (stop.signal.aborted) throw stop.signal.reason;
  for (const pool of pools) if (pool.status === 'rejected') throw pool.reason;
}

function bytesOf(op: Op): number {
  return 'sizeBytes' in op ? op.sizeBytes : 0;
}

async function runOne(running: Running, op: Op, signal: AbortSignal): Promise<void> {
  const why = unmet(running, op);
  const outcome =
    why === null ? await attempt(running.context, op, signal) : { ...replan(why), isWaiting: true };
  if (op.kind === 'make-remote-folder' && outcome.kind !== 'done') running.unmarked.add(op.path);
  if (isFileRemoval(op) && outcome.kind !== 'done')
    for (const dir of ancestorsOf(op.path)) running.kept.add(dir);
  await recordOutcome(running, op, outcome);
  running.onEnd({ op, outcome });
}

/** What an earlier operation of this plan was to do first and did not; null when the operation may run. */
function unmet(running: Running, op: Op): string | null {
  if (wouldHollow(running, op)) return 'its folder has no marker yet';
  if (!hasArrived(running.context, op)) return 'its content has not arrived';
  const isFolder = op.kind === 'remove-local-folder' || op.kind === 'remove-remote-folder';
  return isFolder && running.kept.has(op.path) ? 'something in the folder stays' : null;
}

function isFileRemoval({ kind }: Op): boolean {
  return kind === 'remove-local' || kind === 'remove-remote';
}

/** Taking the last object from under a folder without a marker would remove the folder on every device (rule 9). */
function wouldHollow({ unmarked }: Running, op: Op): boolean {
  if (unmarked.size === 0) return false;
  if (op.kind !== 'remove-remote' && op.kind !== 'remove-remote-folder' && op.kind !== 'move-remote')
    return false;
  return ancestorsOf(op.kind === 'move-remote' ? op.from : op.path).some((dir) => unmarked.has(dir));
}

async function attempt(context: PairContext, op: Op, signal: AbortSignal): Promise<OpOutcome> {
  try {
    return await runOp(context, op, signal);
  } catch (error) {
    if (!isSyncError(error) || error.scope !== 'item' || signal.aborted) throw error;
    // The reply was lost: the intent stays open, and recovery looks which it was before the next plan (rule 11).
    if (error.code === 'outcome-unknown') return outcomeUnknown;
    context.log.warn('operation failed', {
      kind: op.kind,
      path: op.path,
      code: error.code,
      retry: error.retry,
    });
    return failed(error, op.path, 'from' in op ? { from: op.from } : {});
  }
}

async function recordOutcome(running: Running, op: Op, outcome: OpOutcome): Promise<void> {
  const { context, report } = running;
  switch (outcome.kind) {
    case 'done':
      report.done += 1;
      report.bytesUp += outcome.bytesUp;
      report.bytesDown += outcome.bytesDown;
      if (context.store.problem(op.path) !== null) {
        await context.commit([{ kind: 'problem-gone', path: op.path }]);
      }
      return;
    case 'replan':
      report.replanned += 1;
      if (outcome === outcomeUnknown) report.unclear += 1;
      context.log.debug('operation to be planned anew', { kind: op.kind, path: op.path, why: outcome.why });
      for (const one of outcome.problems ?? []) {
        report.problems += 1;
        await recordProblem(context, one);
      }
      return;
    case 'problem':
      report.problems += 1;
      await recordProblem(context, withOtherName(running, outcome));
      return;
  }
}

/** One problem for both names of a rename. */
function withOtherName({ leftFor }: Running, one: OpProblem): OpProblem {
  const from = leftFor.get(one.path);
  return from === undefined || 'from' in one.fields ? one : { ...one, fields: { ...one.fields, from } };
}
