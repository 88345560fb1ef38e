// Repeatable command line option, for commands that take a list.
import { Option } from 'commander';

export function repeatable(flags: string, description: string): Option {
  return new Option(flags, description)
    .argParser((value: string, before: readonly string[]) => [...before, value])
    .default([], 'none');
}
