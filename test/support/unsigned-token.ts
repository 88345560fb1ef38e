// Id token with a signature of no key, for services that check none.

/** Issued now. */
export function unsignedToken(
  claims: { readonly iss: string; readonly aud: string; readonly sub: string },
  lifetimeSeconds = 3600,
): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const nowSeconds = Math.floor(Date.now() / 1000);
  const times = { iat: nowSeconds, exp: nowSeconds + lifetimeSeconds };
  return [{ alg: 'RS256', typ: 'JWT' }, { ...claims, ...times }, 'unsigned'].map(part).join('.');
}
