// The grammar of the command line: every verb with its options, and what runs it. Help, completion and man pages are made from it.
// A verb's modules are loaded when it is called: "--help" and "--version" need nothing of the engine.
import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import { registerAccountCommands } from './account-commands.ts';
import { registerFileCommands } from './file-commands.ts';
import { registerSettingsCommands } from './settings/settings-commands.ts';
import type { LoginFlags } from '../control/login-way.ts';
import { repeatable, wholeNumber } from './command-kit.ts';
import type { RunVerb } from './command-kit.ts';
import { guardAnswers } from '../core/safety/answers.ts';
import type { GuardAnswer } from '../core/safety/answers.ts';
import { candidatesFor, completeVerb, completionScript, shells } from './completion.ts';
import type { Shell } from './completion.ts';
import { usage } from '../control/usage-error.ts';
import { appVersion } from './install-paths.ts';
import { longestTimerMs } from '../adapters/system/clock.ts';

/** What every verb takes. */
export type Common = {
  readonly home?: string;
  readonly json?: boolean;
  readonly verbose?: boolean;
  readonly pair?: string;
};
type SyncFlags = {
  readonly once?: boolean;
  readonly approve: readonly string[];
  readonly signIn?: boolean;
  readonly timeout: number;
};
type StatusFlags = {
  readonly wait?: string;
  readonly timeout: number;
  readonly maxAge?: number;
  readonly pageUrl?: boolean;
};
type ServeFlags = {
  readonly port: number;
  readonly printUrl?: boolean;
  readonly folders: readonly string[];
  readonly page: boolean;
  readonly metricsPort?: number;
  readonly logFile?: string;
  readonly logLevel?: 'debug' | 'info' | 'warn' | 'error';
};

function addCommon(command: Command): Command {
  return command
    .option('--home <dir>', 'where settings and state live (or DRIFTLESS_HOME)')
    .option('--json', 'one JSON value on standard output, messages on standard error')
    .option('--verbose', 'log lines on standard error');
}

/** What every verb takes, also where it was written before the verb, as in "driftless --home DIR status"; the nearest to the end counts. */
export function commonOf(command: Command): Common {
  const before = command.parent === null ? {} : commonOf(command.parent);
  return { ...before, ...command.opts<Common>() };
}

/** For the verbs that can look at one pair by itself. */
function addCommonAndPair(command: Command): Command {
  return addCommon(command).option('--pair <id>', 'only this pair');
}

const port = wholeNumber('it must be a port, from 0 to 65535', 0, 65_535);

const longestSeconds = Math.floor(longestTimerMs / 1000);
const seconds = wholeNumber(
  `it must be a whole number of seconds, at most ${String(longestSeconds)}`,
  0,
  longestSeconds,
);

const unitMs = new Map([
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
]);

/** `15m` as milliseconds. */
function duration(text: string): number {
  const [, count = '', unit = ''] = /^(\d+)([smh])$/u.exec(text) ?? [];
  const each = unitMs.get(unit);
  if (each === undefined) throw new InvalidArgumentError('it must be a time such as 90s, 15m or 2h');
  return Number(count) * each;
}

/** The verb that arguments name, as it is typed, for pointing to its help; the program itself where they name none. */
export function verbIn(program: Command, args: readonly string[]): string {
  return commandsIn(program, args)
    .map((command) => command.name())
    .join(' ');
}

/** Flags of the options that the verb must have and `args`, which were parsed, lack. */
export function missingOptions(program: Command, args: readonly string[]): readonly string[] {
  const verb = commandsIn(program, args).at(-1);
  return (verb?.options ?? [])
    .filter((option) => option.mandatory && verb?.getOptionValue(option.attributeName()) === undefined)
    .map(({ flags }) => flags);
}

/** From the program down to the verb that the first words name. */
function commandsIn(program: Command, args: readonly string[]): readonly Command[] {
  const named = program.commands.find((one) => one.name() === args[0]);
  return named === undefined ? [program] : [program, ...commandsIn(named, args.slice(1))];
}

