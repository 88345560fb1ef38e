// Loop of an open pair: waits for a reason, scans, plans what was found, and executes the plan concurrently.
// With nothing due nothing is done: an event that is still debounced costs no plan. The loop continues while
// plans execute. A large plan is not dropped for every saved file; the few operations of that file run ahead
// of it.
import type { Op, RelPath } from '../../core/model/model.ts';
import { auditBytes } from '../scan/audit-bytes.ts';
import type { ExecutionReport } from '../operations/execute.ts';
import type { IgnoreMatcher } from '../../core/config/ignore-rules.ts';
import { resetBackoff, clearFailure } from './failures.ts';
import { endQuietLook, lookOnce } from './choose-scans.ts';
import type { LookedOnce, Round } from './choose-scans.ts';
import { moveLeaving } from '../session/leaving.ts';
import { noteInSync } from '../session/memory.ts';
import { previewSession } from './previews.ts';
import { changed, hasUnseen, setPhase } from './runner-state.ts';
import type { PairState } from './runner-state.ts';
import { seenSince } from './seen-since.ts';
import { makePairTimers } from './timers.ts';
import type { PairTimers, PairTimes } from './timers.ts';
import type { Problem } from '../../ports/sync-state.port.ts';
import { problemDueInMs, soonestOf } from '../session/problem-pace.ts';
import type { Session } from '../session/session.ts';
import type { Promised, SessionEvents } from '../session/state.ts';
import { answerQuestion } from '../session/questions.ts';
import type { RestTimes } from '../session/rest.ts';
import { demandSameRoot, waitAtRoot } from './root-wait.ts';
import { sweepTrash } from '../trash/sweep.ts';
import type { WakeReason } from './wake.ts';

/** After this many consecutive plans that only found changed preconditions, a full scan replaces retrying. */
const maxRoundsWithoutProgress = 3;
const noProgressWaitMs = 2000;
/** A plan with more pending operations than this is not dropped for single files. */
const largePlan = 500;
/** A large plan is made again at most this often, and so that making plans takes at most a twentieth of the time. */
const largePlanEveryMs = 5000;
const largePlanShare = 20;
/** For what failed, plans take no more of the time either: each of a hundred thousand files has a moment of its own to be tried again. */
const longestTriesRestMs = 60_000;
/** What was due in a plan that had nothing for it (ignored since, behind a question) is planned for again at most this often. */
const leftDueEveryMs = 60_000;

type Turn = {
  readonly timers: PairTimers;
  readonly round: Round;
  rules: IgnoreMatcher;
  reasons: ReadonlySet<WakeReason>;
  toPlan: LookedOnce['found'];
  /** Plans that ended since the last iteration. */
  readonly ended: ExecutionReport[];
  /** Running plans that were approved; the approval is for them, so they are not dropped. */
  answered: number;
  nextLargePlanMs: number;
  /** Until then nothing is planned for what failed alone. */
  nextTriesMs: number;
  /** Wall clock when everything was planned last; null before. */
  plannedAtMs: number | null;
  /** Removals wait until this time for their burst to end. */
  restUntilMs: number | null;
  /** The last plan was empty. */
  isQuiet: boolean;
};

export async function live(
  engine: PairState,
  session: Session,
  rewatch: () => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const { clock, times } = engine.parts;
  const turn: Turn = {
    timers: makePairTimers(clock, times, () => engine.watch === 'timed'),
    round: { roundsWithoutProgress: 0, hasAuditedAll: false, needsFullListing: false },
    rules: session.ignores(),
    reasons: new Set(['start']),
    toPlan: 'anything',
    ended: [],
    answered: 0,
    nextLargePlanMs: 0,
    nextTriesMs: 0,
    plannedAtMs: null,
    restUntilMs: null,
    isQuiet: false,
  };
  for (;;) {
    signal.throwIfAborted();
    session.work.throwIfFailed();
    if (engine.isBlind) await demandSameRoot(engine, session.context);
    if (isDue(engine, turn.reasons))
      await session.onceUsed(() => takeTurn({ engine, session, turn, rewatch }, signal));
    const delayMs = nextDelayMs(engine, session, turn);
    const endWait = turn.timers.beginWait();
    const wait = { delayMs, isDue: (reasons: Turn['reasons']) => isDue(engine, reasons) };
    turn.reasons = await waitAtRoot(engine, session.context, wait, signal);
    endWait(delayMs);
  }
}

