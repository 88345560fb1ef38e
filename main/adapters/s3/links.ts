// Share links signed by query parameters.
import type { Links } from '../../ports/links.port.ts';
import { awsS3Endpoint } from './client.ts';
import { signedDownload } from './presign.ts';

/** @param isAllowed what the machine's policy says at this moment */
export function makeLinks(isAllowed: Links['isAllowed']): Links {
  return {
    isAllowed,
    sign: ({ account, ...request }) =>
      signedDownload({
        ...request,
        endpoint: account.s3Endpoint ?? awsS3Endpoint(account.region),
        forcePathStyle: account.forcePathStyle,
        region: account.region,
      }),
  };
}
