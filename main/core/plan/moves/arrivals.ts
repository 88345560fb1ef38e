// Destinations: where the content of a removed or replaced file is going (C26).
// moves.ts finds moves that can be done as one operation. Everything else that looks like the other half of a
// rename is matched here, by the rows and regardless of what can be done with them: a destination may be held
// by a problem, too large to copy, without a place, or under a name that cannot be synced. The old name then
// waits for the operation that brings the content, or stays.
import { localFile, remoteFile } from '../../model/cells.ts';
import type { ContentId, Destination, Entry, Op, RelPath, Side } from '../../model/model.ts';
import { remoteContent } from '../decide.ts';
import { hasLocalRoom, isInMovedFolder, nameRefusal } from '../builder.ts';
import type { PlanBuilder, MoveOp, Traces } from '../builder.ts';
import { findCycles } from './dependency-cycle.ts';
import { keepName, noteKept, settleKept } from './kept-names.ts';
import { OpenRows } from './open-rows.ts';
import { makeNearestAbove } from '../above.ts';
import { areNested, comparePaths, foldName, parentOf } from '../../model/path.ts';

/** A file whose content leaves its name on `side`. */
type Departure = {
  readonly path: RelPath;
  readonly side: Side;
  readonly content: ContentId;
  readonly sizeBytes: number;
  readonly inode: bigint;
  /** Another file takes the name over: then only a renamed file is waited for, not a copy of it. */
  readonly isReplaced: boolean;
};

/** After the moves: each removal either follows the arrival of its content, or waits. */
export function findArrivals(builder: PlanBuilder, entries: readonly Entry[]): void {
  const departures = entries.flatMap((entry) => departuresOf(builder, entry));
  if (departures.length === 0) return;
  const claims = new Map<RelPath, Destination>();
  const left = claimDestinations(builder, departures, claims);
  releaseCycles(builder, claims);
  const sides = new Map(departures.map((one) => [one.path, one.side]));
  for (const [path, destination] of claims) {
    const side = sides.get(path) ?? 'remote';
    if (willArrive(builder, side, destination.path)) builder.after.set(path, destination);
    else keepName(builder, path, { to: destination.path, side });
  }
  const unsyncableAbove = makeNearestAbove((dir) => unsyncableFolder(builder, dir) !== null);
  for (const one of left) {
    const to = unsyncableName(builder, one);
    if (to !== null) keepName(builder, one.path, { to, side: one.side });
    else if (unsyncableAbove(one.path) !== null) builder.moves.waiting.add(one.path);
  }
  for (const { path } of entries) {
    const to = unsyncableFolder(builder, path);
    if (to !== null) keepName(builder, path, { to, side: 'remote' });
  }
}

function departuresOf(builder: PlanBuilder, { path, base, local, remote }: Entry): readonly Departure[] {
  const { moves, outcomes } = builder;
  if (base?.kind !== 'file' || moves.sources.has(path) || moves.waiting.has(path)) return [];
  const { content, sizeBytes } = base;
  const common = { path, content, sizeBytes, inode: base.fingerprint.inode };
  const decision = outcomes.decision(path);
  if (decision.kind === 'remove-remote') return [{ ...common, side: 'remote', isReplaced: false }];
  if (decision.kind === 'remove-local') return [{ ...common, side: 'local', isReplaced: false }];
  const isReplaced =
    decision.kind === 'upload' &&
    local.state === 'present' &&
    // Rewritten in place it is the same file: nothing was renamed.
    !(local.kind === 'file' && local.fingerprint.inode === common.inode) &&
    remote.state === 'present' &&
    remote.kind === 'file' &&
    remoteContent(base, remote) === content;
  return isReplaced ? [{ ...common, side: 'remote', isReplaced: true }] : [];
}

/** Likeliest first: the same file by its inode, then equal content, then possibly equal content. */
function claimDestinations(
  builder: PlanBuilder,
  departures: readonly Departure[],
  claims: Map<RelPath, Destination>,
): readonly Departure[] {
  const groups = new Map<string, Candidates>();
  const candidatesFor = ({ side, sizeBytes }: Departure): Candidates => {
    const key = `${side} ${sizeBytes}`;
    const known = groups.get(key);
    if (known !== undefined) return known;
    const made = makeCandidates(builder, side, sizeBytes);
    groups.set(key, made);
    return made;
  };
  let open = departures;
  for (const kind of ['inode', 'content', 'unread'] as const) {
    open = open.filter((one) => {
      if (one.isReplaced && kind !== 'inode') return true;
      const found = candidatesFor(one).take(kind, one);
      if (found === null) return true;
      claims.set(one.path, { path: found, content: one.content });
      return false;
    });
  }
  return open;
}

