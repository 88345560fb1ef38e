// LIST pages: decoded, in order, and within limits that a hostile store cannot exceed.
import { hash } from 'node:crypto';
import type { ListObjectsV2CommandOutput, _Object } from '@aws-sdk/client-s3';
import { SyncError } from '../../core/model/errors.ts';
import type { ObjectSummary, RemotePage, UnusableEntry } from '../../ports/remote-objects.port.ts';
import { ask, mapped } from './request/calls.ts';
import type { S3Bucket } from './request/calls.ts';
import { modifiedMsOf, parseEtag, parseKey } from './object-info.ts';
import { readPlainListing } from './plain-listing.ts';
import type { PlainEntry, PlainListing } from './plain-listing.ts';

/** A thousand million keys; we cannot sync with a store that lists more. */
const maxPages = 1_000_000;
const maxEmptyPages = 1000;
/** S3 sends 1,000; a gateway that sends all that it has may send more. Each page is recorded in one go. */
const maxPageEntries = 20_000;

/** Throws `remote-invalid-answer` for a page with more entries than are read. */
export function checkPageEntries(count: number): void {
  if (count > maxPageEntries) throw brokenListing('a page of the listing has too many entries');
}

/** Undoes `encoding-type=url`, where a space may come as `+`; null when it is not valid UTF-8. */
export function decodeListed(text: string, isEncoded: boolean): string | null {
  if (!isEncoded || !/[%+]/u.test(text)) return text;
  try {
    return decodeURIComponent(text.replaceAll('+', '%20'));
  } catch {
    return null;
  }
}

type Parsed = { readonly object: ObjectSummary } | { readonly unusable: UnusableEntry };

/** One object of the listing; what is missing is undefined. */
type Listed = Omit<{ readonly [Name in keyof PlainEntry]: PlainEntry[Name] | undefined }, 'modifiedMs'> &
  Pick<PlainEntry, 'modifiedMs'>;

function listedOf(entry: _Object): Listed {
  const { Key: key, ETag: etag, Size: sizeBytes } = entry;
  return { key, etag, sizeBytes, modifiedMs: modifiedMsOf(entry) };
}

function parseEntry(entry: Listed, prefix: string, isEncoded: boolean): Parsed {
  const raw = entry.key ?? '';
  const text = decodeListed(raw, isEncoded);
  const key = text === null ? null : parseKey(text);
  const label = (text ?? raw).slice(0, 1024);
  if (key === null) return { unusable: { key, label, why: 'no-key' } };
  if (!key.startsWith(prefix)) return { unusable: { key: null, label, why: 'other-prefix' } };
  const etag = parseEtag(entry.etag);
  const { sizeBytes, modifiedMs } = entry;
  if (etag === null) return { unusable: { key, label, why: 'no-etag' } };
  if (sizeBytes === undefined || !Number.isSafeInteger(sizeBytes) || sizeBytes < 0)
    return { unusable: { key, label, why: 'no-size' } };
  return { object: { key, etag, sizeBytes, modifiedMs } };
}

/** A page as it came, by one way or the other. */
type Page = {
  readonly entries: readonly Listed[];
  readonly isEncoded: boolean;
  readonly isLast: boolean;
  readonly next: string;
};

function pageOf(output: ListObjectsV2CommandOutput): Page {
  checkIsListing(output);
  return {
    entries: (output.Contents ?? []).map(listedOf),
    isEncoded: output.EncodingType === 'url',
    isLast: output.IsTruncated !== true,
    next: output.NextContinuationToken ?? '',
  };
}

/** What cannot be used costs itself and nothing else: the rest of the page is as good as without it. */
function parsePage({ entries, isEncoded, isLast }: Page, prefix: string): RemotePage {
  checkPageEntries(entries.length);
  const objects: ObjectSummary[] = [];
  const unusable: UnusableEntry[] = [];
  for (const entry of entries) {
    const parsed = parseEntry(entry, prefix, isEncoded);
    if ('object' in parsed) objects.push(parsed.object);
    else unusable.push(parsed.unusable);
  }
  return { objects, unusable, isLast };
}

/** Elements of listings of keys, versions, parts and uploads; stores leave out one or another. */
type ListingShape = {
  readonly IsTruncated?: boolean | undefined;
  readonly Name?: string | undefined;
  readonly Prefix?: string | undefined;
  readonly MaxKeys?: number | undefined;
  readonly KeyCount?: number | undefined;
  readonly Contents?: readonly unknown[] | undefined;
};

/**
 * A gateway's page, or an empty body, with status 200 has none of the elements that every listing has: it must not count as
 * one without keys, because then all files would be gone.
 */
export function checkIsListing({
  IsTruncated,
  Name,
  Prefix,
  MaxKeys,
  KeyCount,
  Contents,
}: ListingShape): void {
  const elements = [IsTruncated, Name, Prefix, MaxKeys, KeyCount, Contents];
  if (elements.every((element) => element === undefined)) throw brokenListing('the answer is no listing');
}

function brokenListing(message: string): SyncError {
  return new SyncError({ code: 'remote-invalid-answer', retry: 'backoff', scope: 'pair', message });
}

async function fetchPage(
  bucket: S3Bucket,
  at: { readonly prefix: string; readonly startAfter: string | null; readonly token: string | null },
  signal: AbortSignal,
): Promise<Page> {
  const plain: { listing: PlainListing | null } = { listing: null };
  const takeXml = (bytes: Uint8Array): boolean => {
    plain.listing = readPlainListing(bytes);
    return plain.listing !== null;
  };
  const options = { writes: false, deniedScope: 'pair', takeXml } as const;
  const input = {
    Bucket: bucket.bucket,
    Prefix: at.prefix,
    EncodingType: 'url' as const,
    ...(at.token !== null ? { ContinuationToken: at.token } : {}),
    ...(at.token === null && at.startAfter !== null ? { StartAfter: at.startAfter } : {}),
  };
  const send = () => bucket.direct?.list(input) ?? bucket.sdk.send('ListObjectsV2', input);
  const answer = await ask(bucket, send, options, signal);
  const { listing } = plain;
  if (answer.kind !== 'ok')
    throw answer.kind === 'withdrawn' ? brokenListing('withdrawn') : mapped(bucket, answer.error, options);
  if (listing === null) return pageOf(answer.value);
  return { ...listing, isLast: listing.next === null, next: listing.next ?? '' };
}

export async function* listPages(
  bucket: S3Bucket,
  prefix: string,
  startAfter: string | null,
  signal: AbortSignal,
): AsyncIterable<RemotePage> {
  let token: string | null = null;
  // Keys may come in any order (directory by directory, in some stores), so that only a token that returns shows a circle.
  const tokens = new Set<string>();
  let emptyPages = 0;
  for (let pages = 0; pages < maxPages; pages += 1) {
    const fetched: Page = await fetchPage(bucket, { prefix, startAfter, token }, signal);
    const page = parsePage(fetched, prefix);
    yield page;
    if (page.isLast) return;
    const { next } = fetched;
    const seen = hash('sha1', next, 'base64').slice(0, 12);
    if (next === '' || tokens.has(seen)) throw brokenListing('the listing repeats its continuation token');
    tokens.add(seen);
    emptyPages = page.objects.length === 0 ? emptyPages + 1 : 0;
    if (emptyPages > maxEmptyPages) throw brokenListing('the listing continues without keys');
    token = next;
  }
  throw brokenListing('the listing has too many pages');
}
