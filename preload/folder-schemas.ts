// Schemas of folder management: what a folder's settings are, and how they are changed.
import { z } from 'zod';
import { LIMITS, id, list, pairMode, rateLimit } from './schema-parts.ts';

const settings = {
  mode: pairMode,
  /** One rule a line, as in `.driftlessignore`. */
  ignore: list(z.string().min(1).max(1024), LIMITS.ignoreRules),
  uploadLimit: rateLimit,
  downloadLimit: rateLimit,
};

export const folderSettingsSchema = z.object(settings).readonly();
export type FolderSettings = z.infer<typeof folderSettingsSchema>;

export const addFolderSchema = z
  .strictObject({
    accountId: id,
    /** Typed on loopback only; the desktop's page never names a path. */
    folder: z.string().min(1).max(1024).nullable(),
    mode: pairMode,
  })
  .readonly();

/** Only the fields that are to change. */
export const changeFolderSchema = z
  .strictObject({ pairId: id, ...z.strictObject(settings).partial().shape })
  .readonly();
