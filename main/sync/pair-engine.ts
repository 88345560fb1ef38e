// Keeps one pair in sync for as long as it runs: waits for hints, news, timers and commands, and steps the session.
import { asPairError, SyncError } from '../core/errors.ts';
import type { Op } from '../core/model.ts';
import type { ChangeHint, ChangeHints } from '../ports/change-hints.port.ts';
import { auditBytes } from './byte-audit.ts';
import type { PairContext } from './pair-context.ts';
import type { PairEngine, PairEngineParts } from './pair-facts.ts';
import { endQuietLook, lookOnce } from './pair-looks.ts';
import type { Round } from './pair-looks.ts';
import { previewSession } from './pair-preview.ts';
import { changed, factsOf, makePairState, nudge } from './pair-state.ts';
import type { PairState } from './pair-state.ts';
import { answerQuestion, answersTo, isAboutMarker, logAnswer } from './questions.ts';
import type { GuardAnswer } from '../core/guard-answers.ts';
import { makePairTimers } from './pair-timers.ts';
import type { PairTimers, PairTimes } from './pair-timers.ts';
import type { RestTimes } from './rest.ts';
import { noteTrouble, waitOutTrouble } from './pair-trouble.ts';
import { dueNow, problemDueInMs } from './problem-pace.ts';
import { demandSameRoot, waitAtRoot, waitForAnswer } from './root-wait.ts';
import { openSession } from './session.ts';
import type { Session, Step } from './session.ts';
import { sweepTrash } from './trash-upkeep.ts';

/** Steps that only found the world changed; after so many in a row, a full look replaces guessing. */
const maxFruitless = 3;

export function makePairEngine(parts: PairEngineParts): PairEngine {
  const engine = makePairState(parts);
  return {
    run: (signal) => run(engine, signal),
    pause: () => {
      engine.isPaused = true;
      engine.current?.abort(new SyncError({ code: 'paused', retry: 'slow', scope: 'pair' }));
      nudge(engine);
    },
    resume: () => {
      engine.isPaused = false;
      nudge(engine);
    },
    checkNow: () => {
      engine.wantsFullLook = true;
      retryProblems(engine);
      engine.trouble = null;
      nudge(engine);
    },
    retryNow: () => {
      retryProblems(engine);
      engine.trouble = null;
      nudge(engine);
    },
    restart: () => {
      engine.current?.abort(new SyncError({ code: 'restarted', retry: 'now', scope: 'pair' }));
      engine.trouble = null;
      nudge(engine);
    },
    answer: (guardId, given) => answer(engine, guardId, given),
    facts: () => factsOf(engine),
    preview: (signal) => {
      const previewed = engine.previews.ask(signal);
      nudge(engine);
      return previewed;
    },
    context: () => engine.context,
    onChange: (listener) => {
      engine.listeners.add(listener);
      return () => engine.listeners.delete(listener);
    },
  };
}

/** Carried out by the session's next step, also when the pair is paused or stopped now. */
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
  nudge(engine);
  return true;
}

async function carryOutAnswers(engine: PairState, session: Session, signal: AbortSignal): Promise<void> {
  for (const [id, given] of [...engine.answers]) {
    await answerQuestion(session.context, { id, answer: given }, signal);
    engine.answers.delete(id);
  }
}

/** Files that wait are tried at once: something that can have been in their way has changed. */
function retryProblems(engine: PairState): void {
  const store = engine.context?.store;
  if (store === undefined) return;
  const changes = dueNow(store.problems(), engine.parts.clock.nowMs());
  if (changes.length > 0) store.record(changes);
}

async function run(engine: PairState, signal: AbortSignal): Promise<void> {
  const over = (): void => {
    engine.previews.close(new SyncError({ code: 'pair-not-running', retry: 'slow', scope: 'pair' }));
  };
  signal.addEventListener('abort', over, { once: true });
  try {
    while (!signal.aborted) await runOnce(engine, signal);
  } finally {
    // However it ended: nobody answers any more, and nobody may wait for it.
    over();
  }
}

