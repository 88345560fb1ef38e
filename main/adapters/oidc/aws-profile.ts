// Sign-in state of an account whose credentials come from a named AWS profile.
import type { AwsProfileIdentity as ProfileConfig } from '../../core/config/config.ts';
import { SyncError } from '../../core/model/errors.ts';
import type {
  Identity,
  IdentityState,
  IdTokenOutcome,
  SignInOptions,
  SignOutOutcome,
} from '../../ports/identity.port.ts';

/**
 * The AWS CLI or another keeper of the profile signs in and out; here it is only used or not. Whether the profile
 * still has a session is found when credentials are asked for, and told as `needs-sign-in`.
 */
export class AwsProfileIdentity implements Identity {
  readonly #config: ProfileConfig;
  #isOut = false;

  constructor(config: ProfileConfig) {
    this.#config = config;
  }

  state(): IdentityState {
    return this.#isOut
      ? { kind: 'signed-out', reason: 'signed-out', clockOffsetMs: null }
      : { kind: 'signed-in', subject: null, displayName: null, clockOffsetMs: null };
  }

  restore(): Promise<IdentityState> {
    return Promise.resolve(this.state());
  }

  signIn({ by }: SignInOptions, signal: AbortSignal): Promise<null> {
    signal.throwIfAborted();
    if (by !== undefined)
      return Promise.reject(
        new SyncError({
          code: 'config-invalid',
          retry: 'slow',
          scope: 'account',
          message: `the AWS profile ${this.#config.profile} signs this account in; there is no other way to choose`,
        }),
      );
    this.#isOut = false;
    return Promise.resolve(null);
  }

  currentIdToken(): Promise<IdTokenOutcome> {
    return Promise.reject(
      new SyncError({
        code: 'no-id-token',
        retry: 'slow',
        scope: 'account',
        message: `the AWS profile ${this.#config.profile} has no id_token`,
      }),
    );
  }

  /** The session belongs to the keeper of the profile: it ends here until the next sign-in or start. */
  signOut(_openUrl: unknown, signal: AbortSignal): Promise<SignOutOutcome> {
    signal.throwIfAborted();
    this.#isOut = true;
    return Promise.resolve({ revoked: 'nothing-to-revoke', endSession: 'not-offered' });
  }
}
