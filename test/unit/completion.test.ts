// Shell completion: follows the grammar of --help and needs no engine.
import { createRequire } from 'node:module';
import { Language, Parser } from '@vscode/tree-sitter-wasm';
import { beforeAll, describe, expect, test } from 'vitest';
import { candidatesFor, completionScript, shells } from '../../main/cli/completion.ts';
import { commonOf, makeProgram, missingOptions, verbIn } from '../../main/cli/program.ts';

const program = makeProgram(() => Promise.resolve());
const wordsAfter = (...words: readonly string[]): readonly string[] =>
  candidatesFor(program, words).map(({ word }) => word);

test('verbs, their parts and their options are completed as far as they are typed', () => {
  expect(wordsAfter('st')).toEqual(['status']);
  expect(wordsAfter('')).toContain('sync');
  expect(wordsAfter('')).not.toContain('__complete');
  expect(wordsAfter('pair', '')).toEqual(['add', 'rm', 'ls', 'help']);
  expect(wordsAfter('sync', '--o')).toEqual(['--once']);
  expect(wordsAfter('status', '--wait', 'idle', '--p')).toEqual(['--page-url']);
});

test('values of options and arguments are completed, except files and free text', () => {
  expect(wordsAfter('serve', '--log-level', 'w')).toEqual(['warn']);
  expect(wordsAfter('answer', 'docs', 'id', '')).toEqual(['keep', 'remove', 'later']);
  expect(wordsAfter('completion', '')).toEqual([...shells]);
  expect(wordsAfter('pair', 'add', '--folder', '')).toEqual([]);
});

test('all options that a verb lacks are named at once', () => {
  const args = ['admin', 'template', '--region', 'x'];
  const asked = makeProgram(() => Promise.resolve());
  expect(() => asked.parse(['node', 'driftless', ...args])).toThrow('--issuer');
  expect(missingOptions(asked, args)).toEqual(['--issuer <url>', '--client-id <id>', '--bucket <name>']);
});

test('a mistake points to the help of its own verb', () => {
  expect(verbIn(program, ['admin', 'template', '--region', 'x'])).toBe('driftless admin template');
  expect(verbIn(program, ['answer'])).toBe('driftless answer');
  expect(verbIn(program, ['--home', 'x', 'status'])).toBe('driftless');
  expect(verbIn(program, ['nonsense'])).toBe('driftless');
});

test("PowerShell's way to pass an empty word is the empty word", () => {
  expect(wordsAfter('pair', '""')).toEqual(wordsAfter('pair', ''));
  expect(wordsAfter('""', 'st')).toEqual(['status']);
});

describe('the script for PowerShell, which cannot run here', () => {
  let parser: Parser;
  beforeAll(async () => {
    await Parser.init();
    const grammar = createRequire(import.meta.url).resolve(
      '@vscode/tree-sitter-wasm/wasm/tree-sitter-powershell.wasm',
    );
    parser = new Parser().setLanguage(await Language.load(grammar));
  });

  function parse(text: string): { readonly hasError: boolean; readonly commands: readonly string[] } {
    const root = parser.parse(text)?.rootNode;
    if (root === undefined) throw new Error('no tree');
    const names = root.descendantsOfType('command_name').map((node) => node?.text ?? '');
    return { hasError: root.hasError, commands: names };
  }

  test('is well-formed and calls this program with the words before the cursor', () => {
    const script = completionScript('powershell');
    const { hasError, commands } = parse(script);
    expect(hasError).toBe(false);
    expect(commands).toEqual(['Register-ArgumentCompleter', 'Where-Object', 'Select-Object', 'driftless']);
    expect(script).toContain(`driftless __complete '--' @words 2>$null`);
  });

  test('would be refused by the same parser with a bracket missing', () => {
    expect(parse(completionScript('powershell').replace(' })', ' )')).hasError).toBe(true);
  });
});

test('every verb in the help has a description', () => {
  for (const { word, about } of candidatesFor(program, [''])) expect(about, word).not.toBe('');
});

async function typed(...words: readonly string[]): Promise<unknown> {
  return await makeProgram(() => Promise.resolve())
    .parseAsync([...words], { from: 'user' })
    .then(
      () => 'accepted',
      (error: unknown) => (error instanceof Error ? error.message : error),
    );
}

test.each([['login'], ['status'], ['sync']])('%s waits no longer than a timer can', async (verb) => {
  expect(await typed(verb, '--timeout', '2147483')).toBe('accepted');
  for (const long of ['2147484', '5000000', '99999999999', '1e300'])
    expect(await typed(verb, '--timeout', long)).toContain(
      'it must be a whole number of seconds, at most 2147483',
    );
});

test('a port is one that there is', async () => {
  for (const option of ['--port', '--metrics-port']) {
    expect(await typed('serve', option, '65535')).toBe('accepted');
    expect(await typed('serve', option, '65536')).toContain('it must be a port, from 0 to 65535');
  }
});

test('a mistyped verb or option is answered with the nearest one', async () => {
  expect(await typed('stauts')).toContain('Did you mean status?');
  expect(await typed('pair', 'ad')).toContain('Did you mean add?');
  expect(await typed('status', '--wiat', 'idle')).toContain('Did you mean --wait?');
});

test.each([
  [['status', '--home', 'here', '--json']],
  [['--home', 'here', '--json', 'status']],
  [['--home', 'here', 'pair', '--json', 'ls']],
  [['--home', 'elsewhere', 'pair', 'ls', '--json', '--home', 'here']],
])('common options hold before the verb and behind it: %j', async (words) => {
  const seen: unknown[] = [];
  const program = makeProgram((command) => {
    const { home, json, verbose } = commonOf(command);
    seen.push({ home, json, verbose });
    return Promise.resolve();
  });
  await program.parseAsync(words, { from: 'user' });
  expect(seen).toEqual([{ home: 'here', json: true, verbose: undefined }]);
});
