// Delete of one object version: conditional, or announced first if the store ignores conditions (C17).
import type { Etag } from '../../core/model/model.ts';
import type { DeleteOutcome, ObjectMetadata } from '../../ports/remote-objects.port.ts';
import { ancestorsAfter } from '../bucket/object-metadata.ts';
import { announceDelete, announcesDeletes } from './remote-trash.ts';
import type { PairContext } from '../context.ts';

/** A store may be busy with the object for a moment (409): that also counts as a lost race. */
const conditionalTries = 2;

/** A store may refuse the condition for objects sent in parts, whose ETags contain a dash. */
export function mayGoUnconditionally({ abilities }: Pick<PairContext, 'abilities'>, etag: string): boolean {
  return !abilities.deleteIfMatch || etag.includes('-');
}

/** Named in a version's metadata where one of them, or the version itself, may be deleted without a condition (C17). */
export function ancestorsToName(
  context: Pick<PairContext, 'abilities'>,
  previous: Etag | null,
  metadata: ObjectMetadata | null,
): readonly string[] {
  const ancestors = ancestorsAfter(previous, metadata);
  const isAsked =
    announcesDeletes(context.abilities) || ancestors.some((etag) => mayGoUnconditionally(context, etag));
  return isAsked ? ancestors : [];
}

type Version = Parameters<typeof announceDelete>[1];

/**
 * `lost`: a different version exists, or none. A store may honour the condition for some objects and refuse
 * it for others forever (Swift returns 412 for the ETags of its own multipart objects). A check that finds
 * the same version twice shows that it is no lost race: then the delete is unconditional and announced first.
 */
export async function deleteVersion(
  context: PairContext,
  version: Version,
  signal: AbortSignal,
): Promise<DeleteOutcome> {
  const { key, etag } = version;
  const { deleteIfMatch } = context.abilities;
  const isAnnounced = announcesDeletes(context.abilities);
  if (isAnnounced) await announceDelete(context, version, signal);
  if (!deleteIfMatch) return context.remote.delete(key, { kind: 'none' }, signal);
  for (let tries = 1; tries <= conditionalTries; tries += 1) {
    const deleted = await context.remote.delete(key, { kind: 'etag', etag }, signal);
    if (deleted.kind !== 'lost') return deleted;
    const head = await context.remote.head(key, signal);
    if (head.kind === 'absent') return { kind: 'absent' };
    if (head.info.etag !== etag) return deleted;
  }
  if (!isAnnounced) await announceDelete(context, version, signal);
  context.log.warn('the condition of a removal is refused for the version that is there', { etag });
  return context.remote.delete(key, { kind: 'none' }, signal);
}
