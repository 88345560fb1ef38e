// Runner of one pair: waits for file events, remote changes, timers and commands, and drives the session.
import { asPairError, SyncError } from '../../core/model/errors.ts';
import type { PauseReason } from '../../core/conditions.ts';
import type { GuardAnswer } from '../../core/safety/answers.ts';
import type { FileEvent, FileWatcher } from '../../ports/file-watcher.port.ts';
import type { PairContext } from '../context.ts';
import type { PairEngine, PairEngineParts } from './pair-status.ts';
import { previewSession } from './previews.ts';
import { live } from './live.ts';
import {
  changed,
  statusOf,
  hasUnseen,
  holdOf,
  isBackingOff,
  isStandingStill,
  makePairState,
  rememberedPause,
  wakeUp,
  setPhase,
} from './runner-state.ts';
import type { PairState } from './runner-state.ts';
import { answersTo, isAboutMarker, logAnswer } from '../session/questions.ts';
import { resetBackoff, clearFailure, recordFailure, retryAtOnce, waitForRetry } from './failures.ts';
import { dueNow } from '../session/problem-pace.ts';
import { waitForAnswer } from './root-wait.ts';
import { openSession } from '../session/session.ts';
import type { Session } from '../session/session.ts';

export function makePairEngine(parts: PairEngineParts): PairEngine {
  const engine = makePairState(parts);
  return {
    run: (signal) => run(engine, signal),
    pause: (untilMs = null) => {
      setPaused(engine, true, untilMs);
      standStill(engine);
    },
    hold: (reason) => {
      hold(engine, reason);
    },
    resume: () => {
      setPaused(engine, false);
      engine.isHoldWaived = engine.holdReason !== null;
      retryEverything(engine);
    },
    checkNow: () => {
      engine.wantsFullLook = true;
      retryEverything(engine);
    },
    syncNow: () => {
      engine.debouncer.settleNow();
      retryEverything(engine);
    },
    retryNow: () => {
      retryEverything(engine);
    },
    signedIn: () => {
      if (engine.failure !== null && signInCodes.has(engine.failure.error.code)) clearFailure(engine);
      retryEverything(engine);
    },
    restart: () => {
      engine.current?.abort(new SyncError({ code: 'restarted', retry: 'now', scope: 'pair' }));
      clearFailure(engine);
      retryAtOnce(engine);
      wakeUp(engine, 'command');
    },
    answer: (guardId, given) => answer(engine, guardId, given),
    status: () => statusOf(engine),
    preview: (signal) => {
      const previewed = engine.previews.ask(signal);
      wakeUp(engine, 'preview');
      return previewed;
    },
    betweenSteps: (work, signal) => {
      if (engine.work === null)
        return Promise.reject(new SyncError({ code: 'pair-not-running', retry: 'slow', scope: 'pair' }));
      const done = engine.errands.ask(work, signal);
      wakeUp(engine, 'command');
      return done;
    },
    context: () => engine.context,
    onChange: (listener) => {
      engine.listeners.add(listener);
      return () => engine.listeners.delete(listener);
    },
  };
}

/** Failures that a sign-in ends. */
const signInCodes: ReadonlySet<string> = new Set([
  'needs-sign-in',
  'sign-in-cancelled',
  'principal-changed',
  'other-principal',
]);

function retryEverything(engine: PairState): void {
  retryProblems(engine);
  retryAtOnce(engine);
  wakeUp(engine, 'command');
}

/** A new reason ends the waiver of an earlier one. */
function hold(engine: PairState, reason: PauseReason | null): void {
  if (engine.holdReason === reason) return;
  engine.holdReason = reason;
  engine.isHoldWaived = false;
  engine.parts.log.info('condition', { pairId: engine.parts.id, reason });
  if (engine.isPaused) return;
  if (holdOf(engine) === null) {
    retryEverything(engine);
    return;
  }
  clearFailure(engine);
  resetBackoff(engine);
  standStill(engine);
}

function standStill(engine: PairState): void {
  if (engine.current !== null) setPhase(engine, 'pausing');
  engine.current?.abort(new SyncError({ code: 'paused', retry: 'slow', scope: 'pair' }));
  wakeUp(engine, 'pause');
}

