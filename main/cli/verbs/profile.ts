// `driftless profile show|accept`: a connection profile is shown in full, judged, and only then becomes an account.
import { createInterface } from 'node:readline/promises';
import { sharedPlace } from '../../core/access/isolation.ts';
import { foreignReceivers } from '../../core/access/profile.ts';
import type { Profile, Reason } from '../../core/access/profile.ts';
import { ConfigFile } from '../../adapters/config/file.ts';
import { managedPolicyPath } from '../../adapters/config/managed-policy.ts';
import {
  accountOfProfile,
  profileDocument,
  profileError,
  readProfile,
} from '../../adapters/config/profile-file.ts';
import { assessProfile, problemsOf } from '../../adapters/config/profile-import.ts';
import type { AssessedProfile } from '../../adapters/config/profile-import.ts';
import { oneLine } from '../io.ts';
import type { CliIo } from '../io.ts';
import { exitCodes } from '../exit-codes.ts';
import { homeOption } from '../terminal/named-command.ts';
import { cliWords } from '../question-lines.ts';
import type { ExitCode } from '../exit-codes.ts';

async function judge(
  io: CliIo,
  from: string,
  id: string | null,
  signal: AbortSignal,
): Promise<AssessedProfile> {
  const { profile: read, source } = await readProfile(from, signal);
  const profile = id === null ? read : { ...read, id };
  const config = new ConfigFile({ home: io.home, env: process.env });
  return assessProfile({ profile, source }, { config, policyPath: managedPolicyPath() }, signal);
}

export async function runProfileShow(io: CliIo, from: string, signal: AbortSignal): Promise<ExitCode> {
  const judged = await judge(io, from, null, signal);
  const problems = linesOf(problemsOf(judged));
  const value = {
    profile: profileDocument(judged.profile),
    acceptable: problems.length === 0,
    problems,
    hostsToType: judged.judgement.hostsToType,
    account: judged.repoint.kind === 'known' ? judged.repoint.id : null,
  };
  io.print(value, wordsOf(judged, problems));
  return problems.length === 0 ? exitCodes.ok : exitCodes.failed;
}

export type AcceptOptions = {
  readonly id?: string;
  readonly yes?: boolean;
  readonly allowHost: readonly string[];
};

export async function runProfileAccept(
  io: CliIo,
  from: string,
  options: AcceptOptions,
  signal: AbortSignal,
): Promise<ExitCode> {
  const judged = await judge(io, from, options.id ?? null, signal);
  const problems = linesOf(problemsOf(judged));
  const { profile, repoint } = judged;
  io.say(wordsOf(judged, problems));
  if (problems.length > 0) throw profileError(`refused: ${problems.join('; ')}`);
  const id = repoint.kind === 'known' ? repoint.id : profile.id;
  const option = homeOption(io.home);
  const pairAdd = (prefix: string): string =>
    `driftless pair add --account ${id} --folder DIR --bucket ${profile.bucket} --prefix ${printable(prefix)}${option}`;
  const next = pairAdd(profile.prefix);
  // A folder of its own for each, chosen by the user.
  const teamFolders = profile.teamFolders.map((prefix) => ({ prefix, next: pairAdd(prefix) }));
  const team = teamFolders.length === 0 ? {} : { teamFolders };
  const teamWords = teamFolders.map((folder) => `\nFor the team folder: ${folder.next}`).join('');
  if (repoint.kind === 'known') {
    io.print(
      { ok: true, account: repoint.id, added: false, next, ...team },
      `The account ${repoint.id} is there already.${teamWords}`,
    );
    return exitCodes.ok;
  }
  const untyped = judged.judgement.hostsToType.filter((host) => !options.allowHost.includes(host));
  if (untyped.length > 0)
    throw profileError(
      `it would send tokens or files to ${untyped.join(', ')}, which is neither AWS nor the provider's own domain; if you were told so by your administrator, add ${untyped.map((host) => `--allow-host ${quoted(host)}`).join(' ')}`,
    );
  const terminal = { input: process.stdin, output: process.stderr };
  if (options.yes !== true && !(await isConfirmed(profile, terminal, signal))) {
    io.print({ ok: false, account: null, added: false, next: null }, 'Nothing was changed.');
    return exitCodes.person;
  }
  await new ConfigFile({ home: io.home, env: process.env }).addAccount(
    accountOfProfile(profile, profile.id),
    signal,
  );
  io.print(
    { ok: true, account: profile.id, added: true, next, ...team },
    `The account ${profile.id} was added. Next: driftless login --account ${profile.id}${option}, then ${next}${teamWords}`,
  );
  return exitCodes.ok;
}

