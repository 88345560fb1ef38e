// The pieces that every shape of the contract is made of, and the caps on what goes over it.
import { z } from 'zod';

// Before the first schema: zod probes `new Function` while it builds an object schema, and under the page's policy the probe
// itself is a reported violation. Hence at import, and not in a function that somebody calls later.
z.config({ jitless: true });

const LABEL_CHARS = 4096;
/** Cut, not refused: a name or a message that a stranger made long must not take the whole snapshot, and with it the page, away. */
export const text = z
  .string()
  .overwrite((whole) => whole.slice(0, LABEL_CHARS))
  .max(LABEL_CHARS);
export const id = z.string().min(1).max(200);
export const count = z.number().int().nonnegative();
export const bytes = z.number().nonnegative();
export const atMs = z.number();
export const code = z.string().regex(/^[a-z0-9][A-Za-z0-9._-]{0,79}$/);
export const fields = z.record(z.string(), z.union([text, z.number(), z.boolean(), z.null()])).readonly();

export function list<T extends z.ZodType>(item: T, max: number) {
  return z.array(item).max(max).readonly();
}

export const codedSchema = z.object({ code, fields }).readonly();

/** Caps on what main sends; a publisher trims to these, newest or most severe first. */
export const LIMITS = {
  activity: 100,
  problems: 200,
  transfers: 8,
  examples: 20,
  guards: 20,
  notices: 20,
  planOps: 500,
  trash: 500,
  pairs: 200,
  facts: 60,
  reached: 30,
  /** Of a profile's text on its way from the page; one is about 1,000 characters long. */
  profileChars: 8192,
} as const;
export type Coded = z.infer<typeof codedSchema>;
