// Machine identity: a web identity token that Kubernetes or a CI system refreshes in a file.
import { createReadStream } from 'node:fs';
import type { AccountConfig, TokenFileIdentity } from '../../core/config/config.ts';
import { SyncError } from '../../core/model/errors.ts';
import type { Clock } from '../../ports/clock.port.ts';
import type {
  Identity,
  IdentityState,
  IdToken,
  IdTokenOutcome,
  SignInOptions,
  SignOutOutcome,
} from '../../ports/identity.port.ts';
import { checkClaims, longestTokenChars, readJwt } from './claims.ts';

const smallestLifeMs = 10_000;

/**
 * The file is read on every request: it is small, and its keeper replaces it at times of its own. The signature is not verified here, because
 * the file is this machine's own and cluster issuers often cannot be reached from it; STS verifies it, and `iss`, `aud`, `exp` are checked.
 */
export class FileIdentity implements Identity {
  readonly #account: AccountConfig;
  readonly #file: TokenFileIdentity;
  readonly #clock: Clock;
  readonly #onSecret: (value: string) => void;
  #isOut = false;
  #state: IdentityState = { kind: 'signed-out', reason: 'signed-out', clockOffsetMs: null };

  /** @param onSecret told every token before it is handed on, so that the log can blank it wherever it turns up */
  constructor(
    account: AccountConfig,
    file: TokenFileIdentity,
    { clock, onSecret }: { readonly clock: Clock; readonly onSecret?: (value: string) => void },
  ) {
    this.#account = account;
    this.#file = file;
    this.#clock = clock;
    this.#onSecret = onSecret ?? (() => undefined);
  }

  state(): IdentityState {
    return this.#state;
  }

  async restore(signal: AbortSignal): Promise<IdentityState> {
    try {
      await this.currentIdToken(signal);
    } catch (error) {
      // Start-up shows "signed out" for a missing or damaged file; a caller that needs the token gets the
      // reason.
      if (!(error instanceof SyncError)) throw error;
    }
    return this.#state;
  }

  async signIn(_options: SignInOptions, signal: AbortSignal): Promise<IdToken> {
    signal.throwIfAborted();
    this.#isOut = false;
    const outcome = await this.currentIdToken(signal);
    if (outcome.kind === 'token') return outcome.token;
    throw new SyncError({
      code: 'token-expired',
      retry: 'backoff',
      scope: 'account',
      message: `the token in ${this.#file.path} has expired and was not replaced`,
    });
  }

  async currentIdToken(signal: AbortSignal): Promise<IdTokenOutcome> {
    const jwt = this.#isOut ? null : await readTokenFile(this.#file.path, signal);
    if (jwt !== null) this.#onSecret(jwt);
    // Also signed out while it was read.
    if (jwt === null || this.#isOut) return { kind: 'needs-sign-in', reason: 'signed-out' };
    const claims = claimsOf(jwt);
    const nowMs = this.#clock.nowMs();
    if (claims.expiresAtSeconds * 1000 - nowMs <= smallestLifeMs) {
      this.#state = { kind: 'signed-out', reason: 'token-file-expired', clockOffsetMs: null };
      return { kind: 'needs-sign-in', reason: 'token-file-expired' };
    }
    checkClaims(claims, { issuer: this.#account.issuer, clientId: this.#account.clientId, nowMs });
    const { subject, issuer, displayName, tags } = claims;
    this.#state = { kind: 'signed-in', subject, displayName, clockOffsetMs: null };
    return {
      kind: 'token',
      token: { jwt, subject, issuer, expiresAtMs: claims.expiresAtSeconds * 1000, displayName, tags },
    };
  }

  /** The file belongs to its keeper: there is nothing of ours to forget. It is not read until the next sign-in or start. */
  async signOut(
    _openUrl: ((url: URL) => Promise<void>) | null,
    signal: AbortSignal,
  ): Promise<SignOutOutcome> {
    signal.throwIfAborted();
    this.#isOut = true;
    this.#state = { kind: 'signed-out', reason: 'signed-out', clockOffsetMs: null };
    return Promise.resolve({ revoked: 'nothing-to-revoke', endSession: 'not-offered' });
  }
}

/** A file caught while its keeper writes it is read again soon. */
function claimsOf(jwt: string): ReturnType<typeof readJwt> {
  try {
    return readJwt(jwt);
  } catch (error) {
    if (!(error instanceof SyncError)) throw error;
    const { code, scope, message, fields } = error;
    throw new SyncError({ code, scope, message, fields, retry: 'backoff', cause: error });
  }
}

async function readTokenFile(path: string, signal: AbortSignal): Promise<string> {
  try {
    // A path that names a device or a huge file by mistake must not be read into memory; a device says that it is empty.
    const longestBytes = longestTokenChars + 2;
    const chunks: Buffer[] = [];
    for await (const chunk of createReadStream(path, { end: longestBytes, signal }))
      chunks.push(chunk as Buffer);
    const content = Buffer.concat(chunks);
    if (content.length > longestBytes) throw new RangeError('larger than a token can be');
    return content.toString('utf8').trim();
  } catch (cause) {
    signal.throwIfAborted();
    const why =
      cause instanceof Error && 'code' in cause
        ? String(cause.code)
        : cause instanceof Error
          ? cause.message
          : 'unknown';
    throw new SyncError({
      code: 'token-file-unreadable',
      retry: 'backoff',
      scope: 'account',
      message: `the token file ${path} cannot be read (${why})`,
      fields: { path },
      cause,
    });
  }
}
