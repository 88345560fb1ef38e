/** `npm run fix`: prettier and eslint rewrite what they can; `npm run check` says what is left. */
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';

const root = dirname(import.meta.dirname);

/** Prettier last, so that what eslint rewrote is formatted as well. */
const tools: readonly { readonly bin: string; readonly args: readonly string[] }[] = [
  { bin: 'eslint/bin/eslint.js', args: ['--fix', '--max-warnings=0', '--no-warn-ignored'] },
  { bin: 'prettier/bin/prettier.cjs', args: ['--write', '--ignore-unknown', '--log-level', 'warn'] },
];

/** The files and folders to work on, all without any. Returns 0 if nothing is left that eslint objects to. */
function fix(paths: readonly string[]): number {
  const codes = tools.map(
    ({ bin, args }) =>
      spawnSync(process.execPath, [join(root, 'node_modules', bin), ...args, ...paths], {
        cwd: root,
        stdio: 'inherit',
      }).status ?? 1,
  );
  return Math.max(...codes);
}

const paths = process.argv.slice(2);
process.exitCode = fix(paths.length === 0 ? ['.'] : paths);
