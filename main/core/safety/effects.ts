// Effects of a plan: removals and replacements per side, as the safety check counts them (C19).
import { localFile, remoteFile } from '../model/cells.ts';
import type { ContentId, Entry, Op, RelPath, Side } from '../model/model.ts';
import { remoteContent } from '../plan/decide.ts';
import { nameOf } from '../model/path.ts';

export type Effect = {
  readonly side: Side;
  readonly kind: 'removal' | 'replacement';
  readonly op: Op;
  /**
   * A new content under the same name. Not content that comes from another name: with each of those another
   * file disappears.
   */
  readonly isRewrite: boolean;
};

export function effectsOf(ops: readonly Op[], entry: (path: RelPath) => Entry): readonly Effect[] {
  const arriving = arrivals(ops, entry);
  const leaving = departures(ops, entry);
  const replacing = (side: Side, op: Op): Effect => {
    const content = side === 'remote' ? localContentOf(entry(op.path)) : remoteContentOf(entry(op.path));
    const isRewrite = content === null || !leaving[side].has(content);
    return { side, kind: 'replacement', op, isRewrite };
  };
  const moved = new Set(ops.flatMap((op) => ('from' in op ? [op.from] : [])));
  return ops.flatMap((op): readonly Effect[] => {
    switch (op.kind) {
      case 'remove-local':
      case 'remove-remote':
        return removalEffect(op, { arriving: arriving[sideOf(op.kind)], entry });
      case 'upload':
        return op.expected.kind === 'file' ? [replacing('remote', op)] : [];
      case 'download':
        return op.expected.kind === 'file' ? [replacing('local', op)] : [];
      case 'move-local':
      case 'move-remote':
        return isReplacingMove(op, moved)
          ? [{ side: sideOf(op.kind), kind: 'replacement', op, isRewrite: false }]
          : [];
      default:
        return [];
    }
  });
}

/** Row that an effect changes. */
export function rowOf({ op }: Effect): RelPath {
  const isMove = op.kind === 'move-local' || op.kind === 'move-remote';
  return isMove && op.over === null ? op.from : op.path;
}

/**
 * A mass change of extension is typical of ransomware, although no content is lost yet. A file replaced by a
 * move counts unless it moves on itself.
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

/** Contents that lose a name on a side by this plan. */
function departures(
  ops: readonly Op[],
  entry: (path: RelPath) => Entry,
): Readonly<Record<Side, ReadonlySet<ContentId>>> {
  const found = { local: new Set<ContentId>(), remote: new Set<ContentId>() };
  for (const op of ops) {
    if (!isRemoval(op)) continue;
    const content = removedContent(op, entry);
    if (content !== null) found[sideOf(op.kind)].add(content);
  }
  return found;
}

type Removal = Extract<Op, { kind: 'remove-local' | 'remove-remote' }>;

function isRemoval(op: Op): op is Removal {
  return op.kind === 'remove-local' || op.kind === 'remove-remote';
}

function removedContent(op: Removal, entry: (path: RelPath) => Entry): ContentId | null {
  return op.kind === 'remove-local' ? op.content : remoteContentOf(entry(op.path));
}

/** Contents that this plan brings to names of a side, with the extensions of those names. */
type Arrivals = ReadonlyMap<ContentId, ReadonlySet<string>>;

function arrivals(ops: readonly Op[], entry: (path: RelPath) => Entry): Readonly<Record<Side, Arrivals>> {
  const found = { local: new Map<ContentId, Set<string>>(), remote: new Map<ContentId, Set<string>>() };
  // Only removals ask for them: a first sync spares a look at each of its rows.
  if (!ops.some(isRemoval)) return found;
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

function localContentOf(entry: Entry): ContentId | null {
  return localFile(entry)?.content ?? null;
}

function remoteContentOf(entry: Entry): ContentId | null {
  const remote = remoteFile(entry);
  return remote === null ? null : remoteContent(entry.base, remote);
}

function removalEffect(
  op: Removal,
  known: { readonly arriving: Arrivals; readonly entry: (path: RelPath) => Entry },
): readonly Effect[] {
  const side = sideOf(op.kind);
  const content = removedContent(op, known.entry);
  const names = arrivalNames(op, content, known);
  if (names === undefined) return [{ side, kind: 'removal', op, isRewrite: false }];
  return names.has(extensionOf(op.path)) ? [] : [{ side, kind: 'replacement', op, isRewrite: false }];
}

/**
 * Extensions of the names that receive the content: the one that the removal waits for, or any other of this
 * plan.
 */
function arrivalNames(
  { after, kind }: Removal,
  content: ContentId | null,
  { arriving, entry }: { readonly arriving: Arrivals; readonly entry: (path: RelPath) => Entry },
): ReadonlySet<string> | undefined {
  if (content === null) return undefined;
  if (after === undefined) return arriving.get(content);
  const row = entry(after.path);
  // The content may be unread at its source: then it counts, like any removal.
  const isKnown =
    kind === 'remove-remote' ? localContentOf(row) === content : remoteContentOf(row) === content;
  return isKnown ? new Set([extensionOf(after.path)]) : undefined;
}

function extensionOf(path: RelPath): string {
  const name = nameOf(path);
  const dot = name.lastIndexOf('.');
  return dot > 0 ? name.slice(dot + 1).toLowerCase() : '';
}
