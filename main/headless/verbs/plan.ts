// `driftless plan`: what the next cycle would do, told by the running engine or, where none runs, found out here.
import { z } from 'zod';
import type { App } from '../../compose.ts';
import { previewSession } from '../../sync/pair-preview.ts';
import { openSession } from '../../sync/session.ts';
import { lockHome, makeApp } from '../cli-app.ts';
import { oneLine } from '../cli-io.ts';
import type { CliIo } from '../cli-io.ts';
import { askEngine } from '../control-socket.ts';
import { valueOfAnswer } from '../engine-answer.ts';
import { exitCodes } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import type { OpLine } from '../op-lines.ts';
import { plannedPair } from '../plan-service.ts';
import type { PlannedPair } from '../plan-service.ts';
import { usage } from '../usage.ts';
import { pairsOf, sayGuards } from './sync.ts';

/** Exactly what the next cycle would do; reads what must be read to know it, changes no file on either side. */
export async function runPlan(io: CliIo, pair: string | null, signal: AbortSignal): Promise<ExitCode> {
  const app = await makeApp(io, signal);
  const ids = pairsOf(app, pair);
  const results = (await askForPlans(io, ids, signal)) ?? (await planHere(io, app, ids, signal));
  for (const { pair: id, guards, ops } of results) {
    sayGuards(io, id, guards);
    if (!io.isJson) io.print(null, ops.map(wordsOf).join('\n') || `${id}: nothing to do`);
  }
  io.print({ ok: true, pairs: results }, '');
  return results.some(({ guards }) => guards.length > 0) ? exitCodes.person : exitCodes.ok;
}

function wordsOf(op: OpLine): string {
  const from = op.from === undefined ? '' : ` (${oneLine(op.from)})`;
  return `${op.op.padEnd(20)} ${oneLine(op.path)}${from}  [${op.reason}, ${String(op.bytes)} bytes]`;
}

/** What is relied on here; the engine may be another version, so the rest is passed on as it came. */
const plannedSchema = z.looseObject({
  pair: z.string(),
  ops: z.array(
    z.looseObject({
      op: z.string(),
      path: z.string(),
      from: z.string().optional(),
      reason: z.string(),
      bytes: z.number(),
    }),
  ),
  guards: z.array(
    z.looseObject({
      id: z.string(),
      kind: z.string(),
      counts: z.looseObject({
        removals: z.number(),
        replacements: z.number(),
        conflicts: z.number(),
        total: z.number(),
      }),
      examples: z.array(z.string()),
    }),
  ),
});

/** Null when no engine runs. */
async function askForPlans(
  io: CliIo,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<readonly PlannedPair[] | null> {
  const plans: PlannedPair[] = [];
  for (const pair of ids) {
    const raw = await askEngine(io.home, { name: 'planOps', input: { pair } }, signal);
    if (raw === null) return null;
    const parsed = plannedSchema.safeParse(valueOfAnswer(raw));
    if (!parsed.success) throw usage('the running engine gave an answer that this version does not know');
    plans.push(parsed.data as unknown as PlannedPair);
  }
  return plans;
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
