// Staleness of dist/: the sources it is built from, and their latest change.
import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { unshippedMark } from '../main/cli/install-paths.ts';

const sources = ['main', 'preload', 'renderer', 'build/icons', 'build/build.ts'];
const single = ['package-lock.json'];

/** Written last by the build: as old as the bundles, and absent after a build that failed half-way. */
export function stampFile(root: string): string {
  return join(root, 'dist', '.built');
}

/** The command line as the tests run it: bundled, with failpoints and development accounts as in a checkout. */
export function testCliFile(root: string): string {
  return join(root, 'dist', 'cli-test', `driftless${unshippedMark}.js`);
}

/** True when some source, the lockfile or a Vite config is newer than the last complete build. */
export async function isBuildStale(root: string): Promise<boolean> {
  const stamp = stampFile(root);
  if (!existsSync(stamp)) return true;
  const builtAtMs = (await stat(stamp)).mtimeMs;
  const viteConfigs = (await readdir(join(root, 'build'))).filter((name) => name.startsWith('vite.'));
  const roots = [...sources, ...single, ...viteConfigs.map((name) => join('build', name))];
  const newest = await Promise.all(roots.map((path) => newestMs(join(root, path))));
  return newest.some((ms) => ms > builtAtMs);
}

/** A folder counts too: a file that was deleted or moved changes only its folder's time. */
async function newestMs(path: string): Promise<number> {
  const self = await stat(path);
  if (!self.isDirectory()) return self.mtimeMs;
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const times = await Promise.all(
    entries.map(async (entry) => (await stat(join(entry.parentPath, entry.name))).mtimeMs),
  );
  return Math.max(self.mtimeMs, ...times);
}
