// Safety check: blocks a plan that would remove or replace too much until it is approved (C19).
import type { Entry, ExpectedLocal, ExpectedRemote, Fingerprint, Op, RelPath, Side } from '../model/model.ts';
import type { Tally, GuardAccounting } from './ledger.ts';
import { countedEffect, conflictEffects, effectKey } from './ledger.ts';
import type { CountedEffect } from './ledger.ts';
import { effectsOf, rowOf } from './effects.ts';
import type { Effect } from './effects.ts';
import type { Guard, GuardKind, Plan } from '../plan/types.ts';
import { comparePaths } from '../model/path.ts';
import { stableHash } from '../model/stable-hash.ts';

export type GuardThresholds = {
  readonly maxFiles: number;
  /** At 100 no share is too large; an emptied side still is. */
  readonly maxSharePercent: number;
  /** This many files or fewer never count as a large share. */
  readonly minShareFiles: number;
  readonly maxConflicts: number;
};

export type GuardInput = {
  readonly plan: Plan;
  /** Rows that the plan was made from. */
  readonly entry: (path: RelPath) => Entry;
  /** Totals since the last quiet full scan or approval, excluding this plan. */
  readonly accounting: GuardAccounting;
  /** Files in base now. */
  readonly totals: { readonly files: number };
  readonly thresholds: GuardThresholds;
  /** Ids of approved questions. */
  readonly approvals: ReadonlySet<string>;
  /**
   * Keys of single effects covered by an earlier answer (`effectKey`): they raise no question and count in
   * none.
   */
  readonly consents?: ReadonlySet<string>;
};

/** A guard, and exactly the effects it asks about: an answer covers no others. */
export type Question = {
  readonly guard: Guard;
  readonly effects: readonly CountedEffect[];
  /** Additional rows that the plan removes with them: emptied folders, and the old names of moves. */
  readonly alsoGone: readonly RelPath[];
};

export const defaultThresholds: GuardThresholds = {
  maxFiles: 1000,
  maxSharePercent: 25,
  minShareFiles: 5,
  maxConflicts: 100,
};

const maxExamples = 10;

/** Blocking guards; empty if the plan may run. */
export function guard(input: GuardInput): readonly Guard[] {
  return questions(input)
    .map((one) => one.guard)
    .filter((one) => !input.approvals.has(one.id));
}

/** All questions of the plan, approved or not. */
export function questions(input: GuardInput): readonly Question[] {
  const ops = input.plan.waves.flat();
  const effects = effectsOf(ops, input.entry)
    .map((effect) => ({ ...effect, counted: countedEffect(effect, input.entry) }))
    .filter(({ counted }) => input.consents?.has(effectKey(counted)) !== true);
  return [
    guardSide(input, effects, 'local'),
    guardSide(input, effects, 'remote'),
    guardConflicts(input, ops),
  ].filter((one) => one !== null);
}

/** Identifies a whole plan: equal plans, equal hashes. */
export function hashPlan(made: Plan): string {
  return stableHash(made.waves.flatMap((wave) => [...wave.map(lineOf), '']));
}

type Counted = Effect & { readonly counted: CountedEffect };

function guardSide(input: GuardInput, effects: readonly Counted[], side: Side): Question | null {
  const all = effects.filter((effect) => effect.side === side);
  const rewritten = new Set(input.accounting.rewritten[side]);
  const here = all.filter((effect) => !effect.isRewrite || !rewritten.has(rowOf(effect)));
  if (here.length === 0) return null;
  const removed = here.filter((effect) => effect.kind === 'removal').length;
  const before = input.accounting[side];
  const removals = before.removals + removed;
  const replacements = before.replacements + here.length - removed;
  // Base has already shrunk by what was removed since the last quiet scan, on either side.
  const total = input.totals.files + input.accounting.local.removals + input.accounting.remote.removals;
  const kind = kindOf({ side, removals, replacements, total }, input.thresholds);
  if (kind === null) return null;
  const shown = inOrder(here);
  return {
    guard: {
      id: `${kind}-${stableHash(idLines(kind, all))}`,
      kind,
      counts: {
        removals,
        replacements,
        conflicts: 0,
        total,
        done: before.removals + before.replacements,
        ...(before.replacements === 0 ? {} : { doneReplacements: before.replacements }),
      },
      examples: shown.slice(0, maxExamples).map((effect) => effect.op.path),
    },
    effects: all.map((effect) => effect.counted),
    alsoGone: alsoGone(input.plan.waves.flat(), side),
  };
}

