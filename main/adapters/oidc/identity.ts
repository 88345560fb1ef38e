// User identity at an OpenID provider: sign-in, refreshed id_tokens, sign-out.
import * as oidc from 'openid-client';
import type { AccountConfig } from '../../core/config/config.ts';
import {
  describeClockOffset,
  momentOf,
  notSetBackMs,
  skewWorthTellingMs,
} from '../../core/access/credential-clock.ts';
import type { Moment } from '../../core/access/credential-clock.ts';
import { signInCancelled, SyncError } from '../../core/model/errors.ts';
import type { Clock } from '../../ports/clock.port.ts';
import type {
  Identity,
  IdentityState,
  IdToken,
  IdTokenOutcome,
  SignInOptions,
  SignOutOutcome,
} from '../../ports/identity.port.ts';
import type { Log } from '../../ports/log.port.ts';
import type { Secrets } from '../../ports/secrets.port.ts';
import { checkClaims, readJwt } from './claims.ts';
import { asksForPerson, mapOidcError, oauthErrorCode } from './errors.ts';
import { type FetchLike, providerFetch } from '../http/bounded-fetch.ts';
import { signInWithBrowser, signInWithDeviceCode, type TokenAnswer } from './flows.ts';
import { dpopOptions, makeProofKey, openProofKey } from './proof-key.ts';
import type { ProofKey } from './proof-key.ts';
import { configureClient, discoverProvider } from './provider.ts';
import { endAtProvider, revokeLeftOvers, revokeSoon, type SignOutParts } from './sign-out.ts';
import { type OidcSession, readSession, reasonToAsk, takeSessions, writeSession } from './session-store.ts';
import type { TakenTokens } from './session-store.ts';
import { abortable, SingleFlight } from '../system/single-flight.ts';
import { UnsavedSession } from './unsaved-session.ts';

export type OidcDependencies = {
  readonly secrets: Secrets;
  /** Further stores of the same home, which a sign-out empties too. */
  readonly otherSecrets?: readonly Secrets[];
  readonly clock: Clock;
  readonly log: Log;
  /** Node's `fetch`, or Electron's `net.fetch` for the system proxy. */
  readonly fetch: FetchLike;
  /** Serialises refreshes across processes: a rotated refresh token works once (see adapters/system/os-lock.ts). */
  readonly lock: <T>(step: () => Promise<T>, signal: AbortSignal) => Promise<T>;
  readonly signInTimeoutMs?: number;
  /** Told every token, so that the log can blank it wherever it turns up. */
  readonly onSecret?: (value: string) => void;
};

const defaultSignInTimeoutMs = 5 * 60_000;
const smallestLifeMs = 60_000;
const signedOut: IdTokenOutcome = { kind: 'needs-sign-in', reason: 'signed-out' };

export class OidcIdentity implements Identity {
  readonly #account: AccountConfig;
  readonly #deps: OidcDependencies;
  readonly #refreshes = new SingleFlight<IdTokenOutcome>();
  #token: { readonly token: IdToken; readonly came: Moment } | null = null;
  #state: IdentityState = { kind: 'signed-out', reason: 'signed-out', clockOffsetMs: null };
  #clockOffsetMs: number | null = null;
  #signIn: AbortController | null = null;
  /** The state before the sign-in, restored if that fails. */
  #before: IdentityState = this.#state;
  /** Grows with every sign-in and sign-out; what an older operation brings home is dropped. */
  #generation = 0;
  /** How many sign-outs wait for the lock or for the provider: a refresh that begins meanwhile brings nothing home. */
  #signingOut = 0;

  readonly #unsaved: UnsavedSession;

