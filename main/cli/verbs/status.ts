// `driftless status` and the small verbs that speak to the running engine: check, pause, resume.
import { z } from 'zod';
import { findEngine } from '../../adapters/system/engine-lock.ts';
import { systemClock } from '../../adapters/system/clock.ts';
import { LIMITS } from '../../../preload/lean/limits.ts';
import type { Snapshot } from '../../../preload/contract.ts';
import type { PairRuntime } from '../../app/pair-runtime.ts';
import { problemsOf, problemViews, viewOfGuard } from '../../app/pair-view.ts';
import { pairState, verdictOf } from '../../core/status.ts';
import { makeApp } from '../app.ts';
import type { CliIo } from '../io.ts';
import { askContract, askEngine } from '../../control/socket.ts';
import { exitCodeOfNeed, exitCodes, worstExitCode } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import { cliWords, leftAloneLine, noticeLine, problemLine, questionLines } from '../question-lines.ts';
import { withHome } from '../terminal/named-command.ts';
import { usage } from '../../control/usage-error.ts';

export type StatusOptions = {
  readonly waitIdle: boolean;
  readonly timeoutMs: number;
  /** For monitoring: a pair that was last in sync longer ago is a failure. */
  readonly maxAgeMs: number | null;
};

const pollMs = 200;

export async function runStatus(io: CliIo, options: StatusOptions, signal: AbortSignal): Promise<ExitCode> {
  const deadlineMs = systemClock.monotonicMs() + options.timeoutMs;
  for (;;) {
    const answer = await askContract(io.home, 'snapshot', {}, signal);
    if (answer === null) return statusWithoutEngine(io, options, signal);
    if (!answer.ok) throw usage(`the running engine answered ${answer.error.code}`);
    const isIdle = answer.value.pairs.every(
      (pair) =>
        pair.state !== 'starting' &&
        pair.state !== 'scanning' &&
        pair.state !== 'syncing' &&
        pair.state !== 'pausing',
    );
    if (!options.waitIdle || isIdle) return printSnapshot(io, answer.value, options.maxAgeMs);
    if (systemClock.monotonicMs() > deadlineMs) {
      io.say('driftless: still working when the time was up');
      printSnapshot(io, answer.value, null);
      return exitCodes.failed;
    }
    await systemClock.sleep(pollMs, signal);
  }
}

async function statusWithoutEngine(
  io: CliIo,
  options: StatusOptions,
  signal: AbortSignal,
): Promise<ExitCode> {
  const app = await makeApp(io, signal);
  for (const account of app.accounts) await account.restore(signal);
  const accounts = app.accounts.map((account) => account.view());
  const pairs = app.pairs.map((runtime) => stoppedPair(io.home, runtime));
  io.print(
    { running: false, pid: null, accounts, pairs: pairs.map(shownOfStopped) },
    [
      withHome(io.home, 'Driftless is not running here; start it with "driftless serve".'),
      ...accounts.map((account) => `${account.id}: ${account.state}`),
      ...pairs.flatMap((pair) => pair.lines),
      ...firstSteps(io.home, { accounts, pairs }),
    ].join('\n'),
  );
  const { waitIdle, maxAgeMs } = options;
  const nowMs = systemClock.nowMs();
  const isLate = maxAgeMs !== null && pairs.some((pair) => isOlder(pair.lastInSyncAtMs, nowMs, maxAgeMs));
  const { need } = verdictOf({ accounts, pairs });
  return worstExitCode([exitCodeOfNeed(need), waitIdle || isLate ? exitCodes.failed : exitCodes.ok]);
}

