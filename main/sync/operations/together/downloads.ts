// Downloads of small new files by the group: fetched, recorded as intents, placed and recorded, each step once for all.
//
// The plain case alone: a file that is not there yet, under a usual name, without a past. Whatever becomes of one otherwise, nothing
// is left of it, and it goes the general way (`operations/download.ts`), which finds out what it is.
import type { Op, OpId } from '../../../core/model/model.ts';
import { nameOf } from '../../../core/model/path.ts';
import type { HeldFile, PlaceOutcome } from '../../../ports/local-files.port.ts';
import type { HeldObject, HeldObjects } from '../../../ports/remote-objects.port.ts';
import type { Intent, StateChange } from '../../../ports/sync-state.port.ts';
import { keyOf } from '../../bucket/keys.ts';
import { isLinkObject, readExecutable, readTimeNs } from '../../bucket/object-metadata.ts';
import type { PairContext } from '../../context.ts';
import { releaseSpace, reserveSpaces } from '../../transfer/download-space.ts';
import { isFetchedWhole } from '../../transfer/fetch-whole.ts';
import { unusualName } from '../download.ts';
import type { OpOutcome } from '../journal.ts';
import type { Arrived, DownloadOp } from './placed.ts';
import { endUnplaced, placedChanges, placingIntent } from './placed.ts';
import type { TogetherHow } from './plain.ts';
import { plainPath } from './plain.ts';

/** True for one that may go with others. */
export function mayDownloadTogether(context: PairContext, op: Op): op is DownloadOp {
  if (context.held === undefined || op.kind !== 'download' || op.expected.kind !== 'absent') return false;
  return (
    op.after === undefined &&
    plainPath.test(op.path) &&
    !unusualName.test(nameOf(op.path)) &&
    context.store.problem(op.path) === null &&
    isFetchedWhole(context, { ...op, opId: '' as OpId }) // the name of no file
  );
}

type Wanted = { readonly op: DownloadOp; readonly opId: OpId };
type Flight = Wanted & { readonly held: HeldObject; readonly arrived: Arrived };
type Placing = Flight & { readonly intent: Intent };

/** The outcome of each; null for those that go the general way. Throws errors of scope `pair` or `account`, and those of an item for all of them. */
export async function downloadTogether(
  context: PairContext,
  ops: readonly DownloadOp[],
  how: TogetherHow,
): Promise<readonly (OpOutcome | null)[]> {
  const { held } = context;
  if (held === undefined || !(await reserveSpaces(context, ops))) return ops.map(() => null);
  const wanted = ops.map((op): Wanted => ({ op, opId: context.random.hex(16) as OpId })); // made here
  const unplaced = new Set<string>(wanted.map(({ opId }) => opId));
  try {
    const flights = await fetchAll(context, held, wanted, how);
    const outcomes = await placeAll(context, flights, (opId) => unplaced.delete(opId));
    return ops.map((op) => outcomes.get(op) ?? null);
  } finally {
    held.drop([...unplaced]);
    for (const op of ops) releaseSpace(context, op);
  }
}

async function fetchAll(
  context: PairContext,
  held: HeldObjects,
  wanted: readonly Wanted[],
  { signal, onFetched }: TogetherHow,
): Promise<readonly Flight[]> {
  const asked = wanted.map(({ op, opId }) => ({
    opId,
    key: keyOf(context, op.path),
    etag: op.etag,
    sizeBytes: op.sizeBytes,
  }));
  const found = (await held.fetch(asked, signal)) ?? [];
  const flights: Flight[] = [];
  for (const [index, { op, opId }] of wanted.entries()) {
    const [one, request] = [found[index] ?? null, asked[index]];
    if (one === null || request === undefined || isLinkObject(one.metadata)) continue;
    const { path, sizeBytes } = op;
    context.onTransfer({
      path,
      direction: 'down',
      bytesDone: sizeBytes,
      bytesTotal: sizeBytes,
      isOver: true,
    });
    onFetched(op);
    context.reached('download.fetched');
    const { metadata, modifiedMs, content } = one;
    const info = { ...request, metadata, modifiedMs };
    flights.push({ op, opId, held: one, arrived: { content, info, tempName: opId, inode: null } });
  }
  return flights;
}

async function placeAll(
  context: PairContext,
  flights: readonly Flight[],
  onPlaced: (opId: OpId) => void,
): Promise<ReadonlyMap<Op, OpOutcome>> {
  const outcomes = new Map<Op, OpOutcome>();
  if (flights.length === 0) return outcomes;
  const placing = flights.map((flight): Placing => {
    const { op, opId, arrived } = flight;
    return { ...flight, intent: placingIntent(context, op, opId, arrived, null) };
  });
  await context.commit([{ kind: 'intents', intents: placing.map(({ intent }) => intent) }]);
  for (const _each of placing) context.reached('download.intent');
  const placedAtMs = context.clock.nowMs();
  const placed = await context.changes.placeHeld(placing.map(fileOf));
  const changes: StateChange[] = [];
  for (const [index, one] of placing.entries()) {
    const outcome = placed[index] ?? null;
    if (outcome?.kind === 'placed') {
      onPlaced(one.opId);
      context.reached('download.placed');
      changes.push(...(await changesOf(context, one, outcome, placedAtMs)));
    } else if (outcome === null) changes.push({ kind: 'intent-done', id: one.intent.id });
    else outcomes.set(one.op, await endUnplaced(context, one.op, one.intent, outcome));
  }
  if (changes.length > 0) await context.commit(changes);
  for (const [index, { op }] of placing.entries()) {
    if (placed[index]?.kind !== 'placed') continue;
    context.reached('download.committed');
    outcomes.set(op, { kind: 'done', bytesUp: 0, bytesDown: op.sizeBytes });
  }
  return outcomes;
}

function fileOf({ op, held, arrived }: Placing): HeldFile {
  const { metadata } = arrived.info;
  const mtimeNs = readTimeNs(arrived.info);
  return { held, path: op.path, options: { executable: readExecutable(metadata), mtimeNs, replaces: null } };
}

function changesOf(
  context: PairContext,
  { op, intent, arrived }: Placing,
  placed: Extract<PlaceOutcome, { kind: 'placed' }>,
  placedAtMs: number,
): Promise<readonly StateChange[]> {
  return placedChanges(context, op, { intent, fetched: arrived, placed, placedAtMs, more: [] });
}
