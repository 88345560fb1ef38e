// Answers what a pair's next cycle would do, for the running engine and without one.
import { z } from 'zod';
import type { SyncError } from '../core/model/errors.ts';
import type { Guard } from '../core/plan/types.ts';
import { attempt } from '../app/errors.ts';
import type { PairRuntime } from '../app/pair-runtime.ts';
import type { Previewed } from '../sync/runner/previews.ts';
import { failed } from '../../preload/lean/limits.ts';
import type { ExtraRequest } from './socket.ts';
import { unknownAnswer, valueOfAnswer } from './answer.ts';
import { countOps, lineOfOp, opKinds } from './op-lines.ts';
import type { OpLine } from './op-lines.ts';

/** As it is printed; a running engine of another version may know kinds that this one does not. */
export type GuardLine = Omit<Guard, 'kind'> & { readonly kind: string };

export type PlannedPair = {
  readonly pair: string;
  readonly ops: readonly OpLine[];
  readonly counts: Readonly<Record<string, number>>;
  readonly guards: readonly GuardLine[];
};

export function plannedPair(pair: string, previewed: Previewed): PlannedPair {
  if (previewed.kind === 'guard') return { pair, ops: [], counts: {}, guards: [previewed.guard] };
  const ops = previewed.planned.ops.map(lineOfOp);
  return { pair, ops, counts: countOps(ops), guards: previewed.planned.guards };
}

const requestSchema = z.strictObject({ pair: z.string() });

/** For the running engine: its own loop looks, since two looks at one pair at once would disturb each other (rule 21). */
export function planRequest(pairs: readonly PairRuntime[]): ExtraRequest {
  return async (input, _say, signal) => {
    const parsed = requestSchema.safeParse(input);
    if (!parsed.success) return failed('bad-request');
    const runtime = pairs.find((one) => one.config.id === parsed.data.pair);
    if (runtime === undefined) return failed('unknown-pair');
    return attempt(
      async () => ({ ok: true, value: plannedPair(parsed.data.pair, await runtime.engine.preview(signal)) }),
      (error) => failed(error.code, { ...error.fields, ...retryOf(runtime, error), message: error.message }),
    );
  };
}

/** Only the engine knows whether it tries again by itself, and when. */
function retryOf({ engine }: PairRuntime, error: SyncError): { readonly retryAt?: string } {
  const { failure } = engine.status();
  if (failure?.error !== error) return {};
  return { retryAt: new Date(failure.retryAtMs).toISOString() };
}

const count = z.number().int().nonnegative();

/** The published shape (docs/schemas/plan.schema.json): what another version says beyond it is left out. */
const plannedSchema = z.object({
  pair: z.string(),
  ops: z.array(
    z.object({
      op: z.enum(opKinds),
      path: z.string(),
      from: z.string().optional(),
      reason: z.string(),
      bytes: count,
    }),
  ),
  counts: z.record(z.string(), count),
  guards: z.array(
    z.object({
      id: z.string(),
      kind: z.string(),
      counts: z.object({
        removals: count,
        replacements: count,
        conflicts: count,
        total: count,
        done: count.default(0),
        doneReplacements: count.exactOptional(),
      }),
      examples: z.array(z.string()),
    }),
  ),
});

/** What the running engine answered to `planRequest`, or the error it named, thrown. */
export function parsePlanAnswer(raw: unknown): PlannedPair {
  const parsed = plannedSchema.safeParse(valueOfAnswer(raw));
  if (!parsed.success) throw unknownAnswer();
  const { ops, ...rest } = parsed.data;
  return { ...rest, ops: ops.map(({ from, ...op }) => (from === undefined ? op : { ...op, from })) };
}
