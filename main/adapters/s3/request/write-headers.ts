// Headers that the bucket owner requires on every write.
import type { WriteHeaders } from '../../../core/config/config.ts';

const kmsKeyHeader = 'x-amz-server-side-encryption-aws-kms-key-id';

/**
 * `requestPayer` goes with every request, the others where an object is made. A storage class that a command names is the
 * object's own and stays.
 */
export function setWriteHeaders(
  headers: Record<string, string>,
  wanted: WriteHeaders,
  makesObject: boolean,
): void {
  const { serverSideEncryption, sseKmsKeyId, storageClass, requestPayer } = wanted;
  if (requestPayer !== undefined) headers['x-amz-request-payer'] = requestPayer;
  if (!makesObject) return;
  if (serverSideEncryption !== undefined) {
    headers['x-amz-server-side-encryption'] = serverSideEncryption;
    delete headers[kmsKeyHeader];
    if (sseKmsKeyId !== undefined) headers[kmsKeyHeader] = sseKmsKeyId;
  }
  if (storageClass !== undefined) headers['x-amz-storage-class'] ??= storageClass;
}
