// Running totals of deletions, replacements and conflicts across plans, for the safety check (C19).
import type { Entry, Op, RelPath, Side } from '../model/model.ts';
import { effectsOf, rowOf } from './effects.ts';
import type { Effect } from './effects.ts';
import type { Plan } from '../plan/types.ts';

export type Tally = { readonly removals: number; readonly replacements: number };

/** Counts per side since the last quiet full scan or the last approval. */
export type GuardAccounting = {
  readonly local: Tally;
  readonly remote: Tally;
  readonly conflicts: number;
  /** Those rewritten under their own names: a document saved fifty times in an hour is one file, not fifty. */
  readonly rewritten: Readonly<Record<Side, readonly RelPath[]>>;
  /** Those removed: what the answer "keep" restores from the trash as well. */
  readonly removed?: Readonly<Record<Side, readonly RelPath[]>>;
};

export const emptyAccounting: GuardAccounting = {
  local: { removals: 0, replacements: 0 },
  remote: { removals: 0, replacements: 0 },
  conflicts: 0,
  rewritten: { local: [], remote: [] },
};

/** Names stored per side; files rewritten beyond it count each time, files removed beyond it stay in the trash. */
const maxNamed = 5000;

/**
 * Counted effect of a plan, with a mark of the row it will change: a different mark afterwards shows that it
 * was applied. Evaluated against the whole plan, because a removal whose content arrives by another operation
 * does not count.
 */
export type CountedEffect = {
  readonly kind: 'removal-local' | 'removal-remote' | 'replacement-local' | 'replacement-remote' | 'conflict';
  /** Row that carries the mark. */
  readonly path: RelPath;
  readonly mark: string;
  readonly isRewrite: boolean;
};

export function countedEffects(made: Plan, entry: (path: RelPath) => Entry): readonly CountedEffect[] {
  const ops = made.waves.flat();
  const effects = effectsOf(ops, entry).map((effect) => countedEffect(effect, entry));
  return [...effects, ...conflictEffects(ops, entry)];
}

export function countedEffect(effect: Effect, entry: (path: RelPath) => Entry): CountedEffect {
  const path = rowOf(effect);
  const { kind, side, isRewrite } = effect;
  return { kind: `${kind}-${side}`, path, mark: baseMark(entry(path)), isRewrite };
}

export function conflictEffects(
  ops: readonly Op[],
  entry: (path: RelPath) => Entry,
): readonly CountedEffect[] {
  return ops
    .filter((op) => op.kind === 'set-aside')
    .map(({ path }) => ({ kind: 'conflict', path, mark: localMark(entry(path)), isRewrite: false }));
}

/** Identifies what would be lost: the same path and version give the same key, whatever else the plan does. */
export function effectKey({ kind, path, mark }: CountedEffect): string {
  return `${kind} ${mark} ${path}`;
}

/** True if the row shows the effect was applied, including by an interrupted run. */
export function isEffectDone(effect: CountedEffect, entry: Entry): boolean {
  return effect.mark !== (effect.kind === 'conflict' ? localMark(entry) : baseMark(entry));
}

/** Mark of the version in base. */
export function baseMark({ base }: Pick<Entry, 'base'>): string {
  if (base === null) return 'none';
  return base.kind === 'file' ? `${base.content} ${base.etag}` : 'folder';
}

function localMark({ local }: Entry): string {
  if (local.state !== 'present') return local.state;
  return local.kind === 'file' ? `inode ${String(local.fingerprint.inode)}` : 'folder';
}

export function accountingOf(effects: readonly CountedEffect[]): GuardAccounting {
  const count = (kind: CountedEffect['kind']): number => effects.filter((one) => one.kind === kind).length;
  const rewritten = (kind: CountedEffect['kind']): readonly RelPath[] =>
    effects.flatMap((one) => (one.isRewrite && one.kind === kind ? [one.path] : []));
  return {
    local: { removals: count('removal-local'), replacements: count('replacement-local') },
    remote: { removals: count('removal-remote'), replacements: count('replacement-remote') },
    conflicts: count('conflict'),
    rewritten: { local: rewritten('replacement-local'), remote: rewritten('replacement-remote') },
    ...namedRemovals(effects),
  };
}

/** Absent if nothing was removed, as in records of earlier versions. */
function namedRemovals(effects: readonly CountedEffect[]): Pick<GuardAccounting, 'removed'> {
  const named = (kind: CountedEffect['kind']): readonly RelPath[] =>
    effects.filter((one) => one.kind === kind).map((one) => one.path);
  const removed = { local: named('removal-local'), remote: named('removal-remote') };
  return removed.local.length + removed.remote.length === 0 ? {} : { removed };
}

/** Adds later totals to earlier ones: a file that was rewritten before does not count again. */
export function addAccounting(before: GuardAccounting, after: GuardAccounting): GuardAccounting {
  const fresh = {
    local: without(after.rewritten.local, before.rewritten.local),
    remote: without(after.rewritten.remote, before.rewritten.remote),
  };
  const addSide = (side: Side): Tally => ({
    removals: before[side].removals + after[side].removals,
    replacements:
      before[side].replacements +
      after[side].replacements -
      (after.rewritten[side].length - fresh[side].length),
  });
  const nameAll = (side: Side): readonly RelPath[] =>
    [...before.rewritten[side], ...fresh[side]].slice(0, maxNamed);
  return {
    local: addSide('local'),
    remote: addSide('remote'),
    conflicts: before.conflicts + after.conflicts,
    rewritten: { local: nameAll('local'), remote: nameAll('remote') },
    ...joinRemoved(before, after),
  };
}

function joinRemoved(before: GuardAccounting, after: GuardAccounting): Pick<GuardAccounting, 'removed'> {
  const join = (side: Side): readonly RelPath[] => [
    ...new Set([...(before.removed?.[side] ?? []), ...(after.removed?.[side] ?? [])].slice(0, maxNamed)),
  ];
  const removed = { local: join('local'), remote: join('remote') };
  return removed.local.length + removed.remote.length === 0 ? {} : { removed };
}

/** An answer covers everything its question counted on that side: counting restarts there. */
export function forgetSide(accounting: GuardAccounting, side: Side): GuardAccounting {
  const { removed } = accounting;
  return {
    ...accounting,
    [side]: emptyAccounting[side],
    rewritten: { ...accounting.rewritten, [side]: [] },
    ...(removed === undefined ? {} : { removed: { ...removed, [side]: [] } }),
  };
}

function without(paths: readonly RelPath[], known: readonly RelPath[]): readonly RelPath[] {
  const there = new Set(known);
  return paths.filter((path) => !there.has(path));
}
