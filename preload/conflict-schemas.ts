// Schemas of conflicts: the two versions of a file, their previews, and the user's choice.
import { z } from 'zod';
import { atMs, bytes, id, text } from './schema-parts.ts';
import { LIMITS } from './lean/limits.ts';

const versionSchema = z
  .object({
    bytes,
    modifiedMs: atMs,
    /** Device that the version came from; null where it is not known. */
    device: text.nullable(),
  })
  .readonly();

export const conflictSchema = z
  .object({
    id,
    pairId: id,
    path: text,
    /** Name of the copy, beside the file. */
    copyName: text,
    atMs,
    /** Version that has the name now. */
    current: versionSchema,
    /** Version that was set aside as a copy. */
    aside: versionSchema,
  })
  .readonly();
export type ConflictView = z.infer<typeof conflictSchema>;

export const ofConflict = z.strictObject({ pairId: id, conflictId: id }).readonly();
export const resolveConflictSchema = z
  .strictObject({ pairId: id, conflictId: id, keep: z.enum(['current', 'aside', 'both']) })
  .readonly();

const previewSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('text'), text: z.string().max(LIMITS.previewText), isCut: z.boolean() }),
  /** Encoded by main from a decoded picture: no byte of the file itself reaches the page. */
  z.object({
    kind: z.literal('image'),
    source: z
      .string()
      .max(LIMITS.previewImage)
      .regex(/^data:image\/png;base64,[A-Za-z0-9+/]+=*$/),
  }),
  z.object({ kind: z.literal('none'), why: z.enum(['no-preview', 'too-large', 'desktop-only', 'empty']) }),
]);
export type FilePreview = Readonly<z.infer<typeof previewSchema>>;
export const conflictPreviewsSchema = z.object({ current: previewSchema, aside: previewSchema }).readonly();
export type ConflictPreviews = z.infer<typeof conflictPreviewsSchema>;
