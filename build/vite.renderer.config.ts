// Vite configuration of the page, and the list of its built files.
// The `app://` handler and the loopback page serve the files on that list and no others.
import { readdir, writeFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import type { InlineConfig, Plugin } from 'vite';
import { packageLicences } from './third-party-notices.ts';

const root = join(import.meta.dirname, '..');

/** Writes `renderer-files.json` beside the output folder: a sorted list of paths with `/`, relative to that folder. */
function listFiles(outDir: string): Plugin {
  return {
    name: 'driftless-renderer-files',
    apply: 'build',
    async closeBundle(error) {
      if (error !== undefined) return;
      const entries = await readdir(outDir, { recursive: true, withFileTypes: true });
      const files = entries
        .filter((entry) => entry.isFile())
        .map((entry) => relative(outDir, join(entry.parentPath, entry.name)).split(sep).join('/'))
        .sort();
      await writeFile(`${outDir}-files.json`, `${JSON.stringify({ files }, null, 2)}\n`);
    },
  };
}

/** Fills `package-licences.ts` of the page with the licences of the packages that are installed here. */
function fillLicences(): Plugin {
  const file = join(root, 'renderer', 'views', 'settings', 'package-licences.ts').split(sep).join('/');
  return {
    name: 'driftless-licences',
    enforce: 'pre',
    load: {
      filter: { id: /package-licences/u },
      async handler(id) {
        if (id !== file) return null;
        return `export const licences = ${JSON.stringify(await packageLicences())};`;
      },
    },
  };
}

/** The Vite configuration as a function, so that tests build exactly what ships. */
export function rendererConfig(options: { readonly outDir?: string } = {}): InlineConfig {
  const outDir = options.outDir ?? join(root, 'dist', 'renderer');
  return {
    configFile: false,
    root: join(root, 'renderer'),
    base: './',
    publicDir: false,
    logLevel: 'warn',
    plugins: [fillLicences(), react(), listFiles(outDir)],
    // Also where NODE_ENV says otherwise (a test run): tests look at what ships.
    define: { 'process.env.NODE_ENV': JSON.stringify('production') },
    build: {
      target: 'chrome120',
      outDir,
      emptyOutDir: true,
      // The policy has neither 'unsafe-inline' nor data: for scripts and fonts, so nothing may be folded into the page.
      assetsInlineLimit: 0,
      cssCodeSplit: false,
      modulePreload: { polyfill: false },
      sourcemap: false,
      // In kB; one file is wanted, from the disk, and its size is held by a test.
      chunkSizeWarningLimit: 2000,
    },
  };
}

export default defineConfig(rendererConfig());
