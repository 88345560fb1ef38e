// Check of an answer before the SDK reads it as XML (S22).
import { Readable } from 'node:stream';

type Answer = {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  body?: unknown;
};

/** An error of S3 or STS has some hundred bytes. */
const longestErrorBytes = 64 * 1024;

/** The bytes of an answer that `checkXml` let through, and so in memory already; they are left to be read again. */
export async function checkedBytes(answer: { body?: unknown }): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  if (answer.body instanceof Readable)
    for await (const chunk of answer.body as AsyncIterable<Uint8Array>) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  answer.body = Readable.from([bytes]);
  return bytes;
}

/**
 * Takes the body of a success whole, so its size must have a limit by then. No service answers with a document type; the SDK's parser takes time that grows
 * with the square of their number, on the thread of everything else, so that such an answer is an error: `invalid()`. An answer with an
 * error status is known by that status, and loses a body with a document type (a gateway's page) or of more than 64 KiB, which is read no further:
 * a hundred requests may meet such answers at once.
 * @param ways `mend` puts right what the SDK would trip over; `take` may read the body instead of it, and accepts none with a document type
 */
export async function checkXml(
  answer: Answer,
  invalid: () => Error,
  ways: { readonly mend?: (bytes: Buffer) => Buffer; readonly take?: (bytes: Buffer) => boolean } = {},
): Promise<void> {
  // Most writes are answered with nothing.
  if (answer.headers['content-length'] === '0') return;
  if (answer.body instanceof Uint8Array) answer.body = checkedWhole(answer.body, invalid, ways.mend);
  if (!(answer.body instanceof Readable)) return;
  const isError = answer.statusCode >= 300;
  const chunks: Uint8Array[] = [];
  let total = 0;
  for await (const chunk of answer.body as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    total += chunk.length;
    if (isError && total > longestErrorBytes) break;
  }
  const bytes = Buffer.concat(chunks);
  if (!isError && ways.take?.(bytes) === true) {
    answer.body = Readable.from([]);
    return;
  }
  const isOdd = hasDocumentType(bytes) || (isError && bytes.length > longestErrorBytes);
  if (isOdd && !isError) throw invalid();
  answer.body = Readable.from(isOdd ? [] : [ways.mend?.(bytes) ?? bytes]);
}

/** A success that is in memory already; what it is read from stays one piece. */
function checkedWhole(
  { buffer, byteOffset, byteLength }: Uint8Array,
  invalid: () => Error,
  mend: ((bytes: Buffer) => Buffer) | undefined,
): Buffer {
  const bytes = Buffer.from(buffer, byteOffset, byteLength);
  if (hasDocumentType(bytes)) throw invalid();
  return mend?.(bytes) ?? bytes;
}

function hasDocumentType(bytes: Buffer): boolean {
  return /<!doctype/iu.test(bytes.toString('latin1'));
}
