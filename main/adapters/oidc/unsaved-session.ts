// A rotated refresh token that could not be stored: kept in memory and stored at the next chance, because the stored one is spent.
import type { AccountConfig } from '../../core/config/config.ts';
import { isSyncError } from '../../core/model/errors.ts';
import type { Log } from '../../ports/log.port.ts';
import type { Secrets } from '../../ports/secrets.port.ts';
import { type OidcSession, readSession, writeSession } from './session-store.ts';

type Parts = {
  readonly secrets: Secrets;
  readonly log: Log;
  readonly lock: <T>(step: () => Promise<T>, signal: AbortSignal) => Promise<T>;
  /** A kept token that was never stored, after another process has signed out or in: it is to be revoked. */
  readonly onOrphan: (refreshToken: string) => void;
};

const saveAgainMs = 15_000;

export class UnsavedSession {
  readonly #account: AccountConfig;
  readonly #parts: Parts;
  #kept: { readonly session: OidcSession; readonly over: string | null } | null = null;
  #timer: NodeJS.Timeout | null = null;

  constructor(account: AccountConfig, parts: Parts) {
    this.#account = account;
    this.#parts = parts;
  }

  /**
   * Stores `session` in place of `before`. A full disk or a locked keyring is no failure of the refresh: the token is
   * good, and is stored later. Not abortable: once the provider has answered, the old token is spent.
   */
  async save(session: OidcSession, before: OidcSession): Promise<void> {
    this.#kept = { session, over: this.#kept?.over ?? before.refreshToken };
    await this.saveAgain(new AbortController().signal);
  }

  /** Never throws for what the secret store says. */
  async saveAgain(signal: AbortSignal): Promise<void> {
    const kept = this.#kept;
    if (kept === null) return;
    try {
      await writeSession(this.#parts.secrets, this.#account, kept.session, signal);
      if (this.#kept === kept) this.drop();
    } catch (error) {
      signal.throwIfAborted();
      this.#parts.log.warn('the renewed sign-in could not be stored; it is kept in memory', {
        code: isSyncError(error) ? error.code : 'unexpected',
      });
      this.#timer ??= this.#startTimer();
    }
  }

  /** The kept session, unless something else has been stored since: another process signed in or out. */
  insteadOf(stored: OidcSession | null): OidcSession | null {
    const kept = this.#kept;
    if (kept === null) return null;
    if (stored !== null && stored.refreshToken === kept.over) return kept.session;
    this.drop();
    return null;
  }

  /** Ends keeping it; answers the kept refresh token, which is valid at the provider. */
  take(): string | null {
    const token = this.#kept?.session.refreshToken ?? null;
    this.drop();
    return token;
  }

  drop(): void {
    this.#kept = null;
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  /** Under the lock: what another process has stored or removed meanwhile counts. */
  async #saveIfNewest(signal: AbortSignal): Promise<void> {
    const stored = await readSession(this.#parts.secrets, this.#account, signal);
    const token = this.#kept?.session.refreshToken ?? null;
    if (this.insteadOf(stored) !== null) await this.saveAgain(signal);
    else if (token !== null) this.#parts.onOrphan(token);
  }

  #startTimer(): NodeJS.Timeout {
    const timer = setInterval(() => {
      const { signal } = new AbortController();
      this.#parts
        .lock(() => this.#saveIfNewest(signal), signal)
        .catch((error: unknown) => {
          this.#parts.log.warn('the renewed sign-in could not be stored', { message: String(error) });
        });
    }, saveAgainMs);
    timer.unref();
    return timer;
  }
}
