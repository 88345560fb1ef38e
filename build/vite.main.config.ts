// Vite configuration of the main process: ES modules in dist/main, all packages inside.
import { existsSync, readdirSync } from 'node:fs';
import { isBuiltin } from 'node:module';
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
export function workerEntries(): readonly string[] {
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

/** Exports that Node makes when they are first read, and that a library imports by name and seldom uses. */
const usedSeldom: Readonly<Record<string, string>> = {
  getRandomValues: '(array) => process.getBuiltinModule("node:crypto").getRandomValues(array)',
  // Asked only whether a body is one.
  ReadStream:
    'class { static [Symbol.hasInstance](value) { return value instanceof process.getBuiltinModule("node:fs").ReadStream; } }',
};

const importOfNode = /^import (?:([\w$]+),? )?(?:\* as ([\w$]+) |\{ ([^}]*) \} )?(?:from )?"([\w:/]+)";$/gmu;

/**
 * Node's modules without `import`, which reads each of their exports and so loads what makes those: all of `undici` for the `WebSocket` of
 * `node:http`, `node:readline` for the promises of `node:fs`, and more. Only the exports that are used are read so.
 */
function withoutImportsOfNode(): Plugin {
  return {
    name: 'driftless-node-modules',
    resolveId: (source) => (isBuiltin(source) ? { id: nodeName(source), external: true } : null),
    renderChunk(code) {
      const plain = code.replaceAll(
        importOfNode,
        (
          found: string,
          whole: string | undefined,
          all: string | undefined,
          names: string | undefined,
          from: string,
        ) => (isBuiltin(from) ? takenFrom(from, { whole: [whole, all], names }) : found),
      );
      const left = /^(?:import|export) .*"node:.*$/mu.exec(plain);
      if (left !== null) throw new Error(`an import of Node that is not understood: ${left[0]}`);
      return { code: plain, map: null };
    },
  };
}

function nodeName(source: string): string {
  return source.startsWith('node:') ? source : `node:${source}`;
}

function takenFrom(
  from: string,
  {
    whole,
    names = '',
  }: { readonly whole: readonly (string | undefined)[]; readonly names: string | undefined },
): string {
  const module = `process.getBuiltinModule("${nodeName(from)}")`;
  const lines = whole.flatMap((name) => (name === undefined ? [] : [`const ${name} = ${module};`]));
  const read: string[] = [];
  for (const each of names.split(', ').filter((name) => name !== '')) {
    const [name = each, local = name] = each.split(' as ');
    const seldom = usedSeldom[name];
    if (name === 'default') lines.push(`const ${local} = ${module};`);
    else if (seldom !== undefined) lines.push(`const ${local} = ${seldom};`);
    else read.push(local === name ? name : `${name}: ${local}`);
  }
  if (read.length > 0) lines.push(`const { ${read.join(', ')} } = ${module};`);
  return lines.join('\n');
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
      withoutImportsOfNode(),
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