/** What an earlier run wrote down of a pair. */
function stoppedPair(home: string, { config, memory }: PairRuntime) {
  const known = memory();
  const { id, mode } = config;
  const guards = (known?.questions ?? []).map(viewOfGuard);
  const problems = problemsOf(known?.problems ?? [], { planProblems: [], failure: null });
  const { rows, leftAlone, isFull } = problems;
  const counts = known?.counts ?? { files: 0, folders: 0, bytes: 0 };
  const lastInSyncAtMs = known?.lastInSyncAtMs ?? null;
  const last =
    lastInSyncAtMs === null
      ? 'never in sync yet'
      : `last in sync ${spanOf(systemClock.nowMs() - lastInSyncAtMs)} ago`;
  return {
    id,
    // What it would be if it ran; shown as stopped.
    state: pairState({ ...atRest, guards: guards.length, isStopped: isFull, problems: rows.length }),
    standing: null,
    counts,
    lastInSyncAtMs,
    guards,
    problemCount: rows.length,
    lines: [
      `${id}: stopped (${String(counts.files)} files, ${String(rows.length)} problems, ${last})`,
      ...guards.flatMap((guard) => questionLines({ home, id, mode }, guard)),
      ...leftAlone.map((one) => `  ${leftAloneLine(one)}`),
      ...problemViews(id, rows.slice(0, LIMITS.problems)).map((problem) => `  ${problemLine(problem)}`),
    ],
  };
}

/** The published part of it. */
function shownOfStopped({ lines: _lines, standing: _standing, ...shown }: ReturnType<typeof stoppedPair>) {
  return { ...shown, state: 'stopped' };
}

const atRest = {
  isSignedIn: true,
  isReachable: true,
  isPaused: false,
  isPausing: false,
  activity: 'idle',
} as const;

function printSnapshot(io: CliIo, snapshot: Snapshot, maxAgeMs: number | null): ExitCode {
  const nowMs = systemClock.nowMs();
  const late = maxAgeMs === null ? [] : snapshot.pairs.filter((pair) => isLate(pair, nowMs, maxAgeMs));
  const lines = [
    ...snapshot.accounts.map((account) => `${account.id}: ${account.state}`),
    ...snapshot.pairs.flatMap((pair) => [
      `${pair.id}: ${pair.state} (${String(pair.counts.files)} files, ${String(pair.problemCount)} problems)`,
      ...(pair.pausedBy === undefined ? [] : [pausedLine(pair.pausedBy)]),
      ...(pair.standing === null ? [] : [standingLine(pair.standing, nowMs)]),
      ...pair.notices.map((notice) => `  note: ${noticeLine(notice)}`),
      ...(late.includes(pair) ? [lateLine(pair, nowMs)] : []),
      ...pair.guards.flatMap((guard) => questionLines({ home: io.home, ...pair }, guard)),
    ]),
    ...snapshot.problems.map((problem) => `  ${problemLine(problem)}`),
    ...moreProblems(snapshot),
    ...firstSteps(io.home, snapshot),
  ];
  io.print({ running: true, pid: findEngine(io.home)?.pid ?? null, ...snapshot }, lines.join('\n'));
  const { need } = verdictOf(snapshot);
  return worstExitCode([exitCodeOfNeed(need), late.length > 0 ? exitCodes.failed : exitCodes.ok]);
}

/** An engine sends the first of very many. */
function moreProblems({ pairs, problems }: Snapshot): readonly string[] {
  const more = pairs.reduce((sum, { problemCount }) => sum + problemCount, 0) - problems.length;
  return more > 0 ? [`  ${cliWords.text('problems.more', { count: more })}`] : [];
}

/** What to do where nothing is set up yet. */
function firstSteps(
  home: string,
  known: { readonly accounts: readonly unknown[]; readonly pairs: readonly unknown[] },
): readonly string[] {
  if (known.accounts.length === 0)
    return [
      withHome(
        home,
        'No account yet: take a connection profile ("driftless profile accept LINK"), or write config.json.',
      ),
    ];
  if (known.pairs.length === 0) return [withHome(home, 'No folder yet: add one with "driftless pair add".')];
  return [];
}

