// Completion in real shells and the man page, both generated from the --help grammar.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { manPage } from '../../build/man-page.ts';
import { completionScript } from '../../main/cli/completion.ts';
import { findProgram } from '../support/programs.ts';
import { skipUnless } from '../support/skip.ts';

/** A `driftless` on the PATH that responds from this grammar. */
function inShell(shell: string, args: readonly string[]): string {
  const room = mkdtempSync(join(tmpdir(), 'driftless-shell-'));
  try {
    const cli = join(import.meta.dirname, '..', '..', 'main', 'cli', 'cli.ts');
    const flags = '--disable-warning=ExperimentalWarning';
    writeFileSync(join(room, 'driftless'), `#!/bin/sh\nexec '${process.execPath}' ${flags} '${cli}' "$@"\n`, {
      mode: 0o755,
    });
    const env = { ...process.env, PATH: `${room}:${process.env['PATH'] ?? ''}`, HOME: room, TERM: 'dumb' };
    return execFileSync(shell, args, { encoding: 'utf8', env, cwd: room });
  } finally {
    rmSync(room, { recursive: true, force: true });
  }
}

test('a reader that has gone, as head does, ends a verb quietly', async () => {
  const cli = join(import.meta.dirname, '..', '..', 'main', 'cli', 'cli.ts');
  const flags = ['--disable-warning=ExperimentalWarning'];
  const child = spawn(process.execPath, [...flags, cli, 'completion', 'bash'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  // Long before the first word is written.
  child.stdout.destroy();
  const said: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (text: string) => said.push(text));
  const [code] = (await once(child, 'close')) as [number | null];
  expect({ code, said: said.join('') }).toEqual({ code: 0, said: '' });
});

describe('in a real shell', () => {
  test('completion works in bash', skipUnless(findProgram('bash') !== null, 'bash is not installed'), () => {
    const script = `${completionScript('bash')}
COMP_WORDS=(driftless sync --o); COMP_CWORD=2; _driftless; printf '%s\\n' "\${COMPREPLY[@]}"`;
    expect(inShell('bash', ['--norc', '-c', script])).toBe('--once\n');
  });

  test('completion works in fish', skipUnless(findProgram('fish') !== null, 'fish is not installed'), () => {
    const script = `${completionScript('fish')}\ncomplete -C 'driftless sync --o'`;
    expect(inShell('fish', ['--no-config', '-c', script]).split('\t')[0]).toBe('--once');
  });

  test('completion works in zsh', skipUnless(findProgram('zsh') !== null, 'zsh is not installed'), () => {
    // Real completion runs in the line editor alone; the candidates are caught where they are described.
    const script = `compdef() { : }\n_describe() { print -l -- "\${lines[@]}" }\n_files() { print files }
${completionScript('zsh')}\nwords=(driftless sync --o); CURRENT=3; _driftless
words=(driftless pair add --folder ''); CURRENT=5; _driftless`;
    expect(inShell('zsh', ['-f', '-c', script])).toMatch(/^--once:one pass [^\n]*\nfiles\n$/u);
  });
});

describe('the man page', skipUnless(findProgram('mandoc') !== null, 'mandoc is not installed'), () => {
  test('the man page has no mandoc warnings and names every verb', () => {
    const page = manPage('0.1.0', new Date(0));
    const { status, stdout } = spawnSync('mandoc', ['-Tlint', '-Wwarning'], {
      input: page,
      encoding: 'utf8',
    });
    expect(stdout).toBe('');
    expect(status).toBe(0);
    const text = execFileSync('mandoc', ['-Tascii'], { input: page, encoding: 'utf8' }).replaceAll(
      /.\x08/gu,
      '',
    );
    for (const words of ['driftless sync', 'driftless pair add', 'driftless service install', '--once'])
      expect(text).toContain(words);
    expect(text).not.toContain('__complete');
  });
});
