// Start of a plan, whole or express (ahead of a running plan), in one transaction.
import type { Op, RelPath, Side } from '../../core/model/model.ts';
import type { Guard, Plan } from '../../core/plan/types.ts';
import type { Intent } from '../../ports/sync-state.port.ts';
import { announcementPending } from '../feed/change-feed.ts';
import { awaitSpace, hasAnyBase, nextGeneration, writeGeneration } from './attach.ts';
import { forgetConsents, pruneConsents } from './consents.ts';
import { beginAccounting, endAccounting, makePlan, nextPlan } from './plan-cycle.ts';
import type { Planned } from './plan-cycle.ts';
import type { ExecutionReport, OpEnd } from '../operations/execute.ts';
import type { PairContext } from '../context.ts';
import { proveMarker } from '../proven-root.ts';
import { endStaleDownloads } from '../transfer/begun-download.ts';
import { forgetSettledProblems } from '../operations/record-problem.ts';
import { allow, allowAsked, openQuestions, recordQuestions, restoreAnswered } from './questions.ts';
import { noteLiveDatabases } from './live-database.ts';
import {
  awaitsHalf,
  finishOpenHalves,
  hasOpenHalves,
  noteEndedRename,
} from '../operations/moves/open-halves.ts';
import { isRunning, recoverIntents } from './recover.ts';
import { holdBack, letRest, readFirst } from './rest.ts';
import type { RestTimes } from './rest.ts';
import { isMutation } from '../operations/registry.ts';
import { scanStateOf } from './state.ts';
import type { Begun, Express, Promised, SessionEvents, SessionState } from './state.ts';
import { holdStalled } from './stalled.ts';

/** Drops pending operations of earlier plans and makes a whole plan. */
export async function begin(
  state: SessionState,
  approvals: ReadonlySet<string>,
  events: SessionEvents,
  signal: AbortSignal,
): Promise<Begun> {
  const { context, work } = state;
  await work.dropWaiting();
  // Without base no plan depends on what the store honours, so planning need not wait for the probe.
  if (hasAnyBase(context)) await settleStore(state);
  if (state.unsettled === null) await context.renewAbilities?.(signal);
  context.names?.refresh();
  const isBusy = (path: RelPath): boolean => work.touches(path);
  await finishOpenHalves(context, state.halves, {
    isRunning: (intent) => isRunning(intent, isBusy),
    localComplete: state.localComplete,
  });
  // A failed operation left its intent open; nothing else is running now.
  const isOpen = (intent: Intent): boolean => intent.upload === null && !isRunning(intent, isBusy);
  if (state.isUnclear || context.store.intents().some(isOpen)) {
    await recoverIntents(context, { isBusy, isLooked: true, awaits: awaitsHalf(state.halves) }, signal);
    state.isUnclear = false;
  }
  forgetSettledProblems(context);
  allowAsked(context, approvals);
  await restoreAnswered(context, signal);
  const planned = nextPlan(context, scanStateOf(state), approvals);
  if (!isReading(planned)) await settleStore(state);
  const rested = letRest(
    state.resting,
    planned.plan,
    restTimes(context, events),
    context.clock.monotonicMs(),
  );
  const questions = planned.questions.filter(({ guard }) => !isAboutWaiting(guard, rested.waiting));
  const guards = questions.map((one) => one.guard);
  const isUnasked = questions.length < planned.questions.length;
  const chosen = readFirst(isUnasked ? holdBack(rested.plan, rested.waiting) : rested.plan);
  const ops = chosen.waves.flat();
  const isAtRest = (guards.length > 0 || ops.length === 0) && !work.isBusy();
  if (isAtRest) await state.announcer.announce([], signal);
  recordQuestions(context, questions);
  if (guards.length > 0) return { kind: 'guarded', guards, planned };
  if (ops.length === 0 && rested.untilMs !== null) return { kind: 'resting', untilMs: rested.untilMs };
  if (ops.length === 0) {
    if (!work.isBusy()) await endStaleDownloads(context);
    if (state.localComplete && state.remoteComplete && !work.isBusy()) forgetConsents(context);
    return { kind: 'quiet', problems: planned.problems };
  }
  const ended = await state.root.during(async () => {
    if (planned.approved.length > 0) allow(context, planned.approved);
    if (ops.some(removesRemote)) await proveMarker(context, context.room);
    return beginPlan(state, chosen, { isExpress: false, events }, signal);
  });
  const { problems, isWhole } = planned;
  return { kind: 'begun', ended, isAnswered: planned.approved.length > 0, isWhole, problems };
}

