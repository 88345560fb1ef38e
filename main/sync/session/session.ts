// Session of one attached pair: scans, plans, checks and executes until nothing is left.
import type { IgnoreMatcher } from '../../core/config/ignore-rules.ts';
import { isOfItem, SyncError } from '../../core/model/errors.ts';
import { ignoreFileName } from '../../core/config/ignore-rules.ts';
import type { RelPath } from '../../core/model/model.ts';
import { relPath, rootPath } from '../../core/model/path.ts';
import type { Guard } from '../../core/plan/types.ts';
import { makeAnnouncer } from '../feed/announcer.ts';
import type { Announcer } from '../feed/announcer.ts';
import { readHead, pollFeed, rememberHead } from '../feed/change-feed.ts';
import type { FeedPoll, Head } from '../feed/change-feed.ts';
import { keptTemps } from '../transfer/begun-download.ts';
import { bindPair } from './attach.ts';
import type { Bound } from './attach.ts';
import { endAccounting, makePlan } from './plan-cycle.ts';
import type { Planned } from './plan-cycle.ts';
import type { Begun, DueEvent, Express, SessionEvents, SessionState, Step } from './state.ts';
import { withDisk } from '../scan/known-names.ts';
import type { PairContext } from '../context.ts';
import { proveMarker, withProvenRoot } from '../proven-root.ts';
import type { ProvenRoot } from '../proven-root.ts';
import { recordQuestions } from './questions.ts';
import { beginLeaving } from './leaving.ts';
import { makeResting } from './rest.ts';
import { finishHalfRenames } from '../operations/moves/half-renames.ts';
import { recoverIntents } from './recover.ts';
import { awaitsHalf, hasOpenHalves, makeOpenHalves, needsFullScan } from '../operations/moves/open-halves.ts';
import { readIgnores } from '../scan/ignore-file.ts';
import { listsFolders, scanRemoteChanges } from '../scan/remote-changes.ts';
import { makeLookedBeside, notingLooks } from '../scan/looked-beside.ts';
import type { Look } from '../scan/looked-beside.ts';
import { auditPage } from '../scan/remote-page.ts';
import { scanEntry, scanSubtree, scanLocalTree } from '../scan/local.ts';
import type { LocalScan, OnFound } from '../scan/local.ts';
import { scanStateOf } from './state.ts';
import { scanRemote } from '../scan/remote.ts';
import { begin, beginExpress, settleStore } from './begin-plan.ts';
import { makeWork } from '../operations/work.ts';
import type { Work } from '../operations/work.ts';

/** Milliseconds between two listings of everything where nothing tells of changes. */
const unreadHeadEveryMs = 5 * 60_000;

export type ScanRequest = {
  readonly local: 'none' | 'full' | readonly DueEvent[];
  /** `audit`: the next range of the rolling audit. */
  readonly remote: 'none' | 'full' | 'audit' | Extract<FeedPoll, { kind: 'changes' }>;
};

export type ScanResult = {
  /** The rolling audit has completed a pass. */
  readonly hasAuditedAll: boolean;
  /** The audit met what only a full listing can decide (clashing names, keys out of order). */
  readonly needsFullListing: boolean;
};

/** Created by `openSession`; one at a time per pair. No method waits for time to pass. */
export type Session = {
  readonly context: PairContext;
  readonly ignores: () => IgnoreMatcher;
  readonly notices: readonly string[];
  scan(looks: ScanRequest, signal: AbortSignal, onFound?: OnFound): Promise<ScanResult>;
  preview(approvals: ReadonlySet<string>): Planned;
  /** For dry runs: performs the reads the plan needs; modifies no file. */
  learn(signal: AbortSignal): Promise<Planned>;
  readonly work: Work;
  /** What was looked at while an operation was at work there, which has ended since. Each is answered once. */
  takeLookedBeside(): readonly Look[];
  readonly announcer: Announcer;
  /** Holds the folder for all of `work`, so that what is opened in it can be used until then. Throws SyncError `root-*`. */
  readonly during: ProvenRoot['during'];
  /** As `during`, from the first step in the folder on. */
  readonly onceUsed: ProvenRoot['onceUsed'];
  /** Drops pending operations of earlier plans, makes a whole plan and, unless a guard blocks it, starts it. */
  begin(approvals: ReadonlySet<string>, events: SessionEvents, signal: AbortSignal): Promise<Begun>;
  /** Starts what these paths need, ahead of the running plan; `unfit` if a whole plan is required. */
  beginExpress(paths: readonly RelPath[], events: SessionEvents, signal: AbortSignal): Promise<Express>;
  /** `begin`, then waits for the end of the plan. */
  step(approvals: ReadonlySet<string>, events: SessionEvents, signal: AbortSignal): Promise<Step>;
  /** Changes announced by other devices since the last poll: one conditional GET if there are none. */
  pollChanges(signal: AbortSignal): Promise<FeedPoll>;
  isFullyLooked(): boolean;
  /** A half rename waits for one. */
  needsFullScan(): boolean;
};

