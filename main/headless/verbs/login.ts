// `driftless login`.
import type { AccountRuntime, SignInPrompts } from '../../app/account-runtime.ts';
import type { App } from '../../compose.ts';
import { assertNever, SyncError } from '../../core/errors.ts';
import { oneLine } from '../cli-io.ts';
import type { CliIo } from '../cli-io.ts';
import { makeApp, openInBrowser } from '../cli-app.ts';
import { askEngine } from '../control-socket.ts';
import { exitCodes } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import { parseLoginAnswer, parsePrompt, signInFully } from '../login-service.ts';
import type { SignedIn } from '../login-service.ts';

export async function runLogin(
  io: CliIo,
  options: { readonly account: string | null; readonly timeoutMs: number },
  signal: AbortSignal,
): Promise<ExitCode> {
  const app = await makeApp(io, signal);
  const account = chooseAccount(app.accounts, options.account);
  const { byEngine, ...done } = await withPatience(
    options.timeoutMs,
    (patient) => signInSomewhere(io, app, account, patient),
    signal,
  );
  for (const note of done.notes) io.say(note);
  io.print(
    {
      ok: true,
      account: account.id,
      sub: done.sub,
      issuer: done.issuer,
      byEngine,
      isolation: done.isolation,
    },
    `Signed in to ${account.id} as ${oneLine(done.sub)}${byEngine ? '; the running engine goes on' : ''}.`,
  );
  return exitCodes.ok;
}

type Login = SignedIn & { readonly byEngine: boolean };

/** The running engine signs in itself: what is kept on disk is not always enough to go on with, and what is in its memory is. */
async function signInSomewhere(
  io: CliIo,
  app: App,
  account: AccountRuntime,
  signal: AbortSignal,
): Promise<Login> {
  const question = {
    name: 'login',
    input: { accountId: account.id },
    onSaid: (fact: unknown) => tellPerson(io, account, fact),
  };
  const raw = await askEngine(io.home, question, signal);
  if (raw !== null) return { ...parseLoginAnswer(raw), byEngine: true };
  await account.restore(signal);
  const why = account.needsPersonBecause();
  const done = await signInFully(account, { pairs: app.pairs, prompts: promptsOf(io) }, signal);
  const notes =
    why === 'refresh-without-id-token' || why === 'no-refresh-token'
      ? [...done.notes, `${account.id}: ${notRenewed}`]
      : done.notes;
  return { ...done, notes, byEngine: false };
}

const notRenewed =
  'this provider did not renew the last sign-in without you, and only what renews is kept on disk; ' +
  'sign in to a running "driftless serve", or as part of "driftless sync --once --sign-in"';

async function tellPerson(io: CliIo, account: AccountRuntime, fact: unknown): Promise<void> {
  const prompt = parsePrompt(fact);
  switch (prompt.kind) {
    case 'open':
      await openInBrowser(io, new URL(prompt.url), account.config);
      return;
    case 'code':
      promptsOf(io).onDeviceCode({ ...prompt, verificationUriComplete: null, expiresAtMs: 0 });
      return;
    default:
      assertNever(prompt);
  }
}

export function promptsOf(io: CliIo): SignInPrompts {
  return {
    onDeviceCode: (code) => {
      io.say(`Go to ${oneLine(code.verificationUri)} and enter the code ${oneLine(code.userCode)}.`);
    },
  };
}

/** Throws `sign-in-timeout` when the person took longer. */
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
    retry: 'user',
    scope: 'account',
    message: `the sign-in was not finished within ${String(Math.round(timeoutMs / 1000))} seconds`,
  });
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
