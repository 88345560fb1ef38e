// Renames whose content has arrived while the old name remains: finishing them needs no approval.
import type { Entry, Op, RelPath } from '../../model/model.ts';
import type { Plan } from '../types.ts';
import { makeNearestAbove } from '../above.ts';
import { rebase } from '../../model/path.ts';

/** One file, or a folder with everything below it. */
export type Rename = { readonly from: RelPath; readonly to: RelPath };

/** Renames in a plan, by a move or by an arrival and a removal. */
export function renamesOf(made: Plan): readonly Rename[] {
  return made.waves.flat().flatMap((op): readonly Rename[] => {
    if (op.kind === 'move-local' || op.kind === 'move-remote') return [{ from: op.from, to: op.path }];
    if (!isRemoval(op) || op.after === undefined) return [];
    return [{ from: op.path, to: op.after.path }];
  });
}

/** Gives removals that finish a rename the arrived name, as in the plan that started the rename. */
export function withArrivals(made: Plan, renames: readonly Rename[], entry: (path: RelPath) => Entry): Plan {
  if (renames.length === 0) return made;
  const targets = new Map(renames.map(({ from, to }) => [from, to]));
  const renamedAbove = makeNearestAbove((dir) => targets.has(dir));
  const finish = (op: Op): Op => {
    if (!isRemoval(op) || op.after !== undefined) return op;
    const from = targets.has(op.path) ? op.path : renamedAbove(op.path);
    const name = from === null ? undefined : targets.get(from);
    if (from === null || name === undefined) return op;
    const path = rebase(op.path, from, name);
    const left = entry(op.path).base;
    const to = entry(path);
    const come = to.base;
    if (left?.kind !== 'file' || come?.kind !== 'file' || left.content !== come.content) return op;
    // Gone again since: the removal would wait for what never comes back.
    if (to[op.kind === 'remove-local' ? 'local' : 'remote'].state !== 'present') return op;
    return { ...op, after: { path, content: left.content } };
  };
  return { ...made, waves: made.waves.map((wave) => wave.map(finish)) };
}

type Removal = Extract<Op, { kind: 'remove-local' | 'remove-remote' }>;

function isRemoval(op: Op): op is Removal {
  return op.kind === 'remove-local' || op.kind === 'remove-remote';
}