export type Opened =
  { readonly kind: 'session'; readonly session: Session } | { readonly kind: 'guard'; readonly guard: Guard };

/** Verifies the binding of both sides, recovers open intents, and loads the ignore rules. */
export async function openSession(
  given: PairContext,
  approvals: ReadonlySet<string>,
  signal: AbortSignal,
  changing: () => ReadonlySet<RelPath> = () => new Set(),
): Promise<Opened> {
  // Not again with each try of a pair that stands still.
  const head = given.proof === undefined ? null : headAhead(given, signal);
  const bound = await bindPair(given, approvals, signal);
  if (bound.kind === 'guard') {
    recordQuestions(given, [{ guard: bound.guard, effects: [], alsoGone: [] }]);
    return bound;
  }
  const root = withProvenRoot(given);
  return root.during(() => beginSession(root, { bound, head }, changing, signal));
}

/** Asked for while the pair is bound: its answer is as good as one that comes later, and a distant store takes its time. */
function headAhead(context: PairContext, signal: AbortSignal): Promise<Head | null> {
  const head = readHead(context, signal);
  // Reported by the first listing, if there is one.
  head.catch(() => undefined);
  return head;
}

async function beginSession(
  root: ProvenRoot,
  {
    bound,
    head,
  }: { readonly bound: Extract<Bound, { kind: 'bound' }>; readonly head: Promise<Head | null> | null },
  changing: () => ReadonlySet<RelPath>,
  signal: AbortSignal,
): Promise<Opened> {
  const context = withDisk(root.context, bound.disk);
  const left = await finishHalfRenames(context, await context.changes.halfRenames(), false);
  const halves = makeOpenHalves(context, left);
  const awaits = awaitsHalf(halves);
  if (context.store.intents().length > 0) await context.proof;
  await recoverIntents(context, { isBusy: () => false, isLooked: false, awaits }, signal);
  endAccounting(context);
  beginLeaving(context);
  await sweepLeftovers(context);
  const notices = [...bound.notices];
  const work = makeWork(context, (path) => changing().has(path));
  const state: SessionState = {
    root,
    context,
    disk: bound.disk,
    unsettled: context.proof === undefined && bound.space.making === undefined ? null : bound.space,
    ignores: await readIgnores(context, notices),
    localComplete: false,
    remoteComplete: false,
    changing,
    work,
    lookedBeside: makeLookedBeside((path) => work.touches(path)),
    announcer: makeAnnouncer(context),
    notices,
    databaseLogs: new Set(),
    auditAfter: null,
    headAhead: head,
    listedAtMs: context.clock.monotonicMs(),
    listingMs: 0,
    lookedAtMs: context.clock.monotonicMs(),
    lookMs: 0,
    isUnclear: false,
    stalled: new Map(),
    resting: makeResting(),
    halves,
  };
  return { kind: 'session', session: sessionOf(state) };
}

/** What cannot be removed now (rights, another program that has it open) is no matter of the files. */
async function sweepLeftovers(context: PairContext): Promise<void> {
  const kept = await keptTemps(context);
  try {
    await context.changes.sweep(kept, []);
  } catch (error) {
    if (!isOfItem(error)) throw error;
    context.log.warn('a leftover stays: it cannot be removed', { code: error.code, message: error.message });
  }
}