/** While paused a wait or a preview; else one session, from its opening to whatever ends it. */
async function runOnce(engine: PairState, signal: AbortSignal): Promise<void> {
  if (engine.isPaused) {
    engine.activity = 'idle';
    changed(engine);
    if (engine.previews.isWanted()) await previewPaused(engine, signal);
    else await engine.wake.wait(3_600_000, signal);
    return;
  }
  const watcher = { current: engine.parts.makeHints() };
  engine.current = new AbortController();
  const both = AbortSignal.any([signal, engine.current.signal]);
  try {
    await runSession(engine, watcher, both);
  } catch (error) {
    noteTrouble(engine, error, signal);
  } finally {
    engine.current = null;
    await watcher.current.stop();
    engine.watch = 'off';
    engine.progress.end();
    const { context } = engine;
    engine.context = null;
    await context?.close();
  }
  changed(engine);
  await waitOutTrouble(engine, signal);
}

/** The one who asks is told what went wrong; a paused pair has no trouble of its own. */
async function previewPaused(engine: PairState, signal: AbortSignal): Promise<void> {
  let context: PairContext | null = null;
  try {
    const opened = await engine.parts.openContext(() => undefined, signal);
    context = opened;
    await engine.previews.answer(async () => {
      const { approvals } = engine;
      const bound = await openSession(opened, approvals, signal);
      return bound.kind === 'guard' ? bound : previewSession(bound.session, () => new Set(), signal);
    });
  } catch (error) {
    engine.previews.fail(asPairError(error));
  } finally {
    await context?.close();
  }
}

async function runSession(
  engine: PairState,
  watcher: { current: ChangeHints },
  signal: AbortSignal,
): Promise<void> {
  const { parts } = engine;
  engine.activity = 'starting';
  changed(engine);
  const context = await parts.openContext((transfer) => {
    engine.progress.onTransfer(transfer);
    changed(engine);
  }, signal);
  engine.context = context;
  const session = await openGuarded(engine, context, signal);
  engine.context = session.context;
  engine.isBlind = false;
  engine.awaySight = null;
  // Before the watches: what comes and goes while they are made is noticed.
  engine.rootSight = await session.context.root.sight();
  engine.notices = session.notices;
  await startWatching(engine, watcher.current, session, signal);
  engine.wantsFullLook = true;
  engine.trouble = null;
  engine.standingSinceMs = null;
  if (engine.isFresh) retryProblems(engine);
  engine.isFresh = false;
  const rewatch = async (): Promise<void> => {
    await watcher.current.stop();
    watcher.current = parts.makeHints();
    await startWatching(engine, watcher.current, session, signal);
  };
  await live(engine, session, rewatch, signal);
}

async function openGuarded(engine: PairState, context: PairContext, signal: AbortSignal): Promise<Session> {
  for (;;) {
    const opened = await openSession(context, engine.approvals, signal);
    if (opened.kind === 'session') return opened.session;
    engine.guards = [opened.guard];
    engine.activity = 'idle';
    changed(engine);
    await engine.previews.answer(() => Promise.resolve(opened));
    await waitForAnswer(engine, context, signal);
    signal.throwIfAborted();
  }
}

async function startWatching(
  engine: PairState,
  watcher: ChangeHints,
  session: Session,
  signal: AbortSignal,
): Promise<void> {
  engine.hints.clear();
  engine.watch = 'watching';
  const listen = (hints: readonly ChangeHint[]): void => {
    engine.hints.add(hints);
    for (const hint of hints) {
      if (hint.kind === 'lost') engine.isBlind = true;
      if (hint.kind !== 'degraded') continue;
      engine.watch = 'timed';
      // Whatever was missed, and whether the folder is still there at all, only a full look tells.
      engine.wantsFullLook = true;
      if (!engine.notices.includes(hint.code)) engine.notices = [...engine.notices, hint.code];
      engine.parts.log.warn('watching degraded, timed looks instead', {
        code: hint.code,
        message: hint.message,
      });
    }
    engine.wake.wake();
  };
  await watcher.start(listen, (path, kind) => session.ignores()(path, kind) !== null, signal);
}

