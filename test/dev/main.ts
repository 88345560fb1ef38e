/** `npm run dev`: the page with hot reload, an engine that restarts on save, and the demo's cloud behind them. */
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'vite';
import { rendererConfig } from '../../build/vite.renderer.config.ts';
import { writeDemoConfig } from '../demo/demo-config.ts';
import type { DemoPlaces } from '../demo/demo-config.ts';
import { makeSampleFolder } from '../demo/sample-folder.ts';
import { personOf } from '../local-cloud/client-kit.ts';
import { startLocalCloud } from '../local-cloud/cloud.ts';
import type { CloudDescription } from '../local-cloud/cloud.ts';
import { signInByCli } from '../support/driftless-cli.ts';
import { createDevEngine } from './dev-engine.ts';
import type { DevEngine } from './dev-engine.ts';
import { startPageDevServer } from './page-dev-server.ts';
import type { PageDevServer } from './page-dev-server.ts';

const root = join(import.meta.dirname, '..', '..');
const usage = 'usage: npm run dev [-- --port NUMBER] [--sign-in alice|bob]\n';
/** Several files saved together (a checkout, a rename in an editor) are one restart. */
const restartAfterMs = 150;

type Options = { readonly port: number; readonly user: string | null };

function parseOptions(args: readonly string[]): Options | null {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { port: { type: 'string', default: '5173' }, 'sign-in': { type: 'string' } },
    });
    const port = Number(values.port);
    if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error(`not a port: ${values.port}`);
    return { port, user: values['sign-in'] ?? null };
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
    return null;
  }
}

/** The engine does not start without a built page, although the one from the development server is what is looked at. */
async function ensurePageIsBuilt(): Promise<void> {
  if (existsSync(join(root, 'dist', 'renderer', 'index.html'))) return;
  await build(rendererConfig());
}

/** Texts are left out: the page reloads them by itself, and the engine does not read them. */
function concernsEngine(path: string): boolean {
  const below = path.slice(root.length).replaceAll('\\', '/');
  return /^\/(main|preload)\/.*\.ts$/.test(below) && !below.startsWith('/preload/locales/');
}

function restartOnSave(server: PageDevServer, engine: DevEngine): void {
  let timer: NodeJS.Timeout | undefined;
  const restart = async (): Promise<void> => {
    try {
      await engine.restart();
      process.stderr.write('dev: the engine has restarted\n');
    } catch (error) {
      process.stderr.write(
        `dev: ${error instanceof Error ? error.message : String(error)}; save a file to try again\n`,
      );
    }
    server.reload();
  };
  server.watch([join(root, 'main'), join(root, 'preload')], (path) => {
    if (!concernsEngine(path)) return;
    clearTimeout(timer);
    timer = setTimeout(() => void restart(), restartAfterMs); // reports its own failure
  });
}

type World = { readonly cloud: CloudDescription; readonly places: DemoPlaces };

/** The demo's cloud, folder and settings, in a temporary folder that is removed at the end of `work`. */
async function inWorld(work: (world: World) => Promise<void>): Promise<void> {
  const room = realpathSync(mkdtempSync(join(tmpdir(), 'driftless-dev-')));
  try {
    const places = { home: join(room, 'home'), folder: join(room, 'My folder') };
    mkdirSync(places.home, { mode: 0o700 });
    mkdirSync(places.folder);
    makeSampleFolder(places.folder);
    const cloud = await startLocalCloud({ directory: join(room, 'cloud') });
    try {
      writeDemoConfig(places, cloud.description);
      await work({ cloud: cloud.description, places });
    } finally {
      await cloud.stop();
    }
  } finally {
    rmSync(room, { recursive: true, force: true });
  }
}

/** Opens the sign-in page in a browser if there is a display, otherwise prints its address. */
function browserChoice(): string {
  const hasDisplay =
    process.platform !== 'linux' || Boolean(process.env['DISPLAY'] ?? process.env['WAYLAND_DISPLAY']);
  return process.env['DRIFTLESS_BROWSER'] ?? (hasDisplay ? 'open' : 'print');
}

async function develop({ cloud, places }: World, options: Options, signal: AbortSignal): Promise<void> {
  const engine = createDevEngine(root, places.home, { DRIFTLESS_BROWSER: browserChoice() });
  try {
    await engine.restart();
    const server = await startPageDevServer({
      root,
      port: options.port,
      newLink: () => engine.newLink(signal),
    });
    try {
      restartOnSave(server, engine);
      if (options.user !== null) await signInByCli(places.home, personOf(cloud, options.user));
      const lines = [
        `Page:        ${server.url}`,
        `Folder:      ${places.folder}`,
        `Log:         ${join(places.home, 'driftless.log')}`,
        ...cloud.users.map((user) => `Sign in as:  ${user.name}  password: ${user.password}`),
        'Save a file below renderer/ and the page shows it; below main/ and the engine restarts. Ctrl+C ends all.',
      ];
      process.stdout.write(`${lines.join('\n')}\n`);
      await aborted(signal);
    } finally {
      await server.close();
    }
  } finally {
    await engine.stop();
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      resolve();
    };
    if (signal.aborted) done();
    else signal.addEventListener('abort', done, { once: true });
  });
}

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2));
  if (options === null) return 2;
  // The provider library writes notices to the console; stdout is for what this command says.
  console.info = console.error;
  const stopped = new AbortController();
  // Ctrl+C comes more than once, from the terminal and from each program above this one; only the first does anything.
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      if (!stopped.signal.aborted) process.stderr.write('dev: ending the engine and the cloud\n');
      stopped.abort();
    });
  await ensurePageIsBuilt();
  await inWorld((world) => develop(world, options, stopped.signal));
  return 0;
}

process.exitCode = await main();
