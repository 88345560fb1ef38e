// Refusals of a store in the shape that the SDK's client throws.
import { Readable } from 'node:stream';
import { readWhole } from './body.ts';

const errorTextBytes = 64 * 1024;

/**
 * Refusals without an effect that the client's stack knows how to cure (other credentials, a corrected clock, fewer
 * checksum headers) or to explain: the same request is made once more by it.
 */
export const forTheClient = new Set([301, 307, 400, 401, 403, 501]);

const wrongSums = /<Code>(?:BadDigest|InvalidDigest|XAmzContentChecksumMismatch)<\/Code>/u;

/** The store compared the bytes with a sum that was sent, and they are others: nothing that the client could cure. */
export function isWrongSum(text: string): boolean {
  return wrongSums.test(text);
}

/** Start of the body of a refusal or of a write's answer. Always read, because an unread body keeps its socket. */
export async function textOf({ body }: { readonly body?: unknown }): Promise<string> {
  if (body instanceof Uint8Array)
    return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8');
  return body instanceof Readable ? (await readWhole(body, errorTextBytes)).toString('utf8') : '';
}

/** In the shape of what the client throws, for the one place that reads errors (adapters/s3/errors.ts). */
export function refusal(
  {
    statusCode,
    headers,
  }: { readonly statusCode: number; readonly headers: Readonly<Record<string, string>> },
  text: string,
): Error {
  const code =
    /<Code>([^<]{1,100})<\/Code>/u.exec(text)?.[1] ?? (statusCode === 404 ? 'NotFound' : 'UnknownError');
  return Object.assign(new Error(code), {
    name: code,
    Code: code,
    $metadata: { httpStatusCode: statusCode },
    $response: { statusCode, headers },
  });
}