/** Reasons as the catalogue words them. */
export function linesOf(reasons: readonly Reason[]): readonly string[] {
  return reasons.map(({ code, fields }) => {
    const line = cliWords.text(`reason.${code}`, fields);
    // Only a terminal can be asked for another name; the page takes a free one by itself.
    return code === 'name-taken' ? `${line}; choose a name with --id` : line;
  });
}

type Terminal = {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly output: NodeJS.WritableStream;
};

/** The AWS account is confirmed by itself: a genuine sign-in page says nothing about whose bucket it is (security rule 2). */
export async function isConfirmed(
  profile: Profile,
  { input, output }: Terminal,
  signal: AbortSignal,
): Promise<boolean> {
  if (input.isTTY !== true)
    throw profileError('read what it says above, then accept it with --yes (no terminal to ask on)');
  const terminal = createInterface({ input, output });
  try {
    const expected = profile.accountId ?? 'yes';
    const { files } = foreignReceivers(profile);
    const where =
      files.length === 0 ? 'to the AWS account above' : `to ${files.join(', ')}, which is not AWS`;
    const what =
      profile.accountId === null
        ? `Files will go ${where}. Type yes to accept it: `
        : `Files will go ${where}. Type the 12 digits of the AWS account above to accept it: `;
    return (await terminal.question(what, { signal })).trim() === expected;
  } finally {
    terminal.close();
  }
}

/** Quotes differ between shells: a prefix with more than plain characters is named, not printed, so that nothing of it runs anywhere. */
export function printable(prefix: string): string {
  return /^[\w./@:+=,{}-]+$/u.test(prefix) ? quoted(prefix) : 'PREFIX';
}

/** For a shell: the line is printed to be copied, and the prefix in it was written by a stranger. */
export function quoted(text: string): string {
  return `'${oneLine(text).replaceAll("'", String.raw`'\''`)}'`;
}

/** Everything that the profile sets, and the host names as the network sees them. No line can look like another one. */
function wordsOf({ profile, judgement, repoint }: AssessedProfile, problems: readonly string[]): string {
  const { exchange } = profile;
  const shared = sharedPlace(profile);
  const target = Object.entries(exchange)
    .filter(([name, value]) => name !== 'kind' && value !== null)
    .map(([name, value]) => `  ${name}: ${String(value)}`);
  return [
    `Account ${profile.id}`,
    `Sign in at: ${profile.issuer} (host ${URL.parse(profile.issuer)?.host ?? '?'})`,
    `Client id: ${profile.clientId}`,
    `Scopes: ${profile.scopes}`,
    ...(profile.redirectUri === null ? [] : [`Redirect: ${profile.redirectUri}`]),
    ...Object.entries(profile.authorizationParams).map(([name, value]) => `Asks for ${name}=${value}`),
    `AWS account: ${profile.accountId ?? 'none (not AWS)'}`,
    `Exchange: ${exchange.kind}`,
    ...target,
    `S3: ${profile.s3Endpoint ?? `AWS, ${profile.region}`}${profile.forcePathStyle ? ' (path style)' : ''}`,
    `Region: ${profile.region}`,
    `Bucket: ${profile.bucket}, prefix ${profile.prefix}`,
    ...(shared === null
      ? []
      : [`Shared: everyone with access to ${shared} sees and changes these files, too`]),
    ...profile.teamFolders.map((prefix) => `Team folder: bucket ${profile.bucket}, prefix ${prefix}`),
    ...judgement.hostsToType.map((host) => `Foreign host: ${host}`),
    ...(repoint.kind === 'known' ? [`Already here as ${repoint.id}.`] : []),
    ...problems.map((problem) => `Refused: ${problem}`),
  ]
    .map((line) => `${line.startsWith('  ') ? '  ' : ''}${oneLine(line)}`)
    .join('\n');
}
