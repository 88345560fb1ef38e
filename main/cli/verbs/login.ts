// `driftless login`.
import type { AccountRuntime, SignInPrompts } from '../../app/account/runtime.ts';
import type { App } from '../../compose/app.ts';
import { FileIdentity } from '../../adapters/oidc/token-file.ts';
import { systemClock } from '../../adapters/system/clock.ts';
import type { TokenFileIdentity } from '../../core/config/config.ts';
import { assertNever, SyncError } from '../../core/model/errors.ts';
import type { SignInWay } from '../../ports/identity.port.ts';
import { localTime } from '../../core/access/access-end.ts';
import { oneLine } from '../io.ts';
import type { CliIo } from '../io.ts';
import { promptsOf, withPatience } from '../terminal/sign-in.ts';
import { makeApp, openInBrowser } from '../app.ts';
import { askEngine } from '../../control/socket.ts';
import { hasDesktop } from '../desktop-session.ts';
import { exitCodes } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import { parseLoginAnswer, parsePrompt, signInFully } from '../../control/login.ts';
import type { LoginQuestion, SignedIn } from '../../control/login.ts';
import { homeOption, withHome } from '../terminal/named-command.ts';
import { usage } from '../../control/usage-error.ts';

export async function runLogin(
  io: CliIo,
  options: {
    readonly account: string | null;
    readonly timeoutMs: number;
    /** Null: as config.json says. */
    readonly way: SignInWay | null;
  },
  signal: AbortSignal,
): Promise<ExitCode> {
  const app = await makeApp(io, signal);
  const account = chooseAccount(app.accounts, options.account);
  const { byEngine, ...done } = await withPatience(
    options.timeoutMs,
    (patient) => signInSomewhere(io, { app, account, way: options.way }, patient),
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
    options.way?.kind === 'token-file' && !byEngine
      ? `The token signs in to ${account.id} as ${oneLine(done.sub)}; nothing of it is kept.`
      : `Signed in to ${account.id} as ${oneLine(done.sub)}${byEngine ? '; the running engine continues' : ''}.`,
  );
  return exitCodes.ok;
}

type Login = SignedIn & { readonly byEngine: boolean };

type Request = { readonly app: App; readonly account: AccountRuntime; readonly way: SignInWay | null };

/** The running engine signs in itself: what is kept on disk is not always enough to go on with, and what is in its memory is. */
async function signInSomewhere(io: CliIo, request: Request, signal: AbortSignal): Promise<Login> {
  const { account, way } = request;
  const input: LoginQuestion = { accountId: account.id, ...(way === null ? {} : { by: way }) };
  const question = {
    name: 'login',
    input,
    onSaid: (fact: unknown) => tellPerson(io, account, fact),
  };
  const raw = await askEngine(io.home, question, signal);
  if (raw === null) return { ...(await signInHere(io, request, signal)), byEngine: false };
  const done = parseLoginAnswer(raw);
  const notes = way?.kind === 'token-file' ? [...done.notes, `${account.id}: ${untilItEnds}`] : done.notes;
  return { ...done, notes, byEngine: true };
}

async function signInHere(io: CliIo, { app, account, way }: Request, signal: AbortSignal): Promise<SignedIn> {
  const prompts = { ...promptsOf(io), ...(way === null ? {} : { by: way }) };
  if (way?.kind === 'token-file') return await tryTokenFile({ app, account, prompts }, way, signal);
  if (way?.kind === 'device' && account.config.identity.kind === 'token-file') {
    throw usage(
      `${account.id} signs in by a token file, so nothing would look for what --device leaves here; ` +
        `use it beside a running "driftless serve${homeOption(io.home)}", or set "identity": {"kind":"device"} on the account in config.json`,
    );
  }
  await account.restore(signal);
  const why = account.needsPersonBecause();
  if (hasDesktop(io.home)) io.say(`note: ${keptInFile}`);
  const done = await signInFully(account, { pairs: app.pairs, prompts }, signal);
  return why === 'refresh-without-id-token' || why === 'no-refresh-token'
    ? { ...done, notes: [...done.notes, `${account.id}: ${withHome(io.home, notRenewed)}`] }
    : done;
}

/** A token from a file is never stored, so without an engine this only shows that it is traded, and until when. */
async function tryTokenFile(
  { app, account, prompts }: Omit<Request, 'way'> & { readonly prompts: SignInPrompts },
  file: TokenFileIdentity,
  signal: AbortSignal,
): Promise<SignedIn> {
  const done = await signInFully(account, { pairs: app.pairs, prompts }, signal);
  const token = await new FileIdentity(account.config, file, { clock: systemClock }).currentIdToken(signal);
  const until =
    token.kind === 'token' ? `works until ${localTime(token.token.expiresAtMs)}` : 'has just expired';
  const identity = JSON.stringify(file);
  return {
    ...done,
    notes: [
      ...done.notes,
      `${account.id}: the token ${until}; to sync with it, set "identity": ${oneLine(identity)} on the account in config.json`,
    ],
  };
}

const untilItEnds =
  'the running engine reads that token file until it stops, or until a sign-out or another sign-in; config.json is unchanged';

const keptInFile =
  'this sign-in is kept in a file of this home, not in the keychain; start the desktop app and run the command again to use its sign-in';

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

export function chooseAccount(accounts: readonly AccountRuntime[], id: string | null): AccountRuntime {
  const found = id === null ? accounts[0] : accounts.find((one) => one.id === id);
  if (found !== undefined && (id !== null || accounts.length === 1)) return found;
  throw new SyncError({
    code: 'usage',
    retry: 'slow',
    scope: 'account',
    message:
      id !== null
        ? `there is no account ${JSON.stringify(id)} in the configuration`
        : accounts.length === 0
          ? 'the configuration has no account; add one to config.json'
          : `there are several accounts; name one with --account (${accounts.map((one) => one.id).join(', ')})`,
  });
}
