// Sign-in on a terminal: what is said there, and how long it may take.
import type { SignInPrompts } from '../../app/account/runtime.ts';
import { SyncError } from '../../core/model/errors.ts';
import { oneLine } from '../io.ts';
import type { CliIo } from '../io.ts';

export function promptsOf(io: CliIo): SignInPrompts {
  return {
    onDeviceCode: (code) => {
      io.say(`Go to ${oneLine(code.verificationUri)} and enter the code ${oneLine(code.userCode)}.`);
    },
  };
}

/** Throws `sign-in-timeout` if the user took longer. */
export async function withPatience<T>(
  timeoutMs: number,
  step: (signal: AbortSignal) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  const patience = AbortSignal.timeout(timeoutMs);
  try {
    return await step(AbortSignal.any([signal, patience]));
  } catch (error) {
    if (patience.aborted && !signal.aborted) throw lateSignIn(timeoutMs);
    throw error;
  }
}

function lateSignIn(timeoutMs: number): SyncError {
  return new SyncError({
    code: 'sign-in-timeout',
    retry: 'slow',
    scope: 'account',
    message: `the sign-in was not finished within ${String(Math.round(timeoutMs / 1000))} seconds`,
  });
}
