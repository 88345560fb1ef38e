// Vite configuration of the main process: ES modules in dist/main, all packages inside.
import { existsSync, readdirSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { basename, join } from 'node:path';
import { defineConfig } from 'vite';
import type { InlineConfig, Plugin } from 'vite';
import { releaseDefine } from './release-channel.ts';

const root = join(import.meta.dirname, '..');

/** Where the bundle goes, another entry than the desktop's, and (for tests) a stand-in for `main/compose/desktop.ts`. */
export type MainBuildOptions = {
  readonly outDir?: string;
  readonly compose?: string;
  readonly entry?: { readonly name: string; readonly file: string };
};

/** Every `*-worker.ts` under `main/adapters` is the entry of a worker thread and becomes a file of its own beside the bundle. */
function workerEntries(): readonly string[] {
  const adapters = join(root, 'main', 'adapters');
  if (!existsSync(adapters)) return [];
  return readdirSync(adapters, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('-worker.ts'))
    .map((name) => join(adapters, name));
}

/** Sources name a worker by its `.ts` file, which Node runs as it stands; in the bundle the same worker is a `.js` file. */
function renameWorkerUrls(): Plugin {
  return {
    name: 'driftless-worker-urls',
    transform(code) {
      const renamed = code.replaceAll(
        /new URL\(\s*(['"])\.\/([\w-]+-worker)\.ts\1\s*,\s*import\.meta\.url\s*\)/g,
        "new URL('./$2.js', import.meta.url)",
      );
      return renamed === code ? null : { code: renamed, map: null };
    },
  };
}

/**
 * Node's HTTP modules without their lazy exports. An `import` of `node:http` reads each export, and so loads all of `undici` for
 * `WebSocket` and its events: 40 ms of each start.
 */
function withoutLazyExports(): Plugin {
  const lean = /^(?:node:)?(https?)$/u;
  const prefix = '\0driftless-node:';
  return {
    name: 'driftless-lean-http',
    enforce: 'pre',
    resolveId(source) {
      const name = lean.exec(source)?.[1];
      return name === undefined ? null : `${prefix}${name}`;
    },
    load(id) {
      if (!id.startsWith(prefix)) return null;
      const name = id.slice(prefix.length);
      const exported = Object.entries(Object.getOwnPropertyDescriptors(name === 'http' ? http : https));
      const names = exported.filter(([, property]) => 'value' in property).map(([each]) => each);
      return `const all = process.getBuiltinModule('node:${name}');\nexport default all;\nexport const { ${names.join(', ')} } = all;\n`;
    },
  };
}

function replaceCompose(file: string): Plugin {
  return {
    name: 'driftless-compose-double',
    enforce: 'pre',
    resolveId(source, importer) {
      return source === './compose/desktop.ts' && importer === join(root, 'main', 'index.ts') ? file : null;
    },
  };
}

/** The Vite configuration as a function, so that the boot test builds exactly what ships. */
export function mainConfig(options: MainBuildOptions = {}): InlineConfig {
  const workers = workerEntries();
  const { name, file: entry } = options.entry ?? { name: 'index', file: join(root, 'main', 'index.ts') };
  const input = Object.fromEntries([
    [name, entry],
    ...workers.map((file) => [basename(file, '.ts'), file]),
  ]) as Record<string, string>;
  return {
    configFile: false,
    root,
    publicDir: false,
    logLevel: 'warn',
    plugins: [
      renameWorkerUrls(),
      withoutLazyExports(),
      ...(options.compose === undefined ? [] : [replaceCompose(options.compose)]),
    ],
    define: { 'process.env.NODE_ENV': JSON.stringify('production'), ...releaseDefine(process.env) },
    resolve: { conditions: ['node', 'import', 'module', 'default'], mainFields: ['module', 'main'] },
    ssr: { target: 'node', noExternal: true, external: ['electron'] },
    build: {
      ssr: true,
      target: 'node24',
      outDir: options.outDir ?? join(root, 'dist', 'main'),
      emptyOutDir: true,
      minify: false,
      sourcemap: false,
      rolldownOptions: {
        input,
        external: ['electron'],
        // All files lie side by side, so that `new URL('./x-worker.js', import.meta.url)` holds from any of them.
        output: {
          ...{ format: 'es', entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' },
          // V8 keeps the sources in memory, and those of a file with one letter beyond Latin-1 at two bytes for each letter.
          minify: { compress: false, mangle: false, codegen: { removeWhitespace: false, asciiOnly: true } },
          comments: { legal: true, annotation: false, jsdoc: false },
        },
      },
    },
  };
}

export default defineConfig(mainConfig());
