// driftless(1), made from the grammar that --help shows.
import type { Command } from 'commander';
import { makeProgram } from '../main/cli/program.ts';

/** In the man macros, which every reader of man pages knows. `at` is the date in its foot. */
export function manPage(version: string, at: Date): string {
  const program = makeProgram(() => Promise.resolve());
  const lines = [
    `.TH DRIFTLESS 1 ${at.toISOString().slice(0, 10)} "driftless ${version}" "User Commands"`,
    '.SH NAME',
    'driftless \\- two\\-way folder sync for S3',
    '.SH SYNOPSIS',
    '.B driftless',
    '.I verb',
    '[options]',
    '.SH DESCRIPTION',
    roff(program.description()),
    'Every verb knows \\fB\\-\\-help\\fR.',
    '.SH VERBS',
    ...verbsOf(program, []).flatMap(verbLines),
    '.SH EXIT STATUS',
    ...[
      ['0', 'in sync, or done'],
      ['1', 'failed'],
      ['2', 'wrong usage or settings'],
      ['3', 'user action is needed'],
      ['4', 'some files could not be synced'],
    ].flatMap(([code = '', about = '']) => ['.TP', `.B ${code}`, roff(about)]),
    '.SH ENVIRONMENT',
    '.TP',
    '.B DRIFTLESS_HOME',
    'Where settings and state live.',
    '.TP',
    '.B DRIFTLESS_TRUSTED_FOLDERS',
    roff('Folders, separated as in PATH, that no other user can reach although all may write to them.'),
    '.TP',
    '.B DRIFTLESS_BROWSER',
    roff('With the value print, sign-in addresses are printed instead of opened.'),
    '.TP',
    '.B HTTPS_PROXY\\fR, \\fBNO_PROXY',
    'The way out of a company network.',
  ];
  return `${lines.join('\n')}\n`;
}

type Verb = { readonly path: readonly string[]; readonly command: Command };

function verbsOf(command: Command, path: readonly string[]): readonly Verb[] {
  if (command.commands.length === 0) return [{ path, command }];
  return command
    .createHelp()
    .visibleCommands(command)
    .filter((each) => each.name() !== 'help')
    .flatMap((each) => verbsOf(each, [...path, each.name()]));
}

function verbLines({ path, command }: Verb): readonly string[] {
  const help = command.createHelp();
  const args = command.registeredArguments.map((each) => ` ${help.argumentTerm(each)}`).join('');
  const options = help
    .visibleOptions(command)
    .flatMap((option) => [
      '.TP',
      `.B ${roff(help.optionTerm(option))}`,
      roff(help.optionDescription(option)),
    ]);
  return [`.SS driftless ${roff(path.join(' ') + args)}`, roff(command.description()), ...options];
}

/** Text as roff takes it: no escapes of its own, hyphens that can be copied, no line that begins as a request. */
function roff(text: string): string {
  const plain = text.replaceAll('\\', '\\e').replaceAll('-', '\\-');
  return /^[.']/u.test(plain) ? `\\&${plain}` : plain;
}
