// Every verb in a home that other users may write to: refused before anything in it is read or made.
import { chmod, readdir } from 'node:fs/promises';
import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { makeProgram } from '../../main/cli/program.ts';
import { sampleOf } from '../sizes.ts';
import { runCli } from '../support/driftless-cli.ts';
import { skipUnless } from '../support/skip.ts';
import { tempFolder } from '../support/temp.ts';

/** Neither reads settings nor asks an engine. */
const homeless = ['help', 'completion', '__complete'];

function verbsOf(command: Command, path: readonly string[]): readonly (readonly string[])[] {
  const below = command.commands.filter((each) => !homeless.includes(each.name()));
  if (below.length > 0) return below.flatMap((each) => verbsOf(each, [...path, each.name()]));
  const args = command.registeredArguments.filter(({ required }) => required);
  const options = command.options.filter(({ mandatory }) => mandatory);
  return [
    [
      ...path,
      ...args.map(({ argChoices }) => argChoices?.[0] ?? 'x'),
      ...options.flatMap(({ long, argChoices }) => [long ?? '', argChoices?.[0] ?? 'x']),
    ],
  ];
}

const verbs = verbsOf(
  makeProgram(() => Promise.resolve()),
  [],
);

test.each(sampleOf(verbs).map((words) => [words.join(' '), words] as const))(
  '%s',
  skipUnless(process.platform !== 'win32', 'Windows has no such modes'),
  async (_name, words) => {
    const home = await tempFolder('unsafe-home');
    await chmod(home, 0o777);
    const { code, stderr } = await runCli([...words, '--home', home]);
    expect(stderr).toContain('can be written to by other users');
    expect(code).toBe(2);
    expect(await readdir(home)).toEqual([]);
  },
);
