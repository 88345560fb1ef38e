// Facts of one object, where it may be asked for.
import { isRefusal } from '../../core/model/errors.ts';
import type { ObjectKey } from '../../core/model/model.ts';
import type { ObjectInfo } from '../../ports/remote-objects.port.ts';
import type { PairContext } from '../context.ts';

/** Null if there is no such object, or if even its HEAD is refused: neither says what is there. */
export async function infoOrNull(
  { remote }: Pick<PairContext, 'remote'>,
  key: ObjectKey,
  signal: AbortSignal,
): Promise<ObjectInfo | null> {
  try {
    const head = await remote.head(key, signal);
    return head.kind === 'found' ? head.info : null;
  } catch (error) {
    if (!isRefusal(error) || signal.aborted) throw error;
    return null;
  }
}
