// Credential cache: short-lived AWS credentials for all callers. Runs one exchange at a time, renews ahead of
// expiry, and backs off when refused.
import { backoffMs, type BackoffPolicy } from '../../core/backoff.ts';
import {
  credentialPhase,
  describeClockOffset,
  momentOf,
  notSetBackMs,
  skewWorthTellingMs,
} from '../../core/access/credential-clock.ts';
import type { Moment } from '../../core/access/credential-clock.ts';
import { isSyncError, SyncError } from '../../core/model/errors.ts';
import type { Clock, Random } from '../../ports/clock.port.ts';
import type { AwsCredentials, Credentials, Principal } from '../../ports/credentials.port.ts';
import type { Identity, IdToken, SignInReason } from '../../ports/identity.port.ts';
import type { Log } from '../../ports/log.port.ts';
import type { HttpSettings } from '../../core/net/proxy.ts';
import type { FetchLike } from '../http/bounded-fetch.ts';
import { SingleFlight } from '../system/single-flight.ts';

export type ExchangeResult = { readonly credentials: AwsCredentials; readonly principal: Principal };

/** One trade of a verified id_token for credentials; never retries by itself. Throws SyncError, see adapters/sts/errors.ts. */
export type Exchange = (token: IdToken, signal: AbortSignal) => Promise<ExchangeResult>;

/** What every way to trade a token works with; some need only a part of it. */
export type ExchangeServices = {
  readonly clock: Clock;
  readonly fetch: FetchLike;
  readonly http: HttpSettings;
  /** Told each secret before the next request carries it, so that no answer can repeat it in the log. */
  readonly onSecret?: (value: string) => void;
};

/** Where a session comes from: a token that is traded, or a source that needs none. */
export type SessionSource =
  | { readonly identity: Pick<Identity, 'currentIdToken'>; readonly exchange: Exchange }
  | {
      readonly session: (signal: AbortSignal) => Promise<ExchangeResult>;
      /** The user has signed out here: the source, which belongs to another program, is not asked. */
      readonly isSignedOut?: () => boolean;
    };

export type BrokerDependencies = SessionSource & {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Told every secret, so that the log can blank it wherever it turns up. */
  readonly onSecret?: (value: string) => void;
};

const renewsNothing = 'this provider does not renew a sign-in without you: sign in again to go on';
/** More specific messages than that a sign-in is required again. */
const askWords: Readonly<Partial<Record<SignInReason, string>>> = {
  // Perhaps there was no sign-in yet.
  'signed-out': 'sign in to go on',
  'refresh-without-id-token': renewsNothing,
  'no-refresh-token': renewsNothing,
  'token-file-expired': 'the token in the token file has expired and was not replaced',
};

type Held = ExchangeResult & { readonly issued: Moment };
type Failure = { readonly error: unknown; readonly attempts: number; readonly retryAtMs: number };

const policy: BackoffPolicy = { baseMs: 1_000, capMs: 120_000 };
/** Full jitter may choose no wait at all; a service in trouble still gets this much rest. */
const shortestRestMs = 250;

export class CredentialBroker implements Credentials {
  readonly #deps: BrokerDependencies;
  readonly #exchanges = new SingleFlight<Held>();
  #held: Held | null = null;
  /** Kept after `invalidate`, so that a renewal with a different principal is noticed. */
  #known: Principal | null = null;
  #failure: Failure | null = null;
  #generation = 0;
  #issuedUntilMs: number | null = null;

  constructor(deps: BrokerDependencies) {
    this.#deps = deps;
  }

