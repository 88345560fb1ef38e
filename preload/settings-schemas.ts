// Schemas of the app's settings: what they are, and how one is changed.
import { z } from 'zod';

/** Bytes per second for all folders of an account together; null for no limit. */
const limit = z.int().min(1000).max(10_000_000_000).nullable();

const fields = {
  /** Null follows the system. */
  language: z.enum(['en', 'de']).nullable(),
  theme: z.enum(['system', 'light', 'dark']),
  /** Whether the desktop shows notifications. */
  notifications: z.boolean(),
  uploadLimit: limit,
  downloadLimit: limit,
};

export const settingsSchema = z
  .object({
    ...fields,
    /** Whether the app starts at login; null where that cannot be set (a server, a checkout). */
    startAtLogin: z.boolean().nullable(),
  })
  .readonly();
export type AppSettings = z.infer<typeof settingsSchema>;

/** Only the fields that are to change. */
export const changeSettingsSchema = z
  .strictObject({ ...fields, startAtLogin: z.boolean() })
  .partial()
  .readonly();
