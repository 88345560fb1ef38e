// Schemas of folder management: what a folder's settings are, and how they are changed.
import { z } from 'zod';
import { LIMITS, id, list } from './schema-parts.ts';

const mode = z.enum(['two-way', 'upload-only', 'download-only']);
/** Bytes per second; null for no limit. */
const limit = z.int().min(1000).max(10_000_000_000).nullable();

const settings = {
  mode,
  /** One rule a line, as in `.driftlessignore`. */
  ignore: list(z.string().min(1).max(1024), LIMITS.ignoreRules),
  uploadLimit: limit,
  downloadLimit: limit,
};

export const folderSettingsSchema = z.object(settings).readonly();
export type FolderSettings = z.infer<typeof folderSettingsSchema>;

export const addFolderSchema = z
  .strictObject({
    accountId: id,
    /** Typed on loopback only; the desktop's page never names a path. */
    folder: z.string().min(1).max(1024).nullable(),
    mode,
  })
  .readonly();

export const changeFolderSchema = z.strictObject({ pairId: id, ...settings }).readonly();