type MatchedBy = 'inode' | 'content' | 'unread';
type Candidates = { readonly take: (kind: MatchedBy, departure: Departure) => RelPath | null };

/** Every destination matches one file only: of two removed files with equal content, one new name explains one. */
function makeCandidates(builder: PlanBuilder, side: Side, sizeBytes: number): Candidates {
  const rows = builder.input.lookups
    .findUnsynced({ side: side === 'remote' ? 'local' : 'remote', sizeBytes })
    .filter((row) => !builder.moves.byTarget.has(row.path) && !goesBeside(builder, row.path, side))
    .sort((a, b) => comparePaths(a.path, b.path));
  const taken = new Set<RelPath>();
  const contents = new Map(rows.map((row) => [row.path, contentBeside(row, side)]));
  const contentOf = (row: Entry): ContentId | null => contents.get(row.path) ?? null;
  const search = (some: readonly Entry[]): Search =>
    makeSearch(some, { side, contentOf, isTaken: (row) => taken.has(row.path) });
  const all = search(rows);
  const byInode = new Map(
    side === 'local'
      ? []
      : [...Map.groupBy(rows, (row) => localFile(row)?.fingerprint.inode)].map(([inode, some]) => [
          inode,
          search(some),
        ]),
  );
  const find = (kind: MatchedBy, departure: Departure): RelPath | null => {
    if (kind === 'unread') return all.unread(departure);
    if (kind === 'content') return all.same(departure);
    const ofInode = byInode.get(departure.inode);
    const found = [ofInode?.same(departure) ?? [], ofInode?.unread(departure) ?? []].flat();
    return found.sort(comparePaths)[0] ?? null;
  };
  return {
    take: (kind, departure) => {
      const found = find(kind, departure);
      if (found !== null) taken.add(found);
      return found;
    },
  };
}

/** The copy on the side opposite to `side` goes as well: nothing arrives from a name that was removed by itself. */
function goesBeside({ outcomes }: PlanBuilder, path: RelPath, side: Side): boolean {
  return outcomes.decision(path).kind === (side === 'remote' ? 'remove-local' : 'remove-remote');
}

/** First row with the content of a departure (`same`), or first unread row that may have it (`unread`). */
type Search = {
  readonly same: (departure: Departure) => RelPath | null;
  readonly unread: (departure: Departure) => RelPath | null;
};

type Traits = {
  readonly side: Side;
  readonly contentOf: (row: Entry) => ContentId | null;
  readonly isTaken: (row: Entry) => boolean;
};

/** @param rows sorted by path. On a disk without inode numbers they are all files of one size, so a search must not visit all of them. */
function makeSearch(rows: readonly Entry[], { side, contentOf, isTaken }: Traits): Search {
  const fitting = rows.filter((row) => isFitFor(row, side, contentOf(row)));
  const byContent = new Map(
    [...Map.groupBy(fitting, contentOf)].map(([content, some]) => [content, new OpenRows(some, isTaken)]),
  );
  const unread = byContent.get(null);
  /** Start of the unread rows that may have a content. Earlier ones are taken, or have it already on `side`. */
  const begins = new Map<ContentId, number>();
  return {
    same: ({ path, content }) =>
      byContent.get(content)?.find((row) => !areNested(row.path, path))?.row.path ?? null,
    unread: ({ path, content }) => {
      const first = unread?.find((row) => !holds(row, side, content), begins.get(content)) ?? null;
      begins.set(content, first?.at ?? Infinity);
      if (unread === undefined || first === null) return null;
      const isFit = (row: Entry): boolean => !areNested(row.path, path) && !holds(row, side, content);
      return unread.find(isFit, first.at)?.row.path ?? null;
    },
  };
}

/** False for a name that has its own content on both sides: nothing arrives there. */
function isFitFor(row: Entry, side: Side, content: ContentId | null): boolean {
  return content === null || !holds(row, side, content);
}

/** Content of the name on the side opposite to `side`; null if it has not been read. */
function contentBeside(row: Entry, side: Side): ContentId | null {
  if (side === 'remote') return localFile(row)?.content ?? null;
  const remote = remoteFile(row);
  return remote === null ? null : remoteContent(row.base, remote);
}

