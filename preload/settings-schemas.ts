// Schemas of the app's settings: what they are, and how one is changed.
import { z } from 'zod';
import { rateLimit } from './schema-parts.ts';

const fields = {
  /** Null follows the system. */
  language: z.enum(['en', 'de']).nullable(),
  theme: z.enum(['system', 'light', 'dark']),
  /** Whether the desktop shows notifications. */
  notifications: z.boolean(),
  /** For all folders of an account together. */
  uploadLimit: rateLimit,
  downloadLimit: rateLimit,
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
