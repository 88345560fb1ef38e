// A sign-in that waits for its user while its app is replaced by another.
import { signInCancelled } from '../../core/model/errors.ts';
import type { DeviceCode } from '../../ports/identity.port.ts';

type Shown = { readonly deviceCode: DeviceCode | null; readonly signInUrl: string | null };

export type PendingSignIn = Shown & {
  readonly cancel: () => void;
  /** Never rejects. */
  readonly ended: Promise<void>;
};

/** What an account knows of the sign-in under way. */
type SignInFacts = {
  signingIn: AbortController | null;
  signInEnded: Promise<void>;
  deviceCode: DeviceCode | null;
  signInUrl: string | null;
};

export function pendingSignIn(facts: Readonly<SignInFacts>): PendingSignIn | null {
  const { signingIn, deviceCode, signInUrl, signInEnded } = facts;
  if (signingIn === null) return null;
  const cancel = (): void => {
    signingIn.abort(signInCancelled());
  };
  return { deviceCode, signInUrl, cancel, ended: signInEnded };
}

/** Shows it as the account's own until it has ended. False if another one has taken its place. */
export async function showSignIn(
  facts: SignInFacts,
  { cancel, ended, deviceCode, signInUrl }: PendingSignIn,
  tell: () => void,
): Promise<boolean> {
  const mine = new AbortController();
  mine.signal.addEventListener('abort', cancel, { once: true });
  Object.assign(facts, { signingIn: mine, signInEnded: ended, deviceCode, signInUrl });
  tell();
  await ended;
  if (facts.signingIn !== mine) return false;
  Object.assign(facts, { signingIn: null, deviceCode: null, signInUrl: null });
  return true;
}
