// Answers the verbs about conflicts: what is open, and which version is kept.
import { conflictCommands } from '../app/conflicts/conflict-commands.ts';
import { conflictIdOf } from '../app/conflicts/conflict-views.ts';
import { refuse } from '../app/files/file-services.ts';
import type { PairRuntime } from '../app/pair-runtime.ts';
import type { ConflictChoice } from '../core/model/conflict-choice.ts';
import type { LocalFile } from '../core/model/model.ts';
import { openConflicts } from '../sync/conflicts/list.ts';
import type { Conflict } from '../sync/conflicts/list.ts';
import { resolveConflict } from '../sync/conflicts/resolve.ts';
import type { Kept } from '../sync/conflicts/resolve.ts';
import type { PairContext } from '../sync/context.ts';

const kept: Readonly<Record<ConflictChoice, Kept>> = { this: 'current', other: 'aside', both: 'both' };

export function conflictLines(pairId: string, { store }: Pick<PairContext, 'store'>): readonly unknown[] {
  return openConflicts(store).map((conflict) => ({
    id: conflictIdOf(pairId, conflict),
    path: conflict.path,
    copy: conflict.copy,
    device: conflict.device,
    at: new Date(conflict.atMs).toISOString(),
    this: versionLine(conflict.current),
    other: versionLine(conflict.aside),
  }));
}

function versionLine({ fingerprint }: LocalFile): { readonly bytes: number; readonly modifiedAt: string } {
  const modifiedMs = Number(fingerprint.mtimeNs / 1_000_000n);
  return { bytes: fingerprint.sizeBytes, modifiedAt: new Date(modifiedMs).toISOString() };
}

type Choice = {
  /** Id, path or name of the copy. */
  readonly conflict: string;
  readonly keep: ConflictChoice;
};

/** Throws SyncError conflict-gone, conflict-ambiguous, and what `resolveConflict` fails with. */
export async function keepVersion(
  runtime: PairRuntime,
  context: PairContext,
  { conflict: named, keep }: Choice,
  signal: AbortSignal,
): Promise<Readonly<Record<string, unknown>>> {
  const pairId = runtime.config.id;
  const conflict = findConflict(pairId, context, named);
  const chosen = { path: conflict.path, copy: conflict.copy, keep };
  // The loop of a running engine must rest meanwhile.
  if (runtime.engine.context() === context) {
    const { resolveConflict: resolve } = conflictCommands({ findPair: () => runtime, decodePicture: null });
    const asked = { pairId, conflictId: conflictIdOf(pairId, conflict), keep: kept[keep] };
    const result = await resolve(asked, signal);
    if (!result.ok) throw refuse(result.error.code, messageOf(result.error.code));
    return chosen;
  }
  const resolved = await resolveConflict(context, conflict, kept[keep], signal);
  if (resolved.kind === 'failed') throw refuse(resolved.code, messageOf(resolved.code));
  return chosen;
}

function findConflict(pairId: string, { store }: Pick<PairContext, 'store'>, named: string): Conflict {
  const [found, ...more] = openConflicts(store).filter(
    (one) => one.path === named || one.copy === named || conflictIdOf(pairId, one) === named,
  );
  if (found === undefined)
    throw refuse(
      'conflict-gone',
      `no conflict of ${JSON.stringify(named)} is open; see "driftless conflicts ls"`,
    );
  if (more.length > 0)
    throw refuse('conflict-ambiguous', `${named} has several copies; name one of them, or its id`);
  return found;
}

const messages: Readonly<Record<string, string>> = {
  'conflict-gone': 'the conflict is not open any more',
  'conflict-changed': 'one of the two files has changed meanwhile; nothing was done',
  'conflict-one-way': 'this pair only downloads, and the version of the bucket would come back',
  'disk-full': 'there is not enough room on the disk',
  'local-blocked': 'the disk does not let one of the two files be changed',
};

function messageOf(code: string): string {
  return messages[code] ?? code;
}