/** A paused pair is as old as its user wants it to be. */
function isLate(pair: Snapshot['pairs'][number], nowMs: number, maxAgeMs: number): boolean {
  if (pair.state === 'paused' || pair.state === 'pausing' || pair.state === 'in-sync') return false;
  return isOlder(pair.lastInSyncAtMs, nowMs, maxAgeMs);
}

function isOlder(atMs: number | null, nowMs: number, maxAgeMs: number): boolean {
  return atMs === null || nowMs - atMs > maxAgeMs;
}

function pausedLine(reason: NonNullable<Snapshot['pairs'][number]['pausedBy']>): string {
  return `  Paused: ${reason === 'battery' ? 'on battery' : 'metered network'}; it resumes by itself.`;
}

function standingLine(
  { code, sinceMs, retryAtMs }: NonNullable<Snapshot['pairs'][number]['standing']>,
  nowMs: number,
): string {
  const next = retryAtMs <= nowMs ? 'trying again now' : `next try in ${spanOf(retryAtMs - nowMs)}`;
  return `  stopped for ${spanOf(nowMs - sinceMs)} by ${code}; ${next}`;
}

function lateLine({ lastInSyncAtMs }: Snapshot['pairs'][number], nowMs: number): string {
  return lastInSyncAtMs === null
    ? '  not in sync since the engine was started'
    : `  last in sync ${spanOf(nowMs - lastInSyncAtMs)} ago`;
}

function spanOf(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${String(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${String(minutes)} min` : `${String(Math.round(minutes / 60))} h`;
}

const isWithoutPage = z.object({ ok: z.literal(false), error: z.object({ code: z.literal('no-page') }) });
const pageUrlSchema = z.object({ ok: z.literal(true), value: z.url() });

/** A fresh link to the running engine's page. It works once, so it is for a terminal and not for a log. */
export async function runPageUrl(io: CliIo, signal: AbortSignal): Promise<ExitCode> {
  const answer = await askEngine(io.home, { name: 'pageUrl', input: {} }, signal);
  if (answer === null)
    throw usage(withHome(io.home, 'Driftless is not running here; start it with "driftless serve"'));
  const parsed = pageUrlSchema.safeParse(answer);
  if (isWithoutPage.safeParse(answer).success)
    throw usage('the running engine has no page; it was started with "serve --no-page"');
  if (!parsed.success)
    throw usage('the running engine is the desktop app, which shows its page in its window');
  io.print({ url: parsed.data.value }, parsed.data.value);
  return exitCodes.ok;
}

/** Asks the running engine; without one there is nothing to pause or to check. */
export async function runControl(
  io: CliIo,
  verb: 'check' | 'pause' | 'resume',
  pairId: string | null,
  signal: AbortSignal,
): Promise<ExitCode> {
  const name = verb === 'check' ? 'checkNow' : verb;
  const answer = await askContract(io.home, name, { pairId }, signal);
  if (answer === null)
    throw usage(withHome(io.home, 'Driftless is not running here; start it with "driftless serve"'));
  if (!answer.ok) throw usage(`the running engine answered ${answer.error.code}`);
  if (verb !== 'check') {
    io.print({ ok: true }, `${verb}: done`);
    return exitCodes.ok;
  }
  const questions = await waitingQuestions(io.home, pairId, signal);
  io.print(
    { ok: true },
    [withHome(io.home, 'check: begun; "driftless status --wait idle" says how it ends'), ...questions].join(
      '\n',
    ),
  );
  return questions.length > 0 ? exitCodes.person : exitCodes.ok;
}

/** A pair that waits for an answer is not looked at before it has one. */
async function waitingQuestions(
  home: string,
  pairId: string | null,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const answer = await askContract(home, 'snapshot', {}, signal);
  if (answer === null || !answer.ok) return [];
  return answer.value.pairs
    .filter(({ id }) => pairId === null || id === pairId)
    .flatMap((pair) => pair.guards.flatMap((guard) => questionLines({ home, ...pair }, guard)));
}
