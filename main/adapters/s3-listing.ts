// Pages of LIST as the engine wants them: decoded, in order, and with limits that a hostile store cannot exceed.
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import type { ListObjectsV2CommandOutput, _Object } from '@aws-sdk/client-s3';
import { SyncError } from '../core/errors.ts';
import type { ObjectSummary, RemotePage } from '../ports/remote-objects.port.ts';
import { ask, mapped } from './s3-calls.ts';
import type { S3Bucket } from './s3-calls.ts';
import { parseEtag, parseKey } from './s3-facts.ts';

/** A thousand million keys; a store that goes on beyond that is not one we can sync with. */
const maxPages = 1_000_000;
const maxEmptyPages = 1000;

/** Undoes `encoding-type=url`, where a space may come as `+`; null when it is not valid UTF-8. */
export function decodeListed(text: string, isEncoded: boolean): string | null {
  if (!isEncoded) return text;
  try {
    return decodeURIComponent(text.replaceAll('+', '%20'));
  } catch {
    return null;
  }
}

function parseObject(entry: _Object, prefix: string, isEncoded: boolean): ObjectSummary | null {
  const text = entry.Key === undefined ? null : decodeListed(entry.Key, isEncoded);
  const key = text === null ? null : parseKey(text);
  const etag = parseEtag(entry.ETag);
  const { Size: sizeBytes } = entry;
  if (key === null || etag === null || !key.startsWith(prefix)) return null;
  if (sizeBytes === undefined || !Number.isSafeInteger(sizeBytes) || sizeBytes < 0) return null;
  return { key, etag, sizeBytes, modifiedMs: entry.LastModified?.getTime() ?? 0 };
}

function comesAfter(key: string, previous: string | null): boolean {
  return previous === null || Buffer.compare(Buffer.from(key), Buffer.from(previous)) > 0;
}

/** A key that repeats, or comes before an earlier one, counts as unparsable: the listing is incomplete (rule 3). */
function parsePage(
  output: ListObjectsV2CommandOutput,
  prefix: string,
  previous: string | null,
): { readonly page: RemotePage; readonly last: string | null } {
  const isEncoded = output.EncodingType === 'url';
  const objects: ObjectSummary[] = [];
  let last = previous;
  let unparsable = 0;
  for (const entry of output.Contents ?? []) {
    const object = parseObject(entry, prefix, isEncoded);
    if (object === null || !comesAfter(object.key, last)) {
      unparsable += 1;
      continue;
    }
    last = object.key;
    objects.push(object);
  }
  return { page: { objects, unparsable, isLast: output.IsTruncated !== true }, last };
}

function brokenListing(message: string): SyncError {
  return new SyncError({ code: 'remote-invalid-answer', retry: 'backoff', scope: 'pair', message });
}

async function fetchPage(
  bucket: S3Bucket,
  at: { readonly prefix: string; readonly startAfter: string | null; readonly token: string | null },
  signal: AbortSignal,
): Promise<ListObjectsV2CommandOutput> {
  const options = { writes: false, deniedScope: 'pair' } as const;
  const command = new ListObjectsV2Command({
    Bucket: bucket.bucket,
    Prefix: at.prefix,
    EncodingType: 'url',
    ...(at.token !== null ? { ContinuationToken: at.token } : {}),
    ...(at.token === null && at.startAfter !== null ? { StartAfter: at.startAfter } : {}),
  });
  const answer = await ask(bucket, () => bucket.client.send(command), options, signal);
  if (answer.kind === 'ok') return answer.value;
  throw answer.kind === 'withdrawn' ? brokenListing('withdrawn') : mapped(bucket, answer.error, options);
}

export async function* listPages(
  bucket: S3Bucket,
  prefix: string,
  startAfter: string | null,
  signal: AbortSignal,
): AsyncIterable<RemotePage> {
  let token: string | null = null;
  let last = startAfter;
  let emptyPages = 0;
  for (let pages = 0; pages < maxPages; pages += 1) {
    const output: ListObjectsV2CommandOutput = await fetchPage(bucket, { prefix, startAfter, token }, signal);
    const parsed = parsePage(output, prefix, last);
    last = parsed.last;
    yield parsed.page;
    if (parsed.page.isLast) return;
    const next: string = output.NextContinuationToken ?? '';
    if (next === '' || next === token) throw brokenListing('the listing repeats its continuation token');
    emptyPages = parsed.page.objects.length === 0 ? emptyPages + 1 : 0;
    if (emptyPages > maxEmptyPages) throw brokenListing('the listing goes on without keys');
    token = next;
  }
  throw brokenListing('the listing has too many pages');
}