function setPaused(engine: PairState, isPaused: boolean, untilMs: number | null = null): void {
  if (isPaused) {
    clearFailure(engine);
    resetBackoff(engine);
  }
  engine.isPaused = isPaused;
  engine.pausedUntilMs = untilMs;
  engine.hasOwnPause = true;
  engine.parts.pauseMemory?.remember(isPaused, untilMs);
}

/** A pause, or its end, may have been asked of the engine before this one after this one was made. */
function recallPause(engine: PairState): void {
  if (!engine.hasOwnPause) Object.assign(engine, rememberedPause(engine.parts));
}

/** Time until the pause has to be looked at again; 0 once it is over. A clock that is set is noticed within a minute. */
function pauseLeftMs({ pausedUntilMs, parts }: PairState): number {
  if (pausedUntilMs === null) return 3_600_000;
  return Math.min(60_000, Math.max(0, pausedUntilMs - parts.clock.nowMs()));
}

/** The session's next step carries the answer out, even if the pair is paused or stopped now. */
function answer(engine: PairState, guardId: string, given: GuardAnswer): boolean {
  const guard = engine.guards.find((one) => one.id === guardId);
  if (guard === undefined || !answersTo(guard.kind).includes(given)) return false;
  if (given === 'later') {
    logAnswer(engine.parts, { pairId: engine.parts.id, question: guardId, answer: given });
    return true;
  }
  if (isAboutMarker(guard.kind)) {
    logAnswer(engine.parts, { pairId: engine.parts.id, question: guardId, answer: given });
    engine.approvals.add(guardId);
  } else {
    engine.answers.set(guardId, given);
  }
  engine.guards = engine.guards.filter((one) => one.id !== guardId);
  wakeUp(engine, 'answer');
  return true;
}

/** Retries waiting files at once, because a possible cause of their failure has changed. */
function retryProblems(engine: PairState): void {
  const store = engine.context?.store;
  if (store === undefined) return;
  try {
    const changes = dueNow(store.problems(), engine.parts.clock.nowMs());
    if (changes.length > 0) store.record(changes);
  } catch (error) {
    // The pair meets it as well. The caller is a timer or a system event (network, end of sleep): an error there ends the process.
    const { code, message } = asPairError(error);
    engine.parts.log.warn('waiting files keep their time', { pairId: engine.parts.id, code, message });
  }
}

async function run(engine: PairState, signal: AbortSignal): Promise<void> {
  const over = (): void => {
    engine.previews.close(new SyncError({ code: 'pair-not-running', retry: 'slow', scope: 'pair' }));
  };
  signal.addEventListener('abort', over, { once: true });
  recallPause(engine);
  try {
    while (!signal.aborted) await runOnceOrWait(engine, signal);
  } finally {
    // However it ended: no answer comes any more, and no caller may wait for one.
    over();
  }
}

/** The end of a session may fail, too (watches, threads, records): no failure ends a pair, each is tried again. */
async function runOnceOrWait(engine: PairState, signal: AbortSignal): Promise<void> {
  try {
    await runOnce(engine, signal);
  } catch (error) {
    recordFailure(engine, error, signal);
    if (isBackingOff(engine)) setPhase(engine, 'backing-off');
    changed(engine);
    await waitForRetry(engine, signal);
  }
}

/** One wait or preview while paused; otherwise one session from its opening to its end. */
async function runOnce(engine: PairState, signal: AbortSignal): Promise<void> {
  if (engine.isPaused && pauseLeftMs(engine) === 0) setPaused(engine, false);
  if (isStandingStill(engine)) {
    setPhase(engine, 'paused');
    if (engine.previews.isWanted()) await previewPaused(engine, signal);
    else await engine.wake.wait(pauseLeftMs(engine), signal);
    return;
  }
  const watcher = { current: engine.parts.makeWatcher() };
  engine.current = new AbortController();
  const both = AbortSignal.any([signal, engine.current.signal]);
  try {
    await runSession(engine, watcher, both);
  } catch (error) {
    recordFailure(engine, error, signal);
  } finally {
    // What runs beside the loop ends with its session, before the state store closes.
    engine.current.abort(new SyncError({ code: 'restarted', retry: 'now', scope: 'pair' }));
    await engine.work?.idle();
    engine.work = null;
    engine.errands.end();
    engine.current = null;
    engine.watch = 'off';
    engine.progress.end();
    const { context } = engine;
    engine.context = null;
    try {
      await watcher.current.stop();
    } finally {
      await context?.close();
    }
  }
  if (isBackingOff(engine)) setPhase(engine, 'backing-off');
  changed(engine);
  await waitForRetry(engine, signal);
}

