// A proxy that wants a login that nobody gave: told apart from a network that is away, because only a setting cures it.
import { SyncError } from '../core/errors.ts';

export const proxyLoginCode = 'ERR_PROXY_LOGIN';

/** The error for a failed request whose cause is an answer 407 of the proxy (RFC 9110 section 15.5.8); else null. */
export function proxyLoginError(error: unknown): SyncError | null {
  let current: unknown = error;
  for (let depth = 0; depth < 6 && current instanceof Error; depth += 1) {
    if ('code' in current && current.code === proxyLoginCode)
      return new SyncError({
        code: 'proxy-login',
        retry: 'slow',
        scope: 'account',
        message: `${current.message}: it wants a user name and password (407)`,
      });
    current = current.cause;
  }
  return null;
}
