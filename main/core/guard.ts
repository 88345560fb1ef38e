// Stops a plan that would remove or replace too much until a person says yes (rule 19).
import type { ContentId, Entry, ExpectedLocal, ExpectedRemote, Fingerprint, Op, RelPath } from './model.ts';
import type { Guard, GuardKind, Plan } from './plan-types.ts';
import { remoteContent } from './decide.ts';
import { comparePaths, nameOf } from './path.ts';
import { stableHash } from './stable-hash.ts';

export type Tally = { readonly removals: number; readonly replacements: number };

/** Files removed and replaced on each side, and conflict copies made, since the last quiet full scan. */
export type GuardAccounting = {
  readonly local: Tally;
  readonly remote: Tally;
  readonly conflicts: number;
  /** Which files were replaced: a document saved fifty times in an hour is one file, not fifty. */
  readonly replaced: Readonly<Record<Side, readonly RelPath[]>>;
};

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
  /** Done since the last quiet full scan, this plan not counted. */
  readonly accounting: GuardAccounting;
  /** Files in base now. */
  readonly totals: { readonly files: number };
  readonly thresholds: GuardThresholds;
  /** Ids that a person said yes to. */
  readonly approvals: ReadonlySet<string>;
};

export const emptyAccounting: GuardAccounting = {
  local: { removals: 0, replacements: 0 },
  remote: { removals: 0, replacements: 0 },
  conflicts: 0,
  replaced: { local: [], remote: [] },
};
export const defaultThresholds: GuardThresholds = {
  maxFiles: 1000,
  maxSharePercent: 25,
  minShareFiles: 5,
  maxConflicts: 100,
};

type Side = 'local' | 'remote';
type Effect = { readonly side: Side; readonly kind: 'removal' | 'replacement'; readonly op: Op };
const maxExamples = 10;
/** Of a side, remembered by name; a guard has asked long before there are more. Later ones count each time. */
const maxReplaced = 5000;

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

/** What a guard asks about, and a yes to it covers. */
function isCovered(kind: CountedEffect['kind'], asked: GuardKind): boolean {
  if (asked === 'mass-conflict') return kind === 'conflict';
  return kind !== 'conflict' && kind.endsWith('-remote') === asked.endsWith('-remote');
}

/** The effects that still count when a plan runs with a person's yes to these guards. */
export function withoutApproved(
  effects: readonly CountedEffect[],
  approved: readonly Guard[],
): readonly CountedEffect[] {
  return effects.filter(({ kind }) => !approved.some((one) => isCovered(kind, one.kind)));
}

/** The question counted all since the last quiet look, so the yes covers all of it, and counting begins anew. */
export function afterApproval(accounting: GuardAccounting, approved: readonly Guard[]): GuardAccounting {
  const isOver = (kind: CountedEffect['kind']): boolean => approved.some((one) => isCovered(kind, one.kind));
  const local = isOver('removal-local') ? emptyAccounting : accounting;
  const remote = isOver('removal-remote') ? emptyAccounting : accounting;
  return {
    local: local.local,
    remote: remote.remote,
    conflicts: isOver('conflict') ? 0 : accounting.conflicts,
    replaced: { local: local.replaced.local, remote: remote.replaced.remote },
  };
}

/**
 * What a plan will do that counts, each with a mark of the row it will change: another mark afterwards says that it was
 * done. Judged against the whole plan, because a removal whose content arrives by another operation does not count.
 */
export type CountedEffect = {
  readonly kind: 'removal-local' | 'removal-remote' | 'replacement-local' | 'replacement-remote' | 'conflict';
  /** The row that tells. */
  readonly path: RelPath;
  readonly mark: string;
};

export function countedEffects(made: Plan, entry: (path: RelPath) => Entry): readonly CountedEffect[] {
  const ops = made.waves.flat();
  const effects = effectsOf(ops, entry).map((effect): CountedEffect => {
    const path = rowOf(effect);
    return { kind: `${effect.kind}-${effect.side}`, path, mark: baseMark(entry(path)) };
  });
  const conflicts = ops
    .filter((op) => op.kind === 'set-aside')
    .map(({ path }): CountedEffect => ({ kind: 'conflict', path, mark: localMark(entry(path)) }));
  return [...effects, ...conflicts];
}

/** The row that an effect changes. */
function rowOf({ op }: Effect): RelPath {
  const isMove = op.kind === 'move-local' || op.kind === 'move-remote';
  return isMove && op.over === null ? op.from : op.path;
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
  const of = (kind: CountedEffect['kind']): readonly RelPath[] =>
    effects.flatMap((one) => (one.kind === kind ? [one.path] : []));
  const replaced = { local: of('replacement-local'), remote: of('replacement-remote') };
  return {
    local: { removals: of('removal-local').length, replacements: replaced.local.length },
    remote: { removals: of('removal-remote').length, replacements: replaced.remote.length },
    conflicts: of('conflict').length,
    replaced,
  };
}

/** What a whole plan adds to the accounting. */
export function tallyPlan(made: Plan, entry: (path: RelPath) => Entry): GuardAccounting {
  return accountingOf(countedEffects(made, entry));
}

/** What came after, added to what was before: a file that was replaced before does not count again. */
export function addAccounting(before: GuardAccounting, after: GuardAccounting): GuardAccounting {
  const fresh = {
    local: without(after.replaced.local, before.replaced.local),
    remote: without(after.replaced.remote, before.replaced.remote),
  };
  const addSide = (side: Side): Tally => ({
    removals: before[side].removals + after[side].removals,
    replacements:
      before[side].replacements +
      after[side].replacements -
      (after.replaced[side].length - fresh[side].length),
  });
  const nameAll = (side: Side): readonly RelPath[] =>
    [...before.replaced[side], ...fresh[side]].slice(0, maxReplaced);
  return {
    local: addSide('local'),
    remote: addSide('remote'),
    conflicts: before.conflicts + after.conflicts,
    replaced: { local: nameAll('local'), remote: nameAll('remote') },
  };
}

