// Names by which the page refers to files: ids that only this process can turn back into paths.
import { createHash } from 'node:crypto';
import type { RelPath } from '../../core/model/model.ts';

export type NamedItem = { readonly pairId: string; readonly path: RelPath };

export type ItemNames = {
  /** Same id for the same item, so that rows keep their identity. */
  idOf(item: NamedItem): string;
  /** Null for an id that was never given out, or so long ago that it was dropped. */
  itemOf(id: string): NamedItem | null;
};

/** Far more than a page shows at once; older ids go first. */
const mostKept = 100_000;

export function makeItemNames(limit = mostKept): ItemNames {
  const items = new Map<string, NamedItem>();
  return {
    idOf(item) {
      const id = digestOf(item.pairId, item.path);
      // Moved to the end, so that what is on screen is not what is dropped.
      items.delete(id);
      items.set(id, item);
      if (items.size > limit) {
        const [oldest] = items.keys();
        if (oldest !== undefined) items.delete(oldest);
      }
      return id;
    },
    itemOf: (id) => items.get(id) ?? null,
  };
}

/** Stable id of a path, or of anything else that a pair tells of. */
export function digestOf(pairId: string, text: string): string {
  return createHash('sha256').update(`${pairId}\0${text}`).digest('base64url').slice(0, 22);
}
