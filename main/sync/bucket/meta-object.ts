// Writer of our small metadata objects: markers, logs, delete records.
import type { ContentId, ObjectKey, OpId } from '../../core/model/model.ts';
import type { Condition, GetOutcome, ObjectMetadata, WriteOutcome } from '../../ports/remote-objects.port.ts';
import { writeNotes } from './object-metadata.ts';
import type { PairContext } from '../context.ts';

type Scope = Pick<PairContext, 'remote' | 'hashBytes'>;

export type MetaObject = {
  readonly key: ObjectKey;
  readonly text: string;
  readonly contentType: 'application/json' | 'application/x-directory';
  /** Identifies the object as ours when it is read later. */
  readonly opId: OpId;
  readonly condition: Condition;
  /** More user metadata, for readers that may ask for the object's head only. */
  readonly metadata?: ObjectMetadata;
};

export function putMetaObject(context: Scope, own: MetaObject, signal: AbortSignal): Promise<WriteOutcome> {
  const bytes = new TextEncoder().encode(own.text);
  const { sha256 } = context.hashBytes(bytes);
  return context.remote.put(
    own.key,
    { sizeBytes: bytes.length, read: (at, length) => Promise.resolve(bytes.subarray(at, at + length)) },
    {
      condition: own.condition,
      contentType: own.contentType,
      metadata: {
        ...own.metadata,
        ...writeNotes({
          opId: own.opId,
          content: sha256 as ContentId, // a hash just made
          mtimeNs: null,
          executable: false,
          ancestors: [],
        }),
      },
      sha256,
      beforeSend: () => Promise.resolve(true),
      onProgress: () => undefined,
    },
    signal,
  );
}

/** Null above the limit (S22); nothing more is read. */
export async function readMetaText(
  got: Extract<GetOutcome, { kind: 'found' }>,
  maxBytes: number,
): Promise<string | null> {
  const chunks: Uint8Array[] = [];
  let total = 0;
  for await (const chunk of got.body) {
    total += chunk.length;
    if (total > maxBytes) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Key below `<prefix>.driftless/`: never synced as a file. */
export function metaKey(prefix: string, name: string): ObjectKey {
  return `${prefix}.driftless/${name}` as ObjectKey;
}
