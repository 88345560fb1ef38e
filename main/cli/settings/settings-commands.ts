// The verbs about single settings: `limits` and `config`.
import { Argument } from 'commander';
import type { Command } from 'commander';
import type { CommandKit } from '../command-kit.ts';
import { configKeys } from './config-keys.ts';
import type { ConfigKey } from './config-keys.ts';
import type { LimitOptions } from './limits.ts';

export function registerSettingsCommands(program: Command, { addCommon, run }: CommandKit): void {
  addCommon(program.command('limits').description('show or change the bandwidth limits'))
    .option(
      '--up <rate>',
      'upload limit in bytes per second, such as 512k or 10M (powers of 1,024), or "off"',
    )
    .option('--down <rate>', 'download limit, likewise')
    .option('--timetable <entries>', 'limits by the clock, such as "08:00,512k 18:00,off", or "off"')
    .option('--pair <id>', 'of this pair, within those of all')
    .action(async (options: LimitOptions, command: Command) => {
      await run(command, async (io, signal) => (await import('./limits.ts')).runLimits(io, options, signal));
    });
  const config = program.command('config').description('single settings: proxy, certificates, credentials');
  addCommon(config.command('show').description('what is set')).action(
    async (_options: unknown, command: Command) => {
      await run(command, async (io, signal) => (await import('./config.ts')).runConfigShow(io, signal));
    },
  );
  type Flags = { readonly account?: string };
  addCommon(
    config
      .command('set')
      .description('change one setting; a running engine follows within seconds')
      .addArgument(new Argument('<key>', 'which setting').choices(configKeys))
      .argument('<value>', 'proxy: an address or "direct"; ca-file: a file; credentials: on or off'),
  )
    .option('--account <id>', 'of ca-file and credentials: which account, when there are several')
    .action(async (key: ConfigKey, value: string, { account }: Flags, command: Command) => {
      await run(command, async (io, signal) =>
        (await import('./config.ts')).runConfigSet(io, { key, value, account: account ?? null }, signal),
      );
    });
  addCommon(
    config
      .command('unset')
      .description('go back to the default of one setting')
      .addArgument(new Argument('<key>', 'which setting').choices(configKeys)),
  )
    .option('--account <id>', 'of ca-file and credentials: which account, when there are several')
    .action(async (key: ConfigKey, { account }: Flags, command: Command) => {
      await run(command, async (io, signal) =>
        (await import('./config.ts')).runConfigSet(
          io,
          { key, value: null, account: account ?? null },
          signal,
        ),
      );
    });
}
