// Schemas of folder management: what a folder's settings are, and how they are changed.
import { z } from 'zod';
import { count, id, list, pairMode, rateLimit, text } from './schema-parts.ts';
import { LIMITS } from './lean/limits.ts';

const settings = {
  mode: pairMode,
  /** One rule a line, as in `.driftlessignore`. */
  ignore: list(z.string().min(1).max(1024), LIMITS.ignoreRules),
  uploadLimit: rateLimit,
  downloadLimit: rateLimit,
};

export const folderSettingsSchema = z
  .object({
    ...settings,
    /** In the bucket: what is fixed, for display, and what can be changed. Null where all of it is fixed. */
    place: z.object({ above: text, name: text }).readonly().nullable(),
  })
  .readonly();
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

/** `name`: of a folder below the part of the bucket that is the user's own; '' is all of that part. */
export const movePlaceSchema = z
  .strictObject({
    pairId: id,
    name: z
      .string()
      .max(1024)
      .regex(/^(?!\/)(?!(?:.*\/)?\.{1,2}(?:\/|$))[^\p{Cc}]*$/u),
  })
  .readonly();

/** Relative name, perhaps of a file that does not exist: main matches it against rules, and opens nothing by it. */
export const testIgnoreSchema = z
  .strictObject({
    pairId: id,
    name: z
      .string()
      .min(1)
      .max(1024)
      .regex(/^(?!\/)(?!(?:.*\/)?\.{1,2}(?:\/|$))[^\p{Cc}]+$/u),
  })
  .readonly();

export const ignoreVerdictSchema = z
  .object({
    isSynced: z.boolean(),
    /** Line or excluded folder that decides; null where none matches. */
    rule: text.nullable(),
    source: z.enum(['default', 'settings', 'file', 'excluded']).nullable(),
    /** Folder above the name that the rule leaves out; null where it matches the name itself. */
    folder: text.nullable(),
  })
  .readonly();

/** One level of the folders in the bucket and here. `part`: synced here, but for folders inside it. */
export const folderLevelSchema = z
  .object({
    folders: list(
      z.object({ id, name: text, standing: z.enum(['in', 'part', 'out']) }).readonly(),
      LIMITS.files,
    ),
    isCut: z.boolean(),
  })
  .readonly();
export type FolderLevel = z.infer<typeof folderLevelSchema>;

/** `copies`: of folders that are not synced any more, on this computer. */
export const chooseFoldersSchema = z
  .strictObject({
    pairId: id,
    choices: list(z.strictObject({ folderId: id, isIn: z.boolean() }).readonly(), LIMITS.folderChoices),
    copies: z.enum(['keep', 'trash']),
  })
  .readonly();

/** `kept`: files that stay although they were to go, because the bucket does not have them as they are here. */
export const chosenFoldersSchema = z.object({ leaving: count, kept: count }).readonly();
