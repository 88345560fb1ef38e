// Schemas of browsing: activity, problems, files, their versions and share links.
import { z } from 'zod';
import { atMs, bytes, code, count, id, list, text } from './schema-parts.ts';
import { LIMITS } from './lean/limits.ts';
import { conflictSchema } from './conflict-schemas.ts';
import { activitySchema, problemSchema, trashEntrySchema } from './view-schemas.ts';

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

/** Of problems, and of conflicts. */
export const askPartSchema = z
  .strictObject({
    /** Null for all folders. */
    pairId: id.nullable(),
    /** Part of the path. */
    text: searchText,
    skip: count,
  })
  .readonly();

/** The `LIMITS.problems` of `total` that follow those that were skipped. */
export const problemListSchema = z
  .object({ problems: list(problemSchema, LIMITS.problems), total: count })
  .readonly();

/** The `LIMITS.conflicts` of `total` that follow those that were skipped. */
export const conflictListSchema = z
  .object({ conflicts: list(conflictSchema, LIMITS.conflicts), total: count })
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

/** What went at one time, or all older versions. */
const trashGroupSchema = z
  .object({
    id,
    why: z.enum(['removed', 'replaced']),
    /** When the latest of them went. */
    atMs,
    /** All of the group, also what is not among the entries. */
    count,
    bytes,
    /** Folders at the top that they were in, those with most files first; '' is the top itself. */
    folders: list(text, LIMITS.trashFolders),
    entries: list(trashEntrySchema, LIMITS.trash),
  })
  .readonly();
export type TrashGroupView = z.infer<typeof trashGroupSchema>;
/** `more`: what is in no entry, because there is too much of it. */
export const trashListSchema = z
  .object({ groups: list(trashGroupSchema, LIMITS.trashGroups), more: count })
  .readonly();
export type TrashList = z.infer<typeof trashListSchema>;

/** Some entries by id; or all that a group has now, of those with the text in their path. */
export const restoreTrashSchema = z.union([
  z.strictObject({ pairId: id, ids: list(id, LIMITS.trash) }).readonly(),
  z.strictObject({ pairId: id, groupId: id, text: searchText.min(1).exactOptional() }).readonly(),
]);
export const trashRestoredSchema = z
  .object({
    restored: count,
    /** How many of them are beside a file that has their name now. */
    beside: count,
    failed: count,
    /** Why the first of those was not restored. */
    code: code.nullable(),
    /** Name of the file where it is one alone. */
    name: text.nullable(),
  })
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