/**
 * What a question stands for: the versions that would be lost. A document saved meanwhile replaces one
 * version by another of its own and is excluded from a question about removals, so that the question keeps
 * its id.
 */
function idLines(kind: GuardKind, effects: readonly Counted[]): readonly string[] {
  const isAboutRemovals = kind.startsWith('mass-removal') || kind.startsWith('emptied');
  return effects
    .filter((effect) => !isAboutRemovals || !effect.isRewrite)
    .map((effect) => effectKey(effect.counted))
    .sort(comparePaths);
}

function alsoGone(ops: readonly Op[], side: Side): readonly RelPath[] {
  const folders = side === 'local' ? 'remove-local-folder' : 'remove-remote-folder';
  const moves = side === 'local' ? 'move-local' : 'move-remote';
  return ops.flatMap((op) => {
    if (op.kind === folders) return [op.path];
    return op.kind === moves && 'from' in op && op.entry === 'file' ? [op.from] : [];
  });
}

function inOrder<One extends Effect>(effects: readonly One[]): readonly One[] {
  return [...effects].sort((a, b) => comparePaths(a.kind, b.kind) || comparePaths(a.op.path, b.op.path));
}

type Sum = Tally & { readonly side: Side; readonly total: number };

function kindOf({ side, removals, replacements, total }: Sum, thresholds: GuardThresholds): GuardKind | null {
  // Deleting the only file of a pair is an ordinary deletion.
  if (removals >= total && removals > 1) return side === 'local' ? 'emptied-local' : 'emptied-remote';
  const count = removals + replacements;
  const isShare =
    thresholds.maxSharePercent < 100 &&
    count > thresholds.minShareFiles &&
    count * 100 > total * thresholds.maxSharePercent;
  if (count <= thresholds.maxFiles && !isShare) return null;
  if (removals >= replacements) return side === 'local' ? 'mass-removal-local' : 'mass-removal-remote';
  return side === 'local' ? 'mass-replacement-local' : 'mass-replacement-remote';
}

function guardConflicts(input: GuardInput, ops: readonly Op[]): Question | null {
  const effects = conflictEffects(ops, input.entry)
    .filter((effect) => input.consents?.has(effectKey(effect)) !== true)
    .sort((a, b) => comparePaths(a.path, b.path));
  const conflicts = input.accounting.conflicts + effects.length;
  if (effects.length === 0 || conflicts <= input.thresholds.maxConflicts) return null;
  return {
    guard: {
      id: `mass-conflict-${stableHash(effects.map(effectKey))}`,
      kind: 'mass-conflict',
      counts: {
        removals: 0,
        replacements: 0,
        conflicts,
        total: input.totals.files,
        done: input.accounting.conflicts,
      },
      examples: effects.slice(0, maxExamples).map((effect) => effect.path),
    },
    effects,
    alsoGone: [],
  };
}

/** Effect and version of an operation: everything that distinguishes it. */
function lineOf(op: Op): string {
  return JSON.stringify([
    op.kind,
    op.path,
    'from' in op ? op.from : null,
    'to' in op ? op.to : null,
    'etag' in op ? op.etag : null,
    'content' in op ? op.content : null,
    'sizeBytes' in op ? op.sizeBytes : null,
    'keepForeign' in op ? op.keepForeign : null,
    'fingerprint' in op ? printOf(op.fingerprint) : null,
    'local' in op ? expectationOf(op.local) : null,
    'expected' in op ? expectationOf(op.expected) : null,
    'base' in op && op.base.kind === 'file' ? [op.base.content, op.base.etag] : null,
  ]);
}

function printOf({ sizeBytes, mtimeNs, ctimeNs, inode }: Fingerprint): string {
  return `${sizeBytes} ${mtimeNs} ${ctimeNs} ${inode}`;
}

function expectationOf(expected: Fingerprint | ExpectedLocal | ExpectedRemote): string {
  if (!('kind' in expected)) return printOf(expected);
  if (expected.kind !== 'file') return expected.kind;
  return 'etag' in expected ? expected.etag : printOf(expected.fingerprint);
}
