// `driftless plan`: what the next cycle would do, told by the running engine or, where none runs, found out here.
import type { App } from '../../compose.ts';
import { previewSession } from '../../sync/pair-preview.ts';
import { openSession } from '../../sync/session.ts';
import { lockHome, makeApp } from '../cli-app.ts';
import { oneLine } from '../cli-io.ts';
import type { CliIo } from '../cli-io.ts';
import { askEngine } from '../control-socket.ts';
import { exitCodes } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import type { OpLine } from '../op-lines.ts';
import { parsePlanAnswer, plannedPair } from '../plan-service.ts';
import type { PlannedPair } from '../plan-service.ts';
import { pairsOf, sayGuards } from './sync.ts';

/** Exactly what the next cycle would do; reads what must be read to know it, changes no file on either side. */
export async function runPlan(io: CliIo, pair: string | null, signal: AbortSignal): Promise<ExitCode> {
  const app = await makeApp(io, signal);
  const ids = pairsOf(app, pair);
  const answered = await askForPlans(io, ids, signal);
  const results = answered ?? (await planHere(io, app, ids, signal));
  for (const { pair: id, guards, ops } of results) {
    sayGuards(io, { id, guards, isByEngine: answered !== null });
    if (!io.isJson) io.print(null, ops.map(wordsOf).join('\n') || `${id}: nothing to do`);
  }
  io.print({ ok: true, pairs: results }, '');
  return results.some(({ guards }) => guards.length > 0) ? exitCodes.person : exitCodes.ok;
}

function wordsOf(op: OpLine): string {
  const from = op.from === undefined ? '' : ` (${oneLine(op.from)})`;
  return `${op.op.padEnd(20)} ${oneLine(op.path)}${from}  [${op.reason}, ${String(op.bytes)} bytes]`;
}

/** So long a look at both sides may take before the person is told why nothing comes. */
const quietMs = 3000;

/** Null when no engine runs. */
async function askForPlans(
  io: CliIo,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<readonly PlannedPair[] | null> {
  const busy = setTimeout(() => {
    io.say(
      'driftless: the running engine is at work and answers when its current step ends; ' +
        'Ctrl-C ends this waiting, not the engine',
    );
  }, quietMs);
  try {
    const plans: PlannedPair[] = [];
    for (const pair of ids) {
      const raw = await askEngine(io.home, { name: 'planOps', input: { pair } }, signal);
      if (raw === null) return null;
      plans.push(parsePlanAnswer(raw));
    }
    return plans;
  } finally {
    clearTimeout(busy);
  }
}

async function planHere(
  io: CliIo,
  app: App,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<readonly PlannedPair[]> {
  const lock = lockHome(io);
  try {
    const plans: PlannedPair[] = [];
    for (const id of ids) plans.push(await planPair(app, id, signal));
    return plans;
  } finally {
    lock.release();
  }
}

async function planPair(app: App, id: string, signal: AbortSignal): Promise<PlannedPair> {
  const context = await app.openPair(id, () => undefined, signal);
  try {
    const opened = await openSession(context, new Set(), signal);
    const previewed =
      opened.kind === 'guard' ? opened : await previewSession(opened.session, () => new Set(), signal);
    return plannedPair(id, previewed);
  } finally {
    await context.close();
  }
}
