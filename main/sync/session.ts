// One bound pair at work: looks at both sides, plans, guards, executes, until nothing is left to do.
import type { Side } from '../core/guard-effects.ts';
import type { IgnoreMatcher } from '../core/ignore-rules.ts';
import { SyncError } from '../core/errors.ts';
import { ignoreFileName } from '../core/ignore-rules.ts';
import type { Op, RelPath } from '../core/model.ts';
import { relPath, rootPath } from '../core/path.ts';
import type { Guard, PlanProblem } from '../core/plan-types.ts';
import type { DiskTraits } from '../ports/local-files.port.ts';
import { announceChange, isBeaconOwed, oweBeacon, readHead, readNews, rememberHead } from './beacon.ts';
import type { News } from './beacon.ts';
import { keptTemps } from './begun-download.ts';
import { bindPair } from './bind.ts';
import type { Bound } from './bind.ts';
import { beginAccounting, endAccounting, makePlan } from './cycle.ts';
import type { Planned, Sight } from './cycle.ts';
import { executePlan } from './execute.ts';
import type { ExecutionReport, OpEnd } from './execute.ts';
import type { DueHint } from './hint-queue.ts';
import { forgetConsents, pruneConsents } from './consents.ts';
import { withDisk } from './known-names.ts';
import type { PairContext } from './pair-context.ts';
import { proveMarker, withProvenRoot } from './proven-root.ts';
import type { ProvenRoot } from './proven-root.ts';
import { allow, allowAsked, openQuestions, recordQuestions, restoreAnswered } from './questions.ts';
import { holdBack, letRest, makeResting, readFirst } from './rest.ts';
import type { Resting, RestTimes } from './rest.ts';
import { recoverIntents } from './recover.ts';
import { lookAtChanges } from './remote-news.ts';
import { auditPage } from './remote-ranges.ts';
import { lookAtEntry, lookAtTree, scanLocalTree } from './scan-local.ts';
import { scanRemote } from './scan-remote.ts';
import { holdStalled } from './stalled.ts';
import type { Stalled } from './stalled.ts';

const maxIgnoreFileBytes = 256 * 1024;

export type Step =
  | { readonly kind: 'quiet'; readonly problems: readonly PlanProblem[] }
  | /** Removals wait for their burst to end, and nothing else is to be done until then (monotonic milliseconds). */ {
      readonly kind: 'resting';
      readonly untilMs: number;
    }
  | { readonly kind: 'guarded'; readonly guards: readonly Guard[]; readonly planned: Planned }
  | {
      readonly kind: 'worked';
      readonly report: ExecutionReport;
      readonly problems: readonly PlanProblem[];
    };

export type Looks = {
  readonly local: 'none' | 'full' | readonly DueHint[];
  /** `audit`: the next range of the rolling audit. */
  readonly remote: 'none' | 'full' | 'audit' | Extract<News, { kind: 'changes' }>;
};

export type Looked = {
  /** The rolling audit has been everywhere since it last began. */
  readonly hasAuditedAll: boolean;
  /** The audit met what only a listing of everything can tell (clashing names, keys out of order). */
  readonly needsFullListing: boolean;
};

export type SessionEvents = {
  readonly onPlanned: (ops: readonly Op[]) => void;
  readonly onOpEnd: (end: OpEnd) => void;
  /** How long removals of a side must have rested before the first of them goes; without it they go at once. */
  readonly removalRest?: RestTimes;
};

/** Made by `openSession`; one at a time per pair. Nothing here waits for time to pass. */
export type Session = {
  readonly context: PairContext;
  readonly ignores: () => IgnoreMatcher;
  readonly notices: readonly string[];
  look(looks: Looks, hinted: ReadonlySet<RelPath>, signal: AbortSignal): Promise<Looked>;
  preview(approvals: ReadonlySet<string>): Planned;
  /** For a dry run: reads whatever must be read for the plan to be exact, and changes no file. */
  learn(signal: AbortSignal): Promise<Planned>;
  /** Plans and, unless guarded, executes once. */
  step(approvals: ReadonlySet<string>, events: SessionEvents, signal: AbortSignal): Promise<Step>;
  /** What other devices have announced since the last look: one conditional GET when it is nothing. */
  news(signal: AbortSignal): Promise<News>;
  isFullyLooked(): boolean;
};

export type Opened =
  { readonly kind: 'session'; readonly session: Session } | { readonly kind: 'guard'; readonly guard: Guard };

