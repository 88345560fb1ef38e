// Removes one version of an object: under its condition, announced where the store does not look at that (rule 17).
import type { DeleteOutcome } from '../../ports/remote-objects.port.ts';
import { announceDelete, announcesDeletes } from './remote-trash.ts';
import type { PairContext } from '../context.ts';

/** A store may be busy with the object for a moment (409): that is a lost race as well. */
const conditionalTries = 2;

type Version = Parameters<typeof announceDelete>[1];

/**
 * `lost`: another version stands there, or none. A store may honour the condition for some objects and refuse it for others
 * for ever (Swift for those made in parts: 412 to their own ETag). A look that shows the very version, twice, decides that it is no
 * lost race: then it goes as on a store without the condition, announced first.
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
    if (head.facts.etag !== etag) return deleted;
  }
  if (!isAnnounced) await announceDelete(context, version, signal);
  context.log.warn('the condition of a removal is refused for the version that is there', { etag });
  return context.remote.delete(key, { kind: 'none' }, signal);
}
