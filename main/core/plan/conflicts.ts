// Conflicts: renames the local file to a conflict name, unless an identical copy exists (C10).
import { localFile, remoteFile } from '../model/cells.ts';
import type { ContentId, Entry, LocalFile, OpReason, RelPath } from '../model/model.ts';
import { remoteContent } from './decide.ts';
import { conflictCopies, conflictDigits, conflictName } from './conflict-name.ts';
import { hashLocalOp, identifyRemoteOp, put, spellingsOf } from './builder.ts';
import type { CopiesOf, PlanBuilder } from './builder.ts';
import { joinPath, nameOf, parentOf } from '../model/path.ts';

export function planAside(builder: PlanBuilder, entry: Entry, reason: OpReason): void {
  const file = localFile(entry);
  if (file !== null && settleWithCopies(builder, entry, { file, reason })) return;
  const to = freeName(builder, entry);
  if (to === null) {
    if (file !== null) put(builder, hashLocalOp(entry.path, file));
    return;
  }
  if (builder.input.policy.held(to)) return;
  builder.taken.add(to);
  put(builder, {
    kind: 'set-aside',
    path: entry.path,
    reason,
    to,
    local: file === null ? { kind: 'folder' } : { kind: 'file', fingerprint: file.fingerprint },
    sizeBytes: file?.fingerprint.sizeBytes ?? 0,
  });
}

type Conflict = { readonly file: LocalFile; readonly reason: OpReason };

/** True if nothing has to be renamed in this cycle: an identical copy exists, or a copy must be compared first. */
function settleWithCopies(builder: PlanBuilder, entry: Entry, { file, reason }: Conflict): boolean {
  const { ofSize, ofContent } = copiesIn(builder, parentOf(entry.path));
  const { sizeBytes } = file.fingerprint;
  const name = nameOf(entry.path);
  if (file.content === null) {
    if (ofSize(sizeBytes, name) === null) return false;
    put(builder, hashLocalOp(entry.path, file));
    return true;
  }
  if (ofContent(sizeBytes, file.content, name) !== null) {
    letGo(builder, entry, { file, reason, content: file.content });
    return true;
  }
  const unread = ofContent(sizeBytes, null, name);
  if (unread !== null) learnCopy(builder, unread);
  return unread !== null;
}

/** Once for each folder: thousands of files may be in conflict there, and as many be copies. */
function copiesIn(builder: PlanBuilder, dir: RelPath): CopiesOf {
  const known = builder.copies.get(dir);
  if (known !== undefined) return known;
  const bySize = Map.groupBy(builder.input.lookups.children(dir), copySize);
  const finders = memoised((size: number | null) => findCopies(bySize.get(size) ?? []));
  const contents = memoised((size: number | null) => {
    const known = (bySize.get(size) ?? []).filter((copy) => !isUnreadable(builder, copy));
    const byContent = Map.groupBy(known, copyContent);
    return memoised((content: ContentId | null) => findCopies(byContent.get(content) ?? []));
  });
  const made: CopiesOf = {
    ofSize: (size, original) => finders(size)(original),
    ofContent: (size, content, original) => contents(size)(content)(original),
  };
  builder.copies.set(dir, made);
  return made;
}

function findCopies(rows: readonly Entry[]): (original: string) => Entry | null {
  return conflictCopies(rows, (row) => nameOf(row.path));
}

function memoised<Key, Value>(make: (key: Key) => Value): (key: Key) => Value {
  const made = new Map<Key, Value>();
  return (key) => {
    const known = made.get(key);
    if (known !== undefined) return known;
    const value = make(key);
    made.set(key, value);
    return value;
  };
}

/** Null for what is no file on the side that counts. */
function copySize(copy: Entry): number | null {
  const local = localFile(copy);
  if (local !== null) return local.fingerprint.sizeBytes;
  return copy.local.state === 'absent' ? (remoteFile(copy)?.sizeBytes ?? null) : null;
}

/** Content of the copy: the local bytes if there are any, because they are what stays here. */
function copyContent(copy: Entry): ContentId | null {
  const local = localFile(copy);
  if (local !== null) return local.content;
  const remote = remoteFile(copy);
  return remote === null ? null : remoteContent(copy.base, remote);
}

/**
 * It could not be read, and is tried again later. Nothing waits for that: rather two copies of the same bytes than a conflict that a refused
 * reading keeps open.
 */
function isUnreadable({ input: { policy } }: PlanBuilder, copy: Entry): boolean {
  return copyContent(copy) === null && policy.held(copy.path) && !policy.running(copy.path);
}

/** Hash the existing copy first; anything else planned for it waits for the next cycle. */
function learnCopy(builder: PlanBuilder, copy: Entry): void {
  if (builder.input.policy.held(copy.path)) return;
  const local = localFile(copy);
  const remote = remoteFile(copy);
  if (local !== null) put(builder, hashLocalOp(copy.path, local));
  else if (remote !== null) put(builder, identifyRemoteOp(copy.path, remote));
}

/** The bytes are safe under a conflict name: the remote file replaces them. */
function letGo(
  builder: PlanBuilder,
  entry: Entry,
  conflict: Conflict & { readonly content: ContentId },
): void {
  const { path } = entry;
  const { file, reason, content } = conflict;
  const { fingerprint } = file;
  const remote = remoteFile(entry);
  if (remote !== null) {
    const expected = { kind: 'file', fingerprint } as const;
    put(builder, {
      kind: 'download',
      path,
      reason,
      etag: remote.etag,
      expected,
      sizeBytes: remote.sizeBytes,
    });
    return;
  }
  put(builder, {
    kind: 'remove-local',
    path,
    reason,
    fingerprint,
    content,
    sizeBytes: fingerprint.sizeBytes,
  });
}

/** First conflict name that is free and not planned; null if forming one requires the content. */
function freeName(builder: PlanBuilder, entry: Entry): RelPath | null {
  const { dateLabel, deviceName } = builder.input.policy;
  const labels = { date: dateLabel, device: deviceName };
  const file = localFile(entry);
  const kind = file === null ? 'folder' : 'file';
  const name = nameOf(entry.path);
  const plain = joinPath(parentOf(entry.path), conflictName(name, labels, { kind }));
  if (isFree(builder, plain)) return plain;
  if (file !== null && file.content === null) return null;
  const tried: RelPath[] = [];
  for (let attempt = 1; ; attempt += 1) {
    const hashDigits = digits(file?.content ?? null, attempt);
    const to = joinPath(parentOf(entry.path), conflictName(name, labels, { kind, hashDigits }));
    if (isFree(builder, to)) {
      for (const one of tried) builder.firstFree.set(one, attempt);
      return to;
    }
    tried.push(to);
    // Long names are cut, so that thousands may want the same ones: all who want one try the same ones after it.
    attempt = Math.max(attempt, (builder.firstFree.get(to) ?? 0) - 1);
  }
}

/** Folders have a counter only. */
function digits(content: ContentId | null, attempt: number): string {
  return content === null ? String(attempt + 1) : conflictDigits(content, attempt);
}

function isFree(builder: PlanBuilder, path: RelPath): boolean {
  if (builder.ops.has(path) || builder.taken.has(path)) return false;
  const row = builder.outcomes.entry(path);
  if (row.base !== null || row.local.state !== 'absent' || row.remote.state !== 'absent') return false;
  return spellingsOf(builder, path).rows.every(
    ({ local, remote }) => local.state === 'absent' && remote.state === 'absent',
  );
}
