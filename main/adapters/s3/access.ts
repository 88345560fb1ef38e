// One bucket's store: requests without the SDK, and the SDK's client for the others, over the same sockets.
import { currentCall } from './request/call.ts';
import { partsOf } from './request/parts.ts';
import type { S3Options, S3Parts } from './request/parts.ts';
import { saysExpired } from './errors.ts';
import { makeDirect } from './direct/direct.ts';
import type { DirectS3 } from './direct/direct.ts';
import { lateSdk } from './sdk/requests.ts';
import type { S3Sdk } from './sdk/requests.ts';

export type S3Access = {
  readonly sdk: ReturnType<typeof lateSdk>;
  /** Null where the endpoint does not allow it. */
  readonly direct: DirectS3 | null;
  /** Closes the sockets of both. */
  readonly destroy: () => void;
};

export function makeS3Access(options: S3Options, parts = partsOf(options)): S3Access {
  const sdk = lateSdk(async () => {
    const { makeS3Client, sdkOf } = await import('./sdk/client.ts');
    return sdkOf(makeS3Client(options, parts));
  });
  return {
    sdk,
    direct: directOf(sdk, options, parts),
    destroy: () => {
      parts.handler.destroy();
    },
  };
}

function directOf(sdk: S3Sdk, options: S3Options, parts: S3Parts): DirectS3 | null {
  const { endpoint, handler, session, owner } = parts;
  return makeDirect(
    { sdk, handler, session },
    {
      bucket: options.bucket,
      region: options.region,
      endpoint,
      isPathStyle: options.forcePathStyle,
      expectedBucketOwner: owner,
      headers: options.headers ?? {},
      nowMs: options.nowMs,
      onRefused: (error) => {
        const used = currentCall()?.used ?? null;
        // Or the client would send it with the same session first, a part of many megabytes as well.
        if (used !== null && saysExpired(error, used, options.nowMs()))
          options.credentials.invalidate(used.accessKeyId);
      },
    },
  );
}
