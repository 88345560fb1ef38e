// Reads what the running engine answered to a verb: its value, or its refusal as an error in words.
import { z } from 'zod';
import { SyncError } from '../core/errors.ts';
import { usage } from './usage.ts';

export type Answer = Readonly<Record<string, unknown>>;

const answerSchema = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), value: z.record(z.string(), z.unknown()) }),
  z.object({
    ok: z.literal(false),
    error: z.object({ code: z.string(), fields: z.record(z.string(), z.unknown()).optional() }),
  }),
]);

const explanations: Readonly<Record<string, string>> = {
  'pair-not-running': 'the pair is paused or stopped; resume it, or see "driftless status"',
  'unknown-pair': 'the running engine does not know this pair yet; restart it',
};

/** Throws SyncError with what a person can do. */
export function valueOfAnswer(raw: unknown): Answer {
  const parsed = answerSchema.safeParse(raw);
  if (!parsed.success) throw usage('the running engine gave an answer that this version does not know');
  if (parsed.data.ok) return parsed.data.value;
  const { code, fields } = parsed.data.error;
  const message =
    typeof fields?.['message'] === 'string'
      ? fields['message']
      : (explanations[code] ?? `the running engine answered ${code}`);
  throw new SyncError({ code, retry: 'user', scope: 'item', message });
}