/** Waits until the store is probed and the bucket has its marker. Required before a write, and before "in sync" is reported. */
export async function settleStore(state: SessionState): Promise<void> {
  if (state.unsettled === null) return;
  await state.context.proof;
  await awaitSpace(state.context, state.unsettled);
  state.unsettled = null;
}

/** True if the plan writes nothing to the bucket and replaces nothing here: it does not depend on the probe. */
function isReading({ guards, ops }: Planned): boolean {
  const isPlain = (op: Op): boolean =>
    op.kind === 'make-local-folder' || (op.kind === 'download' && op.expected.kind === 'absent');
  return guards.length === 0 && ops.length > 0 && ops.every(isPlain);
}

/** Plans only the rows at these paths, ahead of a running longer plan. */
export async function beginExpress(
  state: SessionState,
  paths: readonly RelPath[],
  events: SessionEvents,
  signal: AbortSignal,
): Promise<Express> {
  if (hasOpenHalves(state.halves)) return { kind: 'unfit' };
  const planned = makePlan(state.context, scanStateOf(state), new Set(), { only: paths });
  if (planned.guards.length > 0 || !planned.ops.every(isForExpress)) return { kind: 'unfit' };
  if (planned.ops.length === 0) return { kind: 'nothing' };
  return { kind: 'begun', ended: await beginPlan(state, planned.plan, { isExpress: true, events }, signal) };
}

/** Operations that create or update single files; any other has to be planned together with everything else. */
function isForExpress({ kind }: Op): boolean {
  return (
    kind === 'upload' ||
    kind === 'download' ||
    kind === 'adopt' ||
    kind === 'hash-local' ||
    kind === 'identify-remote' ||
    kind === 'make-local-folder' ||
    kind === 'make-remote-folder'
  );
}

/**
 * Records in one durable transaction that a plan begins: its removals, its pending announcement, its
 * generation.
 */
async function beginPlan(
  state: SessionState,
  chosen: Plan,
  how: { readonly isExpress: boolean; readonly events: SessionEvents },
  signal: AbortSignal,
): Promise<Promised<ExecutionReport>> {
  const { context, work } = state;
  const ops = chosen.waves.flat();
  noteLiveDatabases(context, { logs: state.databaseLogs, notices: state.notices }, ops);
  const generation = ops.some(isMutation) ? nextGeneration(context) : null;
  const changes = [
    ...beginAccounting(context, chosen),
    ...announcementPending(context, ops),
    ...(generation?.changes ?? []),
  ];
  if (changes.length > 0) context.store.record(changes);
  if (generation !== null) await writeGeneration(context, generation.marker);
  how.events.onPlanned(ops);
  const ends: OpEnd[] = [];
  const onEnd = (end: OpEnd): void => {
    // Only what was done in vain is looked at again.
    if (end.outcome.kind === 'replan') ends.push(end);
    state.announcer.noteEnd(end.op);
    noteEndedRename(state.halves, end);
    how.events.onOpEnd(end);
  };
  const ended = async (): Promise<ExecutionReport> => {
    try {
      const report = await work.begin(
        chosen,
        { isExpress: how.isExpress, onEnd, within: state.root.during },
        signal,
      );
      state.isUnclear ||= report.unclear > 0;
      await holdStalled(context, state.stalled, ends);
      return report;
    } finally {
      // The next start accounts for a plan that failed or was aborted.
      if (!signal.aborted) {
        endAccounting(context, [...work.running(), ...work.waiting()]);
        pruneConsents(context);
      }
    }
  };
  const promise = ended();
  // A caller that awaits the report receives the failure; awaiting it is optional.
  promise.catch(() => undefined);
  return { promise };
}

/** A side with an open question has already rested. */
function restTimes({ store }: PairContext, { removalRest }: SessionEvents): RestTimes {
  const asked = openQuestions(store);
  const isAsked = (side: Side): boolean => asked.some(({ kind }) => kind.endsWith(`-${side}`));
  return {
    local: removalRest === undefined || isAsked('local') ? 0 : removalRest.local,
    remote: removalRest === undefined || isAsked('remote') ? 0 : removalRest.remote,
  };
}

/** Only part of a burst is known while it continues. */
function isAboutWaiting({ kind }: Guard, waiting: ReadonlySet<Side>): boolean {
  return [...waiting].some((side) => kind.endsWith(`-${side}`));
}

function removesRemote(op: Op): boolean {
  return op.kind === 'remove-remote' || op.kind === 'remove-remote-folder' || op.kind === 'move-remote';
}
