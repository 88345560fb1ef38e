// `driftless sync --once`: one pass over one or all pairs, with the shapes that scripts rely on.
import { endWidth, widenHeapForPass } from '../../adapters/system/heap-bounds.ts';
import { systemClock } from '../../adapters/system/clock.ts';
import { isSyncError } from '../../core/model/errors.ts';
import type { SyncMode } from '../../core/model/model.ts';
import type { Guard } from '../../core/plan/types.ts';
import { isLeftAloneCode } from '../../core/problem-rows.ts';
import type { ProblemRow } from '../../core/problem-rows.ts';
import { problemsOf } from '../../app/pair-view.ts';
import type { App } from '../../compose/app.ts';
import { maxLeft, syncOnce } from '../../sync/session/sync-once.ts';
import type { OnceReport } from '../../sync/session/sync-once.ts';
import type { OpEnd } from '../../sync/operations/execute.ts';
import { lockHome, makeApp } from '../app.ts';
import { adviceFor } from '../advice.ts';
import { oneLine, sayError, shapeOfError } from '../io.ts';
import type { CliIo, ErrorShape } from '../io.ts';
import { JsonList } from '../terminal/json-list.ts';
import { exitCodes, worstExitCode } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import { clockNote } from '../../control/clock-note.ts';
import { lineOfOp } from '../../control/op-lines.ts';
import type { GuardLine } from '../../control/plan.ts';
import { cliWords, fullLine, leftAloneLine, questionLines, unfinishedLine } from '../question-lines.ts';
import { usage } from '../../control/usage-error.ts';
import { promptsOf, withPatience } from '../terminal/sign-in.ts';

export type SyncOptions = {
  readonly pair: string | null;
  readonly approvals: readonly string[];
  /** How long to wait for a sign-in, where one is needed; null: do not ask. */
  readonly signInMs: number | null;
};

type PairResult = {
  readonly pair: string;
  readonly ok: boolean;
  readonly inSync: boolean;
  readonly ops: JsonList;
  readonly counts: Readonly<Record<string, number>>;
  readonly guards: readonly Guard[];
  readonly problems: readonly {
    readonly path: string;
    readonly code: string;
    readonly retryAt: string | null;
  }[];
  readonly notices: readonly string[];
  readonly leftOutByDefault: number;
};

type PassEnd = Extract<OnceReport, { kind: 'ended' }>;

type PairEnd = {
  readonly code: ExitCode;
  readonly result: unknown;
  readonly failure: ErrorShape | null;
  readonly isBusy?: boolean;
};

export async function runSyncOnce(io: CliIo, options: SyncOptions, signal: AbortSignal): Promise<ExitCode> {
  checkApprovals(options.approvals);
  const lock = lockHome(io);
  try {
    const app = await makeApp(io, signal, { isOnePass: true });
    widenHeapForPass();
    const ends: PairEnd[] = [];
    const ids = pairsOf(app, options.pair);
    if (options.signInMs !== null) await signInFor(io, app, { ids, timeoutMs: options.signInMs }, signal);
    for (const id of ids)
      ends.push(await syncPatiently(io, app, { id, approvals: options.approvals }, signal));
    const worst = worstExitCode(ends.map((end) => end.code));
    // Scripts find an error in one place, whether it stopped the command or one of its pairs.
    const error = ends.map((end) => end.failure).find((failure) => failure !== null);
    const pairs = ends.map((end) => end.result);
    io.print({ ok: worst === exitCodes.ok, ...(error === undefined ? {} : { error }), pairs }, '');
    return worst;
  } finally {
    lock.release();
  }
}

/** In this very process: where a provider renews nothing, a sign-in is good only for the process that took part in it. */
async function signInFor(
  io: CliIo,
  app: App,
  { ids, timeoutMs }: { readonly ids: readonly string[]; readonly timeoutMs: number },
  signal: AbortSignal,
): Promise<void> {
  const pairs = app.pairs.filter(({ config }) => ids.some((id) => id === config.id));
  for (const account of new Set(pairs.map((pair) => pair.account))) {
    try {
      await account.credentials.get(signal);
    } catch (error) {
      // Other trouble is its pairs' to report.
      if (!isSyncError(error) || error.code !== 'needs-sign-in') continue;
      await withPatience(timeoutMs, (patient) => account.signIn(promptsOf(io), patient), signal);
    }
  }
}

