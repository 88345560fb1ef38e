// Completion for shells: which words can stand next, from the same grammar as --help, and the script that asks for them.
import type { Argument, Command, Option } from 'commander';

export const shells = ['bash', 'zsh', 'fish', 'powershell'] as const;
export type Shell = (typeof shells)[number];

export type Candidate = { readonly word: string; readonly about: string };

/** `words` begins after the program's name; the last one is being typed. Empty where a file or a free word belongs. */
export function candidatesFor(program: Command, words: readonly string[]): readonly Candidate[] {
  const last = words.at(-1) ?? '';
  const typed = last === emptyWord ? '' : last;
  let command = program;
  let place = 0;
  let valueOf: Option | undefined;
  for (const word of words.slice(0, -1)) {
    if (valueOf !== undefined) {
      valueOf = undefined;
      continue;
    }
    if (word.startsWith('-')) {
      const option = command.options.find(({ long, short }) => long === word || short === word);
      valueOf = option?.required === true ? option : undefined;
      continue;
    }
    const next = command.commands.find((each) => each.name() === word);
    if (next === undefined) place += 1;
    else command = next;
  }
  const all = valueOf === undefined ? nextWords(command, place, typed) : choicesOf(valueOf);
  return all.filter(({ word }) => word.startsWith(typed));
}

function nextWords(command: Command, place: number, typed: string): readonly Candidate[] {
  if (typed.startsWith('-')) {
    const { visibleOptions } = helpOf(command);
    return visibleOptions.map(({ long, short, description }) => ({
      word: long ?? short ?? '',
      about: description,
    }));
  }
  const verbs = helpOf(command).visibleCommands.map((each) => ({
    word: each.name(),
    about: each.description(),
  }));
  if (verbs.length > 0) return verbs;
  const argument = command.registeredArguments[place];
  return argument === undefined ? [] : choicesOf(argument);
}

function helpOf(command: Command): {
  readonly visibleOptions: readonly Option[];
  readonly visibleCommands: readonly Command[];
} {
  const help = command.createHelp();
  return {
    visibleOptions: help.visibleOptions(command),
    visibleCommands: command.commands.length === 0 ? [] : help.visibleCommands(command),
  };
}

function choicesOf({ argChoices }: Pick<Option | Argument, 'argChoices'>): readonly Candidate[] {
  return (argChoices ?? []).map((word) => ({ word, about: '' }));
}

/** The verb that the scripts call; help does not show it. */
export const completeVerb = '__complete';

/**
 * PowerShell's empty word: before 7.3 a program receives it as the empty word, since then as these two characters, while a plain
 * empty string would be dropped by the older ones.
 */
const emptyWord = '""';

/** For the shell's own set-up; where no word is known the shell completes files. */
export function completionScript(shell: Shell): string {
  return scripts[shell];
}

const scripts: Readonly<Record<Shell, string>> = {
  bash: `# eval "$(driftless completion bash)"
_driftless() {
  local IFS=$'\\n'
  COMPREPLY=($(driftless ${completeVerb} -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null | cut -f1))
}
complete -o default -F _driftless driftless
`,
  zsh: `#compdef driftless
# eval "$(driftless completion zsh)", or as _driftless in a folder of $fpath
_driftless() {
  local -a lines
  local line
  for line in "\${(@f)$(driftless ${completeVerb} -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    [[ -n $line ]] && lines+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done
  if (( \${#lines} )); then _describe driftless lines; else _files; fi
}
if [[ "\${funcstack[1]}" == _driftless ]]; then _driftless "$@"; else compdef _driftless driftless; fi
`,
  fish: `# driftless completion fish > ~/.config/fish/completions/driftless.fish
function __driftless_words
    set -l words (commandline -opc) (commandline -ct)
    set -l found (driftless ${completeVerb} -- $words[2..-1] 2>/dev/null)
    if test (count $found) -gt 0
        printf '%s\\n' $found
    else
        __fish_complete_path (commandline -ct)
    end
end
complete -c driftless -f -a '(__driftless_words)'
`,
  powershell: `# driftless completion powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName driftless -ScriptBlock {
  param($word, $ast, $position)
  $before = $ast.CommandElements | Where-Object { $_.Extent.StartOffset -lt $position }
  $words = @($before | Select-Object -Skip 1 | ForEach-Object { "$_" })
  if ($word -eq '') { $words += '${emptyWord}' }
  driftless ${completeVerb} '--' @words 2>$null | ForEach-Object {
    $name, $about = $_ -split "\`t", 2
    if (-not $about) { $about = $name }
    [System.Management.Automation.CompletionResult]::new($name, $name, 'ParameterValue', $about)
  }
}
`,
};
