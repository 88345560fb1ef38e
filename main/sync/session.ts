// One bound pair at work: looks at both sides, plans, guards, executes, until nothing is left to do.
import type { IgnoreMatcher } from '../core/ignore-rules.ts';
import { ignoreFileName } from '../core/ignore-rules.ts';
import type { Op, RelPath } from '../core/model.ts';
import { relPath, rootPath } from '../core/path.ts';
import type { Guard, PlanProblem } from '../core/plan-types.ts';
import { announceChange, isBeaconOwed, readBeacon } from './beacon.ts';
import { bindPair, proveRoot } from './bind.ts';
import { countPlan, forgetAccounting, makePlan } from './cycle.ts';
import type { Planned, Sight } from './cycle.ts';
import { executePlan } from './execute.ts';
import type { ExecutionReport, OpEnd } from './execute.ts';
import type { DueHint } from './hint-queue.ts';
import type { PairContext } from './pair-context.ts';
import { recoverIntents } from './recover.ts';
import { lookAtEntry, scanLocalTree } from './scan-local.ts';
import { scanRemote } from './scan-remote.ts';
import { isMutation } from './run-op.ts';

const maxIgnoreFileBytes = 256 * 1024;

export type Step =
  | { readonly kind: 'quiet'; readonly problems: readonly PlanProblem[] }
  | { readonly kind: 'guarded'; readonly guards: readonly Guard[]; readonly planned: Planned }
  | {
      readonly kind: 'worked';
      readonly report: ExecutionReport;
      readonly problems: readonly PlanProblem[];
    };

export type Looks = {
  readonly local: 'none' | 'full' | readonly DueHint[];
  readonly remote: 'none' | 'full';
};

export type SessionEvents = {
  readonly onPlanned: (ops: readonly Op[]) => void;
  readonly onOpEnd: (end: OpEnd) => void;
};

/** Made by `openSession`; one at a time per pair. Nothing here waits for time to pass. */
export type Session = {
  readonly context: PairContext;
  readonly ignores: () => IgnoreMatcher;
  readonly notices: readonly string[];
  look(looks: Looks, hinted: ReadonlySet<RelPath>, signal: AbortSignal): Promise<void>;
  preview(approvals: ReadonlySet<string>): Planned;
  /** For a dry run: reads whatever must be read for the plan to be exact, and changes no file. */
  learn(signal: AbortSignal): Promise<Planned>;
  /** Plans and, unless guarded, executes once. */
  step(approvals: ReadonlySet<string>, events: SessionEvents, signal: AbortSignal): Promise<Step>;
  /** True when another device has announced changes. */
  hasNews(signal: AbortSignal): Promise<boolean>;
  isFullyLooked(): boolean;
};

export type Opened =
  { readonly kind: 'session'; readonly session: Session } | { readonly kind: 'guard'; readonly guard: Guard };

