// Presigned GET of one object, for a reader without credentials.
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { AwsCredentials } from '../../ports/credentials.port.ts';
import { percentEncoded } from '../../core/net/percent-encoded.ts';

export type ShareRequest = {
  readonly endpoint: string;
  readonly forcePathStyle: boolean;
  readonly region: string;
  readonly bucket: string;
  readonly key: string;
  readonly fileName: string;
  readonly credentials: AwsCredentials;
  readonly nowMs: number;
  readonly expiresInSeconds: number;
  /** In a bucket whose readers pay, the one who signs pays for what the link fetches. */
  readonly requestPayer?: boolean;
};

/**
 * The URL of a download, signed in its query (Amazon S3 API reference, "Authenticating Requests: Using Query Parameters").
 * It is a bearer secret until it expires: shown once, never logged. It always downloads, never displays.
 */
export async function signedDownload(request: ShareRequest): Promise<string> {
  const { accessKeyId, secretAccessKey, sessionToken, clockOffsetMs } = request.credentials;
  const client = new S3Client({
    region: request.region,
    endpoint: request.endpoint,
    // A dot in the bucket's name would not match the certificate of the virtual host.
    forcePathStyle: request.forcePathStyle || request.bucket.includes('.'),
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken === '' ? {} : { sessionToken }) },
    // A browser verifies no checksum, and a signed query parameter may surprise other stores.
    responseChecksumValidation: 'WHEN_REQUIRED',
    // Nothing of the surroundings takes part: the endpoint is ours, and the profile files of AWS are not read.
    useFipsEndpoint: false,
    useDualstackEndpoint: false,
  });
  try {
    const get = new GetObjectCommand({
      Bucket: request.bucket,
      Key: request.key,
      // What percent-encoding leaves alone here, RFC 8187 allows as well.
      ResponseContentDisposition: `attachment; filename*=UTF-8''${percentEncoded(request.fileName)}`,
      ...(request.requestPayer === true ? { RequestPayer: 'requester' } : {}),
    });
    return await getSignedUrl(client, get, {
      expiresIn: request.expiresInSeconds,
      signingDate: new Date(request.nowMs + clockOffsetMs),
    });
  } finally {
    client.destroy();
  }
}
