// Stops a plan that would remove or replace too much until a person says yes (rule 19).
import type { Entry, ExpectedLocal, ExpectedRemote, Fingerprint, Op, RelPath } from './model.ts';
import type { Tally, GuardAccounting } from './guard-accounting.ts';
import { effectsOf, rowOf } from './guard-effects.ts';
import type { Effect, Side } from './guard-effects.ts';
import type { Guard, GuardKind, Plan } from './plan-types.ts';
import { comparePaths } from './path.ts';
import { stableHash } from './stable-hash.ts';

export type GuardThresholds = {
  readonly maxFiles: number;
  /** At 100 no share is too large; a side emptied still is. */
  readonly maxSharePercent: number;
  /** At most so many files never count as a large share. */
  readonly minShareFiles: number;
  readonly maxConflicts: number;
};

export type GuardInput = {
  readonly plan: Plan;
  /** The rows that the plan was made of. */
  readonly entry: (path: RelPath) => Entry;
  /** Done since the last quiet full scan or a yes, this plan not counted. */
  readonly accounting: GuardAccounting;
  /** Files in base now. */
  readonly totals: { readonly files: number };
  readonly thresholds: GuardThresholds;
  /** Ids that a person said yes to. */
  readonly approvals: ReadonlySet<string>;
};

export const defaultThresholds: GuardThresholds = {
  maxFiles: 1000,
  maxSharePercent: 25,
  minShareFiles: 5,
  maxConflicts: 100,
};

const maxExamples = 10;

/** Guards that stand in the way; empty when the plan may run. */
export function guard(input: GuardInput): readonly Guard[] {
  return raised(input).filter((one) => !input.approvals.has(one.id));
}

/** Guards that would stand in the way, had a person not said yes to them. */
export function approvedGuards(input: GuardInput): readonly Guard[] {
  return raised(input).filter((one) => input.approvals.has(one.id));
}

function raised(input: GuardInput): readonly Guard[] {
  const ops = input.plan.waves.flat();
  const effects = effectsOf(ops, input.entry);
  return [
    guardSide(input, effects, 'local'),
    guardSide(input, effects, 'remote'),
    guardConflicts(input, ops),
  ].filter((one) => one !== null);
}

/** Names a whole plan: equal plans, equal names. */
export function hashPlan(made: Plan): string {
  return stableHash(made.waves.flatMap((wave) => [...wave.map(lineOf), '']));
}

function guardSide(input: GuardInput, effects: readonly Effect[], side: Side): Guard | null {
  const all = effects.filter((effect) => effect.side === side);
  const counted = new Set(input.accounting.rewritten[side]);
  const here = all.filter((effect) => !effect.isRewrite || !counted.has(rowOf(effect)));
  if (here.length === 0) return null;
  const removed = here.filter((effect) => effect.kind === 'removal').length;
  const removals = input.accounting[side].removals + removed;
  const replacements = input.accounting[side].replacements + here.length - removed;
  // Base has already shrunk by what was removed since the last quiet scan, on either side.
  const total = input.totals.files + input.accounting.local.removals + input.accounting.remote.removals;
  const kind = kindOf({ side, removals, replacements, total }, input.thresholds);
  if (kind === null) return null;
  const shown = inOrder(here);
  return {
    // A yes is for all that the plan does to this side, also for what does not count again.
    id: `${kind}-${stableHash(inOrder(all).map((effect) => `${effect.kind} ${lineOf(effect.op)}`))}`,
    kind,
    counts: { removals, replacements, conflicts: 0, total },
    examples: shown.slice(0, maxExamples).map((effect) => effect.op.path),
  };
}

function inOrder(effects: readonly Effect[]): readonly Effect[] {
  return [...effects].sort((a, b) => comparePaths(a.kind, b.kind) || comparePaths(a.op.path, b.op.path));
}

type Sum = Tally & { readonly side: Side; readonly total: number };

function kindOf({ side, removals, replacements, total }: Sum, thresholds: GuardThresholds): GuardKind | null {
  // A pair of one file is not emptied by deleting it: that is an ordinary deletion.
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

function guardConflicts(input: GuardInput, ops: readonly Op[]): Guard | null {
  const asides = ops.filter((op) => op.kind === 'set-aside').sort((a, b) => comparePaths(a.path, b.path));
  const conflicts = input.accounting.conflicts + asides.length;
  if (asides.length === 0 || conflicts <= input.thresholds.maxConflicts) return null;
  return {
    id: `mass-conflict-${stableHash(asides.map(lineOf))}`,
    kind: 'mass-conflict',
    counts: { removals: 0, replacements: 0, conflicts, total: input.totals.files },
    examples: asides.slice(0, maxExamples).map((op) => op.path),
  };
}

/** What an operation does, to which version: everything that makes it another one. */
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
