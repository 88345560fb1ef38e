// Monthly re-read of every synced file: finds changes that kept size, times and inode (C6).
import { isOfItem } from '../../core/model/errors.ts';
import type { Entry, LocalFile, RelPath } from '../../core/model/model.ts';
import { sameFingerprint } from '../../core/model/fingerprint.ts';
import type { HashOutcome } from '../../ports/local-files.port.ts';
import type { PairContext } from '../context.ts';

const hourMs = 3_600_000;
/** One pass takes about a month whatever the size of the folder; a small folder is read sooner. */
const hoursPerRound = 30 * 24;
const leastBytes = 16 * 1024 ** 2;
const mostRows = 2000;

type Scope = Pick<PairContext, 'files' | 'store' | 'clock' | 'log' | 'commit'>;

/** `after`: the last row read in this pass; 0 at its start. */
type Progress = { readonly atMs: number; readonly after: number };

export type BytesAudited = { readonly read: number; readonly changed: number };

/**
 * Works at most once an hour; otherwise returns null. A changed file is recorded in the state and planned as
 * an edit.
 */
export async function auditBytes(context: Scope, signal: AbortSignal): Promise<BytesAudited | null> {
  const { store, clock } = context;
  const nowMs = clock.nowMs();
  const known = progressOf(context);
  // No audit in the first hour: the first sync has just read every file.
  if (known === null || nowMs < known.atMs) {
    remember(context, { atMs: nowMs, after: known?.after ?? 0 });
    return null;
  }
  if (nowMs - known.atMs < hourMs) return null;
  const budget = Math.max(leastBytes, Math.ceil(store.counts().bytes / hoursPerRound));
  const { files, after } = nextFiles(context, known.after, budget);
  let changed = 0;
  for (const file of files) {
    signal.throwIfAborted();
    if (await hasChanged(context, file, signal)) changed += 1;
  }
  remember(context, { atMs: nowMs, after });
  if (changed > 0) context.log.warn('files changed without a change of their times', { files: changed });
  return { read: files.length, changed };
}

type Candidate = { readonly path: RelPath; readonly local: LocalFile };

function nextFiles(
  { store }: Scope,
  after: number,
  budget: number,
): { readonly files: readonly Candidate[]; readonly after: number } {
  const files: Candidate[] = [];
  let bytes = 0;
  const rows = store.sequence(after, mostRows);
  for (const { id, entry } of rows) {
    const local = settledFile(entry);
    if (local === null) continue;
    files.push({ path: entry.path, local });
    bytes += local.fingerprint.sizeBytes;
    if (bytes >= budget) return { files, after: id };
  }
  return { files, after: rows.length < mostRows ? 0 : (rows.at(-1)?.id ?? 0) };
}

/** Other files are about to be read or written anyway. */
function settledFile({ base, local }: Entry): LocalFile | null {
  if (base?.kind !== 'file' || local.state !== 'present' || local.kind !== 'file') return null;
  return local.content === base.content ? local : null;
}

async function hasChanged(context: Scope, { path, local }: Candidate, signal: AbortSignal): Promise<boolean> {
  const hashed = await hashOf(context, path, signal);
  if (hashed.kind !== 'hashed' || hashed.content === local.content) return false;
  // A changed fingerprint is an ordinary edit, found by events and scans and handled there in full.
  if (!sameFingerprint(hashed.fingerprint, local.fingerprint)) return false;
  const cell = { ...local, content: hashed.content };
  await context.commit([{ kind: 'local', path, cell, ifStill: hashed.fingerprint }]);
  return true;
}

/** A scan reports what may not be read any more; a single pass makes it only after this. */
async function hashOf({ files }: Scope, path: RelPath, signal: AbortSignal): Promise<HashOutcome> {
  try {
    return await files.hash(path, signal);
  } catch (error) {
    if (!isOfItem(error) || signal.aborted) throw error;
    return { kind: 'unreadable', message: error.message };
  }
}

function progressOf({ store }: Scope): Progress | null {
  const text = store.meta('byteAudit');
  return text === null ? null : (JSON.parse(text) as Progress); // our own database wrote it
}

function remember({ store }: Scope, progress: Progress): void {
  store.record([{ kind: 'meta', key: 'byteAudit', value: JSON.stringify(progress) }]);
}