/** The caller gets the failure; a paused pair has none of its own. */
async function previewPaused(engine: PairState, signal: AbortSignal): Promise<void> {
  let context: PairContext | null = null;
  try {
    const opened = await engine.parts.openContext(() => undefined, signal);
    context = opened;
    await engine.previews.answer(async () => {
      const { approvals } = engine;
      const bound = await openSession(opened, approvals, signal);
      return bound.kind === 'guard' ? bound : previewSession(bound.session, signal);
    });
  } catch (error) {
    engine.previews.fail(asPairError(error));
  } finally {
    await context?.close();
  }
}

async function runSession(
  engine: PairState,
  watcher: { current: FileWatcher },
  signal: AbortSignal,
): Promise<void> {
  const { parts } = engine;
  setPhase(engine, 'opening');
  const context = await parts.openContext((transfer) => {
    engine.progress.onTransfer(transfer);
    changed(engine);
  }, signal);
  engine.context = context;
  const session = await openGuarded(engine, context, signal);
  engine.work = session.work;
  engine.context = session.context;
  engine.isBlind = false;
  engine.awaySight = null;
  // Taken before the watches are set up, so that a change of the root meanwhile is noticed.
  engine.rootSeenMs = parts.clock.monotonicMs();
  engine.rootSight = await session.context.root.sight();
  engine.sessionNotices = session.notices;
  engine.notices = [];
  await startWatching(engine, watcher.current, session, signal);
  engine.wantsFullLook = true;
  if (engine.isFresh) retryProblems(engine);
  engine.isFresh = false;
  const rewatch = async (): Promise<void> => {
    await watcher.current.stop();
    watcher.current = parts.makeWatcher();
    await startWatching(engine, watcher.current, session, signal);
  };
  await live(engine, session, rewatch, signal);
}

async function openGuarded(engine: PairState, context: PairContext, signal: AbortSignal): Promise<Session> {
  for (;;) {
    const opened = await openSession(context, engine.approvals, signal, () => engine.debouncer.paths());
    if (opened.kind === 'session') return opened.session;
    engine.guards = [opened.guard];
    // Folder and bucket have answered.
    clearFailure(engine);
    setPhase(engine, 'asking');
    changed(engine);
    await engine.previews.answer(() => Promise.resolve(opened));
    await waitForAnswer(engine, context, signal);
    signal.throwIfAborted();
  }
}

async function startWatching(
  engine: PairState,
  watcher: FileWatcher,
  session: Session,
  signal: AbortSignal,
): Promise<void> {
  engine.debouncer.clear();
  engine.watch = 'watching';
  const listen = (events: readonly FileEvent[]): void => {
    const wasSeen = !hasUnseen(engine);
    engine.debouncer.add(events);
    for (const event of events) {
      if (event.kind === 'lost') engine.isBlind = true;
      if (event.kind !== 'degraded') continue;
      engine.watch = 'timed';
      // Only a full scan finds what was missed, and whether the folder still exists.
      engine.wantsFullLook = true;
      if (!engine.notices.includes(event.code)) engine.notices = [...engine.notices, event.code];
      engine.parts.log.warn('watching degraded, timed looks instead', {
        code: event.code,
        message: event.message,
      });
    }
    if (wasSeen && hasUnseen(engine)) changed(engine);
    engine.wake.wake('event');
  };
  await watcher.start(listen, (path, kind) => session.ignores()(path, kind) !== null, signal);
}
