// Starts the built main bundle in plain Node, with a double of `electron`.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { registerHooks } from 'node:module';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { compileFunction, constants } from 'node:vm';
import { build } from 'vite';
import { mainConfig } from '../../build/vite.main.config.ts';
import type { PairView } from '../../preload/contract.ts';
import type { FakeElectron } from '../fakes/fake-electron.ts';
import { documents } from '../ui/scenes.ts';

/** Every name that the shell imports from `electron`; a new import fails in the test until it is named here. */
const exportedNames = [
  ...[
    'BrowserWindow',
    'Menu',
    'Notification',
    'Tray',
    'app',
    'clipboard',
    'dialog',
    'ipcMain',
    'nativeImage',
    'nativeTheme',
    'powerMonitor',
    'protocol',
  ],
  ...['safeStorage', 'screen', 'session', 'shell'],
] as const;

const doubles = new Map<string, FakeElectron>();
Object.defineProperty(globalThis, Symbol.for('driftless.fake-electron'), { value: doubles });

/** Node's own import: Vitest would otherwise read the bundle into its module runner, past the hooks below. */
const importNatively = compileFunction('return import(url)', ['url'], {
  importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
}) as (url: string) => Promise<unknown>;

export type ShellBuild = {
  readonly distDir: string;
  /** Runs the bundle's entry once more, on these parts. Resolves when its top level has run, before Electron is ready. */
  start(electron: FakeElectron): Promise<void>;
  dispose(): void;
};

/** `compose` replaces `main/compose/desktop.ts`; without it the bundle is exactly the one that ships. */
export async function buildShell(compose?: string): Promise<ShellBuild> {
  const distDir = mkdtempSync(join(tmpdir(), 'driftless-shell-'));
  // The bundle is ES modules; its nearest package.json has to say so, as the packaged one does.
  writeFileSync(join(distDir, 'package.json'), '{"type":"module"}');
  await build(mainConfig({ outDir: join(distDir, 'main'), ...(compose === undefined ? {} : { compose }) }));
  const bundleUrl = pathToFileURL(join(distDir, 'main')).href;
  let starts = 0;
  // Every start adds the listeners of one process; in a test they share one.
  process.setMaxListeners(0);
  // Each start gets modules of its own: the number travels with every import inside the bundle, and to `electron`.
  const hooks = registerHooks({
    resolve(specifier, context, nextResolve) {
      const parent = context.parentURL ?? '';
      const number = parent.startsWith(bundleUrl) ? new URL(parent).searchParams.get('start') : null;
      // Loading the real package in plain Node would start a download.
      if (specifier === 'electron' && number === null) throw new Error(`electron imported by ${parent}`);
      if (number === null) return nextResolve(specifier, context);
      if (specifier === 'electron')
        return { url: `fake-electron:${bundleUrl}#${number}`, shortCircuit: true };
      const resolved = nextResolve(specifier, context);
      return resolved.url.startsWith(bundleUrl)
        ? { ...resolved, url: `${resolved.url}?start=${number}` }
        : resolved;
    },
    load(url, context, nextLoad) {
      if (!url.startsWith('fake-electron:')) return nextLoad(url, context);
      const from = `globalThis[Symbol.for('driftless.fake-electron')].get(${JSON.stringify(url)})`;
      const names = exportedNames.map((name) => `export const ${name} = electron.${name};`);
      const source = [`const electron = ${from};`, 'export default electron;', ...names].join('\n');
      return { format: 'module', source, shortCircuit: true };
    },
  });
  return {
    distDir,
    async start(electron) {
      starts += 1;
      doubles.set(`fake-electron:${bundleUrl}#${String(starts)}`, electron);
      await importNatively(`${bundleUrl}/index.js?start=${String(starts)}`);
    },
    dispose() {
      hooks.deregister();
      rmSync(distDir, { recursive: true, force: true });
    },
  };
}

/** Puts a page with two files beside the bundle, listed as the renderer's build lists them. */
export function writePage(distDir: string): void {
  const pageDir = join(distDir, 'renderer');
  mkdirSync(join(pageDir, 'assets'), { recursive: true });
  writeFileSync(join(pageDir, 'index.html'), '<!doctype html><title>Driftless</title>');
  writeFileSync(join(pageDir, 'assets', 'page.js'), 'export {};');
  writeFileSync(join(pageDir, 'unlisted.txt'), 'never served');
  writeFileSync(`${pageDir}-files.json`, JSON.stringify({ files: ['assets/page.js', 'index.html'] }));
}

/**
 * A session bus that answers: the shell asks `gdbus` for a host of tray icons. Returns the PATH to use. One that shows none now lets the
 * shell wait for one, until `endTrayWait`.
 */
export function pathWithTrayAnswer(folder: string, isShown: boolean): string {
  mkdirSync(folder, { recursive: true });
  if (!isShown && process.platform === 'linux' && !existsSync(waitOf(folder)))
    execFileSync('mkfifo', [waitOf(folder)]);
  const script = `#!/bin/sh\n[ "$1" = wait ] && read said < "$0.arrives" && exit "$said"\necho "(${String(isShown)},)"\n`;
  writeFileSync(join(folder, 'gdbus'), script, { mode: 0o755 });
  return `${folder}${delimiter}${process.env['PATH'] ?? ''}`;
}

/** Ends the wait for a host of tray icons, once the shell has begun it; on Linux. */
export function endTrayWait(folder: string, hasCome: boolean): Promise<void> {
  return writeFile(waitOf(folder), hasCome ? '0\n' : '1\n');
}

function waitOf(folder: string): string {
  return join(folder, 'gdbus.arrives');
}

export function pairWithGuards(ids: readonly string[]): PairView {
  return {
    ...documents,
    folderLabel: 'Documents',
    remoteLabel: 'company-files',
    state: 'attention',
    counts: { files: 1, folders: 0, bytes: 1 },
    lastInSyncAtMs: null,
    standing: null,
    guards: ids.map((id) => ({
      id,
      kind: 'mass-removal',
      direction: 'remote',
      counts: { removals: 9, replacements: 0, conflicts: 0, total: 10, done: 0 },
      answers: ['keep', 'remove', 'later'],
      examples: [],
    })),
    notices: [],
    problemCount: 0,
    conflictCount: 0,
  };
}
