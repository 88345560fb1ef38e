// Redirect address bound to one issuer (RFC 9700 section 2.1).
import { createHash } from 'node:crypto';

const boundPath = /^\/callback\/([0-9a-f]{16})\/?$/i;

/**
 * Last part of the path `/callback/...` that only this issuer may use: the beginning of the SHA-256 of its text. A provider that knows
 * no other address for its client sends no answer to a sign-in that began at another provider.
 */
export function issuerMark(issuer: string): string {
  return createHash('sha256').update(issuer).digest('hex').slice(0, 16);
}

/** Null for an address that is this issuer's, or of no issuer in particular. */
export function redirectProblem(redirectUri: string, issuer: string): string | null {
  const mark = boundPath.exec(URL.parse(redirectUri)?.pathname ?? '')?.[1];
  return mark === undefined || mark.toLowerCase() === issuerMark(issuer)
    ? null
    : `is bound to another issuer; that of this one would be /callback/${issuerMark(issuer)}`;
}
