// ObjectVersions on any S3 endpoint: what can be restored, and whether the bucket keeps versions at all.
import type { ListObjectVersionsCommandInput, ListObjectVersionsCommandOutput } from '@aws-sdk/client-s3';
import { isSyncError } from '../../core/model/errors.ts';
import type { ObjectVersion, ObjectVersions } from '../../ports/remote-objects.port.ts';
import { ask, reads } from './request/calls.ts';
import type { S3Bucket } from './request/calls.ts';
import { invalidAnswer, isSoundVersion, modifiedMsOf, parseEtag, parseKey } from './object-info.ts';
import { checkIsListing, checkPageEntries, decodeListed } from './listing.ts';
import { getObject } from './objects.ts';
import { unexpected } from './request/outcome.ts';

export function makeS3Versions(bucket: S3Bucket): ObjectVersions {
  return {
    versions: (prefix, signal) => listVersions(bucket, prefix, signal),
    getVersion: (key, versionId, signal) =>
      getObject(bucket, key, { condition: { kind: 'none' }, versionId }, signal),
    bucketVersioning: (signal) => bucketVersioning(bucket, signal),
  };
}

type Listed = {
  readonly Key?: string | undefined;
  readonly VersionId?: string | undefined;
  readonly IsLatest?: boolean | undefined;
  readonly LastModified?: Date | undefined;
};

/** Null for an entry that cannot be used; the others of its page are as good as without it. */
function parseVersion(
  entry: Listed,
  file: { readonly etag: string | undefined; readonly sizeBytes: number | undefined } | null,
  isEncoded: boolean,
): ObjectVersion | null {
  const text = entry.Key === undefined ? null : decodeListed(entry.Key, isEncoded);
  const key = text === null ? null : parseKey(text);
  const versionId = entry.VersionId ?? 'null';
  if (key === null || !isSoundVersion(versionId)) return null;
  const sizeBytes = file?.sizeBytes ?? 0;
  if (!Number.isSafeInteger(sizeBytes) || sizeBytes < 0) return null;
  return {
    key,
    versionId,
    isLatest: entry.IsLatest === true,
    isDeleteMarker: file === null,
    etag: file === null ? null : parseEtag(file.etag),
    sizeBytes,
    modifiedMs: modifiedMsOf(entry),
  };
}

/** Versions and delete markers come apart; within one key the newest goes first, the latest before all. */
function newestFirst(page: ListObjectVersionsCommandOutput): readonly ObjectVersion[] {
  checkPageEntries((page.Versions?.length ?? 0) + (page.DeleteMarkers?.length ?? 0));
  const isEncoded = page.EncodingType === 'url';
  const files = (page.Versions ?? []).map((entry) =>
    parseVersion(entry, { etag: entry.ETag, sizeBytes: entry.Size }, isEncoded),
  );
  const markers = (page.DeleteMarkers ?? []).map((entry) => parseVersion(entry, null, isEncoded));
  return [...files, ...markers]
    .filter((version) => version !== null)
    .toSorted(
      (a, b) =>
        Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)) ||
        Number(b.isLatest) - Number(a.isLatest) ||
        b.modifiedMs - a.modifiedMs,
    );
}

type VersionMarker = { readonly key: string; readonly version: string | undefined };

async function* listVersions(
  bucket: S3Bucket,
  prefix: string,
  signal: AbortSignal,
): AsyncIterable<ObjectVersion> {
  let at = null as VersionMarker | null;
  for (let pages = 0; pages < 100_000; pages += 1) {
    const input: ListObjectVersionsCommandInput = {
      Bucket: bucket.bucket,
      Prefix: prefix,
      EncodingType: 'url',
      ...(at === null ? {} : { KeyMarker: at.key }),
      ...(at?.version === undefined ? {} : { VersionIdMarker: at.version }),
    };
    const answer = await ask(bucket, () => bucket.sdk.send('ListObjectVersions', input), reads, signal);
    if (answer.kind !== 'ok') throw unexpected(bucket, answer, reads);
    checkIsListing(answer.value);
    yield* newestFirst(answer.value);
    if (answer.value.IsTruncated !== true) return;
    const key = decodeListed(answer.value.NextKeyMarker ?? '', answer.value.EncodingType === 'url');
    const version = answer.value.NextVersionIdMarker;
    if (key === null || key === '' || (key === at?.key && version === at.version)) break;
    at = { key, version };
  }
  throw invalidAnswer('the list of versions does not end');
}

async function bucketVersioning(
  bucket: S3Bucket,
  signal: AbortSignal,
): ReturnType<ObjectVersions['bucketVersioning']> {
  const input = { Bucket: bucket.bucket };
  const send = () => bucket.direct?.versioning(input) ?? bucket.sdk.send('GetBucketVersioning', input);
  try {
    // Of the bucket: a signature that does not fit here fits nowhere.
    const options = { ...reads, deniedScope: 'pair' } as const;
    const answer = await ask(bucket, send, options, signal);
    if (answer.kind !== 'ok') return 'unversioned';
    if (answer.value.Status === 'Enabled') return 'enabled';
    return answer.value.Status === 'Suspended' ? 'suspended' : 'unversioned';
  } catch (error) {
    // A role may well lack this right; nothing is promised then. Other failures are not an answer.
    if (isSyncError(error) && (error.code === 'remote-denied' || error.code === 'remote-refused'))
      return 'unversioned';
    throw error;
  }
}
