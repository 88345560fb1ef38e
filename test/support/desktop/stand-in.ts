/**
 * Stand-in for Electron: the built main bundle in Node, its windows as pages of a real Chromium.
 * The built preload bundle runs in an isolated world; `app://` is answered by the handler that main registered, under an https origin,
 * because Chromium by itself has no such scheme.
 */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type * as Electron from 'electron';
import type { Browser, BrowserContext, CDPSession, Page, Route } from 'playwright';
import { build } from 'vite';
import { preloadConfig } from '../../../build/vite.preload.config.ts';
import { rendererConfig } from '../../../build/vite.renderer.config.ts';
import { createFakeElectron, fakeEvent } from '../../fakes/fake-electron.ts';
import type { FakeElectron } from '../../fakes/fake-electron.ts';
import { buildShell, pathWithTrayAnswer } from '../boot-shell.ts';
import { launchBrowser } from '../chromium.ts';
import { waitFor } from '../wait-for.ts';
import type { DesktopApp, DesktopDriver, DialogAnswers } from './driver.ts';
import { BINDING, WORLD, mainWorldScript, preloadScript } from './isolated-world.ts';

const SERVED_ORIGIN = 'https://driftless';
const PAGE_ORIGIN = 'app://driftless';

type FakeWindow = FakeElectron['app']['windows'][number];

export async function startStandIn(): Promise<DesktopDriver> {
  const shell = await buildShell();
  const before = process.env.NODE_ENV;
  process.env.NODE_ENV = 'production';
  try {
    await build(rendererConfig({ outDir: join(shell.distDir, 'renderer') }));
    await build(preloadConfig({ outDir: join(shell.distDir, 'preload') }));
  } finally {
    process.env.NODE_ENV = before;
  }
  const browser = await launchBrowser();
  const originalPath = process.env['PATH'];
  return {
    async start(home, system = {}) {
      process.env['DRIFTLESS_HOME'] = home;
      process.env['PATH'] = pathWithTrayAnswer(join(dirname(home), 'bin'), true);
      const answers: Answers = {};
      const electron = createFakeElectron({ appData: dirname(home), answers });
      const { proxy } = system;
      if (proxy !== undefined)
        electron.session.defaultSession.resolveProxy = (url) =>
          Promise.resolve(new URL(url).hostname === '127.0.0.1' ? 'DIRECT' : `PROXY ${proxy}`);
      const pages = showWindowsIn(browser, electron);
      await shell.start(electron);
      electron.app.becomeReady();
      const page = await waitFor(() => pages[0], { what: 'the window' });
      await page.getByRole('heading').first().waitFor();
      return appOf(electron, page, answers);
    },
    async close() {
      process.env['PATH'] = originalPath;
      delete process.env['DRIFTLESS_HOME'];
      await browser.close();
      shell.dispose();
    },
  };
}

/** Those of the user, changed while the app runs. */
type Answers = { -readonly [Name in keyof DialogAnswers]: DialogAnswers[Name] };

function appOf(electron: FakeElectron, page: Page, answers: Answers): DesktopApp {
  const { app, recorded, powerMonitor } = electron;
  const [window] = app.windows;
  if (window === undefined) throw new Error('no window');
  return {
    page,
    pageUrl: () => asMainSees(page.url()),
    openedUrl: () => waitFor(() => recorded.opened.shift(), { what: 'the sign-in address' }),
    answerDialogs({ folder, file, button }) {
      for (const name of ['folder', 'file', 'button'] as const) delete answers[name];
      if (folder !== undefined) answers.folder = folder;
      if (file !== undefined) answers.file = file;
      if (button !== undefined) answers.button = button;
      return Promise.resolve();
    },
    copiedText: () => Promise.resolve(recorded.copied.at(-1) ?? ''),
    windowCount: () => Promise.resolve(page.context().pages().length),
    isVisible: () => Promise.resolve(window.isVisible()),
    hide() {
      window.close();
      return Promise.resolve();
    },
    startAgain(link) {
      const data = { arguments: link === undefined ? [] : [link] };
      app.emit('second-instance', fakeEvent(), ['driftless', ...data.arguments], '/', data);
      return Promise.resolve();
    },
    wakeUp() {
      powerMonitor.emit('resume');
      return Promise.resolve();
    },
    async quit() {
      if (app.quitState !== 'running') return;
      app.quit();
      await waitFor(() => app.quitState === 'quit', { what: 'the app to quit' });
    },
  };
}

/** Gives every window of the double a page; they are listed in the order in which they were loaded. */
function showWindowsIn(browser: Browser, electron: FakeElectron): readonly Page[] {
  const pages: Page[] = [];
  const Base = electron.BrowserWindow;
  electron.BrowserWindow = class extends Base {
    #context: BrowserContext | null = null;

    override async loadURL(url: string): Promise<void> {
      await super.loadURL(url);
      this.#context = await browser.newContext({ viewport: { width: 1000, height: 720 } });
      const page = await this.#context.newPage();
      await connect(this, page, electron);
      pages.push(page);
      await page.goto(asServed(url));
    }
    override close(): void {
      super.close();
      if (this.isDestroyed()) void this.#context?.close();
    }
  };
  return pages;
}

