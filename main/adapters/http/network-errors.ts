// Network errors common to all services: proxy login, untrusted certificate. Separate from an unreachable
// network, because the user can act on them.
import { SyncError } from '../../core/model/errors.ts';

export const proxyLoginCode = 'ERR_PROXY_LOGIN';

/** Node's codes for a certificate that does not lead to an authority that is trusted here. */
export const untrustedCodes: ReadonlySet<string> = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_UNTRUSTED',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

/**
 * The error for a failed request to any service whose cause lies on the way: `proxy-login` for an answer 407 of the proxy
 * (RFC 9110 section 15.5.8), `tls-untrusted` for a certificate, as the login page of a public network shows one; else null.
 */
export function networkError(error: unknown): SyncError | null {
  let current: unknown = error;
  for (let depth = 0; depth < 6 && typeof current === 'object' && current !== null; depth += 1) {
    const code: unknown = Reflect.get(current, 'code');
    const message = String(Reflect.get(current, 'message'));
    if (code === proxyLoginCode)
      return new SyncError({
        code: 'proxy-login',
        retry: 'slow',
        scope: 'account',
        message: `${message}: it wants a user name and password (407)`,
        fields: { mayHaveHappened: false },
      });
    if (typeof code === 'string' && untrustedCodes.has(code))
      return new SyncError({
        code: 'tls-untrusted',
        retry: 'backoff',
        scope: 'account',
        message: `tls-untrusted: ${message}`,
        // The request never left: nothing can have taken effect.
        fields: { detail: code, mayHaveHappened: false },
      });
    current = Reflect.get(current, 'cause');
  }
  return null;
}
