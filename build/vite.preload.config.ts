// Vite configuration of the preload script: one CommonJS file.
// A sandboxed preload can neither load ES modules nor require other files.
import { join } from 'node:path';
import { defineConfig } from 'vite';
import type { InlineConfig } from 'vite';

const root = join(import.meta.dirname, '..');

/** The Vite configuration as a function, so that the boot test builds exactly what ships. */
export function preloadConfig(options: { readonly outDir?: string } = {}): InlineConfig {
  return {
    configFile: false,
    root,
    publicDir: false,
    logLevel: 'warn',
    define: { 'process.env.NODE_ENV': JSON.stringify('production') },
    build: {
      target: 'chrome140',
      outDir: options.outDir ?? join(root, 'dist', 'preload'),
      emptyOutDir: true,
      minify: true,
      sourcemap: false,
      modulePreload: { polyfill: false },
      lib: { entry: join(root, 'preload', 'index.ts'), formats: ['cjs'], fileName: () => 'index.cjs' },
      rolldownOptions: { external: ['electron'], output: { codeSplitting: false } },
    },
  };
}

export default defineConfig(preloadConfig());
