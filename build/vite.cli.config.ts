// Vite configuration of the command line: one folder of ES modules, all packages inside.
import { join } from 'node:path';
import { mergeConfig } from 'vite';
import type { InlineConfig } from 'vite';
import { unshippedSuffix } from '../main/cli/install-paths.ts';
import { mainConfig } from './vite.main.config.ts';

const root = join(import.meta.dirname, '..');

/** What is published is `shipped`; the tests' bundle carries a file name that marks it as part of a checkout. */
export function cliConfig(kind: 'shipped' | 'test'): InlineConfig {
  const suffix = kind === 'shipped' ? '.js' : unshippedSuffix;
  return mergeConfig(
    mainConfig({
      entry: { name: 'driftless', file: join(root, 'main', 'cli', 'driftless.ts') },
      outDir: join(root, 'dist', kind === 'shipped' ? 'cli' : 'cli-test'),
    }),
    {
      build: {
        rolldownOptions: {
          output: {
            // A worker is named by its URL in the source, so it keeps its plain name.
            entryFileNames: (chunk: { name: string }) =>
              chunk.name.endsWith('-worker') ? '[name].js' : `[name]${suffix}`,
            chunkFileNames: `[name]-[hash]${suffix}`,
          },
        },
      },
    } satisfies InlineConfig,
  );
}
