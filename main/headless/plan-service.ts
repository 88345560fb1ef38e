// Answers what a pair's next cycle would do, for the running engine and without one.
import { z } from 'zod';
import { isSyncError } from '../core/errors.ts';
import type { Guard } from '../core/plan-types.ts';
import type { PairRuntime } from '../app/pair-runtime.ts';
import type { Previewed } from '../sync/pair-preview.ts';
import { failed } from '../../preload/contract.ts';
import type { ExtraRequest } from './control-socket.ts';
import { countOps, lineOfOp } from './op-lines.ts';
import type { OpLine } from './op-lines.ts';

export type PlannedPair = {
  readonly pair: string;
  readonly ops: readonly OpLine[];
  readonly counts: Readonly<Record<string, number>>;
  readonly guards: readonly Guard[];
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
    try {
      return { ok: true, value: plannedPair(parsed.data.pair, await runtime.engine.preview(signal)) };
    } catch (error) {
      if (!isSyncError(error)) throw error;
      return failed(error.code, { ...error.fields, message: error.message });
    }
  };
}
