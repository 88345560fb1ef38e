// An option that may be given more than once, for the verbs that take a list.
import { Option } from 'commander';

export function repeatable(flags: string, description: string): Option {
  return new Option(flags, description)
    .argParser((value: string, before: readonly string[]) => [...before, value])
    .default([], 'none');
}
