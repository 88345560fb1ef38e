// Uploads by lib-storage.
//
// It reads a stream serially, sends a few parts at once, and aborts the upload when anything fails.
import { UploadPartCommand } from '@aws-sdk/client-s3';
import type { CompleteMultipartUploadCommandOutput, S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { sumInput, sumOf } from '../../sums/body-sum.ts';
import type { StreamUpload } from './requests.ts';

export async function uploadStream(
  client: S3Client,
  { params, partBytes, partsInFlight, isPartMd5Wanted, onProgress }: StreamUpload,
): Promise<CompleteMultipartUploadCommandOutput> {
  const upload = new Upload({
    client: isPartMd5Wanted ? withPartMd5(client) : client,
    params,
    partSize: partBytes,
    queueSize: partsInFlight,
    leavePartsOnError: false,
  });
  upload.on('httpUploadProgress', (progress) => {
    onProgress(progress.loaded ?? 0);
  });
  return await upload.done();
}

/**
 * The same client, whose parts carry `Content-MD5`: lib-storage makes part requests itself and knows no MD5, which a store
 * without other checksums wants under Object Lock.
 */
function withPartMd5(client: S3Client): S3Client {
  const send = (command: Parameters<S3Client['send']>[0]): Promise<unknown> => {
    const body = command instanceof UploadPartCommand ? command.input.Body : null;
    if (body instanceof Uint8Array) Object.assign(command.input, sumInput(sumOf('md5', body)));
    return client.send(command);
  };
  return Object.assign(Object.create(client) as S3Client, { send });
}
