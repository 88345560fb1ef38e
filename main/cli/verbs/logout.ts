// `driftless logout`: signs out, and reports until when issued credentials keep working.
import type { AccountRuntime } from '../../app/account/runtime.ts';
import type { AccountView } from '../../../preload/contract.ts';
import { systemClock } from '../../adapters/system/clock.ts';
import { SyncError } from '../../core/model/errors.ts';
import { hostOf } from '../../core/net/url.ts';
import type { AccessEnd } from '../../core/access/access-end.ts';
import { accessEndWords, longestSessionMs } from '../../core/access/access-end.ts';
import { makeApp } from '../app.ts';
import type { CliIo } from '../io.ts';
import { askContract } from '../../control/socket.ts';
import { exitCodes } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import { hasDesktopSession } from '../desktop-session.ts';
import { chooseAccount } from './login.ts';

export async function runLogout(
  io: CliIo,
  options: { readonly account: string | null },
  signal: AbortSignal,
): Promise<ExitCode> {
  const app = await makeApp(io, signal);
  const chosen = options.account === null ? app.accounts : [chooseAccount(app.accounts, options.account)];
  const left: Left[] = [];
  for (const account of chosen) left.push({ account, ...(await signOut(io, account, signal)) });
  const accounts = left.map(({ account, end, isRevoked, isLeftToDesktop }) => ({
    account: account.id,
    accessUntil: end === null ? null : new Date(end.untilMs).toISOString(),
    revoked: isRevoked,
    leftToDesktop: isLeftToDesktop,
  }));
  const isWhole = left.every(({ isLeftToDesktop }) => !isLeftToDesktop);
  io.print({ ok: isWhole, accounts }, left.map(wordsFor).join('\n'));
  return isWhole ? exitCodes.ok : exitCodes.person;
}

type SignOutEnd = {
  /** Null where no one was signed in, so that nothing can have been issued. */
  readonly end: AccessEnd | null;
  readonly isRevoked: boolean;
  /** The desktop app has a sign-in of its own, sealed by the system's keychain, that only it can end. */
  readonly isLeftToDesktop: boolean;
};

type Left = SignOutEnd & { readonly account: AccountRuntime };

function wordsFor({ account, end, isRevoked, isLeftToDesktop }: Left): string {
  const host = hostOf(account.config.issuer);
  return [
    isLeftToDesktop
      ? `Signed out of ${account.id} on the command line; the desktop app is still signed in: open it and sign out there.`
      : `Signed out of ${account.id}; everything stored here is gone.`,
    ...(isRevoked
      ? []
      : [`${host} could not be notified: end the session there. It is notified at the next start.`]),
    ...(end === null ? [] : [accessEndWords(end)]),
  ].join(' ');
}

async function signOut(io: CliIo, account: AccountRuntime, signal: AbortSignal): Promise<SignOutEnd> {
  const before = await seenByEngine(io, account.id, signal);
  if (before === null) await account.restore(signal);
  const wasSignedIn =
    before === null
      ? account.isSignedIn() || account.needsPersonBecause() !== 'signed-out'
      : before.state !== 'signed-out';
  const isByEngine = await signOutOfEngine(io, account.id, signal);
  const after = isByEngine ? await seenByEngine(io, account.id, signal) : null;
  const here = isByEngine ? null : await account.signOut(signal);
  // Who held the credentials knows until when they work; of a process that has ended it is not known.
  const untilMs = here === null ? (after?.accessUntilMs ?? null) : here.accessUntilMs;
  const latest = { untilMs: systemClock.nowMs() + longestSessionMs(account.config), isKnown: false };
  return {
    end: untilMs === null ? (wasSignedIn ? latest : null) : { untilMs, isKnown: true },
    isRevoked: here === null ? after?.error?.code !== 'sign-out-not-revoked' : here.isRevoked,
    // Also beside an engine: that of `serve` cannot open the keychain either, and the app's own has removed it by now.
    isLeftToDesktop: hasDesktopSession(io.home, account.id),
  };
}

/** False where no engine runs, or one that has not read of this account yet. */
async function signOutOfEngine(io: CliIo, accountId: string, signal: AbortSignal): Promise<boolean> {
  const answer = await askContract(io.home, 'signOut', { accountId }, signal);
  if (answer === null) return false;
  if (answer.ok) return true;
  const { code } = answer.error;
  if (code === 'unknown-account') return false;
  const message = `the running engine could not sign out (${code})`;
  throw new SyncError({ code, retry: 'slow', scope: 'account', message });
}

async function seenByEngine(io: CliIo, accountId: string, signal: AbortSignal): Promise<AccountView | null> {
  const answer = await askContract(io.home, 'snapshot', {}, signal);
  if (answer?.ok !== true) return null;
  return answer.value.accounts.find((one) => one.id === accountId) ?? null;
}
