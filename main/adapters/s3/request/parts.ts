// What the SDK's client and the requests without it are made of: one endpoint, one handler, one session.
import type { WriteHeaders } from '../../../core/config/config.ts';
import { SyncError } from '../../../core/model/errors.ts';
import { awsEndpointUrl } from '../../../core/net/aws-endpoint.ts';
import { isAwsHost } from '../../../core/access/endpoints.ts';
import { isLiteralLoopback } from '../../../core/net/url.ts';
import type { Credentials } from '../../../ports/credentials.port.ts';
import { awsHttpHandlerOptions, defaultAwsHttp } from '../../http/aws-handler.ts';
import type { AwsHttpOptions } from '../../http/aws-handler.ts';
import type { Paces } from '../../limits/pace.ts';
import { CallHandler } from './call-handler.ts';
import { S3Session } from '../session.ts';

export type S3Options = {
  /** A cached middleware stack belongs to one bucket: endpoints are resolved per bucket. */
  readonly bucket: string;
  readonly region: string;
  /** null: the regional AWS endpoint. */
  readonly endpoint: string | null;
  readonly forcePathStyle: boolean;
  /** Sent as `x-amz-expected-bucket-owner` to AWS endpoints (S2). */
  readonly expectedBucketOwner: string | null;
  /** Allows plain http, to literal loopback addresses only (S13). */
  readonly development: boolean;
  readonly credentials: Credentials;
  /** Sent with every write, and `requestPayer` with every request. */
  readonly headers?: WriteHeaders;
  readonly http?: Partial<AwsHttpOptions>;
  /** Limits that hold for contents, both ways; all of them at once. */
  readonly paces?: readonly Paces[];
  /** Gets the latency of each response. */
  readonly onAnswer?: (ms: number) => void;
  /** Wall clock, for expiry only. */
  readonly nowMs: () => number;
};

export type S3Parts = {
  readonly endpoint: URL;
  readonly handler: CallHandler;
  readonly session: S3Session;
  readonly owner: string | null;
};

/** Throws `url-refused`. */
export function partsOf(options: S3Options): S3Parts {
  const endpoint = checkedEndpoint(options);
  const http = { ...defaultAwsHttp, ...options.http };
  return {
    endpoint,
    handler: new CallHandler(awsHttpHandlerOptions(http), options.paces ?? [], options.onAnswer),
    session: new S3Session(options.credentials),
    owner: isAwsHost(endpoint.hostname) ? options.expectedBucketOwner : null,
  };
}

function checkedEndpoint(options: S3Options): URL {
  const url = new URL(options.endpoint ?? awsEndpointUrl('s3', options.region));
  const isAllowed =
    url.protocol === 'https:' || (url.protocol === 'http:' && isLiteralLoopback(url) && options.development);
  if (!isAllowed || url.username !== '' || url.password !== '')
    throw new SyncError({
      code: 'url-refused',
      retry: 'slow',
      scope: 'account',
      message: `S3 endpoint refused: ${url.protocol}//${url.host} (https is needed)`,
      fields: { field: 's3Endpoint' },
    });
  return url;
}