/** `run` is called for the verb that the arguments name. Parsing throws CommanderError instead of ending the process. */
export function makeProgram(run: RunVerb): Command {
  const program = new Command('driftless')
    .description(
      'Keeps a folder and an S3 bucket from drifting apart, signed in with your own identity provider.',
    )
    .version(appVersion())
    // "restore --version ID" is not the question for the program's own version.
    .enablePositionalOptions()
    .exitOverride()
    // Said by reportError, in one line and in the shape that --json promises.
    .configureOutput({ outputError: () => undefined });

  registerSignIn(program, run);
  addCommonAndPair(
    program.command('sync').description('look at both sides fully and sync until nothing is left to do'),
  )
    .option('--once', 'one pass (for a program that keeps running, see serve)')
    .option('--sign-in', 'sign in first where that is needed, in the browser or with a code')
    .option('--timeout <seconds>', 'with --sign-in: how long to wait for the user', seconds, 300)
    .addOption(repeatable('--approve <guard-id>', 'go on although this guard stopped the pair; once'))
    .action(async (options: Common & SyncFlags, command: Command) => {
      const { pair = null, approve: approvals, signIn, timeout, once } = options;
      const signInMs = signIn === true ? timeout * 1000 : null;
      await run(command, async (io, signal) => {
        if (once !== true)
          throw usage('sync makes one pass: write "driftless sync --once"; "driftless serve" keeps syncing');
        return (await import('./verbs/sync.ts')).runSyncOnce(io, { pair, approvals, signInMs }, signal);
      });
    });

  addCommonAndPair(
    program.command('plan').description('show what a sync would do, and do none of it'),
  ).action(async (options: Common, command: Command) => {
    await run(command, async (io, signal) =>
      (await import('./verbs/plan.ts')).runPlan(io, options.pair ?? null, signal),
    );
  });

  registerService(program, run);
  registerQuestions(program, run);
  registerControls(program, run);
  registerAccountCommands(program, { addCommon, run });
  registerFileCommands(program, { addCommon: addCommonAndPair, run });
  registerSettingsCommands(program, { addCommon, run });
  registerCompletion(program);
  for (const group of [program, ...program.commands.filter(({ commands }) => commands.length > 0)])
    addCommon(group);
  return program;
}

/** Neither reads settings nor asks an engine: a shell calls the second one at each press of the key. */
function registerCompletion(program: Command): void {
  program
    .command('completion')
    .description('print the script that completes verbs and options in a shell')
    .addArgument(new Argument('<shell>', 'which shell').choices(shells))
    .action((shell: Shell) => {
      process.stdout.write(completionScript(shell));
    });
  program
    .command(completeVerb, { hidden: true })
    .argument('[words...]')
    .action((words: readonly string[]) => {
      for (const { word, about } of candidatesFor(program, words))
        process.stdout.write(`${word}\t${about}\n`);
    });
}

/** How it stands, and what it asks. */
function registerQuestions(program: Command, run: RunVerb): void {
  addCommon(program.command('status').description('how the running engine stands'))
    .option('--wait <state>', 'wait until it is "idle"')
    .option('--timeout <seconds>', 'how long to wait', seconds, 60)
    .option(
      '--max-age <time>',
      'fail where a pair was last in sync longer ago, as in 90s, 15m or 2h',
      duration,
    )
    .option('--page-url', 'a link to its page that works once')
    .action(async (options: StatusFlags, command: Command) => {
      await run(command, async (io, signal) => {
        const { runPageUrl, runStatus } = await import('./verbs/status.ts');
        if (options.pageUrl === true) return runPageUrl(io, signal);
        if (options.wait !== undefined && options.wait !== 'idle') throw usage('--wait knows only "idle"');
        return runStatus(
          io,
          {
            waitIdle: options.wait === 'idle',
            timeoutMs: options.timeout * 1000,
            maxAgeMs: options.maxAge ?? null,
          },
          signal,
        );
      });
    });

  addCommon(
    program
      .command('answer')
      .description('answer a question that stopped a pair; "status" shows it')
      .argument('<pair>')
      .argument('<id>')
      .addArgument(new Argument('<answer>', 'what to do').choices(guardAnswers)),
  ).action(async (pair: string, id: string, answer: GuardAnswer, _options: unknown, command: Command) => {
    await run(command, async (io, signal) =>
      (await import('./verbs/answer.ts')).runAnswer(io, { pair, id, answer }, signal),
    );
  });
}