function sessionOf(state: SessionState): Session {
  const { root } = state;
  return {
    context: state.context,
    ignores: () => state.ignores,
    notices: state.notices,
    scan: (looks, signal, onFound) => root.during(() => look(state, looks, signal, onFound)),
    preview: (approvals) => makePlan(state.context, scanStateOf(state), approvals),
    learn: (signal) => root.during(() => learn(state, signal)),
    work: state.work,
    takeLookedBeside: state.lookedBeside.take,
    announcer: state.announcer,
    during: root.during,
    onceUsed: root.onceUsed,
    begin: (approvals, events, signal) => root.onceUsed(() => begin(state, approvals, events, signal)),
    beginExpress: (paths, events, signal) => root.during(() => beginExpress(state, paths, events, signal)),
    step: async (approvals, events, signal) => {
      const begun = await root.during(() => begin(state, approvals, events, signal));
      if (begun.kind !== 'begun') return begun;
      const { problems, isWhole } = begun;
      return { kind: 'worked', report: await begun.ended.promise, isWhole, problems };
    },
    pollChanges: (signal) => newsOf(state, signal),
    isFullyLooked: () => state.localComplete && state.remoteComplete && !hasOpenHalves(state.halves),
    needsFullScan: () => needsFullScan(state.halves),
  };
}

const plainLook: ScanResult = { hasAuditedAll: false, needsFullListing: false };

async function newsOf(state: SessionState, signal: AbortSignal): Promise<FeedPoll> {
  const news = await pollFeed(state.context, signal);
  if (news.kind === 'unread') return unreadNews(state);
  if (news.kind === 'changes' && listsFolders(news.changes) && !mayLookAgain(state)) return { kind: 'none' };
  if (news.kind !== 'broken') return news;
  state.announcer.notePendingChanges();
  return mayListAgain(state) ? news : { kind: 'none' };
}

/** Listings of everything that the writes of others lead to take a tenth of the time at most: a small object may lead to each. */
const listingShare = 10;

/** While false, what was read of the feed is not remembered, so that the next poll finds it again. */
function mayListAgain({ context, listedAtMs, listingMs }: SessionState): boolean {
  return context.clock.monotonicMs() - listedAtMs >= listingMs * (listingShare - 1);
}

/** The same for listings of folders that are named one by one, which may be all there are. */
function mayLookAgain({ context, lookedAtMs, lookMs }: SessionState): boolean {
  return context.clock.monotonicMs() - lookedAtMs >= lookMs * (listingShare - 1);
}

/** Without a head that can be read, everything is listed, at the pace of what only a change elsewhere cures. */
function unreadNews(state: SessionState): FeedPoll {
  const nowMs = state.context.clock.monotonicMs();
  if (nowMs - state.listedAtMs < unreadHeadEveryMs) return { kind: 'none' };
  return { kind: 'broken', why: 'the head cannot be read' };
}

async function look(
  state: SessionState,
  looks: ScanRequest,
  signal: AbortSignal,
  onFound: OnFound = () => undefined,
): Promise<ScanResult> {
  if (looks.remote === 'full' && looks.local === 'full' && isUndisturbed(state)) {
    await lookEverywhere(state, signal, onFound);
    return plainLook;
  }
  const looked = await lookRemote(state, looks.remote, signal);
  state.context.names?.refresh();
  await lookLocal(state, looks.local, signal, onFound);
  return looked;
}

/** Nothing is written beside the looks, and what the listing of the bucket finds decides no spelling of a name on the disk. */
function isUndisturbed({ context, work }: SessionState): boolean {
  return !work.isBusy() && context.names === undefined;
}

/**
 * The folder is read while the bucket is listed: both wait for others most of the time. What is found there is recorded after the listing,
 * which takes what is recorded meanwhile for newer than itself.
 */
async function lookEverywhere(state: SessionState, signal: AbortSignal, onFound: OnFound): Promise<void> {
  const { context } = state;
  await proveMarker(context, context.room);
  // Other rules need no further look: both begin with them.
  await takeIgnores(state);
  const listing = listAll(state, signal);
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  const local = scanLocalTree(context, state.ignores, rootPath, either, { recordAfter: listing, onFound });
  // Awaited in turn; until then a failure must not count as unhandled.
  local.catch(() => undefined);
  try {
    await listing;
  } catch (error) {
    stop.abort(error);
    await Promise.allSettled([local]);
    throw error;
  }
  noteLocal(state, await local);
}

function noteLocal(state: SessionState, scanned: LocalScan): void {
  state.localComplete = scanned.isComplete;
  state.halves.scans += 1;
}