/** Proves that both sides are the ones we know, closes what a crash left open, and reads the ignore rules. */
export async function openSession(
  context: PairContext,
  approvals: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<Opened> {
  const bound = await bindPair(context, approvals, signal);
  if (bound.kind === 'guard') return bound;
  await recoverIntents(context, signal);
  await context.changes.sweep(new Set(), []);
  const notices = [...bound.notices];
  const state: SessionState = {
    context,
    caseSensitive: bound.caseSensitive,
    ignores: await readIgnores(context, notices),
    localComplete: false,
    remoteComplete: false,
    hinted: new Set(),
    notices,
  };
  return { kind: 'session', session: sessionOf(state) };
}

type SessionState = {
  readonly context: PairContext;
  readonly caseSensitive: boolean;
  ignores: IgnoreMatcher;
  localComplete: boolean;
  remoteComplete: boolean;
  hinted: ReadonlySet<RelPath>;
  readonly notices: string[];
};

function sessionOf(state: SessionState): Session {
  return {
    context: state.context,
    ignores: () => state.ignores,
    notices: state.notices,
    look: (looks, hinted, signal) => look(state, looks, hinted, signal),
    preview: (approvals) => makePlan(state.context, sightOf(state), approvals),
    learn: (signal) => learn(state, signal),
    step: (approvals, events, signal) => step(state, approvals, events, signal),
    hasNews: async (signal) => (await readBeacon(state.context, signal)) === 'changed',
    isFullyLooked: () => state.localComplete && state.remoteComplete,
  };
}

async function look(
  state: SessionState,
  looks: Looks,
  hinted: ReadonlySet<RelPath>,
  signal: AbortSignal,
): Promise<void> {
  state.hinted = hinted;
  const { context } = state;
  if (looks.remote === 'full') {
    await readBeacon(context, signal); // before the LIST: what changes after it is news next time (rule 24)
    const outcome = await scanRemote(context, state.ignores, new Set(), signal);
    state.remoteComplete = outcome.kind === 'complete';
  }
  if (looks.local === 'full') {
    await proveRoot(context);
    const scanned = await scanLocalTree(context, state.ignores, rootPath, signal);
    state.localComplete = scanned.isComplete;
    return;
  }
  if (looks.local === 'none') return;
  for (const hint of looks.local) {
    if (hint.path === relPath(ignoreFileName)) await rereadIgnores(state, signal);
    const scanned = hint.isTree
      ? await scanLocalTree(context, state.ignores, hint.path, signal)
      : await lookAtEntry(context, state.ignores, hint.path, signal);
    // A failed part makes only its own subtree unknown; removals elsewhere prove their absence one by one.
    if (!scanned.isComplete) context.log.debug('a hinted look was incomplete', { path: hint.path });
  }
}

async function rereadIgnores(state: SessionState, signal: AbortSignal): Promise<void> {
  const count = state.notices.length;
  state.ignores = await readIgnores(state.context, state.notices);
  if (state.notices.length === count) return;
  const scanned = await scanLocalTree(state.context, state.ignores, rootPath, signal);
  state.localComplete = scanned.isComplete;
  const listed = await scanRemote(state.context, state.ignores, new Set(), signal);
  state.remoteComplete = listed.kind === 'complete';
}

/** Other rules or another mode than last time make the next cycle merge only (rule 22). */
async function readIgnores(context: PairContext, notices: string[]): Promise<IgnoreMatcher> {
  const bytes = await context.files.readSmall(relPath(ignoreFileName), maxIgnoreFileBytes);
  const text = bytes === null ? null : new TextDecoder().decode(bytes);
  const made = context.makeIgnore(text);
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

function sightOf(state: SessionState): Sight {
  return {
    localComplete: state.localComplete,
    remoteComplete: state.remoteComplete,
    hinted: state.hinted,
    caseSensitive: state.caseSensitive,
  };
}

async function step(
  state: SessionState,
  approvals: ReadonlySet<string>,
  events: SessionEvents,
  signal: AbortSignal,
): Promise<Step> {
  const { context } = state;
  // An operation that failed half-way left its intent open; nothing else runs now.
  if (context.store.intents().some((intent) => intent.upload === null)) await recoverIntents(context, signal);
  const planned = makePlan(context, sightOf(state), approvals);
  if (planned.guards.length > 0) return { kind: 'guarded', guards: planned.guards, planned };
  if (planned.ops.length === 0) {
    if (isBeaconOwed(context)) await announceChange(context, signal);
    return { kind: 'quiet', problems: planned.problems };
  }
  const recount = countPlan(context, planned.plan);
  if (planned.ops.some(changesRemote)) {
    // Owed before the first effect: a crash after it still announces at the next start.
    context.store.record([{ kind: 'meta', key: 'beaconOwed', value: 'true' }]);
  }
  if (planned.ops.some(removesRemote)) await proveRoot(context);
  events.onPlanned(planned.ops);
  const done: Op[] = [];
  const report = await executePlan(
    context,
    planned.plan,
    (end) => {
      if (end.outcome.kind === 'done') done.push(end.op);
      events.onOpEnd(end);
    },
    signal,
  );
  recount(done);
  return { kind: 'worked', report, problems: planned.problems };
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

/** The accounting of rule 19 ends only with a quiet look at everything. */
export function endQuietFullScan(context: Pick<PairContext, 'store'>): void {
  forgetAccounting(context);
}

function removesRemote(op: Op): boolean {
  return op.kind === 'remove-remote' || op.kind === 'remove-remote-folder' || op.kind === 'move-remote';
}

function changesRemote(op: Op): boolean {
  return (
    isMutation(op) &&
    (op.kind === 'upload' ||
      op.kind === 'remove-remote' ||
      op.kind === 'move-remote' ||
      op.kind === 'make-remote-folder' ||
      op.kind === 'remove-remote-folder')
  );
}
