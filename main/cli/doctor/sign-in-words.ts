// What `doctor` says of an account without a sign-in.
import type { AccountState } from '../../core/status.ts';

export const notSignedIn: Readonly<Record<AccountState, string>> = {
  new: 'not signed in yet',
  'signed-out': 'signed out',
  'signing-in': 'a sign-in has begun and not ended',
  'signed-in': 'signed in without credentials',
  'needs-sign-in': 'the sign-in has ended',
  offline: 'the sign-in could not be renewed without a connection; if it stays',
};
