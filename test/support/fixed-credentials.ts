// Fixed credentials, for endpoints whose keys the test has.
import type { Credentials } from '../../main/ports/credentials.port.ts';

export type FixedKeys = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
};

export function fixedCredentials(keys: FixedKeys): Credentials {
  const principal = { sub: 'fixed', issuer: 'https://issuer.invalid/', qualifier: null, tags: {}, arn: null };
  const credentials = { sessionToken: '', ...keys, expiresAtMs: Number.MAX_SAFE_INTEGER, clockOffsetMs: 0 };
  return {
    get: () => Promise.resolve(credentials),
    principal: () => Promise.resolve(principal),
    invalidate: () => undefined,
    renew: () => Promise.resolve(credentials),
    retryNow: () => undefined,
    forget: () => ({ issuedUntilMs: null }),
  };
}
