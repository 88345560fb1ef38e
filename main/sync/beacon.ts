// The change beacon: one small object that says "something changed", so that an idle pair asks for it and gets a 304.
import type { ContentId, Etag, OpId } from '../core/model.ts';
import { writeNotes } from './object-metadata.ts';
import type { PairContext } from './pair-context.ts';
import { ownKey } from './remote-undo.ts';

type Scope = Pick<PairContext, 'remote' | 'settings' | 'store' | 'random' | 'hashBytes' | 'reached'>;

/** `changed`: another device (or a writer that we do not know) moved the head; a look at the remote side is due. */
export type BeaconAnswer = 'unchanged' | 'changed' | 'none';

/** One conditional GET. `none`: no device has ever announced anything here. The head is read before a LIST. */
export async function readBeacon(context: Scope, signal: AbortSignal): Promise<BeaconAnswer> {
  const known = context.store.meta('beaconEtag');
  const got = await context.remote.get(
    headKey(context),
    { condition: { kind: 'none' }, ...(known === null ? {} : { ifNoneMatch: known as Etag }) },
    signal,
  );
  if (got.kind === 'not-modified') return 'unchanged';
  if (got.kind !== 'found') return 'none';
  await drain(got.body);
  if (got.facts.etag === known) return 'unchanged';
  remember(context, got.facts.etag);
  return 'changed';
}

/** Owed from the moment an operation is committed, paid after the batch; a crash in between pays at the next start. */
export async function announceChange(context: Scope, signal: AbortSignal): Promise<void> {
  if (context.settings.mode === 'download-only') return;
  const bytes = new TextEncoder().encode(
    `${JSON.stringify({ id: context.random.hex(16), device: deviceId(context) })}\n`,
  );
  const { sha256 } = context.hashBytes(bytes);
  const written = await context.remote.put(
    headKey(context),
    { sizeBytes: bytes.length, read: (at, length) => Promise.resolve(bytes.subarray(at, at + length)) },
    {
      condition: { kind: 'none' },
      contentType: 'application/json',
      metadata: writeNotes({
        opId: context.random.hex(16) as OpId, // made here
        content: sha256 as ContentId, // a hash just made
        mtimeNs: null,
        executable: false,
        ancestors: [],
      }),
      sha256,
      beforeSend: () => Promise.resolve(true),
      onProgress: () => undefined,
    },
    signal,
  );
  context.reached('beacon.head-written');
  if (written.kind === 'done') remember(context, written.etag);
  context.store.record([{ kind: 'meta', key: 'beaconOwed', value: null }]);
}

export function isBeaconOwed(context: Pick<Scope, 'store'>): boolean {
  return context.store.meta('beaconOwed') !== null;
}

function headKey(context: Scope): ReturnType<typeof ownKey> {
  return ownKey(context.settings.binding.prefix, 'head');
}

function remember(context: Scope, etag: Etag): void {
  context.store.record([{ kind: 'meta', key: 'beaconEtag', value: etag }]);
}

function deviceId(context: Scope): string {
  const text = context.store.meta('rootMarker');
  return text === null ? '' : (JSON.parse(text) as { deviceId: string }).deviceId; // our own database wrote it
}

/** Read to its end, so that the connection can be used again. */
async function drain(body: AsyncIterable<Uint8Array>): Promise<void> {
  const reader = body[Symbol.asyncIterator]();
  while ((await reader.next()).done !== true);
}
