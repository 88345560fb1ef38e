// Short-lived program files: created on this computer within the hour and unchanged by others, such as
// journals and locks. Removing them is part of the program's work and does not count towards a mass removal
// (C19).
import type { RelPath } from '../../core/model/model.ts';
import type { Plan } from '../../core/plan/types.ts';
import type { StateChange } from '../../ports/sync-state.port.ts';
import type { PairContext } from '../context.ts';

/** Milliseconds for which a new file counts as short-lived. */
const ownForMs = 3_600_000;
/** More new files at once are a copied folder, not a program's own files. */
const maxAtOnce = 10;
const maxKept = 1000;

type Born = readonly (readonly [path: RelPath, atMs: number])[];

export type OwnFiles = {
  /** Rows that hold such files now. */
  readonly files: ReadonlySet<RelPath>;
  /** Recorded when the plan begins. */
  readonly changes: readonly StateChange[];
};

/**
 * Records the new files that the plan uploads, and returns the rows that hold such files now. A plan that
 * removes many of them at once still asks; only earlier removals are left out of the count.
 */
export function noteOwnFiles({ store, clock }: Pick<PairContext, 'store' | 'clock'>, made: Plan): OwnFiles {
  const nowMs = clock.nowMs();
  const known = bornOf(store);
  const recent = known.filter(([, atMs]) => atMs <= nowMs && nowMs - atMs < ownForMs);
  const added = newUploads(store, made).map((path) => [path, nowMs] as const);
  const names = new Set(added.map(([path]) => path));
  // A name that returns starts again; the oldest entries are dropped first.
  const born: Born = [...recent.filter(([path]) => !names.has(path)), ...added].slice(-maxKept);
  const isChanged = added.length > 0 || recent.length < known.length;
  return {
    files: new Set(recent.map(([path]) => path)),
    changes: isChanged ? [{ kind: 'meta', key: 'ownFiles', value: JSON.stringify(born) }] : [],
  };
}

/** New files that the plan uploads; none where they are too many. */
function newUploads(store: PairContext['store'], made: Plan): readonly RelPath[] {
  const found: RelPath[] = [];
  for (const op of made.waves.flat()) {
    const isNew = op.kind === 'upload' && op.expected.kind === 'absent';
    if (!isNew || store.entry(op.path).base !== null) continue;
    found.push(op.path);
    // A look at each of thousands of rows would not change the answer.
    if (found.length > maxAtOnce) return [];
  }
  return found;
}

function bornOf(store: PairContext['store']): Born {
  const text = store.meta('ownFiles');
  return text === null ? [] : (JSON.parse(text) as Born); // our own database wrote it
}
