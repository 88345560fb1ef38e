// Lookup of an Electron binary without importing `electron`, which would download one.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export type ElectronProgram =
  { readonly kind: 'found'; readonly path: string } | { readonly kind: 'missing'; readonly reason: string };

const defaultNames: Readonly<Partial<Record<NodeJS.Platform, string>>> = {
  darwin: 'Electron.app/Contents/MacOS/Electron',
  win32: 'electron.exe',
};

/** A binary that is already here: `ELECTRON_OVERRIDE_DIST_PATH`, else the one the package unpacked. Downloads nothing. */
export function findElectron(root: string, env: NodeJS.ProcessEnv): ElectronProgram {
  const folder = join(root, 'node_modules', 'electron');
  const named = join(folder, 'path.txt');
  const name = existsSync(named)
    ? readFileSync(named, 'utf8')
    : (defaultNames[process.platform] ?? 'electron');
  const override = env['ELECTRON_OVERRIDE_DIST_PATH'];
  const path = join(override ?? join(folder, 'dist'), name);
  if (existsSync(path)) return { kind: 'found', path };
  return {
    kind: 'missing',
    reason:
      override === undefined
        ? 'There is no Electron binary in node_modules/electron/dist'
        : `There is no Electron binary in ${override} (ELECTRON_OVERRIDE_DIST_PATH)`,
  };
}

/** The same, after one attempt at the package's own download (checksums are pinned in it). `ELECTRON_SKIP_BINARY_DOWNLOAD` forbids it. */
export function electronProgram(root: string, env: NodeJS.ProcessEnv): ElectronProgram {
  const present = findElectron(root, env);
  if (present.kind === 'found' || env['ELECTRON_OVERRIDE_DIST_PATH'] !== undefined) return present;
  if (env['ELECTRON_SKIP_BINARY_DOWNLOAD']) return present;
  process.stderr.write('fetching the Electron binary (once, about 120 MB)\n');
  const installer = join(root, 'node_modules', 'electron', 'install.js');
  const done = spawnSync(process.execPath, [installer], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env,
    timeout: 300_000,
  });
  if (done.status === 0) return findElectron(root, env);
  return { kind: 'missing', reason: 'There is no Electron binary here and it could not be downloaded' };
}
