// `driftless logout`: forgets the sign-in, and says until when what was issued before goes on working.
import type { AccountRuntime } from '../../app/account-runtime.ts';
import { systemClock } from '../../adapters/system-clock.ts';
import { SyncError } from '../../core/errors.ts';
import type { AccessEnd } from '../access-end.ts';
import { accessEndWords, longestSessionMs } from '../access-end.ts';
import { makeApp } from '../cli-app.ts';
import type { CliIo } from '../cli-io.ts';
import { askContract } from '../control-socket.ts';
import { exitCodes } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import { chooseAccount } from './login.ts';

export async function runLogout(
  io: CliIo,
  options: { readonly account: string | null },
  signal: AbortSignal,
): Promise<ExitCode> {
  const app = await makeApp(io, signal);
  const chosen = options.account === null ? app.accounts : [chooseAccount(app.accounts, options.account)];
  const left: { readonly account: string; readonly end: AccessEnd | null }[] = [];
  for (const account of chosen) left.push({ account: account.id, end: await signOut(io, account, signal) });
  const words = left.map(
    ({ account, end }) =>
      `Signed out of ${account}; everything stored here is gone.${end === null ? '' : ` ${accessEndWords(end)}`}`,
  );
  const accounts = left.map(({ account, end }) => ({
    account,
    accessUntil: end === null ? null : new Date(end.untilMs).toISOString(),
  }));
  io.print({ ok: true, accounts }, words.join('\n'));
  return exitCodes.ok;
}

/** Null where nobody was signed in, so that nothing can have been issued. */
async function signOut(io: CliIo, account: AccountRuntime, signal: AbortSignal): Promise<AccessEnd | null> {
  const before = await seenByEngine(io, account.id, signal);
  if (before === null) await account.restore(signal);
  const wasSignedIn =
    before === null
      ? account.isSignedIn() || account.needsPersonBecause() !== 'signed-out'
      : before.state !== 'signed-out';
  const isByEngine = await signOutOfEngine(io, account.id, signal);
  // Who held the credentials knows until when they work; those of a process that has ended are nobody's to know.
  const untilMs = isByEngine
    ? ((await seenByEngine(io, account.id, signal))?.accessUntilMs ?? null)
    : await account.signOut(signal);
  if (untilMs !== null) return { untilMs, isKnown: true };
  return wasSignedIn
    ? { untilMs: systemClock.nowMs() + longestSessionMs(account.config), isKnown: false }
    : null;
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

async function seenByEngine(
  io: CliIo,
  accountId: string,
  signal: AbortSignal,
): Promise<{ readonly state: string; readonly accessUntilMs: number | null } | null> {
  const answer = await askContract(io.home, 'snapshot', {}, signal);
  if (answer?.ok !== true) return null;
  return answer.value.accounts.find((one) => one.id === accountId) ?? null;
}
