// AWS config stanza that makes the AWS CLI and SDKs use Driftless's credentials; detects an existing profile.
import type { AccountConfig } from './config.ts';

export type AwsStanza = {
  readonly profile: string;
  readonly command: readonly string[];
  readonly region: string;
  /** `null`: AWS's own. */
  readonly s3Endpoint: string | null;
  readonly forcePathStyle: boolean;
  readonly useFips?: boolean | undefined;
  readonly useDualStack?: boolean | undefined;
};

/** `program`: the command line of this machine. Throws RangeError where a word of the command cannot be quoted. */
export function stanzaOf(
  account: AccountConfig,
  {
    profile,
    folder = null,
    program,
    home,
  }: {
    readonly profile: string;
    /** Id of the pair whose credentials they are, or those of the account. */
    readonly folder?: string | null;
    readonly program: readonly string[];
    readonly home: string;
  },
): AwsStanza {
  const of = folder === null ? [] : ['--folder', folder];
  const command = [...program, 'credentials', '--account', account.id, ...of, '--home', home];
  const unquotable = commandProblem(command);
  if (unquotable !== null) throw new RangeError(unquotable);
  const { region, s3Endpoint, forcePathStyle, useFips, useDualStack } = account;
  return { profile, command, region, s3Endpoint, forcePathStyle, useFips, useDualStack };
}

export function profileNameProblem(name: string): string | null {
  return /^[\w-]{1,64}$/.test(name) ? null : 'must be letters, digits, "_" and "-"';
}

/**
 * Some SDKs pass the line to a shell, others split it themselves: both read a double-quoted word without
 * these characters alike. Before that the SDKs, unlike the AWS CLI, end the line at a comment, within quotes, too.
 */
function commandProblem(command: readonly string[]): string | null {
  const bad = command.find((word) => /["$`\r\n%!]|\\$/.test(word));
  if (bad !== undefined)
    return `the path ${JSON.stringify(bad)} holds a character that cannot be quoted safely`;
  const cut = command.find((word) => /\s[#;]/u.test(word));
  return cut === undefined
    ? null
    : `the path ${JSON.stringify(cut)} holds a space before "#" or ";", where a comment begins for AWS SDKs`;
}

export function awsStanza(stanza: AwsStanza): string {
  const { profile, command, region, s3Endpoint, forcePathStyle, useFips, useDualStack } = stanza;
  const words = command.map((word) => (/^[\w./:=-]+$/.test(word) ? word : `"${word}"`));
  const services = `driftless-${profile}`;
  return [
    profile === 'default' ? '[default]' : `[profile ${profile}]`,
    `credential_process = ${words.join(' ')}`,
    `region = ${region}`,
    ...(useFips === true ? ['use_fips_endpoint = true'] : []),
    ...(useDualStack === true ? ['use_dualstack_endpoint = true'] : []),
    ...(forcePathStyle ? ['s3 =', '  addressing_style = path'] : []),
    ...(s3Endpoint === null
      ? []
      : [`services = ${services}`, '', `[services ${services}]`, 's3 =', `  endpoint_url = ${s3Endpoint}`]),
    '',
  ].join('\n');
}

export type InstallPlan =
  | { readonly kind: 'append'; readonly text: string }
  | { readonly kind: 'there' }
  | { readonly kind: 'taken'; readonly section: string };

/** New content of the file; an existing section with different settings is never changed. */
export function planInstall(existing: string, stanza: AwsStanza): InstallPlan {
  const text = awsStanza(stanza);
  const sections = text.split('\n').filter((line) => line.startsWith('['));
  const lines = existing.split(/\r?\n/).map((line) => line.trim());
  const taken = sections.find((section) => lines.some((line) => sameSection(line, section)));
  if (taken === undefined) {
    const gap = existing === '' ? '' : existing.endsWith('\n') ? '\n' : '\n\n';
    return { kind: 'append', text: `${existing}${gap}${text}` };
  }
  return existing.replaceAll('\r\n', '\n').includes(text)
    ? { kind: 'there' }
    : { kind: 'taken', section: taken };
}

/** The file without exactly these lines, and the empty line that was put before them; null where they are not in it. */
export function planRemoval(existing: string, stanza: AwsStanza): string | null {
  const text = awsStanza(stanza);
  const at = existing.startsWith(text) ? 0 : existing.indexOf(`\n${text}`) + 1;
  if (at === 0 && !existing.startsWith(text)) return null;
  const before = existing.slice(0, at);
  const after = existing.slice(at + text.length);
  // What follows must be another section or the end: the user may have added lines to this one.
  if (!/^\s*(?:$|\[)/.test(after)) return null;
  return `${before.endsWith('\n\n') ? before.slice(0, -1) : before}${after}`;
}

function sameSection(line: string, section: string): boolean {
  const name = (text: string): string | undefined =>
    /^\[\s*([^\]]*?)\s*\]/
      .exec(text)?.[1]
      ?.replaceAll(/["'\s]+/g, ' ')
      .trim();
  return name(line) !== undefined && name(line) === name(section);
}
