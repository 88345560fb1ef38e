// The verbs about single files: what was removed, what was before, what is in the bucket, and a link to it.
import { Argument } from 'commander';
import type { Command } from 'commander';
import { conflictChoices } from '../core/model/conflict-choice.ts';
import type { ConflictChoice } from '../core/model/conflict-choice.ts';
import { wholeNumber } from './command-kit.ts';
import type { CommandKit } from './command-kit.ts';
import type { RestoreOptions, TrashRestoreOptions } from './verbs/files.ts';

type WithPair = { readonly pair?: string };

const seconds = wholeNumber('it must be a whole number of seconds', 1);

export function registerFileCommands(program: Command, kit: CommandKit): void {
  const { addCommon, run } = kit;
  registerConflicts(program, kit);
  const trash = program.command('trash').description('what was replaced or removed, and the way back');
  addCommon(trash.command('ls').description('show what is in the trash')).action(
    async (options: WithPair, command: Command) => {
      await run(command, async (io, signal) =>
        (await import('./verbs/files.ts')).runTrashList(io, options.pair ?? null, signal),
      );
    },
  );
  addCommon(
    trash
      .command('restore [id]')
      .description('bring one thing back, or all that was deleted; never over what is there now'),
  )
    .option('--under <path>', 'all that was deleted in this folder')
    .option('--since <time>', 'all that was deleted since then: 20m, 2h, 3d or 2026-11-22T18:00:00Z')
    .action(async (id: string | undefined, options: WithPair & TrashRestoreOptions, command: Command) => {
      await run(command, async (io, signal) =>
        (await import('./verbs/files.ts')).runTrashRestore(
          io,
          options.pair ?? null,
          { ...options, id },
          signal,
        ),
      );
    });
  addCommon(
    program.command('versions <path>').description('show the versions of a file in the bucket'),
  ).action(async (path: string, options: WithPair, command: Command) => {
    await run(command, async (io, signal) =>
      (await import('./verbs/files.ts')).runVersions(io, options.pair ?? null, path, signal),
    );
  });
  addCommon(program.command('restore <path>').description('bring back an older or deleted version of a file'))
    .option('--version <id>', 'this version (see "versions")')
    .option('--at <time>', 'as it was then, for example 2026-11-22T18:00:00Z')
    .action(async (path: string, options: WithPair & RestoreOptions, command: Command) => {
      await run(command, async (io, signal) =>
        (await import('./verbs/files.ts')).runRestore(io, options.pair ?? null, { ...options, path }, signal),
      );
    });
  addCommon(program.command('ls [path]').description('show a folder as the bucket has it')).action(
    async (path: string | undefined, options: WithPair, command: Command) => {
      await run(command, async (io, signal) =>
        (await import('./verbs/files.ts')).runList(io, options.pair ?? null, path ?? '', signal),
      );
    },
  );
  addCommon(program.command('share <path>').description('a link that downloads one file, for a limited time'))
    .option('--expires <seconds>', 'how long it works; at most as long as a session', seconds)
    .action(async (path: string, options: WithPair & { expires?: number }, command: Command) => {
      const what = { path, expires: options.expires ?? null };
      await run(command, async (io, signal) =>
        (await import('./verbs/files.ts')).runShare(io, options.pair ?? null, what, signal),
      );
    });
}

function registerConflicts(program: Command, { addCommon, run }: CommandKit): void {
  const conflicts = program.command('conflicts').description('files that were changed in two places');
  addCommon(conflicts.command('ls').description('show both versions of each')).action(
    async (options: WithPair, command: Command) => {
      await run(command, async (io, signal) =>
        (await import('./verbs/files.ts')).runConflictList(io, options.pair ?? null, signal),
      );
    },
  );
  addCommon(
    conflicts
      .command('keep')
      .description(
        'keep the version that has the name, the other one, or both; what is not kept goes to the trash',
      )
      .argument('<path>', 'the file, its copy or an id from "ls"')
      .addArgument(new Argument('<version>', 'which version stays').choices(conflictChoices)),
  ).action(async (conflict: string, keep: ConflictChoice, options: WithPair, command: Command) => {
    await run(command, async (io, signal) =>
      (await import('./verbs/files.ts')).runConflictKeep(
        io,
        options.pair ?? null,
        { conflict, keep },
        signal,
      ),
    );
  });
}
