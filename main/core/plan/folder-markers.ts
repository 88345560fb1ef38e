// Markers for folders whose last remote object is removed (C9).
import type { Op, RelPath } from '../model/model.ts';
import { addAbove, makeNearestAbove } from './above.ts';
import { depthOf, parentOf } from '../model/path.ts';
import { put } from './builder.ts';
import type { PlanBuilder } from './builder.ts';

/**
 * A folder is implied by its contents. If this plan removes the last of them and the folder stays here, a
 * marker is planned, in an earlier wave than the removals, so that no other device sees the folder gone. While the
 * folder is held, because its marker was refused, nothing leaves it either.
 */
export function keepEmptiedFolders(builder: PlanBuilder): void {
  const leaving = countLeaving(builder);
  const arriving = dirsOfArrivals(builder);
  const held = new Set<RelPath>();
  // Deepest first: a folder without a marker that empties counts as a removed child of its parent.
  const pending = new Map<number, Set<RelPath>>();
  for (const dir of leaving.keys()) at(pending, depthOf(dir)).add(dir);
  for (let depth = Math.max(0, ...pending.keys()); depth > 0; depth -= 1) {
    for (const dir of pending.get(depth) ?? []) {
      if (arriving.has(dir) || !isEmptied(builder, dir, leaving.get(dir) ?? 0)) continue;
      if (staysHere(builder, dir)) {
        if (builder.input.policy.held(dir)) held.add(dir);
        else put(builder, { kind: 'make-remote-folder', path: dir, reason: 'gone-local' });
        continue;
      }
      const parent = parentOf(dir);
      leaving.set(parent, (leaving.get(parent) ?? 0) + 1);
      at(pending, depthOf(parent)).add(parent);
    }
  }
  if (held.size > 0) keepInside(builder, held);
}

/** Drops operations that remove something from one of the folders. */
function keepInside(builder: PlanBuilder, dirs: ReadonlySet<RelPath>): void {
  const heldAbove = makeNearestAbove((dir) => dirs.has(dir));
  for (const [path, ops] of builder.ops) {
    const staying = ops.filter((op) => {
      const from = leavingPath(op);
      return from === null || heldAbove(from) === null;
    });
    if (staying.length === ops.length) continue;
    if (staying.length === 0) builder.ops.delete(path);
    else builder.ops.set(path, staying);
  }
}

function at(pending: Map<number, Set<RelPath>>, depth: number): Set<RelPath> {
  const known = pending.get(depth) ?? new Set<RelPath>();
  pending.set(depth, known);
  return known;
}

/** Number of direct children of each folder that operations remove from the remote side. */
function countLeaving(builder: PlanBuilder): Map<RelPath, number> {
  const leaving = new Map<RelPath, number>();
  for (const [op] of builder.ops.values()) {
    const path = op === undefined ? null : leavingPath(op);
    if (path !== null) leaving.set(parentOf(path), (leaving.get(parentOf(path)) ?? 0) + 1);
  }
  return leaving;
}

function leavingPath(op: Op): RelPath | null {
  if (op.kind === 'remove-remote' || op.kind === 'remove-remote-folder') return op.path;
  return op.kind === 'move-remote' && !op.keepsSource ? op.from : null;
}

function dirsOfArrivals(builder: PlanBuilder): ReadonlySet<RelPath> {
  const dirs = new Set<RelPath>();
  for (const [op] of builder.ops.values()) {
    if (op === undefined || !isArrival(op)) continue;
    addAbove(dirs, op.path);
  }
  return dirs;
}

function isArrival(op: Op): boolean {
  return op.kind === 'upload' || op.kind === 'make-remote-folder' || op.kind === 'move-remote';
}

/** Without a marker and with all children leaving, nothing implies the folder after this plan. */
function isEmptied(builder: PlanBuilder, dir: RelPath, leavingCount: number): boolean {
  const { remote } = builder.outcomes.entry(dir);
  if (remote.state !== 'present' || remote.kind !== 'folder' || remote.marker !== null) return false;
  const { remotePresent, remoteUnknown } = builder.input.lookups.summary(dir);
  return remoteUnknown === 0 && leavingCount >= remotePresent;
}

function staysHere(builder: PlanBuilder, dir: RelPath): boolean {
  const { local } = builder.outcomes.entry(dir);
  if (local.state !== 'present' || local.kind !== 'folder') return false;
  return builder.ops.get(dir)?.[0]?.kind !== 'remove-local-folder';
}