function registerService(program: Command, run: RunVerb): void {
  addCommon(program.command('serve').description('keep syncing, with a status page on 127.0.0.1'))
    .option('--port <number>', 'port of the page; a free one without it', port, 0)
    .addOption(
      repeatable(
        '--folders <dir>',
        'let the page set up the first account, with a folder below this one (repeat for more)',
      ),
    )
    .option('--print-url', 'print the one-use link to the page although the output is not a terminal')
    .option('--no-page', 'without the page')
    .option('--metrics-port <number>', 'answer GET /metrics and /healthz on this port of 127.0.0.1', port)
    .option('--log-file <file>', 'log there; "-" is standard error, with priorities for the journal')
    .addOption(
      new Option('--log-level <level>', 'log this and what is worse').choices([
        'debug',
        'info',
        'warn',
        'error',
      ]),
    )
    .action(async (options: ServeFlags, command: Command) => {
      const { printUrl = false, metricsPort = null, logFile = null, logLevel = null } = options;
      await run(command, async (io, signal) =>
        (await import('./verbs/serve.ts')).runServe(
          io,
          { ...options, printUrl, metricsPort, logFile, logLevel },
          signal,
        ),
      );
    });
  addCommon(program.command('reload').description('let the running engine read its settings again')).action(
    async (_options: unknown, command: Command) => {
      await run(command, async (io, signal) => (await import('./verbs/reload.ts')).runReload(io, signal));
    },
  );
  const service = program.command('service').description('run "serve" as a service of this user');
  addCommon(service.command('install').description('write the service, enable and start it'))
    .option('--no-page', 'without the page')
    .option('--print', 'print what would be written, and write nothing')
    .action(async (options: { page: boolean; print?: boolean }, command: Command) => {
      await run(command, async (io) => (await import('./verbs/service.ts')).runServiceInstall(io, options));
    });
  addCommon(service.command('uninstall').description('stop and remove the service; all else stays')).action(
    async (_options: unknown, command: Command) => {
      await run(command, async (io) => (await import('./verbs/service.ts')).runServiceUninstall(io));
    },
  );
  addCommon(
    service.command('status').description('whether the service is installed and its engine runs'),
  ).action(async (_options: unknown, command: Command) => {
    await run(command, async (io) => (await import('./verbs/service.ts')).runServiceStatus(io));
  });
}

function registerSignIn(program: Command, run: RunVerb): void {
  type Flags = LoginFlags & { readonly account?: string; readonly timeout: number };
  addCommon(program.command('login').description('sign in in the browser, or with a code on another device'))
    .option('--account <id>', 'which account, when there are several')
    .addOption(
      new Option('--device', 'with a code on another device, whatever config.json says').conflicts(
        'tokenFile',
      ),
    )
    .option(
      '--token-file <file>',
      'with the web identity token in this file, of which nothing is stored: the running engine reads it until its ' +
        'session ends; without an engine this only shows that the token works',
    )
    .option('--timeout <seconds>', 'how long to wait for the user', seconds, 300)
    .action(async (options: Flags, command: Command) => {
      const { account = null, timeout } = options;
      const way = (await import('../control/login-way.ts')).wayOf(options);
      await run(command, async (io, signal) =>
        (await import('./verbs/login.ts')).runLogin(io, { account, timeoutMs: timeout * 1000, way }, signal),
      );
    });

  addCommon(program.command('logout').description('sign out and forget everything stored here'))
    .option('--account <id>', 'which account; all without it')
    .action(async (options: { account?: string }, command: Command) => {
      await run(command, async (io, signal) =>
        (await import('./verbs/logout.ts')).runLogout(io, { account: options.account ?? null }, signal),
      );
    });
}

function registerControls(program: Command, run: RunVerb): void {
  for (const [verb, words] of [
    ['check', 'look at both sides fully, now'],
    ['pause', 'stop syncing until resume'],
    ['resume', 'go on syncing'],
  ] as const) {
    addCommonAndPair(program.command(verb).description(words)).action(
      async (options: Common, command: Command) => {
        await run(command, async (io, signal) =>
          (await import('./verbs/status.ts')).runControl(io, verb, options.pair ?? null, signal),
        );
      },
    );
  }
}