const guardId =
  /^(mass-removal|mass-replacement|emptied|root-marker|bucket-marker|mass-conflict)[a-z-]*-[0-9A-Za-z-]*$/u;

/** A typing mistake must not look like an approval that was heard. */
function checkApprovals(approvals: readonly string[]): void {
  const wrong = approvals.find((id) => !guardId.test(id));
  if (wrong !== undefined)
    throw usage(
      `--approve ${JSON.stringify(wrong)} is not the id of a question; a sync that stops to ask prints it`,
    );
}

export function pairsOf(app: App, id: string | null): readonly string[] {
  const ids = app.pairs.map((pair) => pair.config.id);
  if (ids.length === 0) throw usage('the configuration has no pair; add one with "driftless pair add"');
  if (id === null) return ids;
  if (!ids.some((one) => one === id))
    throw usage(`there is no pair ${JSON.stringify(id)} in the configuration`);
  return [id];
}

/** Waits between tries, in milliseconds: a service that is busy for a moment must not cost a whole run of a cron job. */
const busyWaitsMs = [1000, 3000, 8000, 20_000];

/**
 * Tries again where the provider, STS or the store says that it is busy (429, 5xx), or where a connection to it was lost. An address that
 * does not answer is reported at once.
 */
async function syncPatiently(
  io: CliIo,
  app: App,
  wanted: Parameters<typeof syncPair>[2],
  signal: AbortSignal,
): Promise<PairEnd> {
  for (const waitMs of busyWaitsMs) {
    const end = await syncPair(io, app, wanted, signal);
    if (end.failure === null || !end.isBusy) return end;
    io.say(`${wanted.id}: tries again in ${String(waitMs / 1000)} s`);
    await systemClock.sleep(waitMs, signal);
  }
  return syncPair(io, app, wanted, signal);
}

/** `connection-lost`: requests of the probe have no retries of their own, because a repeated one would prove something else. */
const busyCodes = new Set([
  'slow-down',
  'exchange-throttled',
  'exchange-provider-unreachable',
  'connection-lost',
]);

/** The service could be reached, and cannot answer just now. */
function isBusy(error: unknown): boolean {
  if (!isSyncError(error) || error.retry !== 'backoff') return false;
  const { status, oauthError, answer } = error.fields;
  const isServers = typeof status === 'number' && (status === 429 || status >= 500);
  // RFC 6749 section 4.1.2.1; exchange endpoints and some providers send these with 400.
  const says = [oauthError, answer].some(
    (word) => word === 'temporarily_unavailable' || word === 'server_error',
  );
  return busyCodes.has(error.code) || isServers || says;
}

/** So many operations end within a few seconds, before a heap that may grow is large. A scan of the folder shows most of them, before they are planned in parts (`plan-sizes.ts`). */
const wideOps = 12_000;

/** One pass over one pair, told of on the terminal. Failures are reported there, too, and not thrown. */
export async function syncPair(
  io: CliIo,
  app: App,
  { id, approvals }: { readonly id: string; readonly approvals: readonly string[] },
  signal: AbortSignal,
): Promise<PairEnd> {
  const { progress } = io;
  progress?.begin(id);
  try {
    const context = await app.openPair(id, (transfer) => progress?.transfer(transfer), signal);
    try {
      for (const pair of app.pairs.filter(({ config }) => config.id === id)) {
        const note = await clockNote(pair.account, signal);
        if (note !== null) io.say(note);
      }
      const did = new Done();
      let found = 0;
      let planned = 0;
      const events = {
        onFound: (rows: number) => {
          found += rows;
          if (found > wideOps) endWidth();
        },
        onPlanned: (ops: readonly unknown[]) => {
          planned += ops.length;
          if (planned > wideOps) endWidth();
          progress?.planned(ops.length);
        },
        onOpEnd: (end: OpEnd) => {
          did.note(end, io.isJson);
          progress?.stepEnded();
        },
      };
      const report = await syncOnce(context, new Set(approvals), events, signal);
      if (report.kind === 'guarded' && approvals.length > 0)
        io.say(`${id}: what would be done has changed since that approval, so it was not used`);
      return tell(io, { id, mode: context.settings.mode, did }, report);
    } finally {
      await context.close();
    }
  } catch (error) {
    if (signal.aborted) throw error;
    const failure = shapeOfError(error, id);
    return {
      code: sayError(io, error, id),
      failure,
      isBusy: isBusy(error),
      result: { pair: id, ok: false, error: failure },
    };
  } finally {
    progress?.clear();
  }
}