  async get(signal: AbortSignal): Promise<AwsCredentials> {
    return (await this.#usable(signal)).credentials;
  }

  async principal(signal: AbortSignal): Promise<Principal> {
    return this.#known ?? (await this.#usable(signal)).principal;
  }

  invalidate(accessKeyId: string): void {
    if (this.#held?.credentials.accessKeyId === accessKeyId) this.#held = null;
  }

  async renew(accessKeyId: string, signal: AbortSignal): Promise<AwsCredentials> {
    signal.throwIfAborted();
    const held = this.#held;
    if (held !== null && held.credentials.accessKeyId !== accessKeyId) return held.credentials;
    return (await this.#exchanges.run((flightSignal) => this.#renew(flightSignal), signal)).credentials;
  }

  retryNow(): void {
    if (this.#failure !== null) this.#failure = { ...this.#failure, retryAtMs: 0 };
  }

  forget(): { readonly issuedUntilMs: number | null } {
    this.#generation += 1;
    this.#exchanges.cancel(signedOut());
    const issuedUntilMs = this.#issuedUntilMs;
    this.#held = null;
    this.#known = null;
    this.#failure = null;
    this.#issuedUntilMs = null;
    return {
      issuedUntilMs:
        issuedUntilMs !== null && issuedUntilMs > this.#deps.clock.nowMs() ? issuedUntilMs : null,
    };
  }

  async #usable(signal: AbortSignal): Promise<Held> {
    signal.throwIfAborted();
    const held = this.#held;
    const phase =
      held === null
        ? 'expired'
        : credentialPhase(
            held.issued.wallMs,
            held.credentials.expiresAtMs,
            notSetBackMs(held.issued, this.#deps.clock),
          );
    if (held !== null && phase === 'fresh') return held;
    const spare = phase === 'renew' ? held : null;
    const failure = this.#failure;
    if (failure !== null && this.#deps.clock.monotonicMs() < failure.retryAtMs) {
      if (spare !== null) return spare;
      throw failure.error;
    }
    try {
      return await this.#exchanges.run((flightSignal) => this.#renew(flightSignal), signal);
    } catch (error) {
      signal.throwIfAborted();
      if (spare !== null && this.#held === spare) return spare;
      throw error;
    }
  }

  async #renew(signal: AbortSignal): Promise<Held> {
    const generation = this.#generation;
    try {
      const result = await this.#trade(signal);
      this.#deps.onSecret?.(result.credentials.secretAccessKey);
      this.#deps.onSecret?.(result.credentials.sessionToken);
      if (generation !== this.#generation) throw signedOut();
      const held: Held = { ...result, issued: momentOf(this.#deps.clock) };
      this.#held = held;
      this.#known = result.principal;
      this.#failure = null;
      this.#issuedUntilMs = Math.max(this.#issuedUntilMs ?? 0, result.credentials.expiresAtMs);
      this.#logIssued(held);
      return held;
    } catch (error) {
      if (generation === this.#generation && !signal.aborted) this.#noteFailure(error);
      throw error;
    }
  }

  #logIssued({ credentials, issued }: Held): void {
    const { expiresAtMs, clockOffsetMs } = credentials;
    const lifeSeconds = Math.round((expiresAtMs - issued.wallMs) / 1000);
    this.#deps.log.info('credentials issued', { lifeSeconds, clockOffsetMs });
    if (Math.abs(clockOffsetMs) <= skewWorthTellingMs) return;
    const meaning = describeClockOffset(clockOffsetMs);
    this.#deps.log.warn('clock differs from the credential service', { offsetMs: clockOffsetMs, meaning });
  }

  async #trade(signal: AbortSignal): Promise<ExchangeResult> {
    const result = await sessionOf(this.#deps, signal);
    const known = this.#known;
    if (
      known !== null &&
      (known.sub !== result.principal.sub || known.qualifier !== result.principal.qualifier)
    ) {
      // Going on would sync one user's folder into another's prefix.
      throw new SyncError({
        code: 'principal-changed',
        retry: 'slow',
        scope: 'account',
        message: 'the credentials now belong to another user; sign out and in again',
      });
    }
    return result;
  }

  #noteFailure(error: unknown): void {
    // Checking for a sign-in makes no request, so it needs no rest.
    if (isSyncError(error) && error.code === 'needs-sign-in') return;
    const attempts = (this.#failure?.attempts ?? 0) + 1;
    const waitMs = Math.max(shortestRestMs, backoffMs(attempts, this.#deps.random.next(), policy));
    this.#failure = { error, attempts, retryAtMs: this.#deps.clock.monotonicMs() + waitMs };
    this.#deps.log.warn('credentials not issued', {
      code: isSyncError(error) ? error.code : 'unexpected',
      attempts,
      waitMs,
    });
  }
}

async function sessionOf(source: SessionSource, signal: AbortSignal): Promise<ExchangeResult> {
  if ('session' in source) {
    if (source.isSignedOut?.() === true) throw signedOut();
    return await source.session(signal);
  }
  const outcome = await source.identity.currentIdToken(signal);
  if (outcome.kind === 'token') return await source.exchange(outcome.token, signal);
  throw new SyncError({
    code: 'needs-sign-in',
    // The file is replaced without notification.
    retry: outcome.reason === 'token-file-expired' ? 'backoff' : 'slow',
    scope: 'account',
    message: askWords[outcome.reason] ?? 'sign in again to go on',
    fields: { reason: outcome.reason },
  });
}

function signedOut(): SyncError {
  return new SyncError({
    code: 'needs-sign-in',
    retry: 'slow',
    scope: 'account',
    message: 'signed out',
    fields: { reason: 'signed-out' },
  });
}
