// Mapping of openid-client errors to actionable errors, without tokens in messages.
import * as oidc from 'openid-client';
import { type IdentityErrorCode, SyncError } from '../../core/model/errors.ts';

/** The OAuth error code in an answer of the token endpoint (RFC 6749 section 5.2), or `null`. */
export function oauthErrorCode(error: unknown): string | null {
  if (error instanceof oidc.ResponseBodyError || error instanceof oidc.AuthorizationResponseError) {
    return /^[\w-]{1,64}$/.test(error.error) ? error.error : 'unreadable';
  }
  return null;
}

/** `fallback` names the failure when nothing better is known. The foreign error is not kept as cause: its `cause` holds whole answers. */
export function mapOidcError(error: unknown, fallback: IdentityErrorCode, message: string): SyncError {
  const ours = findSyncError(error);
  if (ours !== null) return ours;
  const code = errorCode(error);
  const reply = oauthErrorCode(error);
  const slow = (mapped: IdentityErrorCode, text: string): SyncError =>
    new SyncError({
      code: mapped,
      retry: 'slow',
      scope: 'account',
      message: text,
      fields: {
        ...(code === null ? {} : { detail: code }),
        ...(reply === null ? {} : { oauthError: reply }),
      },
    });
  if (code === 'OAUTH_TIMEOUT' || (error instanceof Error && error.name === 'TimeoutError')) {
    return new SyncError({
      code: 'issuer-unreachable',
      retry: 'backoff',
      scope: 'account',
      message: 'the identity provider did not answer in time',
    });
  }
  if (reply === null && code !== null && notTheProvider.has(code)) {
    return new SyncError({
      code: 'issuer-unreachable',
      retry: 'backoff',
      scope: 'account',
      message: `${message}: what answered is not the provider`,
      fields: { detail: code },
    });
  }
  if (reply === 'temporarily_unavailable' || reply === 'server_error') {
    return new SyncError({
      code: 'issuer-unreachable',
      retry: 'backoff',
      scope: 'account',
      message: `the identity provider answered "${reply}"`,
      fields: { oauthError: reply },
    });
  }
  if (reply === 'access_denied') return slow('sign-in-denied', 'the sign-in was declined');
  if (reply !== null) return slow(fallback, `the identity provider answered "${reply}"`);
  if (code === 'OAUTH_JWT_TIMESTAMP_CHECK_FAILED')
    return slow('token-expired', 'the id_token is expired or not valid yet');
  if (code === 'OAUTH_JWT_CLAIM_COMPARISON_FAILED')
    return slow('token-invalid', `the id_token names another ${claimName(error)}`);
  if (code === 'OAUTH_KEY_SELECTION_FAILED')
    return slow('token-invalid', 'the id_token is signed with a key that the provider does not publish');
  if (code === 'OAUTH_INVALID_RESPONSE' || code === 'OAUTH_PARSE_ERROR')
    return slow(tokenProblem(error, fallback), `${message}: ${innermostMessage(error)}`);
  return slow(fallback, message);
}

/** A status or a content type that no endpoint of a provider answers with: a page of maintenance, or of the network. */
const notTheProvider: ReadonlySet<string> = new Set([
  'OAUTH_RESPONSE_IS_NOT_CONFORM',
  'OAUTH_RESPONSE_IS_NOT_JSON',
]);

function tokenProblem(error: unknown, fallback: IdentityErrorCode): IdentityErrorCode {
  const text = innermostMessage(error);
  if (text.includes('"alg"')) return 'token-algorithm';
  if (text.includes('"id_token"') && text.includes('must be')) return 'no-id-token';
  return /JWT|ID Token|signature/i.test(text) ? 'token-invalid' : fallback;
}

/** The library's own constant messages: they name fields, never values. */
function innermostMessage(error: unknown): string {
  let message = error instanceof Error ? error.message : '';
  let current: unknown = error;
  for (let depth = 0; depth < 4 && current instanceof Error; depth += 1) {
    message = current.message;
    current = current.cause;
  }
  return message;
}

function claimName(error: unknown): string {
  const text = innermostMessage(error);
  return (
    ['iss', 'aud', 'azp', 'nonce', 'auth_time'].find((claim) => text.includes(`"${claim}"`)) ??
    'issuer or audience'
  );
}

function errorCode(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
}

function findSyncError(error: unknown): SyncError | null {
  let current: unknown = error;
  for (let depth = 0; depth < 6 && current instanceof Error; depth += 1) {
    if (current instanceof SyncError) return current;
    current = current.cause;
  }
  return null;
}

/** OpenID Connect Core 1.0 section 3.1.2.6: the provider wants its user to do something. */
export const asksForPerson: ReadonlySet<string> = new Set([
  'interaction_required',
  'login_required',
  'account_selection_required',
  'consent_required',
]);

/** The provider describes itself, as another one than it was asked for. Everything else may be a page of maintenance. */
export function contradictsIssuer(error: unknown): boolean {
  let current: unknown = error;
  for (let depth = 0; depth < 6 && current instanceof Error; depth += 1) {
    if (errorCode(current) === 'OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED') return true;
    current = current.cause;
  }
  return false;
}