/** A file event alone is no reason before its debounce has ended. */
function isDue(engine: PairState, reasons: Turn['reasons']): boolean {
  if (reasons.size > 1 || !reasons.has('event')) return true;
  return engine.wantsFullLook || (engine.debouncer.nextDueMs() ?? 1) <= 0;
}

type At = {
  readonly engine: PairState;
  readonly session: Session;
  readonly turn: Turn;
  readonly rewatch: () => Promise<void>;
};

async function takeTurn(at: At, signal: AbortSignal): Promise<void> {
  const { engine, session, turn } = at;
  noteEnded(at);
  const looked = await look(at, signal);
  await engine.previews.answer(() => previewSession(session, signal));
  await engine.errands.run(session, signal);
  if (session.work.isBusy() && session.announcer.dueInMs() === 0) {
    await session.announcer.announce([...session.work.running(), ...session.work.waiting()], signal);
  }
  if (isPlanDue(engine, session, turn)) turn.toPlan = 'anything';
  if (looked.isFull) clearFailure(engine);
  if (turn.toPlan !== 'nothing') await planFound(at, looked, signal);
  engine.debouncer.finish();
  if (session.needsFullScan()) turn.timers.localNow();
  if (!session.work.isBusy() && turn.restUntilMs === null) await rest(at, signal);
  else setPhase(engine, 'executing');
  changed(engine);
}

function noteEnded({ engine, session, turn }: At): void {
  for (const report of turn.ended.splice(0)) {
    turn.timers.noteActivity();
    if (report.done > 0) turn.round.roundsWithoutProgress = 0;
    // A problem is held until its own next try; looking at everything would not help it.
    else if (report.replanned > 0) turn.round.roundsWithoutProgress += 1;
  }
  if (!session.work.isBusy()) engine.progress.end();
  engine.debouncer.add(session.takeLookedBeside());
}

async function look(
  { engine, session, turn, rewatch }: At,
  signal: AbortSignal,
): Promise<{ readonly isFull: boolean; readonly hasLookedLocally: boolean }> {
  const { timers, round } = turn;
  if (turn.reasons.has('command')) {
    timers.pollNow();
    // Watches report no changes there: they are looked for.
    if (engine.watch === 'timed') timers.localNow();
  }
  const isFull = engine.wantsFullLook || round.roundsWithoutProgress >= maxRoundsWithoutProgress;
  // Before the poll, which may take a minute: a pair whose scan is due is not in sync meanwhile.
  if (isFull || timers.isLocalDue()) setPhase(engine, 'scanning');
  if (isFull) engine.wantsFullLook = false;
  const looked = await lookOnce(session, { timers, round, isFull, debouncer: engine.debouncer }, signal);
  turn.toPlan = bothFound(turn.toPlan, looked.found);
  if (turn.rules !== session.ignores()) {
    // Ignored folders are not watched; a full scan finds what changed in them before they were.
    turn.rules = session.ignores();
    await rewatch();
    timers.localNow();
  }
  return { isFull, hasLookedLocally: looked.hasLookedLocally };
}

function bothFound(one: LookedOnce['found'], other: LookedOnce['found']): LookedOnce['found'] {
  if (one === 'nothing') return other;
  if (other === 'nothing') return one;
  return one === 'anything' || other === 'anything' ? 'anything' : [...one, ...other];
}

/**
 * Reasons to plan besides a scan's findings: an outside request, the end of a plan, or a file whose retry is
 * due.
 */
function isPlanDue(engine: PairState, session: Session, turn: Turn): boolean {
  const { reasons, restUntilMs } = turn;
  for (const reason of reasons) {
    if (reason !== 'event' && reason !== 'time' && reason !== 'work') return true;
  }
  if (reasons.has('work') && session.work.waitingCount() === 0) return true;
  if (restUntilMs !== null && restUntilMs <= engine.parts.clock.monotonicMs()) return true;
  return triesInMs(engine, session, turn).includes(0);
}