function without(paths: readonly RelPath[], known: readonly RelPath[]): readonly RelPath[] {
  const there = new Set(known);
  return paths.filter((path) => !there.has(path));
}

/** Names a whole plan: equal plans, equal names. */
export function hashPlan(made: Plan): string {
  return stableHash(made.waves.flatMap((wave) => [...wave.map(lineOf), '']));
}

function effectsOf(ops: readonly Op[], entry: (path: RelPath) => Entry): readonly Effect[] {
  const arriving = arrivals(ops, entry);
  const moved = new Set(ops.flatMap((op) => ('from' in op ? [op.from] : [])));
  return ops.flatMap((op): readonly Effect[] => {
    switch (op.kind) {
      case 'remove-local':
      case 'remove-remote':
        return removalEffect(op, { arriving: arriving[sideOf(op.kind)], entry });
      case 'upload':
        return op.expected.kind === 'file' ? [{ side: 'remote', kind: 'replacement', op }] : [];
      case 'download':
        return op.expected.kind === 'file' ? [{ side: 'local', kind: 'replacement', op }] : [];
      case 'move-local':
      case 'move-remote':
        return isReplacingMove(op, moved) ? [{ side: sideOf(op.kind), kind: 'replacement', op }] : [];
      default:
        return [];
    }
  });
}

/**
 * A mass change of extension is what a locker of files looks like, although no content is lost yet. What a move takes
 * the name of counts unless it moves on itself.
 */
function isReplacingMove(
  op: Extract<Op, { kind: 'move-local' | 'move-remote' }>,
  moved: ReadonlySet<RelPath>,
): boolean {
  if (op.entry === 'folder') return false;
  return extensionOf(op.from) !== extensionOf(op.path) || (op.over !== null && !moved.has(op.path));
}

function sideOf(kind: 'remove-local' | 'remove-remote' | 'move-local' | 'move-remote'): Side {
  return kind === 'remove-local' || kind === 'move-local' ? 'local' : 'remote';
}

/** Contents that this plan brings to new names of a side, with the extensions of those names. */
type Arrivals = ReadonlyMap<ContentId, ReadonlySet<string>>;

function arrivals(ops: readonly Op[], entry: (path: RelPath) => Entry): Readonly<Record<Side, Arrivals>> {
  const found = { local: new Map<ContentId, Set<string>>(), remote: new Map<ContentId, Set<string>>() };
  for (const op of ops) {
    if (op.kind !== 'upload' && op.kind !== 'download') continue;
    const row = entry(op.path);
    const side = op.kind === 'upload' ? 'remote' : 'local';
    const content = op.kind === 'upload' ? localContentOf(row) : remoteContentOf(row);
    if (content === null) continue;
    const names = found[side].get(content) ?? new Set<string>();
    found[side].set(content, names.add(extensionOf(op.path)));
  }
  return found;
}

function localContentOf({ local }: Entry): ContentId | null {
  return local.state === 'present' && local.kind === 'file' ? local.content : null;
}

function remoteContentOf({ base, remote }: Entry): ContentId | null {
  return remote.state === 'present' && remote.kind === 'file' ? remoteContent(base, remote) : null;
}

function removalEffect(
  op: Extract<Op, { kind: 'remove-local' | 'remove-remote' }>,
  known: { readonly arriving: Arrivals; readonly entry: (path: RelPath) => Entry },
): readonly Effect[] {
  const side = sideOf(op.kind);
  const content = op.kind === 'remove-local' ? op.content : remoteContentOf(known.entry(op.path));
  const names = content === null ? undefined : known.arriving.get(content);
  if (names === undefined) return [{ side, kind: 'removal', op }];
  return names.has(extensionOf(op.path)) ? [] : [{ side, kind: 'replacement', op }];
}

function extensionOf(path: RelPath): string {
  const name = nameOf(path);
  const dot = name.lastIndexOf('.');
  return dot > 0 ? name.slice(dot + 1).toLowerCase() : '';
}

function guardSide(input: GuardInput, effects: readonly Effect[], side: Side): Guard | null {
  const counted = new Set(input.accounting.replaced[side]);
  const here = effects.filter(
    (effect) => effect.side === side && (effect.kind === 'removal' || !counted.has(rowOf(effect))),
  );
  if (here.length === 0) return null;
  const removed = here.filter((effect) => effect.kind === 'removal').length;
  const removals = input.accounting[side].removals + removed;
  const replacements = input.accounting[side].replacements + here.length - removed;
  // Base has already shrunk by what was removed since the last quiet scan, on either side.
  const total = input.totals.files + input.accounting.local.removals + input.accounting.remote.removals;
  const kind = kindOf({ side, removals, replacements, total }, input.thresholds);
  if (kind === null) return null;
  const shown = [...here].sort((a, b) => comparePaths(a.kind, b.kind) || comparePaths(a.op.path, b.op.path));
  return {
    id: `${kind}-${stableHash(shown.map((effect) => `${effect.kind} ${lineOf(effect.op)}`))}`,
    kind,
    counts: { removals, replacements, conflicts: 0, total },
    examples: shown.slice(0, maxExamples).map((effect) => effect.op.path),
  };
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
