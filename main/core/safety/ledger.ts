// What was removed, replaced and set aside until now: what the guard adds the next plan to (rule 19).
import type { Entry, Op, RelPath } from '../model/model.ts';
import { effectsOf, rowOf } from './effects.ts';
import type { Effect, Side } from './effects.ts';
import type { Plan } from '../plan/types.ts';

export type Tally = { readonly removals: number; readonly replacements: number };

/** Files removed and replaced on each side, and conflict copies made, since the last quiet full scan or a person's yes to them. */
export type GuardAccounting = {
  readonly local: Tally;
  readonly remote: Tally;
  readonly conflicts: number;
  /** Which of them were rewritten under their own names: a document saved fifty times in an hour is one file, not fifty. */
  readonly rewritten: Readonly<Record<Side, readonly RelPath[]>>;
  /** Which of them were removed: what an answer "bring them back" takes out of the trash as well. */
  readonly removed?: Readonly<Record<Side, readonly RelPath[]>>;
};

export const emptyAccounting: GuardAccounting = {
  local: { removals: 0, replacements: 0 },
  remote: { removals: 0, replacements: 0 },
  conflicts: 0,
  rewritten: { local: [], remote: [] },
};

/** Of a side, remembered by name; those rewritten beyond count each time, those removed beyond stay in the trash. */
const maxNamed = 5000;

/**
 * What a plan will do that counts, each with a mark of the row it will change: another mark afterwards says that it was
 * done. Judged against the whole plan, because a removal whose content arrives by another operation does not count.
 */
export type CountedEffect = {
  readonly kind: 'removal-local' | 'removal-remote' | 'replacement-local' | 'replacement-remote' | 'conflict';
  /** The row that tells. */
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

/** Names what would be lost: the same path and version give the same key, whatever else the plan does. */
export function effectKey({ kind, path, mark }: CountedEffect): string {
  return `${kind} ${mark} ${path}`;
}

/** Whether the row says that the effect took place, whoever it was that stopped in the middle of the plan. */
export function isEffectDone(effect: CountedEffect, entry: Entry): boolean {
  return effect.mark !== (effect.kind === 'conflict' ? localMark(entry) : baseMark(entry));
}

/** Names the version in base. */
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

/** Absent where nothing was removed, as in accountings of earlier versions. */
function namedRemovals(effects: readonly CountedEffect[]): Pick<GuardAccounting, 'removed'> {
  const named = (kind: CountedEffect['kind']): readonly RelPath[] =>
    effects.filter((one) => one.kind === kind).map((one) => one.path);
  const removed = { local: named('removal-local'), remote: named('removal-remote') };
  return removed.local.length + removed.remote.length === 0 ? {} : { removed };
}

/** What a whole plan adds to the accounting. */
export function tallyPlan(made: Plan, entry: (path: RelPath) => Entry): GuardAccounting {
  return accountingOf(countedEffects(made, entry));
}

/** What came after, added to what was before: a file that was rewritten before does not count again. */
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

/** An answer covers all that its question counted on that side: there counting begins again. */
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
