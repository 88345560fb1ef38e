// Conditional headers: what If-Match, If-None-Match and the date forms mean for reads, writes, copies and deletes.
import { AwsError } from './aws-error.ts';
import type { StoredVersion } from './object-types.ts';
import type { Precondition } from './object-records.ts';
import type { S3Request } from './s3-context.ts';

export function preconditionFailed(condition: string): AwsError {
  return new AwsError(
    'PreconditionFailed',
    412,
    'At least one of the pre-conditions you specified did not hold',
    { Condition: condition },
  );
}

export function noSuchKey(key: string): AwsError {
  return new AwsError('NoSuchKey', 404, 'The specified key does not exist.', { Key: key });
}

/** Whether an If-Match or If-None-Match list names the ETag. */
export function etagListed(list: string, etag: string): boolean {
  return list.split(',').some((item) => {
    const text = item.trim();
    return text === '*' || text.replace(/^(?:W\/)?"(.*)"$/, '$1') === etag;
  });
}

/** The condition of a write or delete, to be checked in the turn of the change. Undefined when there is none. */
export function writePrecondition(s3: S3Request, verb: string): Precondition | undefined {
  const ifMatch = s3.condition(verb, 'if-match');
  const ifNoneMatch = s3.condition(verb, 'if-none-match');
  if (ifMatch === undefined && ifNoneMatch === undefined) return undefined;
  if (ifNoneMatch !== undefined && ifNoneMatch !== '*') throw s3.notImplemented();
  // AWS asks for the right to read where the answer tells what is there.
  if (ifMatch !== undefined) s3.demand('s3:GetObject');
  const isQuotedRefused = s3.parts.settings.store.ifMatchUnquotedOnly && verb === 'PutObject';
  return (current) => {
    if (ifNoneMatch !== undefined && current !== undefined) throw preconditionFailed('If-None-Match');
    if (ifMatch === undefined) return;
    if (current === undefined)
      throw verb === 'DeleteObject' ? preconditionFailed('If-Match') : noSuchKey(s3.key);
    if ((isQuotedRefused && ifMatch.startsWith('"')) || !etagListed(ifMatch, current.etag))
      throw preconditionFailed('If-Match');
  };
}

/** What a read must answer before any body: 304, 412, or nothing special. */
export function readVerdict(s3: S3Request, version: StoredVersion): 'ok' | 'not-modified' {
  const ifMatch = s3.header('if-match');
  const ifNoneMatch = s3.condition('GetObject', 'if-none-match');
  const seconds = Math.floor(version.modifiedMs / 1000) * 1000;
  if (ifMatch !== undefined) {
    if (!etagListed(ifMatch, version.etag)) throw preconditionFailed('If-Match');
  } else {
    const unmodified = Date.parse(s3.header('if-unmodified-since') ?? '');
    if (!Number.isNaN(unmodified) && seconds > unmodified) throw preconditionFailed('If-Unmodified-Since');
  }
  if (ifNoneMatch !== undefined) return etagListed(ifNoneMatch, version.etag) ? 'not-modified' : 'ok';
  const modified = Date.parse(s3.header('if-modified-since') ?? '');
  return !Number.isNaN(modified) && seconds <= modified ? 'not-modified' : 'ok';
}

/** The x-amz-copy-source-if-* conditions. */
export function checkCopySource(s3: S3Request, version: StoredVersion): void {
  const ifMatch = s3.condition('CopyObject', 'x-amz-copy-source-if-match');
  const ifNoneMatch = s3.header('x-amz-copy-source-if-none-match');
  const seconds = Math.floor(version.modifiedMs / 1000) * 1000;
  if (
    ifMatch !== undefined &&
    !s3.parts.settings.store.ignoredConditions.includes('CopyObject:copy-source-if-match') &&
    !etagListed(ifMatch, version.etag)
  ) {
    throw preconditionFailed('x-amz-copy-source-If-Match');
  }
  if (ifNoneMatch !== undefined && etagListed(ifNoneMatch, version.etag))
    throw preconditionFailed('x-amz-copy-source-If-None-Match');
  const unmodified = Date.parse(s3.header('x-amz-copy-source-if-unmodified-since') ?? '');
  if (ifMatch === undefined && !Number.isNaN(unmodified) && seconds > unmodified)
    throw preconditionFailed('x-amz-copy-source-If-Unmodified-Since');
  const modified = Date.parse(s3.header('x-amz-copy-source-if-modified-since') ?? '');
  if (ifNoneMatch === undefined && !Number.isNaN(modified) && seconds <= modified)
    throw preconditionFailed('x-amz-copy-source-If-Modified-Since');
}
