// Building blocks of the contract's schemas, and size limits.
import { z } from 'zod';
import { wrongTimetableEntry } from './timetable.ts';

// Before the first schema: zod probes `new Function` while it builds an object schema, and under the page's policy the probe
// itself is a reported violation. Hence at import time, not in a function called later.
z.config({ jitless: true });

const LABEL_CHARS = 4096;
/** Truncated, not refused: an overlong name from outside must not invalidate the whole snapshot, and with it the page. */
export const text = z
  .string()
  .overwrite((whole) => whole.slice(0, LABEL_CHARS))
  .max(LABEL_CHARS);
export const id = z.string().min(1).max(200);
/** What a link of the page may lead to. */
export const webAddress = z
  .string()
  .regex(/^https?:[/][/][^\s]+$/)
  .max(8_192);
export const count = z.number().int().nonnegative();
export const bytes = z.number().nonnegative();
export const atMs = z.number();
/** Bytes per second; null for no limit. */
export const rateLimit = z.int().min(1000).max(10_000_000_000).nullable();
/** Weekly timetable of limits; null for none. */
export const timetable = z
  .string()
  .max(2000)
  .refine((typed) => wrongTimetableEntry(typed) === null)
  .nullable();

/** Directions in which a folder is synced. */
export const pairMode = z.enum(['two-way', 'upload-only', 'download-only']);
export const code = z.string().regex(/^[a-z0-9][A-Za-z0-9._-]{0,79}$/);
export const fields = z.record(z.string(), z.union([text, z.number(), z.boolean(), z.null()])).readonly();

export function list<T extends z.ZodType>(item: T, max: number) {
  return z.array(item).max(max).readonly();
}

export const codedSchema = z.object({ code, fields }).readonly();
export type Coded = z.infer<typeof codedSchema>;
