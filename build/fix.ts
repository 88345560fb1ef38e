/** `npm run fix`: generated pages, oxlint and prettier rewrite what they can; `npm run check` says what is left. */
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';

const root = dirname(import.meta.dirname);

/** Prettier last, so that what the others wrote is formatted as well. */
const tools: readonly { readonly bin: string; readonly args: readonly string[] }[] = [
  { bin: 'node_modules/oxlint/bin/oxlint', args: ['--fix', '--no-error-on-unmatched-pattern'] },
  {
    bin: 'node_modules/prettier/bin/prettier.cjs',
    args: ['--write', '--ignore-unknown', '--log-level', 'warn'],
  },
];

/** The files and folders to work on, all without any. Returns 0 if nothing is left that oxlint objects to. */
function fix(paths: readonly string[]): number {
  const codes = tools.map(
    ({ bin, args }) =>
      spawnSync(process.execPath, [join(root, bin), ...args, ...paths], {
        cwd: root,
        stdio: 'inherit',
      }).status ?? 1,
  );
  return Math.max(...codes);
}

// The changelog and the index of decisions, and counts that have fallen.
spawnSync(process.execPath, [join(root, 'build/house/check.ts'), '--write'], { cwd: root, stdio: 'inherit' });
const paths = process.argv.slice(2);
process.exitCode = fix(paths.length === 0 ? ['.'] : paths);