async function connect(window: FakeWindow, page: Page, electron: FakeElectron): Promise<void> {
  const { preload } = window.options.webPreferences ?? {};
  if (preload === undefined) throw new Error('a window without a preload script');
  const session = await page.context().newCDPSession(page);
  await page.context().route('**/*', (route) => refuseWindow(route, window));
  await page.route('**/*', (route) => answer(route, window, electron));
  page.on('popup', (popup) => void popup.close());
  // The preload script's context, named by the first message from each document.
  let world: number | null = null;
  const tell = async (contextId: number, message: object): Promise<void> => {
    const expression = `globalThis.fromMain(${JSON.stringify(message)})`;
    // Fails where the document is gone, as a message to a gone frame does.
    await session.send('Runtime.evaluate', { contextId, expression }).catch(() => null);
  };
  session.on('Runtime.bindingCalled', ({ name, payload, executionContextId }) => {
    if (name !== BINDING) return;
    world = executionContextId;
    const asked = JSON.parse(payload) as Asked;
    if (asked.kind === 'hello') return;
    void invoke(window, page, electron, asked).then((reply) =>
      tell(executionContextId, { kind: 'reply', id: asked.id, ...reply }),
    );
  });
  window.webContents.send = (channel, message) => {
    const sent = structuredClone(message);
    if (world !== null) void tell(world, { kind: 'event', channel, message: sent });
  };
  window.webContents.reload = () => void page.reload();
  await startScripts(session, await readFile(preload, 'utf8'));
}

async function startScripts(session: CDPSession, preload: string): Promise<void> {
  await session.send('Runtime.enable');
  await session.send('Page.enable');
  await session.send('Runtime.addBinding', { name: BINDING, executionContextName: WORLD });
  await session.send('Page.addScriptToEvaluateOnNewDocument', { source: mainWorldScript });
  await session.send('Page.addScriptToEvaluateOnNewDocument', {
    source: preloadScript(preload),
    worldName: WORLD,
  });
}

type Asked =
  | { readonly kind: 'hello' }
  | { readonly kind: 'invoke'; readonly id: number; readonly channel: string; readonly args: unknown[] };

type Reply = { readonly value: unknown } | { readonly error: string };

/** As `ipcRenderer.invoke`: the arguments and the answer are copies, and an error arrives as its message alone. */
async function invoke(
  window: FakeWindow,
  page: Page,
  electron: FakeElectron,
  { channel, args }: Extract<Asked, { kind: 'invoke' }>,
): Promise<Reply> {
  const handler = electron.ipcMain.handlers.get(channel);
  const failed = `Error invoking remote method '${channel}': `;
  if (handler === undefined) return { error: `${failed}Error: No handler registered for '${channel}'` };
  const url = asMainSees(page.url());
  const { mainFrame } = window.webContents;
  const senderFrame = Object.assign(Object.create(mainFrame) as typeof mainFrame, {
    url,
    origin: url.startsWith(`${PAGE_ORIGIN}/`) ? PAGE_ORIGIN : new URL(url).origin,
  });
  try {
    const event = { sender: window.webContents, senderFrame };
    return { value: structuredClone(await handler(event as never, ...args)) };
  } catch (cause) {
    return { error: `${failed}${String(cause)}` };
  }
}

/** First request of another window: main is asked as `window.open` asks it, and every window must be denied. */
async function refuseWindow(route: Route, { webContents }: FakeWindow): Promise<void> {
  const details = { url: route.request().url() } as Electron.HandlerDetails;
  if (webContents.windowOpenHandler?.(details).action !== 'deny')
    throw new Error(`a window for ${details.url}`);
  await route.abort('blockedbyclient');
}

/** Every request of the page: the session's filter first, then the protocol handler; nothing reaches a network. */
async function answer(route: Route, window: FakeWindow, electron: FakeElectron): Promise<void> {
  const request = route.request();
  const url = asMainSees(request.url());
  if (request.isNavigationRequest() && url !== window.webContents.mainFrame.url) {
    const event = fakeEvent();
    const isMain = request.frame().parentFrame() === null;
    window.webContents.emit(isMain ? 'will-navigate' : 'will-frame-navigate', event, url);
    if (event.defaultPrevented) {
      await route.abort('aborted');
      return;
    }
  }
  const handler = electron.protocol.handlers.get('app');
  const isAllowed = electron.session.defaultSession.beforeRequest?.(url) ?? true;
  if (!isAllowed || handler === undefined || !url.startsWith('app:')) {
    await route.abort('blockedbyclient');
    return;
  }
  const response = await handler(new Request(url, { method: request.method() }));
  await route.fulfill({
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: Buffer.from(await response.arrayBuffer()),
  });
}

function asServed(url: string): string {
  return url.replace(PAGE_ORIGIN, SERVED_ORIGIN);
}

function asMainSees(url: string): string {
  return url.startsWith(`${SERVED_ORIGIN}/`) ? url.replace(SERVED_ORIGIN, PAGE_ORIGIN) : url;
}
