// Identify operation: learns a side's content, so that the next plan can compare (C6, C7).
import { stillMatches } from '../../core/model/fingerprint.ts';
import { localFile } from '../../core/model/cells.ts';
import type { ContentId, ObjectKey, Op } from '../../core/model/model.ts';
import type { Hashed } from '../../ports/local-files.port.ts';
import { isLinkObject } from '../bucket/object-metadata.ts';
import type { ObjectInfo } from '../../ports/remote-objects.port.ts';
import { readRemote, sumLocal } from '../transfer/compare-content.ts';
import type { PairContext } from '../context.ts';
import { trustedAt } from '../trusted-at.ts';
import { done, problem, replan } from './journal.ts';
import type { OpOutcome } from './journal.ts';
import { fileCell } from '../bucket/cells.ts';
import { refreshLocal, seenRemote } from './preconditions.ts';
import { keyOf } from '../bucket/keys.ts';

export async function runHashLocal(
  context: PairContext,
  op: Extract<Op, { kind: 'hash-local' }>,
  signal: AbortSignal,
): Promise<OpOutcome> {
  const readAtMs = context.clock.nowMs();
  const hashed = await context.files.hash(op.path, signal);
  if (hashed.kind === 'unreadable') {
    return problem(op.path, 'local-unreadable', 'backoff', { message: hashed.message });
  }
  if (hashed.kind === 'changed') {
    await refreshLocal(context, op.path);
    return problem(op.path, 'file-changing', 'backoff');
  }
  if (hashed.kind === 'gone' || !stillMatches(op.fingerprint, hashed.fingerprint)) {
    await refreshLocal(context, op.path);
    return replan('local file changed before it was hashed');
  }
  await recordLocalContent(context, op.path, hashed, readAtMs);
  return done;
}

async function recordLocalContent(
  context: PairContext,
  path: Op['path'],
  hashed: Hashed,
  readAtMs: number,
): Promise<void> {
  const row = context.store.entry(path);
  if (row.local.state !== 'present' || row.local.kind !== 'file') return;
  const fingerprint = trustedAt(context, hashed.fingerprint, readAtMs);
  const isBase = row.base?.kind === 'file' && row.base.content === hashed.content;
  await context.commit([
    {
      kind: 'local',
      path,
      cell: { ...row.local, fingerprint, content: hashed.content },
      ifStill: hashed.fingerprint,
    },
    // The same bytes under a new fingerprint: recorded, so that the next scan need not read them again.
    ...(isBase ? [{ kind: 'base' as const, path, cell: { ...row.base, fingerprint } }] : []),
  ]);
}

/** By the store's own checksum, by a plain MD5 against the local bytes, or by reading the object. */
export async function runIdentifyRemote(
  context: PairContext,
  op: Extract<Op, { kind: 'identify-remote' }>,
  signal: AbortSignal,
): Promise<OpOutcome> {
  const head = await context.remote.head(keyOf(context, op.path), signal);
  if (head.kind === 'absent' || head.info.etag !== op.etag) {
    await context.commit([seenRemote(op.path, head)]);
    return replan('remote object changed before it was compared');
  }
  if (isLinkObject(head.info.metadata)) {
    await context.commit([seenRemote(op.path, head)]);
    return replan('the object is a link of another tool');
  }
  const proven = head.info.sha256 ?? (await byOwnSums(context, op.path, head.info, signal));
  if (proven !== null) {
    return record(context, op, head.info.key, proven as ContentId); // proven by the store or by equal sums
  }
  const read = await readRemote(context, op, signal);
  if (read.kind === 'lost') return replan('remote object changed while it was compared');
  if (read.kind === 'damaged') return problem(op.path, 'download-damaged', 'backoff', { why: 'length' });
  return record(context, op, read.key, read.content);
}

/** The local content, if its checksum equals the one the store keeps for the object. */
async function byOwnSums(
  context: PairContext,
  path: Op['path'],
  info: ObjectInfo,
  signal: AbortSignal,
): Promise<string | null> {
  const local = localFile(context.store.entry(path));
  if (local === null) return null;
  if (info.md5 !== null) {
    const hashed = await context.files.hashBoth(path, signal);
    return hashed.kind === 'hashed' && hashed.md5 === info.md5 ? hashed.content : null;
  }
  if (info.crc64nvme === null || local.fingerprint.sizeBytes !== info.sizeBytes) return null;
  const sums = await sumLocal(context, path, signal);
  return sums !== null && sums.crc64nvme === info.crc64nvme ? sums.content : null;
}

async function record(
  context: PairContext,
  op: Extract<Op, { kind: 'identify-remote' }>,
  rawKey: ObjectKey,
  content: ContentId,
): Promise<OpOutcome> {
  const cell = fileCell({ key: rawKey, etag: op.etag, sizeBytes: op.sizeBytes });
  const { base } = context.store.entry(op.path);
  await context.commit([
    { kind: 'remote', path: op.path, cell: { ...cell, content } },
    // A new ETag over base's own bytes changes only base's ETag (C7).
    ...(base?.kind === 'file' && base.content === content
      ? [{ kind: 'base' as const, path: op.path, cell: { ...base, etag: op.etag } }]
      : []),
  ]);
  return done;
}
