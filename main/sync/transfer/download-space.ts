// Disk space for downloads: checked and reserved before each, with what the disk has refused.
import type { ErrorFields } from '../../core/model/errors.ts';
import type { Etag, RelPath } from '../../core/model/model.ts';
import type { PairStore } from '../../ports/sync-state.port.ts';
import type { PairContext } from '../context.ts';
import { begunBytes } from './begun-download.ts';
import { spareBytes } from './spare-bytes.ts';

type Wanted = { readonly path: RelPath; readonly etag: Etag; readonly sizeBytes: number };

export type Space =
  | { readonly kind: 'reserved' }
  /** The folder is not there. */
  | { readonly kind: 'away' }
  | { readonly kind: 'none'; readonly facts: ErrorFields };

/** How long a refusal holds while the disk reports no more free space: a quota may be raised without that showing. */
const refusalMs = 3_600_000;

/** Bytes that downloads under way have still to write, which together must fit, too. The disk counts those on it by itself. */
const outstanding = new WeakMap<PairStore, Map<RelPath, number>>();

/** Reserved space is held until it is written (`noteWritten`), the rest of it until `releaseSpace`. */
export async function reserveSpace(context: PairContext, wanted: Wanted): Promise<Space> {
  const status = await context.files.rootStatus();
  if (status.kind !== 'ok') return { kind: 'away' };
  const { freeBytes } = status;
  const refused = refusalOf(context, wanted.path);
  if (refused !== null && freeBytes !== null && freeBytes <= refused.freeBytes) {
    const facts = { freeBytes, refusedAtFreeBytes: refused.freeBytes, refusedAtMs: refused.atMs };
    return { kind: 'none', facts };
  }
  const others = outstanding.get(context.store) ?? new Map<RelPath, number>();
  const reserved = [...others.values()].reduce((sum, bytes) => sum + bytes, 0);
  const neededBytes = wanted.sizeBytes - begunBytes(context, wanted);
  if (neededBytes > spareBytes(status) - reserved) return { kind: 'none', facts: { freeBytes } };
  outstanding.set(context.store, others.set(wanted.path, neededBytes));
  return { kind: 'reserved' };
}

/** For all of these or none: true where they fit. None of them was begun, and of none did the disk ever refuse a byte. */
export async function reserveSpaces(context: PairContext, wanted: readonly Wanted[]): Promise<boolean> {
  const status = await context.files.rootStatus();
  if (status.kind !== 'ok') return false;
  const others = outstanding.get(context.store) ?? new Map<RelPath, number>();
  const reserved = [...others.values()].reduce((sum, bytes) => sum + bytes, 0);
  const neededBytes = wanted.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  if (neededBytes > spareBytes(status) - reserved) return false;
  for (const { path, sizeBytes } of wanted) others.set(path, sizeBytes);
  outstanding.set(context.store, others);
  return true;
}

/** `doneBytes` of a file with reserved space are on the disk; without a reservation nothing is noted. */
export function noteWritten(
  { store }: Pick<PairContext, 'store'>,
  { path, sizeBytes }: Pick<Wanted, 'path' | 'sizeBytes'>,
  doneBytes: number,
): void {
  const reserved = outstanding.get(store);
  if (reserved?.has(path) === true) reserved.set(path, Math.max(0, sizeBytes - doneBytes));
}

export function releaseSpace({ store }: PairContext, { path }: Wanted): void {
  outstanding.get(store)?.delete(path);
}

/** Fields of the problem where the disk refused a write although it reported enough space. */
export async function refusedSpace({ files, clock }: PairContext): Promise<ErrorFields> {
  const status = await files.rootStatus();
  const freeBytes = (status.kind === 'ok' ? status.freeBytes : null) ?? 0;
  return { freeBytes, refusedAtFreeBytes: freeBytes, refusedAtMs: clock.nowMs() };
}

/** The disk took less than it reported as free, so a quota is used up: what it reported then, and when. */
function refusalOf(
  { store, clock }: PairContext,
  path: RelPath,
): { readonly freeBytes: number; readonly atMs: number } | null {
  const known = store.problem(path);
  if (known?.code !== 'disk-full') return null;
  const { refusedAtFreeBytes: freeBytes, refusedAtMs: atMs } = known.fields;
  if (typeof freeBytes !== 'number' || typeof atMs !== 'number') return null;
  const ageMs = clock.nowMs() - atMs;
  return ageMs >= 0 && ageMs < refusalMs ? { freeBytes, atMs } : null;
}
