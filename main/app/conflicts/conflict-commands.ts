// Conflicts for page and command line: what is open, both versions of a file, the user's choice.
import { openConflicts } from '../../sync/conflicts/list.ts';
import type { Conflict } from '../../sync/conflicts/list.ts';
import { resolveConflict } from '../../sync/conflicts/resolve.ts';
import type { Resolved } from '../../sync/conflicts/resolve.ts';
import type { PairContext } from '../../sync/context.ts';
import { failed } from '../../../preload/lean/limits.ts';
import type { Commands, Result } from '../../../preload/contract.ts';
import { attempt } from '../errors.ts';
import { refuse } from '../files/file-services.ts';
import type { PairRuntime } from '../pair-runtime.ts';
import { conflictIdOf } from './conflict-views.ts';
import { previewFile } from './preview.ts';
import type { DecodePicture } from './preview.ts';

export type ConflictParts = {
  readonly findPair: (id: string) => Pick<PairRuntime, 'engine'> | undefined;
  /** Null where nothing decodes pictures (a server). */
  readonly decodePicture: DecodePicture | null;
};

/** One of the two files is in transfer, until `released`. */
type Busy = { readonly kind: 'busy'; readonly released: Promise<void> };

export function conflictCommands(
  parts: ConflictParts,
): Pick<Commands, 'previewConflict' | 'resolveConflict'> {
  return {
    previewConflict: ({ pairId, conflictId }) =>
      attempt(async () => {
        const { context, conflict } = placeOf(parts, pairId, conflictId);
        const current = await previewFile(context.files, conflict.path, parts.decodePicture);
        const aside = await previewFile(context.files, conflict.copy, parts.decodePicture);
        return { ok: true, value: { current, aside } };
      }),
    resolveConflict: ({ pairId, conflictId, keep }, signal) =>
      attempt(async (): Promise<Result<null>> => {
        const { engine } = placeOf(parts, pairId, conflictId);
        const tryOnce = (): Promise<Resolved | Busy> =>
          engine.betweenSteps(async ({ work }, both) => {
            // Looked up again: what the page showed may have changed while the loop was busy.
            const { context, conflict } = placeOf(parts, pairId, conflictId);
            const paths = [conflict.path, conflict.copy];
            if (paths.some((path) => work.touches(path)))
              return { kind: 'busy', released: work.released(paths) };
            return resolveConflict(context, conflict, keep, both);
          }, signal);
        let resolved = await tryOnce();
        // A conflict is listed while its copy is still being uploaded, and a quick user has decided by then.
        // Waited for outside the loop, which continues meanwhile.
        while (resolved.kind === 'busy') {
          await resolved.released;
          resolved = await tryOnce();
        }
        engine.syncNow();
        return resolved.kind === 'resolved' ? { ok: true, value: null } : failed(resolved.code);
      }),
  };
}

type Place = {
  readonly engine: PairRuntime['engine'];
  readonly context: PairContext;
  readonly conflict: Conflict;
};

/** Throws SyncError unknown-pair, pair-not-running, conflict-gone. */
function placeOf({ findPair }: ConflictParts, pairId: string, conflictId: string): Place {
  const engine = findPair(pairId)?.engine;
  if (engine === undefined) throw refuse('unknown-pair', 'no such pair');
  const context = engine.context();
  if (context === null) throw refuse('pair-not-running', 'the pair is not open');
  const conflict = openConflicts(context.store).find((one) => conflictIdOf(pairId, one) === conflictId);
  if (conflict === undefined) throw refuse('conflict-gone', 'no such conflict is open');
  return { engine, context, conflict };
}
