// Selection of an account's sign-in method: configured, or chosen for one session.
import type { AccountConfig } from '../../core/config/config.ts';
import { signInCancelled } from '../../core/model/errors.ts';
import type {
  Identity,
  IdentityState,
  IdToken,
  IdTokenOutcome,
  SignInOptions,
  SignInWay,
  SignOutOutcome,
} from '../../ports/identity.port.ts';
import type { Secrets } from '../../ports/secrets.port.ts';
import { type OidcDependencies, OidcIdentity } from './identity.ts';
import { AwsProfileIdentity } from './aws-profile.ts';
import { FileIdentity } from './token-file.ts';

export function createIdentity(account: AccountConfig, deps: OidcDependencies): Identity {
  // Without a provider there is no other way to sign in that could be chosen.
  if (account.identity.kind === 'aws-profile') return new AwsProfileIdentity(account.identity);
  return new ChosenIdentity(account, deps);
}

type Attempt = { readonly identity: Identity; readonly abort: AbortController };

class ChosenIdentity implements Identity {
  readonly #account: AccountConfig;
  readonly #deps: OidcDependencies;
  /** What the session in this process is of. */
  #current: Identity;
  #isAsConfigured = true;
  #attempt: Attempt | null = null;

  constructor(account: AccountConfig, deps: OidcDependencies) {
    this.#account = account;
    this.#deps = deps;
    this.#current = makeIdentity(account, deps);
  }

  state(): IdentityState {
    return (this.#attempt?.identity ?? this.#current).state();
  }

  async restore(signal: AbortSignal): Promise<IdentityState> {
    await this.#current.restore(signal);
    return this.state();
  }

  /** What was there before stays until the new sign-in has succeeded. */
  async signIn(options: SignInOptions, signal: AbortSignal): Promise<IdToken | null> {
    this.#attempt?.abort.abort(signInCancelled());
    const attempt = { identity: this.#identityBy(options.by), abort: new AbortController() };
    this.#attempt = attempt;
    try {
      const token = await attempt.identity.signIn(options, AbortSignal.any([signal, attempt.abort.signal]));
      // A second sign-in or a sign-out may have come between, and counts.
      attempt.abort.signal.throwIfAborted();
      this.#current = attempt.identity;
      this.#isAsConfigured = options.by === undefined;
      return token;
    } finally {
      if (this.#attempt === attempt) this.#attempt = null;
    }
  }

  async currentIdToken(signal: AbortSignal): Promise<IdTokenOutcome> {
    return await this.#current.currentIdToken(signal);
  }

  async signOut(openUrl: ((url: URL) => Promise<void>) | null, signal: AbortSignal): Promise<SignOutOutcome> {
    this.#attempt?.abort.abort(signInCancelled());
    this.#attempt = null;
    if (this.#isAsConfigured) return await this.#current.signOut(openUrl, signal);
    const left = this.#current;
    // A new identity, without memory of the user of the ended session.
    this.#current = makeIdentity(this.#account, this.#deps);
    this.#isAsConfigured = true;
    // Whatever an account of a provider has on disk is removed and revoked, also beneath a session by token file.
    return await (this.#isOfFile() ? left : this.#current).signOut(openUrl, signal);
  }

  #identityBy(way: SignInWay | undefined): Identity {
    if (way === undefined)
      return this.#isAsConfigured ? this.#current : makeIdentity(this.#account, this.#deps);
    // No later process of an account with a token file would look for a stored session, so none is left behind.
    const secrets = this.#isOfFile() ? secretsInMemory() : this.#deps.secrets;
    return makeIdentity({ ...this.#account, identity: way }, { ...this.#deps, secrets });
  }

  #isOfFile(): boolean {
    return this.#account.identity.kind === 'token-file';
  }
}

function makeIdentity(account: AccountConfig, deps: OidcDependencies): Identity {
  return account.identity.kind === 'token-file'
    ? new FileIdentity(account, account.identity, deps)
    : new OidcIdentity(account, deps);
}

function secretsInMemory(): Secrets {
  const kept = new Map<string, string>();
  return {
    read: (name) => Promise.resolve(kept.get(name) ?? null),
    write: (name, value) => {
      kept.set(name, value);
      return Promise.resolve();
    },
    remove: (name) => {
      kept.delete(name);
      return Promise.resolve();
    },
  };
}