/** What was done, without what was only read. */
class Done {
  readonly counts: Record<string, number> = {};
  readonly lines = new JsonList();

  note({ op, outcome }: OpEnd, isListed: boolean): void {
    if (outcome.kind !== 'done' || op.kind === 'hash-local' || op.kind === 'identify-remote') return;
    this.counts[op.kind] = (this.counts[op.kind] ?? 0) + 1;
    if (isListed) this.lines.add(lineOfOp(op));
  }
}

function tell(
  io: CliIo,
  { id, mode, did }: { readonly id: string; readonly mode: SyncMode; readonly did: Done },
  report: OnceReport,
): PairEnd & { readonly result: PairResult } {
  const common = { pair: id, ops: did.lines, counts: did.counts };
  if (report.kind === 'guarded') {
    sayGuards(io, { id, mode, guards: report.guards });
    const nothing = { problems: [], notices: [], leftOutByDefault: 0 };
    const result = { ...common, ok: false, inSync: false, guards: report.guards, ...nothing };
    return { code: exitCodes.person, result, failure: null };
  }
  const { rows, leftAlone, isFull } = problemsOf(report.problems, {
    planProblems: report.planProblems.map((problem) => ({ ...problem, sinceMs: Date.now() })),
    failure: null,
  });
  for (const row of rows) sayProblem(io, id, row);
  for (const one of leftAlone) io.say(`${id}: ${leftAloneLine(one)}`);
  if (report.notices.includes('live-database'))
    io.say(`${id}: note: ${cliWords.coded('notice', 'live-database')}`);
  // A full disk or bucket has told its reason in a row above.
  if (!report.isQuiet && !isFull) io.say(`${id}: ${unfinishedLine(report.left, maxLeft)}`);
  const isStopped = isFull || !report.isQuiet;
  const code = isStopped ? exitCodes.failed : rows.length > 0 ? exitCodes.some : exitCodes.ok;
  if (!io.isJson) io.print(null, sumUp(id, did.counts, report));
  const result = {
    ...common,
    ok: code === exitCodes.ok,
    inSync: report.isInSync,
    guards: [],
    problems: problemLines(report),
    notices: [...report.notices, ...leftAlone.map((one) => one.code)],
    leftOutByDefault: report.leftOutByDefault,
  };
  return { code, result, failure: null };
}

function sayProblem(io: CliIo, id: string, row: ProblemRow): void {
  const advice = adviceFor(row.code);
  const what = row.path === null ? fullLine(row) : `${oneLine(row.path)}: not synced (${row.code})`;
  io.say(`${id}: ${what}${advice === null ? '' : `; ${advice}`}`);
}

/** Each file by itself, also those that a terminal shows in one line. */
function problemLines({ problems, planProblems }: PassEnd): PairResult['problems'] {
  const stored = problems.map(({ path, code, retryAtMs }) => ({
    path,
    code,
    retryAt: retryAtMs === null ? null : new Date(retryAtMs).toISOString(),
  }));
  const planned = planProblems.map(({ path, code }) => ({ path, code, retryAt: null }));
  return [...stored, ...planned].filter(({ code }) => !isLeftAloneCode(code));
}

function sumUp(
  id: string,
  done: PairResult['counts'],
  { isInSync, leftOutByDefault }: Pick<PassEnd, 'leftOutByDefault' | 'isInSync'>,
): string {
  const counts = Object.entries(done).map(([op, count]) => `${String(count)} ${op}`);
  const did = counts.length === 0 ? 'nothing to do' : counts.join(', ');
  const left = leftOutByDefault === 0 ? '' : `; ${String(leftOutByDefault)} left out by default rules`;
  return `${id}: ${did}; ${isInSync ? 'in sync' : 'not in sync yet'}${left}`;
}

/** What waits for an answer, in the page's words, and how to answer it. */
export function sayGuards(
  io: CliIo,
  { id, mode, guards }: { id: string; mode: SyncMode | null; guards: readonly GuardLine[] },
): void {
  for (const guard of guards)
    for (const line of questionLines({ home: io.home, id, mode }, guard)) io.say(line);
}
