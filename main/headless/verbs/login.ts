// `driftless login` and `logout`.
import type { AccountRuntime } from '../../app/account-runtime.ts';
import { SyncError } from '../../core/errors.ts';
import type { CliIo } from '../cli-io.ts';
import { makeApp } from '../cli-app.ts';
import { askContract } from '../control-socket.ts';
import { exitCodes } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';

export async function runLogin(
  io: CliIo,
  options: { readonly account: string | null; readonly timeoutMs: number },
  signal: AbortSignal,
): Promise<ExitCode> {
  const app = await makeApp(io, signal);
  const account = chooseAccount(app.accounts, options.account);
  const patience = AbortSignal.timeout(options.timeoutMs);
  try {
    await account.signIn(
      (code) => {
        io.say(`Go to ${code.verificationUri} and enter the code ${code.userCode}.`);
      },
      AbortSignal.any([signal, patience]),
    );
  } catch (error) {
    if (patience.aborted && !signal.aborted) throw lateSignIn(options.timeoutMs);
    throw error;
  }
  const principal = await account.credentials.principal(signal);
  io.print(
    { ok: true, account: account.id, sub: principal.sub, issuer: principal.issuer },
    `Signed in to ${account.id} as ${principal.sub}.`,
  );
  // A running engine reads the new session by itself; it is only told that waiting is over.
  await askContract(io.home, 'syncNow', { pairId: null }, signal);
  return exitCodes.ok;
}

function lateSignIn(timeoutMs: number): SyncError {
  return new SyncError({
    code: 'sign-in-timeout',
    retry: 'user',
    scope: 'account',
    message: `the sign-in was not finished within ${String(Math.round(timeoutMs / 1000))} seconds`,
  });
}

export async function runLogout(
  io: CliIo,
  options: { readonly account: string | null },
  signal: AbortSignal,
): Promise<ExitCode> {
  const app = await makeApp(io, signal);
  const chosen = options.account === null ? app.accounts : [chooseAccount(app.accounts, options.account)];
  for (const account of chosen) {
    const byEngine = await askContract(io.home, 'signOut', { accountId: account.id }, signal);
    const untilMs =
      byEngine === null ? await account.signOut(signal) : await accessUntil(io, account.id, signal);
    const until = untilMs === null ? null : new Date(untilMs).toISOString();
    io.print(
      { ok: true, account: account.id, accessUntil: until },
      `Signed out of ${account.id}; everything stored here is gone.${
        until === null ? '' : ` AWS access already issued ends by ${until}.`
      }`,
    );
  }
  return exitCodes.ok;
}

/** The engine held the credentials, so it knows until when they work. */
async function accessUntil(io: CliIo, accountId: string, signal: AbortSignal): Promise<number | null> {
  const answer = await askContract(io.home, 'snapshot', {}, signal);
  if (answer?.ok !== true) return null;
  return answer.value.accounts.find((one) => one.id === accountId)?.accessUntilMs ?? null;
}

export function chooseAccount(accounts: readonly AccountRuntime[], id: string | null): AccountRuntime {
  const found = id === null ? accounts[0] : accounts.find((one) => one.id === id);
  if (found !== undefined && (id !== null || accounts.length === 1)) return found;
  throw new SyncError({
    code: 'usage',
    retry: 'user',
    scope: 'account',
    message:
      id !== null
        ? `there is no account ${JSON.stringify(id)} in the configuration`
        : accounts.length === 0
          ? 'the configuration has no account; add one to config.json'
          : `there are several accounts; name one with --account (${accounts.map((one) => one.id).join(', ')})`,
  });
}
