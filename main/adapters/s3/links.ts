// Share links signed by query parameters.
import type { Links } from '../../ports/links.port.ts';
import { s3EndpointOf } from '../../core/net/aws-endpoint.ts';

/** @param isAllowed what the machine's policy says at this moment */
export function makeLinks(isAllowed: Links['isAllowed']): Links {
  return {
    isAllowed,
    sign: async ({ account, ...request }) => {
      // With the SDK's client, which most runs need nothing of.
      const { signedDownload } = await import('./presign.ts');
      return signedDownload({
        ...request,
        endpoint: s3EndpointOf(account),
        forcePathStyle: account.forcePathStyle,
        region: account.region,
      });
    },
  };
}