/** The name is proven to hold the content on `side`. */
export function holds(row: Entry, side: Side, content: ContentId): boolean {
  if (side === 'local') return localFile(row)?.content === content;
  const remote = remoteFile(row);
  return remote !== null && remoteContent(row.base, remote) === content;
}

/** The expected content turned out to be different: nothing to wait for. */
export function isOther(row: Entry, side: Side, content: ContentId): boolean {
  const seen = contentBeside(row, side);
  return seen !== null && seen !== content;
}

/** An operation of this plan will bring it. `dropUnmet` checks again whether it was actually planned. */
function willArrive(builder: PlanBuilder, side: Side, path: RelPath): boolean {
  const { moves, outcomes, input } = builder;
  if (input.policy.held(path) || moves.waiting.has(path) || isInMovedFolder(moves, path)) return false;
  const { kind } = outcomes.decision(path);
  if (side === 'remote') return kind === 'upload' && outcomes.hasRemoteRoom(path);
  return kind === 'download' && hasLocalRoom(builder, path) && nameRefusal(builder, path, null) === null;
}

/** Ignored name to which the file was renamed locally. */
function unsyncableName(builder: PlanBuilder, { side, inode, sizeBytes }: Departure): RelPath | null {
  return side === 'remote' ? (tracesOf(builder, inode).files.get(sizeBytes) ?? null) : null;
}

/** The same for a folder. */
function unsyncableFolder(builder: PlanBuilder, dir: RelPath): RelPath | null {
  const { base, local } = builder.outcomes.entry(dir);
  return base?.kind === 'folder' && local.state === 'absent' ? tracesOf(builder, base.inode).folder : null;
}

/** Queried once per inode number: a disk without lasting numbers has 0 for all. */
function tracesOf({ input, traces }: PlanBuilder, inode: bigint): Traces {
  const known = traces.get(inode);
  if (known !== undefined) return known;
  const files = new Map<number, RelPath>();
  let folder: RelPath | null = null;
  for (const { path, local } of input.lookups.findUnsynced({ traceInode: inode })) {
    const trace = local.state === 'unknown' ? local.trace : undefined;
    if (trace?.kind === 'folder') folder ??= path;
    if (trace?.kind === 'file' && !files.has(trace.sizeBytes)) files.set(trace.sizeBytes, path);
  }
  const made = { files, folder };
  traces.set(inode, made);
  return made;
}

/** After so many releases one by one, twice as many of a group go first each time. */
const releasedSingly = 8;

/**
 * Files that swap names, without safe copies or across folders, would wait for each other forever. One of
 * them goes first: what it removes or replaces is kept in the trash, or in a version, until the others have
 * followed. Of a group that stays one for long, more go at once: other writers may make one of thousands, whose search for each would
 * take the square of that.
 */
function releaseCycles(builder: PlanBuilder, claims: Map<RelPath, Destination>): void {
  const edges = new Map<RelPath, RelPath>();
  for (const op of builder.moves.byTarget.values()) edges.set(op.from, op.path);
  for (const [from, { path }] of claims) edges.set(from, path);
  const { names, waitsFor } = makeBlockers(builder, edges);
  const open = findCycles(names, waitsFor).map((group) => ({ group, round: 0 }));
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    const { group, round } = one;
    const claimed = group.filter((path) => claims.has(path)).sort(comparePaths);
    // Moves alone are put in order by themselves.
    if (claimed.length === 0) continue;
    for (const path of claimed.slice(0, 2 ** Math.max(0, round - releasedSingly))) {
      claims.delete(path);
      edges.delete(path);
    }
    for (const rest of findCycles(group, waitsFor)) open.push({ group: rest, round: round + 1 });
  }
}

type Blockers = {
  readonly names: readonly RelPath[];
  readonly waitsFor: (name: RelPath) => readonly RelPath[];
};

/**
 * Departures that must finish before a target path is free: those at it, above it and below it, and on case-insensitive disks those that
 * differ in letter case only. Two helper nodes per folder stand for "everything inside" and "everything at or above". Each links to the next
 * folder's helper, so the graph grows with the number of paths, not with its square or its depth.
 */
