// `npm run build`: bundles main, preload, page and command line into dist/ and copies the icons beside them.
import { cp, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { build } from 'vite';
import { stampFile } from './dist-files.ts';
import { cliConfig, starterConfig } from './vite.cli.config.ts';
import type { CliKind } from './vite.cli.config.ts';
import { mainConfig } from './vite.main.config.ts';
import { preloadConfig } from './vite.preload.config.ts';
import { rendererConfig } from './vite.renderer.config.ts';

const root = join(import.meta.dirname, '..');

/** Only what runs: the tray's pictures and the window's icon, not the sources they were drawn from. */
async function copyIcons(): Promise<void> {
  const target = join(root, 'dist', 'icons');
  const source = join(root, 'build', 'icons');
  await rm(target, { recursive: true, force: true });
  await mkdir(target, { recursive: true });
  const names = await readdir(source);
  for (const name of names.filter((each) => each.startsWith('tray-') || each === 'app.png')) {
    await cp(join(source, name), join(target, name));
  }
}

async function buildCli(kind: CliKind): Promise<void> {
  await build(cliConfig(kind));
  await build(starterConfig(kind));
}

// A test run that calls this sets NODE_ENV, and the JSX would be made for React's development build, which does not start here.
process.env['NODE_ENV'] = 'production';
const begunMs = performance.now();
await rm(stampFile(root), { force: true });
await Promise.all([
  build(mainConfig()),
  build(preloadConfig()),
  build(rendererConfig()),
  buildCli('shipped'),
  buildCli('test'),
  copyIcons(),
]);
await writeFile(stampFile(root), '');
process.stderr.write(`built dist/ in ${((performance.now() - begunMs) / 1000).toFixed(1)} s\n`);
