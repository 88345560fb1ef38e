// `driftless plan`: what the next cycle would do, told by the running engine or, where none runs, found out here.
import type { App } from '../../compose/app.ts';
import type { SyncMode } from '../../core/model/model.ts';
import { previewSession } from '../../sync/runner/previews.ts';
import { recordQuestions } from '../../sync/session/questions.ts';
import { openSession } from '../../sync/session/session.ts';
import { lockHome, makeApp } from '../app.ts';
import { oneLine, sayError, shapeOfError } from '../io.ts';
import type { CliIo, ErrorShape } from '../io.ts';
import { askEngine } from '../../control/socket.ts';
import { exitCodes, worstExitCode } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import type { OpLine } from '../../control/op-lines.ts';
import { parsePlanAnswer, plannedPair } from '../../control/plan.ts';
import type { PlannedPair } from '../../control/plan.ts';
import { usage } from '../../control/usage-error.ts';
import { pairsOf, sayGuards } from './sync.ts';

/** Exactly what the next cycle would do; reads what must be read to know it, changes no file on either side. */
export async function runPlan(io: CliIo, pair: string | null, signal: AbortSignal): Promise<ExitCode> {
  const app = await makeApp(io, signal, { isOnePass: true });
  const ids = pairsOf(app, pair);
  const answered = await askForPlans(io, ids, signal);
  const { plans: results, failed } = answered ?? (await planHere(io, app, ids, signal));
  const modes = new Map<string, SyncMode>(app.pairs.map(({ config }) => [config.id, config.mode]));
  for (const { pair: id, guards, ops } of results) {
    sayGuards(io, { id, mode: modes.get(id) ?? null, guards });
    if (!io.isJson) io.print(null, ops.map(wordsOf).join('\n') || `${id}: nothing to do`);
  }
  const error = failed[0];
  io.print(
    { ok: error === undefined, ...(error === undefined ? {} : { error: error.shape }), pairs: results },
    '',
  );
  const isAsking = results.some(({ guards }) => guards.length > 0);
  return worstExitCode([isAsking ? exitCodes.person : exitCodes.ok, ...failed.map(({ code }) => code)]);
}

type Failed = { readonly shape: ErrorShape; readonly code: ExitCode };
type Plans = { readonly plans: readonly PlannedPair[]; readonly failed: readonly Failed[] };

/** One pair that cannot be looked at (its disk is away, its bucket denied) leaves the others theirs. Alone it is the verb's error. */
async function planEach(
  io: CliIo,
  ids: readonly string[],
  planOne: (id: string) => Promise<PlannedPair>,
  signal: AbortSignal,
): Promise<Plans> {
  const plans: PlannedPair[] = [];
  const failed: Failed[] = [];
  for (const id of ids) {
    try {
      plans.push(await planOne(id));
    } catch (error) {
      if (signal.aborted || ids.length === 1) throw error;
      failed.push({ shape: shapeOfError(error, id), code: sayError(io, error, id) });
    }
  }
  return { plans, failed };
}

function wordsOf(op: OpLine): string {
  const from = op.from === undefined ? '' : ` (${oneLine(op.from)})`;
  return `${op.op.padEnd(20)} ${oneLine(op.path)}${from}  [${op.reason}, ${String(op.bytes)} bytes]`;
}

/** Print a progress notice if scanning takes longer than this. */
const quietMs = 3000;

/** Null when no engine runs. */
async function askForPlans(io: CliIo, ids: readonly string[], signal: AbortSignal): Promise<Plans | null> {
  const busy = setTimeout(() => {
    io.say(
      'driftless: the running engine is at work and answers when its current step ends; ' +
        'Ctrl-C ends this waiting, not the engine',
    );
  }, quietMs);
  try {
    const first = ids[0] ?? '';
    const isRunning = await askEngine(io.home, { name: 'planOps', input: { pair: first } }, signal);
    if (isRunning === null) return null;
    const ask = async (pair: string): Promise<PlannedPair> => {
      const raw =
        pair === first ? isRunning : await askEngine(io.home, { name: 'planOps', input: { pair } }, signal);
      if (raw === null) throw usage('the running engine ended meanwhile; run it again');
      return parsePlanAnswer(raw);
    };
    return await planEach(io, ids, ask, signal);
  } finally {
    clearTimeout(busy);
  }
}

async function planHere(io: CliIo, app: App, ids: readonly string[], signal: AbortSignal): Promise<Plans> {
  const lock = lockHome(io);
  try {
    return await planEach(io, ids, (id) => planPair(app, id, signal), signal);
  } finally {
    lock.release();
  }
}

async function planPair(app: App, id: string, signal: AbortSignal): Promise<PlannedPair> {
  const context = await app.openPair(id, () => undefined, signal);
  try {
    const opened = await openSession(context, new Set(), signal);
    const previewed = opened.kind === 'guard' ? opened : await previewSession(opened.session, signal);
    // So that the printed commands answer what was shown.
    if (previewed.kind === 'planned') recordQuestions(context, previewed.planned.questions);
    return plannedPair(id, previewed);
  } finally {
    await context.close();
  }
}
