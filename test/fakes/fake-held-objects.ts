// Groups of small downloads over any remote side: what the worker does with them, with the bytes in the open.
import { hash } from 'node:crypto';
import { isSyncError } from '../../main/core/model/errors.ts';
import type { ContentId } from '../../main/core/model/model.ts';
import type {
  HeldObject,
  HeldObjects,
  HeldSending,
  RemoteObjects,
  SentOutcome,
  WantedObject,
} from '../../main/ports/remote-objects.port.ts';

export function fakeHeldObjects(objects: Pick<RemoteObjects, 'get' | 'put'>): HeldObjects {
  return {
    fetch: (wanted, signal) => Promise.all(wanted.map((one) => fetchOne(objects, one, signal))),
    sender: () =>
      Promise.resolve({
        send: (files, signal) => Promise.all(files.map((one) => sendOne(objects, one, signal))),
      }),
    drop: () => undefined,
  };
}

async function fetchOne(
  objects: Pick<RemoteObjects, 'get'>,
  { opId, key, etag, sizeBytes }: WantedObject,
  signal: AbortSignal,
): Promise<HeldObject | null> {
  try {
    const got = await objects.get(key, { condition: { kind: 'etag', etag } }, signal);
    if (got.kind !== 'found') return null;
    const pieces: Uint8Array[] = [];
    for await (const piece of got.body) pieces.push(piece);
    const bytes = new Uint8Array(Buffer.concat(pieces));
    const content = hash('sha256', bytes) as ContentId;
    const { info } = got;
    const isWhole = bytes.length === sizeBytes && info.sizeBytes === sizeBytes && info.etag === etag;
    if (!isWhole || (info.sha256 !== null && info.sha256 !== content)) return null;
    return { opId, content, metadata: info.metadata, modifiedMs: info.modifiedMs, bytes };
  } catch (error) {
    signal.throwIfAborted();
    if (isSyncError(error)) return null;
    throw error;
  }
}

async function sendOne(
  objects: Pick<RemoteObjects, 'put'>,
  { held, key, contentType, metadata }: HeldSending,
  signal: AbortSignal,
): Promise<SentOutcome | null> {
  const { source, content } = held;
  if (source === null) return null;
  try {
    const options = {
      condition: { kind: 'absent' },
      contentType,
      metadata,
      sha256: content,
      beforeSend: () => source.isUnchanged(),
      onProgress: () => undefined,
    } as const;
    return await objects.put(key, source, options, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (!isSyncError(error)) throw error;
    return error.fields['mayHaveHappened'] === true ? { kind: 'unclear' } : null;
  }
}