async function live(
  engine: PairState,
  session: Session,
  rewatch: () => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const { clock, times } = engine.parts;
  const timers = makePairTimers(clock, times, () => engine.watch === 'timed');
  const round: Round = { fruitless: 0, hasAuditedAll: false, needsFullListing: false };
  let rules = session.ignores();
  for (;;) {
    signal.throwIfAborted();
    if (engine.isBlind) await demandSameRoot(engine, session.context);
    const isFull = engine.wantsFullLook || round.fruitless >= maxFruitless;
    if (isFull) {
      engine.wantsFullLook = false;
      engine.activity = 'scanning';
      changed(engine);
    }
    const hasLookedLocally = await lookOnce(session, { timers, round, isFull, hints: engine.hints }, signal);
    if (rules !== session.ignores()) {
      // Folders that were left out are not watched; what changed there until they are is found by a look at all.
      rules = session.ignores();
      await rewatch();
      timers.localNow();
    }
    await engine.previews.answer(() => previewSession(session, () => engine.hints.paths(), signal));
    const stepped = await stepOnce(engine, session, signal);
    engine.failures = 0;
    if (stepped.kind === 'worked') {
      timers.noteActivity();
      round.fruitless = stepped.report.done === 0 ? round.fruitless + 1 : 0;
      if (round.fruitless < maxFruitless) continue;
      await engine.wake.wait(2000, signal);
      continue;
    }
    if (stepped.kind === 'quiet') {
      endQuietLook(session, round, { isFull, hasLookedLocally });
      engine.lastInSyncAtMs = clock.nowMs();
    }
    if (stepped.kind === 'resting') {
      engine.activity = 'syncing';
      changed(engine);
      const restMs = stepped.untilMs - clock.monotonicMs();
      await engine.wake.wait(Math.max(10, Math.min(restMs, nextDelayMs(engine, session, timers))), signal);
      continue;
    }
    await keepTrash(engine, session, signal);
    const audited = await auditBytes(session.context, signal);
    if (audited !== null && audited.changed > 0) continue;
    engine.activity = 'idle';
    changed(engine);
    const delayMs = nextDelayMs(engine, session, timers);
    const endWait = timers.beginWait();
    await waitAtRoot(engine, session.context, delayMs, signal);
    endWait(delayMs);
  }
}

/** Asked at every rest; does something once a day. */
async function keepTrash(engine: PairState, session: Session, signal: AbortSignal): Promise<void> {
  const swept = await sweepTrash(session.context, signal);
  if (swept?.wasFull !== true || engine.notices.includes('trash-trimmed')) return;
  engine.notices = [...engine.notices, 'trash-trimmed'];
}

async function stepOnce(engine: PairState, session: Session, signal: AbortSignal): Promise<Step> {
  try {
    await carryOutAnswers(engine, session, signal);
    const stepped = await session.step(
      engine.approvals,
      {
        onPlanned: (ops: readonly Op[]) => {
          engine.activity = 'syncing';
          engine.progress.begin(ops);
          changed(engine);
        },
        onOpEnd: ({ op }) => {
          engine.progress.onEnd(op);
          changed(engine);
        },
        removalRest: restOf(engine.parts.times),
      },
      signal,
    );
    engine.guards = stepped.kind === 'guarded' ? stepped.guards : [];
    if (stepped.kind === 'quiet' || stepped.kind === 'worked') engine.planProblems = stepped.problems;
    // An approval is for one plan; the plan has run, so it is used up (rule 19).
    if (stepped.kind === 'worked') engine.approvals = new Set();
    return stepped;
  } finally {
    engine.progress.end();
  }
}

/** A burst on the bucket's side is seen poll by poll, one on the disk hint by hint. */
function restOf({ settleMs, activePollMs }: PairTimes): RestTimes {
  return { local: Math.max(2 * settleMs, 2 * activePollMs), remote: 2 * settleMs };
}

function nextDelayMs(engine: PairState, session: Session, timers: PairTimers): number {
  const { clock } = engine.parts;
  const nowMs = clock.nowMs();
  const retries = session.context.store.problems().flatMap((problem) => problemDueInMs(problem, nowMs) ?? []);
  const hint = engine.hints.nextDueMs();
  return Math.max(10, Math.min(timers.nextDelayMs(), ...retries, ...(hint === null ? [] : [hint])));
}
