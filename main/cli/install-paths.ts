// Paths of the built UI and the version, in checkouts and installed builds.
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** The folder with package.json above this file: the checkout, or the unpacked program. */
function programRoot(): string {
  let dir = import.meta.dirname;
  while (!existsSync(join(dir, 'package.json')) && dirname(dir) !== dir) dir = dirname(dir);
  return dir;
}

/** Part of each file name of the bundle that only a checkout's tests run; no package contains such a file. */
export const unshippedMark = '.unshipped';

/** True in whatever was built to be shipped, where failpoints and the like are inert; false in a checkout. */
export function isBuilt(file: string = import.meta.filename): boolean {
  return !file.endsWith('.ts') && !basename(file).includes(`${unshippedMark}.`);
}

/** The first file of the bundle, which names all others by their contents; null in a checkout. */
export function programFile(): string | null {
  return isBuilt() ? join(import.meta.dirname, 'driftless.cjs') : null;
}

export function assetsDirectory(): string {
  return join(programRoot(), 'dist', 'renderer');
}

export function appVersion(): string {
  const parsed: unknown = JSON.parse(readFileSync(join(programRoot(), 'package.json'), 'utf8'));
  const version =
    typeof parsed === 'object' && parsed !== null && 'version' in parsed ? parsed.version : null;
  return typeof version === 'string' ? version : '0.0.0';
}
