// `driftless login` and `logout`.
import type { AccountRuntime } from '../../app/account-runtime.ts';
import type { App } from '../../compose.ts';
import { isSyncError, SyncError } from '../../core/errors.ts';
import { oneLine } from '../cli-io.ts';
import type { CliIo } from '../cli-io.ts';
import { makeApp, sayClock } from '../cli-app.ts';
import { askContract } from '../control-socket.ts';
import { exitCodes } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import { isolationWords, lookAtIsolation } from '../isolation-look.ts';

const patienceMs = 15_000;

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
        io.say(`Go to ${code.verificationUri} and enter the code ${oneLine(code.userCode)}.`);
      },
      AbortSignal.any([signal, patience]),
    );
  } catch (error) {
    if (patience.aborted && !signal.aborted) throw lateSignIn(options.timeoutMs);
    throw error;
  }
  const principal = await account.credentials.principal(signal);
  await sayClock(io, account, signal);
  const isolation = await lookAtPairs(io, app, account, signal);
  io.print(
    { ok: true, account: account.id, sub: principal.sub, issuer: principal.issuer, isolation },
    `Signed in to ${account.id} as ${oneLine(principal.sub)}.`,
  );
  // A running engine reads the new session by itself; it is only told that waiting is over.
  await askContract(io.home, 'syncNow', { pairId: null }, signal);
  return exitCodes.ok;
}

/** Whether the role reaches more than it should is said at once (security rule 8); that it cannot be asked stops no sign-in. */
async function lookAtPairs(
  io: CliIo,
  app: App,
  account: AccountRuntime,
  signal: AbortSignal,
): Promise<readonly { readonly pair: string; readonly verdict: string }[]> {
  const seen: { readonly pair: string; readonly verdict: string }[] = [];
  const patience = AbortSignal.timeout(patienceMs);
  for (const { config } of app.pairs.filter((pair) => pair.account === account)) {
    try {
      const look = await lookAtIsolation(account, config, null, AbortSignal.any([signal, patience]));
      const verdict = look.verdict?.kind ?? 'whole-bucket';
      seen.push({ pair: config.id, verdict });
      if (verdict === 'reaches-more' || verdict === 'whole-bucket')
        io.say(`${config.id}: ${isolationWords(look)}`);
    } catch (error) {
      signal.throwIfAborted();
      if (!isSyncError(error) && !patience.aborted) throw error;
      seen.push({ pair: config.id, verdict: 'unknown' });
    }
  }
  return seen;
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