/** Proves that both sides are the ones we know, closes what a crash left open, and reads the ignore rules. */
export async function openSession(
  given: PairContext,
  approvals: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<Opened> {
  const bound = await bindPair(given, approvals, signal);
  if (bound.kind === 'guard') {
    recordQuestions(given, [{ guard: bound.guard, effects: [], alsoGone: [] }]);
    return bound;
  }
  const root = withProvenRoot(given);
  return root.during(() => beginSession(root, bound, signal));
}

async function beginSession(
  root: ProvenRoot,
  bound: Extract<Bound, { kind: 'bound' }>,
  signal: AbortSignal,
): Promise<Opened> {
  const context = withDisk(root.context, bound.disk);
  await recoverIntents(context, signal);
  endAccounting(context);
  await context.changes.sweep(await keptTemps(context), []);
  const notices = [...bound.notices];
  const state: SessionState = {
    root,
    context,
    disk: bound.disk,
    ignores: await readIgnores(context, notices),
    localComplete: false,
    remoteComplete: false,
    hinted: new Set(),
    notices,
    auditAfter: null,
    isUnclear: false,
    stalled: new Map(),
    resting: makeResting(),
  };
  return { kind: 'session', session: sessionOf(state) };
}

type SessionState = {
  readonly root: ProvenRoot;
  /** That of `root`, as its disk is. */
  readonly context: PairContext;
  readonly disk: DiskTraits;
  ignores: IgnoreMatcher;
  localComplete: boolean;
  remoteComplete: boolean;
  hinted: ReadonlySet<RelPath>;
  readonly notices: string[];
  /** The last key that the rolling audit has seen; null at its beginning. */
  auditAfter: string | null;
  /** Of the last plan a reply was lost, perhaps that of an upload whose intent may otherwise stay open. */
  isUnclear: boolean;
  readonly stalled: Stalled;
  readonly resting: Resting;
};

function sessionOf(state: SessionState): Session {
  const { root } = state;
  return {
    context: state.context,
    ignores: () => state.ignores,
    notices: state.notices,
    look: (looks, hinted, signal) => root.during(() => look(state, looks, hinted, signal)),
    preview: (approvals) => makePlan(state.context, sightOf(state), approvals),
    learn: (signal) => root.during(() => learn(state, signal)),
    step: (approvals, events, signal) => root.during(() => step(state, approvals, events, signal)),
    news: (signal) => readNews(state.context, signal),
    isFullyLooked: () => state.localComplete && state.remoteComplete,
  };
}

const plainLook: Looked = { hasAuditedAll: false, needsFullListing: false };

async function look(
  state: SessionState,
  looks: Looks,
  hinted: ReadonlySet<RelPath>,
  signal: AbortSignal,
): Promise<Looked> {
  state.hinted = hinted;
  const looked = await lookRemote(state, looks.remote, signal);
  state.context.names?.refresh();
  await lookLocal(state, looks.local, signal);
  return looked;
}

async function lookRemote(state: SessionState, asked: Looks['remote'], signal: AbortSignal): Promise<Looked> {
  const { context } = state;
  if (asked === 'none') return plainLook;
  if (asked === 'full') {
    await listAll(state, signal);
    return plainLook;
  }
  if (asked === 'audit') {
    const page = await auditPage(context, state.ignores, state.auditAfter, signal);
    state.auditAfter = page.next;
    const isClear = page.outcome === 'looked';
    return { hasAuditedAll: isClear && page.next === null, needsFullListing: !isClear };
  }
  const outcome = await lookAtChanges(context, state.ignores, asked.changes, signal);
  if (outcome === 'unclear') await listAll(state, signal);
  // Only now: a crash during the look reads the same logs again.
  else rememberHead(context, asked.head);
  return plainLook;
}

async function listAll(state: SessionState, signal: AbortSignal): Promise<void> {
  const { context } = state;
  const head = await readHead(context, signal); // before the LIST: what changes after it is news next time (rule 24)
  const outcome = await scanRemote(context, state.ignores, new Set(), signal);
  state.remoteComplete = outcome.kind === 'complete';
  // Never "in sync" over a listing that could not be used: the pair is in trouble until one can.
  if (outcome.kind === 'incomplete')
    throw new SyncError({
      code: 'remote-invalid-answer',
      retry: 'backoff',
      scope: 'pair',
      message: `remote-invalid-answer: the listing of the bucket cannot be used (${outcome.why})`,
    });
  state.auditAfter = null;
  rememberHead(context, head);
}

async function lookLocal(state: SessionState, asked: Looks['local'], signal: AbortSignal): Promise<void> {
  const { context } = state;
  if (asked === 'none') return;
  const ruleFile = relPath(ignoreFileName);
  // A lost hint may have been about the rules themselves.
  const mayChangeRules =
    asked === 'full' ||
    asked.some((hint) => hint.path === ruleFile || (hint.isTree && hint.path === rootPath));
  if (asked === 'full') await proveMarker(context, context.room);
  if (mayChangeRules) await rereadIgnores(state, signal);
  if (asked === 'full') {
    const scanned = await scanLocalTree(context, state.ignores, rootPath, signal);
    state.localComplete = scanned.isComplete;
    return;
  }
  for (const hint of asked) {
    const scanned = hint.isTree
      ? await lookAtTree(context, state.ignores, hint.path, signal)
      : await lookAtEntry(context, state.ignores, hint.path, signal);
    // A failed part makes only its own subtree unknown; removals elsewhere prove their absence one by one.
    if (!scanned.isComplete) context.log.debug('a hinted look was incomplete', { path: hint.path });
  }
}

async function rereadIgnores(state: SessionState, signal: AbortSignal): Promise<void> {
  const before = state.context.store.meta('rules');
  const ignores = await readIgnores(state.context, state.notices);
  if (state.context.store.meta('rules') === before) return;
  state.ignores = ignores;
  const scanned = await scanLocalTree(state.context, state.ignores, rootPath, signal);
  state.localComplete = scanned.isComplete;
  await listAll(state, signal);
}

/** Other rules or another mode than last time make the next cycle merge only (rule 22). */
async function readIgnores(context: PairContext, notices: string[]): Promise<IgnoreMatcher> {
  const bytes = await context.files.readSmall(relPath(ignoreFileName), maxIgnoreFileBytes);
  const text = bytes === null ? null : new TextDecoder().decode(bytes);
  const made = context.makeIgnore(text);
  noteRefusedLines(notices, made.refusedLines);
  const rules = JSON.stringify([context.settings.mode, made.fingerprint]);
  const known = context.store.meta('rules');
  if (known !== rules) {
    context.store.record([
      ...(known === null ? [] : [{ kind: 'base-discard' as const }]),
      { kind: 'meta', key: 'rules', value: rules },
    ]);
    if (known !== null) notices.push('rules-changed');
  }
  return made.matcher;
}

/** Lines over the caps of an ignore file, which may be a stranger's, are left out; said for as long as it is so. */
function noteRefusedLines(notices: string[], refusedLines: number): void {
  const at = notices.indexOf('ignore-lines-refused');
  if (refusedLines > 0 && at < 0) notices.push('ignore-lines-refused');
  if (refusedLines === 0 && at >= 0) notices.splice(at, 1);
}

function sightOf(state: SessionState): Sight {
  return {
    localComplete: state.localComplete,
    remoteComplete: state.remoteComplete,
    hinted: state.hinted,
    disk: state.disk,
  };
}

async function step(
  state: SessionState,
  approvals: ReadonlySet<string>,
  events: SessionEvents,
  signal: AbortSignal,
): Promise<Step> {
  const { context } = state;
  await context.renewAbilities?.(signal);
  context.names?.refresh();
  // An operation that failed half-way left its intent open; nothing else runs now.
  if (state.isUnclear || context.store.intents().some((intent) => intent.upload === null)) {
    await recoverIntents(context, signal);
    state.isUnclear = false;
  }
  allowAsked(context, approvals);
  await restoreAnswered(context, signal);
  const planned = makePlan(context, sightOf(state), approvals);
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
  const isAtRest = guards.length > 0 || ops.length === 0;
  if (isAtRest && isBeaconOwed(context)) await announceChange(context, signal);
  recordQuestions(context, questions);
  if (guards.length > 0) return { kind: 'guarded', guards, planned };
  if (ops.length === 0 && rested.untilMs !== null) return { kind: 'resting', untilMs: rested.untilMs };
  if (ops.length === 0) {
    if (state.localComplete && state.remoteComplete) forgetConsents(context);
    return { kind: 'quiet', problems: planned.problems };
  }
  if (planned.approved.length > 0) allow(context, planned.approved);
  beginAccounting(context, chosen);
  const owing = oweBeacon(context, ops);
  if (owing.length > 0) context.store.record(owing);
  if (ops.some(removesRemote)) await proveMarker(context, context.room);
  events.onPlanned(ops);
  const ends: OpEnd[] = [];
  const onEnd = (end: OpEnd): void => {
    ends.push(end);
    events.onOpEnd(end);
  };
  const report = await executePlan(context, chosen, onEnd, signal);
  await holdStalled(context, state.stalled, ends);
  state.isUnclear = report.unclear > 0;
  endAccounting(context);
  pruneConsents(context);
  return { kind: 'worked', report, problems: planned.problems };
}

/** A side about which a question stands has had its rest. */
function restTimes({ store }: PairContext, { removalRest }: SessionEvents): RestTimes {
  const asked = openQuestions(store);
  const isAsked = (side: Side): boolean => asked.some(({ kind }) => kind.endsWith(`-${side}`));
  return {
    local: removalRest === undefined || isAsked('local') ? 0 : removalRest.local,
    remote: removalRest === undefined || isAsked('remote') ? 0 : removalRest.remote,
  };
}

/** Of a burst that is still going on only a part is known. */
function isAboutWaiting({ kind }: Guard, waiting: ReadonlySet<Side>): boolean {
  return [...waiting].some((side) => kind.endsWith(`-${side}`));
}

const maxLearnings = 10;

async function learn(state: SessionState, signal: AbortSignal): Promise<Planned> {
  const { context } = state;
  for (let round = 0; ; round += 1) {
    const planned = makePlan(context, sightOf(state), new Set());
    const readings = planned.ops.filter((op) => op.kind === 'hash-local' || op.kind === 'identify-remote');
    if (readings.length === 0 || round >= maxLearnings) return planned;
    await executePlan(context, { waves: [readings], problems: [] }, () => undefined, signal);
  }
}

function removesRemote(op: Op): boolean {
  return op.kind === 'remove-remote' || op.kind === 'remove-remote-folder' || op.kind === 'move-remote';
}