async function lookRemote(
  state: SessionState,
  asked: ScanRequest['remote'],
  signal: AbortSignal,
): Promise<ScanResult> {
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
  const beganMs = context.clock.monotonicMs();
  const outcome = await scanRemoteChanges(context, state.ignores, asked.changes, signal);
  if (listsFolders(asked.changes)) {
    state.lookedAtMs = context.clock.monotonicMs();
    state.lookMs = state.lookedAtMs - beganMs;
  }
  // Only after the scan: after a crash during it the same logs are read again.
  if (outcome !== 'unclear') rememberHead(context, asked.head);
  else if (mayListAgain(state)) await listAll(state, signal);
  return plainLook;
}

async function listAll(state: SessionState, signal: AbortSignal): Promise<void> {
  const { context } = state;
  // Before the LIST: later changes are announced again (C24).
  const ahead = state.headAhead;
  state.headAhead = null;
  const beganMs = context.clock.monotonicMs();
  const head = await (ahead ?? readHead(context, signal));
  const outcome = await scanRemote(context, state.ignores, new Set(), signal);
  state.remoteComplete = outcome.kind === 'complete';
  // Never "in sync" over an unusable listing: the pair has failed until a listing is complete.
  if (outcome.kind === 'incomplete')
    throw new SyncError({
      code: 'remote-invalid-answer',
      retry: 'backoff',
      scope: 'pair',
      message: `remote-invalid-answer: the listing of the bucket cannot be used (${outcome.why})`,
    });
  state.auditAfter = null;
  state.listedAtMs = context.clock.monotonicMs();
  state.listingMs = state.listedAtMs - beganMs;
  rememberHead(context, head);
}

async function lookLocal(
  state: SessionState,
  asked: ScanRequest['local'],
  signal: AbortSignal,
  onFound: OnFound,
): Promise<void> {
  const { context } = state;
  if (asked === 'none') return;
  const scanning = notingLooks(context, state.lookedBeside);
  const ruleFile = relPath(ignoreFileName);
  // A lost event may have been about the ignore rules themselves.
  const mayChangeRules =
    asked === 'full' ||
    asked.some((event) => event.path === ruleFile || (event.isTree && event.path === rootPath));
  if (asked === 'full') await proveMarker(context, context.room);
  if (mayChangeRules) await rereadIgnores(state, signal);
  if (asked === 'full') {
    noteLocal(state, await scanLocalTree(scanning, state.ignores, rootPath, signal, { onFound }));
    return;
  }
  for (const event of asked) {
    const scanned = event.isTree
      ? await scanSubtree(scanning, state.ignores, event.path, signal)
      : await scanEntry(scanning, state.ignores, event.path, signal);
    // A failed part makes only its own subtree unknown; removals elsewhere prove absence one by one.
    if (!scanned.isComplete)
      context.log.debug('a look at a changing place was incomplete', { path: event.path });
  }
}

/** True where the rules have changed; else the matcher stays the same one, which others compare. */
async function takeIgnores(state: SessionState): Promise<boolean> {
  const before = state.context.store.meta('rules');
  const ignores = await readIgnores(state.context, state.notices);
  if (state.context.store.meta('rules') === before) return false;
  state.ignores = ignores;
  return true;
}

async function rereadIgnores(state: SessionState, signal: AbortSignal): Promise<void> {
  if (!(await takeIgnores(state))) return;
  const scanning = notingLooks(state.context, state.lookedBeside);
  const scanned = await scanLocalTree(scanning, state.ignores, rootPath, signal);
  state.localComplete = scanned.isComplete;
  await listAll(state, signal);
}

const maxLearnings = 10;

async function learn(state: SessionState, signal: AbortSignal): Promise<Planned> {
  const { context } = state;
  await settleStore(state);
  for (let round = 0; ; round += 1) {
    // Includes paths with pending events: a dry run shows what would be done if they did not change again.
    const planned = makePlan(context, { ...scanStateOf(state), changing: new Set() }, new Set());
    const readings = planned.ops.filter((op) => op.kind === 'hash-local' || op.kind === 'identify-remote');
    if (readings.length === 0 || round >= maxLearnings) return planned;
    const how = { isExpress: false, onEnd: () => undefined };
    await state.work.begin({ waves: [readings], problems: [] }, how, signal);
  }
}
