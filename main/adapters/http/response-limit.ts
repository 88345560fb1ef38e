// Limits the size of response bodies that are buffered (S22).
import { pipeline, Readable, Transform } from 'node:stream';
import type { TransformCallback } from 'node:stream';

type Answer = { readonly headers: Readonly<Record<string, string>>; body?: unknown };

/**
 * Throws `tooLarge()`, or fails the body stream with it. With Content-Length only the header is checked; HTTP
 * enforces the length.
 */
export function capAnswer(answer: Answer, longestBytes: number, tooLarge: () => Error): void {
  if (!(answer.body instanceof Readable)) return;
  const stated = Number(answer.headers['content-length'] ?? Number.NaN);
  if (stated <= longestBytes) return;
  const { body } = answer;
  if (stated > longestBytes) {
    body.destroy();
    throw tooLarge();
  }
  let total = 0;
  const counted = new Transform({
    transform(chunk: Uint8Array, _encoding: BufferEncoding, done: TransformCallback) {
      total += chunk.byteLength;
      if (total > longestBytes) done(tooLarge());
      else done(null, chunk);
    },
  });
  // Failures of either end reach the reader of `counted`.
  pipeline(body, counted, () => undefined);
  answer.body = counted;
}
