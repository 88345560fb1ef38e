// Checksums of bodies as headers: which one a store takes was probed, and a store that refuses such headers gets none.
import type { S3Client } from '@aws-sdk/client-s3';
import type { PartChecksum } from '../../ports/remote-objects.port.ts';
import { failureOf } from './errors.ts';

type AlgorithmInput = { ChecksumAlgorithm?: 'CRC64NVME' | 'CRC32' };

/** Said when an upload begins, or S3 refuses parts that carry another sum. */
export function algorithmInput(kind: PartChecksum): AlgorithmInput {
  if (kind === 'crc64nvme') return { ChecksumAlgorithm: 'CRC64NVME' };
  return kind === 'crc32' ? { ChecksumAlgorithm: 'CRC32' } : {};
}

type Headers = Record<string, string>;

/** Two families that stores refuse apart from each other: asking for stored sums, and sending some. */
const families: readonly ((name: string) => boolean)[] = [
  (name) => name === 'x-amz-checksum-mode',
  (name) =>
    name === 'x-amz-sdk-checksum-algorithm' ||
    (name.startsWith('x-amz-checksum-') && name !== 'x-amz-checksum-mode'),
];

/** Refusals that speak of the request; a wrong sum (`BadDigest`) is none: sent without it, other bytes would be stored. */
const refusals = new Set([
  'InvalidArgument',
  'InvalidRequest',
  'InvalidHeader',
  'MalformedHeader',
  'UnsupportedHeader',
  'NotImplemented',
  'BadRequest',
  '400',
  'Unknown',
  'UnknownError',
]);

function isRefusal(error: unknown): boolean {
  const { status, code } = failureOf(error);
  return status === 501 || (status === 400 && refusals.has(code));
}

/**
 * A request with checksum headers that is refused is sent once more without them. When that is answered otherwise, the
 * store is spoken to without such headers from then on (Backblaze B2 until 2025, older gateways).
 */
export function addSumTolerance(client: S3Client): void {
  const refused = new Set<(name: string) => boolean>();
  client.middlewareStack.add(
    (next) => async (args) => {
      const headers = headersOf(args);
      if (headers === null) return next(args);
      drop(headers, (name) => [...refused].some((family) => family(name)));
      const carried = families.filter((family) => Object.keys(headers).some(family));
      for (const family of carried) {
        try {
          return await next(args);
        } catch (error) {
          if (!isRefusal(error)) throw error;
          drop(headers, family);
          return await withoutFamily(
            () => next(args),
            () => refused.add(family),
          );
        }
      }
      return next(args);
    },
    { step: 'build', priority: 'low', name: 'driftlessSums', override: true },
  );
}

/** Another error than a refusal is an answer to the request itself, so the header was what had been in the way. */
async function withoutFamily<T>(send: () => Promise<T>, learn: () => void): Promise<T> {
  try {
    const answer = await send();
    learn();
    return answer;
  } catch (error) {
    const { status } = failureOf(error);
    if (status !== null && status < 500 && !isRefusal(error)) learn();
    throw error;
  }
}

function headersOf(args: unknown): Headers | null {
  const request: unknown = typeof args === 'object' && args !== null ? Reflect.get(args, 'request') : null;
  const headers: unknown =
    typeof request === 'object' && request !== null ? Reflect.get(request, 'headers') : null;
  return typeof headers === 'object' && headers !== null ? (headers as Headers) : null;
}

function drop(headers: Headers, family: (name: string) => boolean): void {
  for (const name of Object.keys(headers)) if (family(name)) delete headers[name];
}