  constructor(account: AccountConfig, deps: OidcDependencies) {
    this.#account = account;
    this.#deps = deps;
    this.#unsaved = new UnsavedSession(account, {
      ...deps,
      onOrphan: (token) => void revokeSoon(this.#signOutParts(), token),
    });
  }

  state(): IdentityState {
    return { ...this.#state, clockOffsetMs: this.#clockOffsetMs };
  }

  async restore(signal: AbortSignal): Promise<IdentityState> {
    if (this.#signIn === null && this.#token === null)
      this.#adopt(await readSession(this.#deps.secrets, this.#account, signal));
    // Not awaited: it concerns a sign-in that has ended.
    void revokeLeftOvers(this.#signOutParts(), signal);
    return this.state();
  }

  async signIn(options: SignInOptions, signal: AbortSignal): Promise<IdToken> {
    this.#signIn?.abort(signInCancelled());
    const attempt = new AbortController();
    this.#signIn = attempt;
    this.#refreshes.cancel(signInCancelled());
    this.#generation += 1;
    // A sign-in that this one replaces has kept the state before both.
    if (this.#state.kind !== 'signing-in') this.#before = this.#state;
    this.#state = { kind: 'signing-in', clockOffsetMs: null };
    const both = AbortSignal.any([signal, attempt.signal]);
    try {
      // Cancel and the time limit settle it, whatever provider, keychain or lock are doing.
      return await abortable(this.#runFlow(options, both), both);
    } catch (error) {
      if (this.#signIn === attempt) this.#state = this.#before;
      throw attempt.signal.aborted || signal.aborted ? signInCancelled(error) : error;
    } finally {
      if (this.#signIn === attempt) this.#signIn = null;
    }
  }

  async currentIdToken(signal: AbortSignal): Promise<IdTokenOutcome> {
    const held = this.#token;
    if (held !== null && held.token.expiresAtMs - notSetBackMs(held.came, this.#deps.clock) > smallestLifeMs)
      return { kind: 'token', token: held.token };
    return await this.#refreshes.run((flightSignal) => this.#refresh(flightSignal), signal);
  }

  async signOut(openUrl: ((url: URL) => Promise<void>) | null, signal: AbortSignal): Promise<SignOutOutcome> {
    this.#signIn?.abort(signInCancelled());
    this.#refreshes.cancel(signInCancelled());
    this.#generation += 1;
    this.#token = null;
    this.#state = { kind: 'signed-out', reason: 'signed-out', clockOffsetMs: null };
    // Under the lock, so that a refresh in another process cannot write its rotated token back after us.
    this.#signingOut += 1;
    const { tokens, isWhole, failure } = await this.#deps
      .lock(() => this.#takeStoredTokens(signal), signal)
      .finally(() => {
        this.#signingOut -= 1;
      });
    const outcome = await endAtProvider(this.#signOutParts(), { tokens, openUrl }, signal);
    if (failure !== null) throw failure.error;
    return isWhole ? outcome : { ...outcome, revoked: 'failed' };
  }

  /** Those of every store, and the one that could not be stored, which a refresh may have left until now. */
  async #takeStoredTokens(signal: AbortSignal): Promise<TakenTokens> {
    const unsaved = this.#unsaved.take();
    const stores = [this.#deps.secrets, ...(this.#deps.otherSecrets ?? [])];
    const taken = await takeSessions(stores, this.#account, this.#deps.log, signal);
    const tokens = unsaved === null ? taken.tokens : [unsaved, ...taken.tokens];
    for (const token of tokens) this.#deps.onSecret?.(token);
    return { ...taken, tokens };
  }

  #signOutParts(): SignOutParts {
    const { secrets, log, onSecret } = this.#deps;
    return {
      account: this.#account,
      secrets,
      log,
      ...(onSecret === undefined ? {} : { onSecret }),
      connect: (by) => this.#connect(by),
    };
  }

  async #runFlow(options: SignInOptions, signal: AbortSignal): Promise<IdToken> {
    const { identity } = this.#account;
    const config = await this.#connect(signal, { passFailures: identity.kind === 'device' });
    const proofKey = await makeProofKey(config.serverMetadata());
    const context = {
      account: this.#account,
      proofKey,
      log: this.#deps.log,
      config,
      clock: this.#deps.clock,
      timeoutMs: this.#deps.signInTimeoutMs ?? defaultSignInTimeoutMs,
      options,
      keep: (answer: TokenAnswer) => this.#keep(answer, proofKey, signal),
    };
    switch (identity.kind) {
      case 'browser':
        return await signInWithBrowser(identity, context, signal);
      case 'device':
        return await signInWithDeviceCode(context, signal);
      case 'token-file':
      case 'aws-profile':
        throw new SyncError({
          code: 'config-invalid',
          retry: 'slow',
          scope: 'account',
          message: `an account of identity ${identity.kind} does not sign in at a provider`,
        });
    }
  }

  /** Checks the new token, makes the refresh token durable, and only then lets anyone use them. */
  async #keep(answer: TokenAnswer, proofKey: ProofKey | null, signal: AbortSignal): Promise<IdToken> {
    if (answer.refreshToken !== null) this.#deps.onSecret?.(answer.refreshToken);
    if (proofKey !== null) this.#deps.onSecret?.(proofKey.d);
    const token = this.#toIdToken(answer.idToken);
    signal.throwIfAborted();
    this.#unsaved.drop();
    await this.#deps.lock(
      () =>
        writeSession(
          this.#deps.secrets,
          this.#account,
          {
            subject: token.subject,
            displayName: token.displayName,
            refreshToken: answer.refreshToken,
            proofKey: answer.refreshToken === null ? null : proofKey,
            spent: null,
          },
          signal,
        ),
      signal,
    );
    signal.throwIfAborted();
    this.#setToken(token);
    return token;
  }

  async #refresh(signal: AbortSignal): Promise<IdTokenOutcome> {
    const generation = this.#generation;
    const outcome = await this.#deps.lock(() => this.#refreshLocked(signal), signal);
    if (generation !== this.#generation) throw signInCancelled();
    // The sign-out that is under way revokes what this refresh stored.
    if (this.#signingOut > 0) return { kind: 'needs-sign-in', reason: 'signed-out' };
    if (outcome.kind === 'token') this.#setToken(outcome.token);
    else this.#state = { kind: 'signed-out', reason: outcome.reason, clockOffsetMs: null };
    return outcome;
  }

  async #refreshLocked(signal: AbortSignal): Promise<IdTokenOutcome> {
    const { secrets } = this.#deps;
    // A sign-out that waits for this lock was already reported to the user.
    if (this.#signingOut > 0) return { kind: 'needs-sign-in', reason: 'signed-out' };
    // Read inside the lock: another process may have rotated the token, signed in again, or signed out.
    const stored = await readSession(secrets, this.#account, signal);
    const session = await this.#newestOf(stored, signal);
    const outcome = await this.#refreshWith(session, signal);
    if (outcome !== 'refused' || session === null) return outcome === 'refused' ? signedOut : outcome;
    // Refused, but another token is stored by now: a process without our lock has rotated it.
    const other = await readSession(secrets, this.#account, signal);
    // What was stored at first is spent if a newer one was known.
    const tried = [session.refreshToken, stored?.refreshToken];
    if (other !== null && !tried.includes(other.refreshToken)) {
      const again = await this.#refreshWith(other, signal);
      if (again !== 'refused') return again;
    }
    this.#unsaved.drop();
    const spent = {
      ...(other ?? session),
      refreshToken: null,
      proofKey: null,
      spent: 'refresh-rejected' as const,
    };
    await writeSession(secrets, this.#account, spent, new AbortController().signal);
    return { kind: 'needs-sign-in', reason: 'refresh-rejected' };
  }

  /** A rotated token that could not be stored yet is the only one that is good; what is stored is spent. */
  async #newestOf(stored: OidcSession | null, signal: AbortSignal): Promise<OidcSession | null> {
    const unsaved = this.#unsaved.insteadOf(stored);
    if (unsaved !== null) await this.#unsaved.saveAgain(signal);
    return unsaved ?? stored;
  }

  async #refreshWith(session: OidcSession | null, signal: AbortSignal): Promise<IdTokenOutcome | 'refused'> {
    this.#adopt(session);
    if (session?.refreshToken) this.#deps.onSecret?.(session.refreshToken);
    if (session?.proofKey) this.#deps.onSecret?.(session.proofKey.d);
    const reason = reasonToAsk(session);
    if (session === null || session.refreshToken === null || reason !== null)
      return { kind: 'needs-sign-in', reason: reason ?? 'signed-out' };
    let latest: OidcSession = session;
    const save = async (next: OidcSession): Promise<void> => {
      await this.#unsaved.save(next, latest);
      latest = next;
    };
    const config = await this.#connect(signal, {
      onRefreshToken: async (refreshToken) => {
        this.#deps.onSecret?.(refreshToken);
        if (refreshToken !== latest.refreshToken) await save({ ...latest, refreshToken });
      },
    });
    let answer: oidc.TokenEndpointResponse;
    try {
      const dpop = await openProofKey(config, session.proofKey);
      answer = await oidc.refreshTokenGrant(config, session.refreshToken, undefined, dpopOptions(dpop));
    } catch (error) {
      const reply = oauthErrorCode(error);
      if (reply === 'invalid_grant') return 'refused';
      // The token is valid; the user has to do something first, and may have done it by the next try.
      if (reply !== null && asksForPerson.has(reply))
        return { kind: 'needs-sign-in', reason: 'refresh-rejected' };
      throw mapOidcError(error, 'issuer-invalid', 'the provider refused to refresh the sign-in');
    }
    if (answer.id_token === undefined) {
      // Kept, because sign-out still has to revoke it, but never tried again.
      await save({ ...latest, spent: 'refresh-without-id-token' });
      return { kind: 'needs-sign-in', reason: 'refresh-without-id-token' };
    }
    const token = this.#toIdToken(answer.id_token);
    if (token.subject !== session.subject) {
      // OpenID Connect Core 12.2: a refresh must not change the subject.
      throw new SyncError({
        code: 'token-invalid',
        retry: 'slow',
        scope: 'account',
        message: 'the provider refreshed the sign-in with another user (sub)',
      });
    }
    return { kind: 'token', token };
  }

  /** openid-client has verified signature and claims; checked once more here so that no path around it can hand out a token. */
  #toIdToken(jwt: string): IdToken {
    this.#deps.onSecret?.(jwt);
    const claims = readJwt(jwt);
    const offsetMs = this.#clockOffsetMs ?? 0;
    checkClaims(claims, {
      issuer: this.#account.issuer,
      clientId: this.#account.clientId,
      nowMs: this.#deps.clock.nowMs() + offsetMs - 30_000,
    });
    return {
      jwt,
      subject: claims.subject,
      issuer: claims.issuer,
      expiresAtMs: claims.expiresAtSeconds * 1000 - offsetMs,
      displayName: claims.displayName,
      tags: claims.tags,
    };
  }

  async #connect(
    signal: AbortSignal,
    extra: {
      readonly passFailures?: boolean;
      readonly onRefreshToken?: (token: string) => Promise<void>;
    } = {},
  ): Promise<oidc.Configuration> {
    const common = {
      fetch: this.#deps.fetch,
      clock: this.#deps.clock,
      development: this.#account.development,
      signal,
      onClockOffset: (offsetMs: number): void => {
        this.#noteOffset(offsetMs);
      },
    };
    const metadata = await discoverProvider(this.#account, providerFetch(common));
    return configureClient(metadata, this.#account, {
      fetch: providerFetch({ ...common, ...extra }),
      clockOffsetMs: this.#systemOffsetMs(),
    });
  }

  /** openid-client judges times by the machine's own clock, which need not be the one that was handed in. */
  #systemOffsetMs(): number {
    return (this.#clockOffsetMs ?? 0) + this.#deps.clock.nowMs() - Date.now();
  }

  #noteOffset(offsetMs: number): void {
    const wasOff = Math.abs(this.#clockOffsetMs ?? 0) > skewWorthTellingMs;
    this.#clockOffsetMs = offsetMs;
    if (Math.abs(offsetMs) > skewWorthTellingMs && !wasOff) {
      this.#deps.log.warn('clock differs from the identity provider', {
        offsetMs,
        meaning: describeClockOffset(offsetMs),
      });
    }
  }

  #setToken(token: IdToken): void {
    this.#token = { token, came: momentOf(this.#deps.clock) };
    this.#state = {
      kind: 'signed-in',
      subject: token.subject,
      displayName: token.displayName,
      clockOffsetMs: null,
    };
  }

  #adopt(session: OidcSession | null): void {
    const reason = reasonToAsk(session);
    this.#state =
      reason === null && session !== null
        ? {
            kind: 'signed-in',
            subject: session.subject,
            displayName: session.displayName,
            clockOffsetMs: null,
          }
        : { kind: 'signed-out', reason: reason ?? 'signed-out', clockOffsetMs: null };
  }
}
