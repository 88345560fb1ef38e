// Schemas of the app's settings: what they are, and how one is changed.
import { z } from 'zod';
import { isProxyAddress, noProxy } from './proxy-address.ts';
import { rateLimit, timetable } from './schema-parts.ts';

const fields = {
  /** Null follows the system. */
  language: z.enum(['en', 'de']).nullable(),
  theme: z.enum(['system', 'light', 'dark']),
  /** Whether the desktop shows notifications. */
  notifications: z.boolean(),
  /** Everything pauses while the machine runs on battery. */
  pauseOnBattery: z.boolean(),
  /** Everything pauses while the network is metered. */
  pauseOnMetered: z.boolean(),
  /** For all folders of an account together. */
  uploadLimit: rateLimit,
  downloadLimit: rateLimit,
  /** By the clock; the lower of it and the two limits holds. */
  timetable,
  /** Address of the proxy, or `direct` for none; null leaves it to system and environment. */
  proxy: z
    .string()
    .max(300)
    .refine((typed) => typed === noProxy || isProxyAddress(typed))
    .nullable(),
};

export const settingsSchema = z
  .object({
    ...fields,
    // The file may say it in a form that the page does not write.
    proxy: z.string().max(300).nullable(),
    /** As the system says now; null where it does not say. */
    onBattery: z.boolean().nullable(),
    isMetered: z.boolean().nullable(),
    /** Whether the app starts at login; null where that cannot be set (a server, a checkout). */
    startAtLogin: z.boolean().nullable(),
    /** The command line that was packed beside the app; null where none was. */
    commandLine: z
      .object({
        /** Absolute path of what installing writes. */
        file: z.string(),
        /** Absolute path of the program that it starts. */
        program: z.string(),
        /** Absolute path of the folder that the program is copied to (an AppImage); null where it is not copied. */
        copy: z.string().nullable(),
        /** `occupied`: another program's file is there, and stays. */
        state: z.enum(['absent', 'installed', 'occupied']),
        /** Whether the folder of `file` is on the PATH of the app. */
        isOnPath: z.boolean(),
      })
      .readonly()
      .nullable(),
  })
  .readonly();
export type AppSettings = z.infer<typeof settingsSchema>;

/** Only the fields that are to change. */
export const changeSettingsSchema = z
  .strictObject({ ...fields, startAtLogin: z.boolean(), commandLine: z.enum(['install', 'remove']) })
  .partial()
  .readonly();