/** Milliseconds until each retry of a failed path; a path being tried right now is not due. */
function triesInMs(
  engine: PairState,
  { context, work }: Session,
  { plannedAtMs, nextTriesMs }: Turn,
): readonly number[] {
  const nowMs = engine.parts.clock.nowMs();
  const restMs = Math.max(0, nextTriesMs - engine.parts.clock.monotonicMs());
  const dueInMs = (problem: Problem): number | null => {
    const ms = problemDueInMs(problem, nowMs);
    const isLeft = ms === 0 && plannedAtMs !== null && problemDueInMs(problem, plannedAtMs) === 0;
    // A clock that was set back since makes it due.
    return isLeft && nowMs >= plannedAtMs ? Math.max(0, plannedAtMs + leftDueEveryMs - nowMs) : ms;
  };
  return context.store
    .problems()
    .flatMap((problem) => (work.touches(problem.path) ? [] : (dueInMs(problem) ?? [])))
    .map((ms) => Math.max(restMs, ms));
}

async function planFound(
  at: At,
  looked: { readonly isFull: boolean; readonly hasLookedLocally: boolean },
  signal: AbortSignal,
): Promise<void> {
  const { session, turn } = at;
  const { toPlan } = turn;
  if (session.work.isBusy() && toPlan !== 'anything' && toPlan !== 'nothing') {
    if (session.work.waitingCount() > largePlan || turn.answered > 0) {
      if (await planExpress(at, toPlan, signal)) {
        turn.toPlan = 'nothing';
        return;
      }
      turn.toPlan = 'anything';
    }
  }
  if (wholePlanInMs(at) > 0) return;
  turn.toPlan = 'nothing';
  await planEverything(at, looked, signal);
}

/** Milliseconds until everything may be planned again. */
function wholePlanInMs({ engine, session, turn }: Pick<At, 'engine' | 'session' | 'turn'>): number {
  if (!session.work.isBusy()) return 0;
  if (turn.answered > 0) return Infinity;
  if (session.work.waitingCount() <= largePlan) return 0;
  return Math.max(0, turn.nextLargePlanMs - engine.parts.clock.monotonicMs());
}

/** False if these paths need a whole plan. */
async function planExpress(at: At, paths: readonly RelPath[], signal: AbortSignal): Promise<boolean> {
  const { engine, session } = at;
  const begun = await session.beginExpress(
    paths,
    eventsOf(at, (ops) => engine.progress.add(ops)),
    signal,
  );
  if (begun.kind === 'begun') follow(at, begun.ended, false);
  return begun.kind !== 'unfit';
}

async function planEverything(
  at: At,
  looked: { readonly isFull: boolean; readonly hasLookedLocally: boolean },
  signal: AbortSignal,
): Promise<void> {
  const { engine, session, turn } = at;
  const { clock } = engine.parts;
  const fromMs = clock.monotonicMs();
  const plannedAtMs = clock.nowMs();
  const events = eventsOf(at, (ops) => engine.progress.begin(ops, session.work.running()));
  await carryOutAnswers(engine, session, signal);
  const begun = await session.begin(engine.approvals, events, signal);
  const tookMs = clock.monotonicMs() - fromMs;
  turn.plannedAtMs = plannedAtMs;
  turn.restUntilMs = begun.kind === 'resting' ? begun.untilMs : null;
  turn.nextLargePlanMs = clock.monotonicMs() + Math.max(largePlanEveryMs, largePlanShare * tookMs);
  turn.nextTriesMs = clock.monotonicMs() + Math.min(longestTriesRestMs, largePlanShare * tookMs);
  engine.guards = begun.kind === 'guarded' ? begun.guards : [];
  if (begun.kind === 'quiet' || begun.kind === 'begun')
    engine.planProblems = seenSince(engine.planProblems, begun.problems, clock.nowMs());
  turn.isQuiet = begun.kind === 'quiet' && !session.work.isBusy();
  if (turn.isQuiet) endQuietLook(session, turn.round, looked);
  if (begun.kind !== 'begun') {
    resetBackoff(engine);
    return;
  }
  // An approval is for one plan, and that plan has started: it is used up (C19).
  engine.approvals = new Set();
  follow(at, begun.ended, begun.isAnswered);
}

