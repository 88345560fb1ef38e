// What was removed, replaced and set aside until now: what the guard adds the next plan to (rule 19).
import type { Entry, RelPath } from './model.ts';
import { effectsOf, rowOf } from './guard-effects.ts';
import type { Side } from './guard-effects.ts';
import type { GuardKind, Plan } from './plan-types.ts';

export type Tally = { readonly removals: number; readonly replacements: number };

/** Files removed and replaced on each side, and conflict copies made, since the last quiet full scan or a person's yes to them. */
export type GuardAccounting = {
  readonly local: Tally;
  readonly remote: Tally;
  readonly conflicts: number;
  /** Which of them were rewritten under their own names: a document saved fifty times in an hour is one file, not fifty. */
  readonly rewritten: Readonly<Record<Side, readonly RelPath[]>>;
};

export const emptyAccounting: GuardAccounting = {
  local: { removals: 0, replacements: 0 },
  remote: { removals: 0, replacements: 0 },
  conflicts: 0,
  rewritten: { local: [], remote: [] },
};

/** Of a side, remembered by name; those beyond count each time. */
const maxRewritten = 5000;

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
  const effects = effectsOf(ops, entry).map((effect): CountedEffect => {
    const path = rowOf(effect);
    const { kind, side, isRewrite } = effect;
    return { kind: `${kind}-${side}`, path, mark: baseMark(entry(path)), isRewrite };
  });
  const conflicts = ops
    .filter((op) => op.kind === 'set-aside')
    .map(({ path }): CountedEffect => ({
      kind: 'conflict',
      path,
      mark: localMark(entry(path)),
      isRewrite: false,
    }));
  return [...effects, ...conflicts];
}

/** Whether the row says that the effect took place, whoever it was that stopped in the middle of the plan. */
export function isEffectDone(effect: CountedEffect, entry: Entry): boolean {
  return effect.mark !== (effect.kind === 'conflict' ? localMark(entry) : baseMark(entry));
}

function baseMark({ base }: Entry): string {
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
  };
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
    [...before.rewritten[side], ...fresh[side]].slice(0, maxRewritten);
  return {
    local: addSide('local'),
    remote: addSide('remote'),
    conflicts: before.conflicts + after.conflicts,
    rewritten: { local: nameAll('local'), remote: nameAll('remote') },
  };
}

function without(paths: readonly RelPath[], known: readonly RelPath[]): readonly RelPath[] {
  const there = new Set(known);
  return paths.filter((path) => !there.has(path));
}

/**
 * The accounting after a plan that ran with a person's yes. The question counted all since the last quiet look, so the yes
 * covers all of that, and what was done by it: there counting begins anew. A yes that led to nothing changes nothing.
 */
export function accountDone(
  before: GuardAccounting,
  done: readonly CountedEffect[],
  approved: readonly GuardKind[],
): GuardAccounting {
  const used = approved.filter((asked) => done.some(({ kind }) => isCovered(kind, asked)));
  const isApproved = (kind: CountedEffect['kind']): boolean => used.some((asked) => isCovered(kind, asked));
  const local = isApproved('removal-local') ? emptyAccounting : before;
  const remote = isApproved('removal-remote') ? emptyAccounting : before;
  const left = {
    local: local.local,
    remote: remote.remote,
    conflicts: isApproved('conflict') ? 0 : before.conflicts,
    rewritten: { local: local.rewritten.local, remote: remote.rewritten.remote },
  };
  return addAccounting(left, accountingOf(done.filter(({ kind }) => !isApproved(kind))));
}

/** What a guard asks about, and a yes to it covers. */
function isCovered(kind: CountedEffect['kind'], asked: GuardKind): boolean {
  switch (asked) {
    case 'mass-conflict':
      return kind === 'conflict';
    case 'mass-removal-local':
    case 'mass-replacement-local':
    case 'emptied-local':
      return kind === 'removal-local' || kind === 'replacement-local';
    case 'mass-removal-remote':
    case 'mass-replacement-remote':
    case 'emptied-remote':
      return kind === 'removal-remote' || kind === 'replacement-remote';
    default:
      return false;
  }
}
