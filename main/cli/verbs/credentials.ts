// `driftless credentials`: speaks `credential_process`, so that the AWS CLI and every SDK work under the same sign-in.
import { createInterface } from 'node:readline/promises';
import { resolve } from 'node:path';
import { awsStanza, profileNameProblem, stanzaOf } from '../../core/config/aws-config.ts';
import type { AwsStanza } from '../../core/config/aws-config.ts';
import type { AccountConfig, PairConfig } from '../../core/config/config.ts';
import { jsonText } from '../../core/json-text.ts';
import { awsConfigPath, installStanza } from '../../adapters/config/aws-config-file.ts';
import { makeApp } from '../app.ts';
import type { CliIo } from '../io.ts';
import { askEngine } from '../../control/socket.ts';
import { credentialsOf, parseCredentialAnswer } from '../../control/credentials.ts';
import { exitCodes } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import { selfCommand } from '../service/self-command.ts';
import { chooseAccount } from './login.ts';
import { homeOption } from '../terminal/named-command.ts';
import { usage } from '../../control/usage-error.ts';

export type CredentialOptions = {
  readonly account?: string;
  /** Id of a pair: the credentials of its folder. */
  readonly folder?: string;
  readonly install?: string;
  readonly yes?: boolean;
};

export async function runCredentials(
  io: CliIo,
  options: CredentialOptions,
  signal: AbortSignal,
): Promise<ExitCode> {
  const app = await makeApp(io, signal);
  const pair = pairOf(app.pairs, options);
  const account = chooseAccount(app.accounts, pair?.account ?? options.account ?? null);
  if (options.install !== undefined) return install(io, account.config, options, signal);
  const fromEngine = await askEngine(
    io.home,
    { name: 'credentials', input: { accountId: account.id, pairId: pair?.id ?? null } },
    signal,
  );
  // Without an engine there is no cache: one exchange, used once (security rule 12).
  const value =
    fromEngine === null ? await credentialsOf(account, pair, signal) : parseCredentialAnswer(fromEngine);
  io.print(value, jsonText(value));
  return exitCodes.ok;
}

function pairOf(
  pairs: readonly { readonly config: PairConfig }[],
  { folder, account }: CredentialOptions,
): PairConfig | null {
  if (folder === undefined) return null;
  const pair = pairs.find(({ config }) => config.id === folder)?.config;
  if (pair === undefined) throw usage(`--folder: there is no pair ${JSON.stringify(folder)}`);
  if (account !== undefined && account !== pair.account)
    throw usage(`--folder: the pair ${folder} belongs to the account ${pair.account}`);
  return pair;
}

async function install(
  io: CliIo,
  account: AccountConfig,
  options: CredentialOptions,
  signal: AbortSignal,
): Promise<ExitCode> {
  const profile = options.install ?? '';
  const problem = profileNameProblem(profile);
  if (problem !== null) throw usage(`--install: the profile's name ${problem}`);
  const stanza = stanzaFor(account, { profile, folder: options.folder ?? null }, io.home);
  const path = awsConfigPath(process.env);
  io.say(`To be added to ${path}:\n\n${awsStanza(stanza)}`);
  if (!account.credentialsEnabled)
    io.say(
      `note: it works once they are allowed: driftless config set credentials on --account ${account.id}${homeOption(io.home)}`,
    );
  if (options.yes !== true && !(await isConfirmed(signal))) {
    io.print({ ok: false, path, profile, added: false }, 'Nothing was changed.');
    return exitCodes.person;
  }
  const done = await installStanza(path, stanza);
  io.print(
    { ok: true, path, profile, added: done === 'added' },
    done === 'added'
      ? `Added. Try: aws s3 ls s3://BUCKET/PREFIX --profile ${profile}`
      : 'It is there already.',
  );
  return exitCodes.ok;
}

function stanzaFor(
  account: AccountConfig,
  { profile, folder }: { readonly profile: string; readonly folder: string | null },
  home: string,
): AwsStanza {
  try {
    return stanzaOf(account, { profile, folder, program: selfCommand(), home: resolve(home) });
  } catch (error) {
    if (error instanceof RangeError) throw usage(`--install: ${error.message}`);
    throw error;
  }
}

async function isConfirmed(signal: AbortSignal): Promise<boolean> {
  if (!process.stdin.isTTY) throw usage('nothing was written; add --yes to write it (no terminal to ask on)');
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(?:es)?$/i.test((await terminal.question('Write it? [y/N] ', { signal })).trim());
  } finally {
    terminal.close();
  }
}