async function carryOutAnswers(engine: PairState, session: Session, signal: AbortSignal): Promise<void> {
  for (const [id, given] of [...engine.answers]) {
    await answerQuestion(session.context, { id, answer: given }, signal);
    engine.answers.delete(id);
  }
}

/** Rest times per side: a remote burst is seen poll by poll, a local one event by event. */
function restOf({ settleMs, activePollMs }: PairTimes): RestTimes {
  // Two seconds with the default, and still none where nothing settles.
  return {
    local: Math.max(2 * settleMs, 2 * activePollMs),
    remote: Math.max(2 * settleMs, Math.min(3 * settleMs, 2000)),
  };
}

function eventsOf({ engine }: At, onPlanned: (ops: readonly Op[]) => void): SessionEvents {
  return {
    onPlanned: (ops) => {
      onPlanned(ops);
      setPhase(engine, 'executing');
    },
    onOpEnd: ({ op, outcome }) => {
      if (outcome.kind === 'done') resetBackoff(engine);
      engine.progress.onEnd(op);
      engine.hasWorked = true;
      changed(engine);
    },
    removalRest: restOf(engine.parts.times),
  };
}

/** Wakes the loop when a plan ends; the loop rethrows the plan's failure. */
function follow({ engine, turn }: At, ended: Promised<ExecutionReport>, isAnswered: boolean): void {
  if (isAnswered) turn.answered += 1;
  const over = (): void => {
    if (isAnswered) turn.answered -= 1;
    engine.wake.wake('work');
  };
  ended.promise.then((report) => {
    turn.ended.push(report);
    over();
  }, over);
}

async function rest({ engine, session, turn }: At, signal: AbortSignal): Promise<void> {
  engine.progress.end();
  if (turn.isQuiet && !isAwaited(engine, turn)) {
    engine.lastInSyncAtMs = engine.parts.clock.nowMs();
    noteInSync(session.context.store, engine.lastInSyncAtMs, engine.hasWorked);
    engine.hasWorked = false;
  }
  const swept = await sweepTrash(session.context, signal);
  if (swept?.wasFull === true && !engine.notices.includes('trash-trimmed')) {
    engine.notices = [...engine.notices, 'trash-trimmed'];
  }
  if (await moveLeaving(session.context, session.ignores(), signal)) engine.wake.wake('work');
  const audited = await auditBytes(session.context, signal);
  if (audited !== null && audited.changed > 0) {
    turn.toPlan = 'anything';
    engine.wake.wake('work');
  }
  setPhase(engine, isAwaited(engine, turn) ? 'planning' : 'idle');
}

/** Something known still has to be scanned or planned, so that the pair is not in sync. */
function isAwaited(engine: PairState, { timers, toPlan }: Turn): boolean {
  return toPlan !== 'nothing' || timers.isLocalDue() || hasUnseen(engine);
}

function nextDelayMs(engine: PairState, session: Session, turn: Turn): number {
  if (turn.round.roundsWithoutProgress >= maxRoundsWithoutProgress && !session.work.isBusy())
    return noProgressWaitMs;
  const tryInMs = soonestOf(triesInMs(engine, session, turn));
  const eventsDueMs = engine.debouncer.nextDueMs();
  const announcement = session.work.isBusy() ? session.announcer.dueInMs() : null;
  const plan = turn.toPlan === 'nothing' ? Infinity : wholePlanInMs({ engine, session, turn });
  return Math.max(
    10,
    Math.min(
      turn.timers.nextDelayMs(),
      plan,
      tryInMs,
      eventsDueMs ?? Infinity,
      announcement ?? Infinity,
      turn.restUntilMs === null ? Infinity : turn.restUntilMs - engine.parts.clock.monotonicMs(),
    ),
  );
}