function makeBlockers(builder: PlanBuilder, edges: ReadonlyMap<RelPath, RelPath>): Blockers {
  const sources = [...edges.keys()];
  const fold = builder.input.policy.caseSensitive
    ? (path: RelPath): string => path
    : (path: RelPath): string => foldName(path);
  const at = Map.groupBy(sources, fold);
  const folders = new Map<RelPath, Around>();
  const helpers = new Map<string, RelPath[]>();
  const waitIn = (helper: RelPath, names: readonly RelPath[]): void => {
    const known = helpers.get(helper);
    if (known === undefined) helpers.set(helper, [...names]);
    else for (const name of names) known.push(name);
  };
  const around = (dir: RelPath): Around => {
    const known = folders.get(dir);
    if (known !== undefined) return known;
    const folded = fold(dir);
    // No path ends in a slash.
    const made = { inside: `${folded}/` as RelPath, above: `${folded}//` as RelPath };
    folders.set(dir, made);
    waitIn(made.above, at.get(folded) ?? []);
    const parent = parentOf(dir);
    if (parent === '') return made;
    waitIn(made.above, [around(parent).above]);
    waitIn(around(parent).inside, [made.inside]);
    return made;
  };
  for (const source of sources) {
    const dir = parentOf(source);
    if (dir !== '') waitIn(around(dir).inside, [source]);
  }
  for (const to of edges.values()) around(to);
  return {
    names: [...sources, ...(helpers.keys() as Iterable<RelPath>)],
    waitsFor: (name) => {
      const helper = helpers.get(name);
      if (helper !== undefined) return helper;
      const to = edges.get(name);
      if (to === undefined) return [];
      const { inside, above } = around(to);
      return [above, inside];
    },
  };
}

/** Helper nodes of a folder: for everything inside it, and for everything at its path or above. */
type Around = { readonly inside: RelPath; readonly above: RelPath };

/**
 * Last step: sets the arrival that each removal or replacement waits for, and drops operations whose expected
 * arrival was not planned.
 */
export function awaitArrivals(builder: PlanBuilder): void {
  const movedTo = new Map<RelPath, MoveOp>();
  for (const [op] of builder.ops.values()) if (op !== undefined && isFileMove(op)) movedTo.set(op.from, op);
  for (const [path, ops] of builder.ops) {
    const [op] = ops;
    if (op === undefined || !takesOver(op)) continue;
    const after = builder.after.get(path) ?? movedBefore(op, movedTo.get(path));
    if (after !== null) builder.ops.set(path, [{ ...op, after }]);
  }
  dropUnmet(builder);
  settleKept(builder);
}

function isFileMove(op: Op): op is MoveOp {
  return (op.kind === 'move-local' || op.kind === 'move-remote') && op.entry === 'file';
}

/** True if it removes or replaces the current file of its name. */
function takesOver(op: Op): boolean {
  if (op.kind === 'upload' || op.kind === 'download') return op.expected.kind === 'file';
  if (isFileMove(op)) return op.over !== null;
  return op.kind === 'remove-local' || op.kind === 'remove-remote';
}

/**
 * In a cycle, the first move finds its name taken and stashes what is there; all others follow the move that
 * freed it.
 */
function movedBefore(op: Op, mover: MoveOp | undefined): Destination | null {
  if (mover === undefined || mover.content === null) return null;
  if (isFileMove(op) && mover.turn >= op.turn) return null;
  return { path: mover.path, content: mover.content };
}

/** Dropping one operation may drop those that wait for it. Each is visited once, and once more if its arrival is dropped. */
function dropUnmet(builder: PlanBuilder): void {
  const { ops } = builder;
  const waiting = Map.groupBy(ops.keys(), (path) => ops.get(path)?.[0]?.after?.path);
  const open = [...ops.keys()].reverse();
  /** Closed under ancestors. */
  const staying = new Set<RelPath>();
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    const op = ops.get(path)?.[0];
    if (op?.after === undefined || brings(ops.get(op.after.path)?.[0], op)) continue;
    ops.delete(path);
    noteKept(builder, path, { to: op.after.path, side: isOfLocalSide(op.kind) ? 'local' : 'remote' });
    // What stays also keeps its parent folders.
    for (let dir = parentOf(path); dir !== '' && !staying.has(dir); dir = parentOf(dir)) {
      staying.add(dir);
      const kind = ops.get(dir)?.[0]?.kind;
      if (kind === 'remove-local-folder' || kind === 'remove-remote-folder') ops.delete(dir);
    }
    for (const one of waiting.get(path) ?? []) open.push(one);
  }
}

function isOfLocalSide(kind: Op['kind']): boolean {
  return kind === 'remove-local' || kind === 'download' || kind === 'move-local';
}

function brings(arrival: Op | undefined, { kind }: Op): boolean {
  if (arrival === undefined) return false;
  return isOfLocalSide(kind)
    ? arrival.kind === 'download' || arrival.kind === 'move-local'
    : arrival.kind === 'upload' || arrival.kind === 'move-remote';
}
