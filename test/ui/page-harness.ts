// UI test harness: built page, scripted backend, system Chromium.
import { chromium } from 'playwright';
import type { Browser, BrowserContext, Page } from 'playwright';
import { join } from 'node:path';
import { build } from 'vite';
import { isBuildStale } from '../../build/dist-files.ts';
import { rendererConfig } from '../../build/vite.renderer.config.ts';
import { startPageServer } from '../../main/loopback/server.ts';
import type { PageServer, PageServerOptions } from '../../main/loopback/server.ts';
import { createScriptedBackend } from '../fakes/scripted-backend.ts';
import type { Answers, ScriptedBackend } from '../fakes/scripted-backend.ts';
import { findChromium } from '../support/chromium.ts';
import { makeTempFolder } from '../support/temp.ts';
import { act } from './scene-steps.ts';
import { sceneOf } from './scenes.ts';
import type { SnapshotContent } from '../../preload/snapshot-events.ts';

export const chromiumProgram = findChromium();

export type Harness = {
  readonly browser: Browser;
  readonly assetsDir: string;
  close(): Promise<void>;
};

export async function startHarness(): Promise<Harness> {
  const folder = await makeTempFolder('page');
  const assetsDir = await pageAsShipped(folder.path);
  const browser = await launchWith([]);
  return {
    browser,
    assetsDir,
    async close() {
      await browser.close();
      await folder.remove();
    },
  };
}

const root = join(import.meta.dirname, '..', '..');

/** What `npm run build` made, where that is of today's sources; else made here, so that no other run finds half of it. */
async function pageAsShipped(folder: string): Promise<string> {
  if (!(await isBuildStale(root))) return join(root, 'dist', 'renderer');
  const outDir = join(folder, 'renderer');
  await buildAsShipped(outDir);
  return outDir;
}

/** @param flags of Chromium's command line */
export async function launchWith(flags: readonly string[]): Promise<Browser> {
  return await chromium.launch({
    executablePath: chromiumProgram ?? '',
    // Chromium's own sandbox does not run as root.
    args: process.getuid?.() === 0 ? [...flags, '--no-sandbox'] : [...flags],
  });
}

/** Vitest sets NODE_ENV, and the JSX would then be made for React's development build, which is not what ships and does not start. */
async function buildAsShipped(outDir: string): Promise<void> {
  const before = process.env.NODE_ENV;
  process.env.NODE_ENV = 'production';
  try {
    await build(rendererConfig({ outDir }));
  } finally {
    if (before === undefined) delete process.env.NODE_ENV;
    else process.env.NODE_ENV = before;
  }
}

export type Served = {
  readonly backend: ScriptedBackend;
  readonly server: PageServer;
  stop(): Promise<void>;
};

export async function serve(
  harness: Pick<Harness, 'assetsDir'>,
  content: SnapshotContent,
  options: { readonly answers?: Answers } & Partial<
    Pick<PageServerOptions, 'port' | 'limits' | 'nowMs'>
  > = {},
): Promise<Served> {
  const { answers, ...rest } = options;
  const backend = createScriptedBackend(content, answers);
  const server = await startPageServer(
    { port: 0, ...rest, backend, assetsDir: harness.assetsDir },
    new AbortController().signal,
  );
  return { backend, server, stop: () => server.close() };
}

export type Look = {
  readonly colorScheme?: 'light' | 'dark';
  readonly width?: number;
  readonly height?: number;
  /** Pixels of the screen per pixel of the page: what the zoom of a browser changes, beside the width. */
  readonly zoom?: number;
  /** The colours of the system alone, as in Windows' high contrast. */
  readonly forcedColors?: 'active';
  /** A forward proxy, which then also carries what goes to this machine. */
  readonly proxy?: string;
};

export type Opened = {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly complaints: readonly string[];
};

/** `complaints` collects script errors, and what the content policy or Trusted Types refused. */
export async function openPage(harness: Harness, url: string, look: Look = {}): Promise<Opened> {
  const context = await harness.browser.newContext({
    colorScheme: look.colorScheme ?? 'light',
    viewport: { width: look.width ?? 1120, height: look.height ?? 800 },
    deviceScaleFactor: look.zoom ?? 1,
    ...(look.forcedColors === undefined ? {} : { forcedColors: look.forcedColors }),
    reducedMotion: 'reduce',
    locale: 'en-GB',
    ...(look.proxy === undefined ? {} : { proxy: { server: look.proxy, bypass: '<-loopback>' } }),
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  await page.goto(url);
  return { page, context, complaints };
}

export type Shown = Served & Opened;

/** One harness for all tests of a file; what a test shows is taken away again by `clear`. */
export type Stage = {
  readonly harness: Harness;
  /** Serves the content and opens it; resolves once the page is drawn. */
  show(
    shown: SnapshotContent,
    options?: { readonly answers?: Answers | undefined; readonly look?: Look },
  ): Promise<Shown>;
  /** As `show`, then takes the steps that lead to what the scene shows. */
  showScene(name: string, look?: Look): Promise<Shown>;
  /** Runs at the next `clear`, last in first out. */
  onClear(cleanUp: () => Promise<void>): void;
  clear(): Promise<void>;
  close(): Promise<void>;
};

export async function startStage(): Promise<Stage> {
  const harness = await startHarness();
  const cleanUps: (() => Promise<void>)[] = [];
  const show: Stage['show'] = async (shown, { answers, look } = {}) => {
    const served = await serve(harness, shown, answers === undefined ? {} : { answers });
    cleanUps.push(served.stop);
    const opened = await openPage(harness, served.server.url, look);
    cleanUps.push(() => opened.context.close());
    await opened.page.locator('.page').waitFor();
    return { ...served, ...opened };
  };
  return {
    harness,
    show,
    async showScene(name, look) {
      const nowMs = Date.now();
      const scene = sceneOf(name);
      const options = { answers: scene.answers?.(nowMs), ...(look === undefined ? {} : { look }) };
      const shown = await show(scene.content(nowMs), options);
      await act(shown.page, scene);
      return shown;
    },
    onClear: (cleanUp) => void cleanUps.push(cleanUp),
    async clear() {
      for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
    },
    close: () => harness.close(),
  };
}
