// Vite configuration of the command line: a bundle of CommonJS files, all packages inside, and what starts it.
//
// A file that starts a bundle, `driftless.js` or that of a worker, is an ES module; it runs the `.cjs` of its name with the code compiled in
// earlier runs (main/adapters/system/code/run-bundle.ts), which Node can keep of a script, but not of a module.
import { join } from 'node:path';
import { mergeConfig } from 'vite';
import type { InlineConfig, Plugin } from 'vite';
import { unshippedMark } from '../main/cli/install-paths.ts';
import { mainConfig, workerEntries } from './vite.main.config.ts';

const root = join(import.meta.dirname, '..');

/** What is published is `shipped`; the tests' bundle carries a mark in its file names that shows it as part of a checkout. */
export type CliKind = 'shipped' | 'test';

const outDir = (kind: CliKind): string => join(root, 'dist', kind === 'shipped' ? 'cli' : 'cli-test');

/** A worker is named by its URL in the source, so it keeps its plain name. */
function fileName(kind: CliKind, ending: string): (chunk: { name: string }) => string {
  const mark = kind === 'shipped' ? '' : unshippedMark;
  return ({ name }) => `${name}${name.endsWith('-worker') ? '' : mark}${ending}`;
}

/** To be built first: it empties the folder. */
export function cliConfig(kind: CliKind): InlineConfig {
  const mark = kind === 'shipped' ? '' : unshippedMark;
  const config: InlineConfig = {
    plugins: [withPlainRequires()],
    build: {
      rolldownOptions: {
        output: {
          format: 'cjs',
          entryFileNames: fileName(kind, '.cjs'),
          chunkFileNames: `[name]-[hash]${mark}.cjs`,
        },
      },
    },
  };
  const entry = { name: 'driftless', file: join(root, 'main', 'cli', 'cli.ts') };
  return mergeConfig(mainConfig({ entry, outDir: outDir(kind) }), config);
}

/** What starts the bundle and its workers. */
export function starterConfig(kind: CliKind): InlineConfig {
  const config: InlineConfig = {
    plugins: [workerStarters()],
    build: {
      emptyOutDir: false,
      rolldownOptions: {
        output: { entryFileNames: fileName(kind, '.js'), chunkFileNames: 'start-[hash].js' },
      },
    },
  };
  const entry = { name: 'driftless', file: join(root, 'main', 'cli', 'driftless.ts') };
  return mergeConfig(mainConfig({ entry, outDir: outDir(kind) }), config);
}

/** The same few lines in place of each worker. */
function workerStarters(): Plugin {
  const adapters = JSON.stringify(join(root, 'main', 'adapters'));
  const workers = new Set(workerEntries());
  return {
    name: 'driftless-worker-starters',
    enforce: 'pre',
    load: (id) =>
      workers.has(id)
        ? `import { withoutBounds } from ${adapters.slice(0, -1)}/system/heap-bounds.ts";
           import { runBundle } from ${adapters.slice(0, -1)}/system/code/run-bundle.ts";
           runBundle({ starter: import.meta.filename, startMs: 500, isThread: true, underFirstFlags: withoutBounds });`
        : null,
  };
}

const copiedNode = /^(\w+) = [\w.]+\(\1(?:, 1)?\);$/gmu;
/** Of Node, what a usual run needs nothing of. */
const seldomNeeded: ReadonlySet<string> = new Set(['node:child_process']);
const requiredNode = /^let (\w+) = require\("(node:[\w/]+)"\);\n(?:\1 = [\w.]+\(\1(?:, 1)?\);\n)?/gmu;

/** They are required where they are used, in brackets for what is made by `new`. */
function withLateModules(code: string): string {
  let late = code;
  for (const [found, name = '', module = ''] of code.matchAll(requiredNode)) {
    if (!seldomNeeded.has(module)) continue;
    late = late
      .replace(found, '')
      .replaceAll(new RegExp(`\\b${name}\\.(?:default\\.)?`, 'gu'), `(require("${module}")).`);
    if (new RegExp(`\\b${name}\\b`, 'u').test(late)) throw new Error(`${module} is used as a whole`);
  }
  return late;
}

const importedNode = /\bimport\("(node:[\w/]+)"\)/gu;

/**
 * A module of Node that is used as a whole would be copied, with a getter for each of its exports, in every file. One that is imported late is
 * required: in a script an import of its own makes Node warn on standard error.
 */
function withPlainRequires(): Plugin {
  return {
    name: 'driftless-plain-requires',
    renderChunk: (code) => ({
      code: withLateModules(code)
        .replaceAll(copiedNode, (found: string, name: string) =>
          code.includes(`let ${name} = require("node:`)
            ? `${name} = Object.create(${name}, { default: { value: ${name} } });`
            : found,
        )
        .replaceAll(importedNode, 'Promise.resolve().then(() => require("$1"))'),
      map: null,
    }),
  };
}
