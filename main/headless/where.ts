// Where the built page and the version are, in a checkout and in an installed build.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The folder with package.json above this file: the checkout, or the unpacked program. */
function programRoot(): string {
  let dir = import.meta.dirname;
  while (!existsSync(join(dir, 'package.json')) && dirname(dir) !== dir) dir = dirname(dir);
  return dir;
}

/** A checkout runs its sources as they stand; everything else was built. What only tests may do is inert there. */
export function isBuilt(file: string = import.meta.filename): boolean {
  return !file.endsWith('.ts');
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
