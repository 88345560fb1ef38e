// Bounds what a service may send as an answer that is read into memory: a hostile one must not exhaust us (security rule 22).
import { pipeline, Readable, Transform } from 'node:stream';
import type { TransformCallback } from 'node:stream';

type Answer = { readonly headers: Readonly<Record<string, string>>; body?: unknown };

/** Throws what `tooLarge` makes, or has the body fail with it. An answer that states its length costs nothing: HTTP holds it to that. */
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
  // Failures of either end reach whoever reads `counted`.
  pipeline(body, counted, () => undefined);
  answer.body = counted;
}
