// Uploads of small new files by the group: read, recorded as intents, sent and recorded, each step once for all.
//
// The plain case alone: a file whose key is free, under a usual name, without a past, to a store that compares for us. Whatever was refused
// without an effect goes the general way (`operations/upload.ts`), which finds out what it is.
import { stillMatches } from '../../../core/model/fingerprint.ts';
import type { Op, OpId, RelPath } from '../../../core/model/model.ts';
import { ancestorsOf } from '../../../core/model/path.ts';
import type {
  HeldRead,
  HeldSender,
  HeldSending,
  SentOutcome,
  WriteOutcome,
} from '../../../ports/remote-objects.port.ts';
import type { Intent, StateChange } from '../../../ports/sync-state.port.ts';
import { honoursConditions } from '../../bucket/conditions.ts';
import { keyOf } from '../../bucket/keys.ts';
import { writeNotes } from '../../bucket/object-metadata.ts';
import type { PairContext } from '../../context.ts';
import { transferSizes } from '../../transfer-sizes.ts';
import { learned } from '../../transfer/upload-source.ts';
import type { ReadFile } from '../../transfer/upload-source.ts';
import { newIntent, outcomeOf, outcomeUnknown } from '../journal.ts';
import type { OpOutcome } from '../journal.ts';
import { adoptedFolder } from '../preconditions.ts';
import type { TogetherHow } from './plain.ts';
import { plainPath } from './plain.ts';
import { sentChanges, settle } from './sent.ts';
import type { UploadOp } from './sent.ts';

/** True for one that may go with others. */
export function mayUploadTogether(context: PairContext, op: Op): op is UploadOp {
  if (context.held === undefined || op.kind !== 'upload' || op.expected.kind !== 'absent') return false;
  const { wholeBytes, singlePutBytes } = context.sizes ?? transferSizes;
  return (
    op.after === undefined &&
    op.sizeBytes <= Math.min(wholeBytes, singlePutBytes) &&
    plainPath.test(op.path) &&
    context.store.problem(op.path) === null &&
    honoursConditions(context, op.sizeBytes)
  );
}

type Read = { readonly op: UploadOp; readonly held: HeldRead; readonly source: ReadFile };
type Flight = Read & { readonly intent: Intent };

/** The outcome of each; null for those that go the general way. Throws errors of scope `pair` or `account`, and those of an item for all of them. */
export async function uploadTogether(
  context: PairContext,
  ops: readonly UploadOp[],
  { signal, onFetched }: TogetherHow,
): Promise<readonly (OpOutcome | null)[]> {
  const sender = (await context.held?.sender(signal)) ?? null;
  const outcomes = new Map<Op, OpOutcome>();
  if (sender !== null) {
    const opIds: string[] = [];
    try {
      const reads = await readAll(context, ops, (opId) => opIds.push(opId));
      signal.throwIfAborted();
      if (reads.length > 0) await sendAll(context, sender, reads, { outcomes, signal, onFetched });
    } finally {
      context.held?.drop(opIds);
    }
  }
  return ops.map((op) => outcomes.get(op) ?? null);
}

/** Those that are still what the plan saw, and for which nothing is open. */
async function readAll(
  context: PairContext,
  ops: readonly UploadOp[],
  onId: (opId: OpId) => void,
): Promise<readonly Read[]> {
  const begun = new Set(context.store.intents().map(({ path }) => path));
  const wanted = ops.flatMap((op) => {
    if (begun.has(op.path)) return [];
    const opId = context.random.hex(16) as OpId; // made here
    onId(opId);
    return [{ op, opId, path: op.path }];
  });
  const readAtMs = context.clock.nowMs();
  const held = await context.files.readHeld(wanted);
  return wanted.flatMap(({ op }, index): readonly Read[] => {
    const one = held[index] ?? null;
    if (one === null || !stillMatches(op.local, one.fingerprint)) return [];
    return [{ op, held: one, source: { reader: one, content: one.content, readAtMs } }];
  });
}

type How = TogetherHow & { readonly outcomes: Map<Op, OpOutcome> };

async function sendAll(
  context: PairContext,
  sender: HeldSender,
  reads: readonly Read[],
  { outcomes, signal, onFetched }: How,
): Promise<void> {
  const flights = reads.map((read): Flight => ({ ...read, intent: intentOf(context, read) }));
  await context.commit([{ kind: 'intents', intents: flights.map(({ intent }) => intent) }]);
  for (const _each of flights) context.reached('upload.intent');
  const sent = await sender.send(
    await Promise.all(flights.map((flight) => sendingOf(context, flight))),
    signal,
  );
  // What is left of it needs no network.
  for (const { op } of flights) onFetched(op);
  const changes: StateChange[] = [];
  const adopted = new Set<RelPath>();
  const isDone: UploadOp[] = [];
  const unsettled: (Flight & { readonly written: WriteOutcome })[] = [];
  for (const [index, flight] of flights.entries()) {
    const { op, intent, source } = flight;
    const one = sent[index] ?? null;
    tellSent(context, op, one);
    if (one === null) {
      changes.push({ kind: 'intent-done', id: intent.id }, ...learned(context, op.path, source));
    } else if (one.kind === 'done') {
      const folders = adoptedNow(context, op.path, adopted);
      changes.push(...sentChanges(context, { intent, source, etag: one.etag, folders }));
      isDone.push(op);
    } else if (one.kind === 'unclear') outcomes.set(op, outcomeUnknown);
    else unsettled.push({ ...flight, written: one });
  }
  if (changes.length > 0) await context.commit(changes);
  for (const op of isDone) {
    context.reached('upload.committed');
    outcomes.set(op, { kind: 'done', bytesUp: op.sizeBytes, bytesDown: 0 });
  }
  for (const one of unsettled) outcomes.set(one.op, await settleOne(context, one, signal));
}

function intentOf(context: PairContext, { op: { path }, held }: Read): Intent {
  return newIntent(context, {
    id: held.opId as OpId, // made above
    kind: 'upload',
    path,
    content: held.content,
    sizeBytes: held.fingerprint.sizeBytes,
    rawKey: keyOf(context, path),
    fingerprint: held.fingerprint,
  });
}

async function sendingOf(context: PairContext, { op, held, intent }: Flight): Promise<HeldSending> {
  const metadata = writeNotes({
    opId: intent.id,
    content: held.content,
    mtimeNs: held.fingerprint.mtimeNs,
    executable: held.executable,
    ancestors: [],
  });
  const contentType = await context.contentTypeOf(op.path);
  return { held, key: intent.rawKey ?? keyOf(context, op.path), contentType, metadata };
}

function tellSent(context: PairContext, { path, sizeBytes }: UploadOp, sent: SentOutcome | null): void {
  if (sent === null) return;
  context.onTransfer({ path, direction: 'up', bytesDone: sizeBytes, bytesTotal: sizeBytes, isOver: true });
  context.reached('upload.sent');
}

/** As `adoptedFolders`, once for all files of a group. */
function adoptedNow(context: PairContext, path: RelPath, adopted: Set<RelPath>): readonly StateChange[] {
  return ancestorsOf(path).flatMap((dir) => {
    if (adopted.has(dir)) return [];
    adopted.add(dir);
    return adoptedFolder(context, dir);
  });
}

async function settleOne(
  context: PairContext,
  { op, intent, source, written }: Flight & { readonly written: WriteOutcome },
  signal: AbortSignal,
): Promise<OpOutcome> {
  try {
    return await settle(context, op, { intent, source, written }, signal);
  } catch (error) {
    return outcomeOf(context, op, error, signal);
  }
}
