// One GET of a whole object, checked by length, version and checksum.
import type { ContentId, Etag, RelPath } from '../../core/model/model.ts';
import { keyOf } from '../bucket/keys.ts';
import type { PairContext } from '../context.ts';
import type { RangedOutcome } from './download-ranges.ts';

type Wanted = { readonly path: RelPath; readonly etag: Etag; readonly sizeBytes: number };

type BodySink = {
  readonly hasher: { update(bytes: Uint8Array): void; digestHex(): string };
  readonly write: (chunk: Uint8Array, at: number) => Promise<void> | void;
  /** Memory where all of it may come at once; what is there already is written as well. */
  readonly into?: Uint8Array;
};

export async function fetchBody(
  context: PairContext,
  { path, etag, sizeBytes }: Wanted,
  { hasher, write, into }: BodySink,
  signal: AbortSignal,
): Promise<RangedOutcome> {
  const wanted = { condition: { kind: 'etag', etag }, ...(into === undefined ? {} : { into }) } as const;
  const got = await context.remote.get(keyOf(context, path), wanted, signal);
  if (got.kind !== 'found') return { kind: 'lost' };
  let at = 0;
  for await (const chunk of got.body) {
    if (at + chunk.length > sizeBytes) return { kind: 'damaged', why: 'length' };
    hasher.update(chunk);
    await write(chunk, at);
    at += chunk.length;
  }
  // A truncated body is not a file.
  if (at !== sizeBytes) return { kind: 'damaged', why: 'length' };
  if (got.info.etag !== etag) return { kind: 'lost' };
  const content = hasher.digestHex() as ContentId; // a hash just made
  if (got.info.sha256 !== null && got.info.sha256 !== content) return { kind: 'damaged', why: 'checksum' };
  return { kind: 'done', content, info: got.info };
}
