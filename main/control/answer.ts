// Reads what the running engine answered to a verb: its value, or its refusal as an error in words.
import { z } from 'zod';
import { SyncError } from '../core/model/errors.ts';
import type { ErrorFields } from '../core/model/errors.ts';
import { failed } from '../../preload/lean/limits.ts';
import { usage } from './usage-error.ts';

export type Answer = Readonly<Record<string, unknown>>;

const answerSchema = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), value: z.record(z.string(), z.unknown()) }),
  z.object({
    ok: z.literal(false),
    error: z.object({ code: z.string(), fields: z.record(z.string(), z.unknown()).optional() }),
  }),
]);

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);

const explanations: Readonly<Record<string, string>> = {
  'pair-not-running': 'the pair is paused or stopped; resume it, or see "driftless status"',
  'unknown-pair': 'the running engine does not know this pair yet; restart it',
  'unknown-request': 'the running engine is older than this command; restart it',
  'bad-request': 'the running engine is of another version than this command; restart it',
};

export function unknownAnswer(): SyncError {
  return usage('the running engine gave an answer that this version does not know; restart it');
}

/** Throws SyncError with an action for the user. */
export function valueOfAnswer(raw: unknown): Answer {
  const parsed = answerSchema.safeParse(raw);
  if (!parsed.success) throw unknownAnswer();
  if (parsed.data.ok) return parsed.data.value;
  const { code, fields } = parsed.data.error;
  const { message, ...rest } = scalarsOf(fields ?? {});
  // An error without its own text has its code as message.
  const said = typeof message === 'string' && message !== code ? message : null;
  throw new SyncError({
    code,
    retry: 'slow',
    scope: 'item',
    message: said ?? explanations[code] ?? `the running engine answered ${code}`,
    fields: rest,
  });
}

/** A refusal as `valueOfAnswer` reads it: with the words of the error. */
export function refusalOf({ code, fields, message }: SyncError): ReturnType<typeof failed> {
  return failed(code, { ...fields, message });
}

/** What the advice and the published shape of an error are made of: `reason`, `path`, `retryAt`. */
function scalarsOf(fields: Readonly<Record<string, unknown>>): ErrorFields {
  return Object.fromEntries(
    Object.entries(fields).filter(
      (entry): entry is [string, ErrorFields[string]] => scalar.safeParse(entry[1]).success,
    ),
  );
}
