// Share links signed by query parameters.
import type { Links } from '../../ports/links.port.ts';
import { s3EndpointOf } from '../../core/net/aws-endpoint.ts';
import { signedDownload } from './presign.ts';

/** @param isAllowed what the machine's policy says at this moment */
export function makeLinks(isAllowed: Links['isAllowed']): Links {
  return {
    isAllowed,
    sign: ({ account, ...request }) =>
      signedDownload({
        ...request,
        endpoint: s3EndpointOf(account),
        forcePathStyle: account.forcePathStyle,
        region: account.region,
      }),
  };
}
