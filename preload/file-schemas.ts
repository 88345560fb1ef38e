// Schemas of browsing: activity, files, their versions and share links.
import { z } from 'zod';
import { LIMITS, atMs, bytes, count, id, list, text } from './schema-parts.ts';
import { activitySchema } from './view-schemas.ts';

const searchText = z.string().max(200);

export const askActivitySchema = z
  .strictObject({
    /** Null for all folders. */
    pairId: id.nullable(),
    kind: z.enum(['all', 'transfers', 'moves', 'removals', 'conflicts']),
    text: searchText,
    skip: count,
  })
  .readonly();

/** `total`: entries that match, also those before and after the ones that were asked for. */
export const historySchema = z
  .object({ entries: list(activitySchema, LIMITS.history), total: count })
  .readonly();

const fileSchema = z
  .object({
    /** Names the file in later requests; the page never sends a path. */
    id,
    name: text,
    path: text,
    kind: z.enum(['file', 'folder']),
    bytes: bytes.nullable(),
    modifiedMs: atMs.nullable(),
    state: z.enum(['in-sync', 'waiting', 'left-out']),
  })
  .readonly();
export type FileEntry = z.infer<typeof fileSchema>;

/** `folderId` null: the top of the folder. */
export const ofFolder = z.strictObject({ pairId: id, folderId: id.nullable() }).readonly();
export const searchSchema = z.strictObject({ pairId: id, text: searchText.min(1) }).readonly();
/** `text`: part of the path; left out for all. */
export const searchTrashSchema = z
  .strictObject({ pairId: id, text: searchText.min(1).exactOptional() })
  .readonly();
export const filesSchema = z
  .object({ path: text, entries: list(fileSchema, LIMITS.files), isCut: z.boolean() })
  .readonly();
export type FileList = z.infer<typeof filesSchema>;

export const ofFile = z.strictObject({ pairId: id, fileId: id }).readonly();

const versionSchema = z
  .object({
    id: z.string().max(1024).nullable(),
    isLatest: z.boolean(),
    /** The file was removed at that moment. */
    isRemoval: z.boolean(),
    bytes,
    modifiedMs: atMs,
  })
  .readonly();
export const versionsSchema = z
  .object({ versions: list(versionSchema, LIMITS.versions), isCut: z.boolean() })
  .readonly();
export type VersionList = z.infer<typeof versionsSchema>;

/** `versionId` null: the newest one before what is there now. */
export const restoreVersionSchema = z
  .strictObject({ pairId: id, fileId: id, versionId: z.string().max(1024).nullable() })
  .readonly();
/** Name under which the file came back. */
export const restoredSchema = z.object({ path: text }).readonly();

export const shareSchema = z
  .strictObject({ pairId: id, fileId: id, expiresInSeconds: z.int().min(60).max(604_800).nullable() })
  .readonly();
/** The link itself is on the clipboard; the page only learns when it ends. */
export const sharedSchema = z.object({ expiresAtMs: atMs }).readonly();
