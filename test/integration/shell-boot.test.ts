// The built main bundle in Node on a double of `electron`. Checks the shell's security rules.
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { outputOf } from '../../main/adapters/system/programs/run-program.ts';
import type { DesktopApp, ShellServices } from '../../main/app/desktop-app.ts';
import { trayIconFile } from '../../main/shell/tray/tray.ts';
import type { Overall } from '../../preload/contract.ts';
import { EVENT_CHANNEL, VIEW_CHANNEL, channelOf, requestNames } from '../../preload/contract.ts';
import { createFakeBackend } from '../fakes/fake-backend.ts';
import { setComposeDesktop } from '../fakes/fake-compose.ts';
import { createFakeElectron, fakeEvent } from '../fakes/fake-electron.ts';
import type { FakeElectron, FakeElectronOptions } from '../fakes/fake-electron.ts';
import { FakeLoginItems } from '../fakes/fake-login-items.ts';
import {
  buildShell,
  pairWithGuards,
  pathWithTrayAnswer,
  endTrayWait,
  writePage,
} from '../support/boot-shell.ts';
import type { ShellBuild } from '../support/boot-shell.ts';
import { documents, guard } from '../ui/scenes.ts';

const PAGE = 'app://driftless';
const expectedPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
  "frame-ancestors 'none'; base-uri 'none'; form-action 'none'; object-src 'none'; " +
  "require-trusted-types-for 'script'; trusted-types 'none'";

/** The shell writes into its home for a moment longer than a test lasts: all homes go at the end. */
const room = mkdtempSync(join(tmpdir(), 'driftless-shell-boot-'));
let shell: ShellBuild;
let home: string;
const originalPath = process.env['PATH'];
const never = new AbortController().signal;

beforeAll(async () => {
  shell = await buildShell(join(import.meta.dirname, '..', 'fakes', 'fake-compose.ts'));
  writePage(shell.distDir);
});
afterAll(() => {
  shell.dispose();
  rmSync(room, { recursive: true, force: true });
});
afterEach(() => {
  process.env['PATH'] = originalPath;
  delete process.env['DRIFTLESS_HOME'];
});

type Boot = Partial<FakeElectronOptions> & { readonly isTrayShown?: boolean; readonly failure?: string };

/** Starts the app up to its window; `early` is what it had done before Electron was ready. */
async function boot({ isTrayShown = true, failure, ...options }: Boot = {}) {
  home = mkdtempSync(join(room, 'home-'));
  process.env['DRIFTLESS_HOME'] = home;
  process.env['PATH'] = pathWithTrayAnswer(join(home, 'bin'), isTrayShown);
  const electron = createFakeElectron({ appData: home, ...options });
  const backend = createFakeBackend();
  const stop = vi.fn(() => Promise.resolve());
  const [wake, conditionsChanged] = [vi.fn(), vi.fn()];
  const logged: string[] = [];
  const note = (message: string): void => void logged.push(message);
  let services: ShellServices | null = null;
  setComposeDesktop((given) => {
    services = given;
    if (failure !== undefined) return Promise.reject(new Error(failure));
    const desktop: DesktopApp = {
      backend,
      ...{ log: { debug: note, info: note, warn: note, error: note }, redact: (text: string) => text },
      outputOf,
      offerLink: () => Promise.resolve(),
      refuseLink: () => undefined,
      followUpdates: () => () => Promise.resolve(false),
      ...{ wake, conditionsChanged, stop, isHeld: () => false },
    };
    return Promise.resolve(desktop);
  });
  await shell.start(electron);
  const early = {
    isSandboxed: electron.app.isSandboxed,
    schemes: [...electron.protocol.schemes],
    userData: electron.app.quitState === 'running' ? electron.app.getPath('userData') : null,
    handlers: electron.ipcMain.handlers.size,
  };
  electron.app.becomeReady();
  return { electron, backend, stop, wake, conditionsChanged, logged, early, services: () => services };
}

async function bootToTray(options: Boot = {}) {
  const booted = await boot(options);
  const { electron } = booted;
  await vi.waitFor(() => {
    expect(electron.recorded.trays).toHaveLength(1);
  });
  const window = electron.app.windows[0];
  const tray = electron.recorded.trays[0];
  const services = booted.services();
  if (window === undefined || tray === undefined || services === null)
    throw new Error('the app did not start');
  return { ...booted, window, tray, services };
}

function invoke(electron: FakeElectron, name: string, args: readonly unknown[], from: object = {}): unknown {
  const window = electron.app.windows[0];
  const handler = electron.ipcMain.handlers.get(name);
  if (window === undefined || handler === undefined) throw new Error(`no handler for ${name}`);
  const event = { sender: window.webContents, senderFrame: window.webContents.mainFrame, ...from };
  return handler(event as never, ...args);
}

async function get(electron: FakeElectron, url: string, init?: RequestInit): Promise<Response> {
  const handler = electron.protocol.handlers.get('app');
  if (handler === undefined) throw new Error('no handler for app://');
  return await handler(new Request(url, init));
}

function menuItem(template: readonly Electron.MenuItemConstructorOptions[], id: string) {
  const item = template.find((each) => each.id === id);
  if (item === undefined) throw new Error(`no menu item ${id}`);
  return { label: item.label, isEnabled: item.enabled ?? true, click: () => (item.click as () => void)() };
}

describe('before Electron is ready', () => {
  test('the sandbox is on for all, the scheme is plain, the home has its own lock, and crashes are kept in it', async () => {
    const { early, electron, services } = await bootToTray();
    expect(services.crashReports?.folder).toBe(join(electron.app.getPath('userData'), 'crashes'));
    expect(early).toEqual({
      isSandboxed: true,
      schemes: [{ scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true } }],
      userData: join(home, 'desktop'),
      handlers: 0,
    });
  });

  test('a second process for the same home quits without a window, a handler or an engine', async () => {
    const { electron, services } = await boot({ hasLock: false });
    expect(electron.app.quitState).toBe('quit');
    await new Promise((resolve) => setImmediate(resolve));
    expect(electron.app.windows).toHaveLength(0);
    expect(electron.ipcMain.handlers.size).toBe(0);
    expect(services()).toBeNull();
  });
});

describe('the window', () => {
  test('is sandboxed, isolated, without Node, and loads only our page', async () => {
    const { window } = await bootToTray();
    expect(window.options.webPreferences).toEqual({
      preload: join(shell.distDir, 'preload', 'index.cjs'),
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      webviewTag: false,
      navigateOnDragDrop: false,
      spellcheck: false,
      devTools: true,
    });
    expect(window.options.show).toBe(false);
    expect(window.state).toBe('shown');
    expect(window.webContents.getURL()).toBe(`${PAGE}/index.html`);
  });

  test('tells the engine when the machine woke up, and when the power changed', async () => {
    const { electron, wake, conditionsChanged, services } = await bootToTray();
    for (const power of ['on-battery', 'on-ac']) electron.powerMonitor.emit(power);
    expect(conditionsChanged).toHaveBeenCalledTimes(2);
    expect(services.isOnBattery()).toBe(false);
    electron.powerMonitor.emit('resume');
    expect(wake).toHaveBeenCalledExactlyOnceWith('resume');
  });

  test('closes into the tray and stays there until the user opens it', async () => {
    const { window, tray, electron, stop } = await bootToTray({ isTrayShown: true });
    window.close();
    expect(window.state).toBe('hidden');
    expect(stop).not.toHaveBeenCalled();
    tray.emit('click');
    expect(window.state).toBe('shown');
    window.close();
    electron.app.emit('second-instance', fakeEvent(), ['driftless']);
    expect(window.state).toBe('shown');
  });

  test.runIf(process.platform === 'linux')(
    'is minimized instead where no panel shows tray icons, and says so once',
    async () => {
      const { window, electron } = await bootToTray({ isTrayShown: false });
      window.close();
      window.close();
      expect(window.state).toBe('minimized');
      await vi.waitFor(() => {
        expect(electron.recorded.notices).toHaveLength(1);
      });
    },
  );

  const onLinux = test.runIf(process.platform === 'linux');
  onLinux('started at login shows itself, without the focus, only if no panel comes', async () => {
    process.argv.push('--hidden');
    onTestFinished(() => void process.argv.pop());
    const { window } = await bootToTray({ isTrayShown: false });
    expect(window.state).toBe('hidden');
    await endTrayWait(join(home, 'bin'), false);
    await vi.waitFor(() => {
      expect([window.state, window.hasFocus]).toEqual(['shown', false]);
    });
  });

  test('remembers where it was, unless that screen is gone', async () => {
    const first = await bootToTray();
    first.window.bounds = { x: 100, y: 120, width: 800, height: 600 };
    first.window.close();
    const stored = JSON.parse(readFileSync(join(home, 'desktop', 'desktop.json'), 'utf8')) as unknown;
    expect(stored).toEqual({ bounds: { x: 100, y: 120, width: 800, height: 600 }, isMaximized: false });
    first.window.bounds = { x: 9000, y: 120, width: 800, height: 600 };
    first.window.close();
    const electron = createFakeElectron({ appData: home });
    await shell.start(electron);
    electron.app.becomeReady();
    await vi.waitFor(() => {
      expect(electron.app.windows).toHaveLength(1);
    });
    expect(electron.app.windows[0]?.options).toMatchObject({ width: 1000, height: 720 });
    expect(electron.app.windows[0]?.options.x).toBeUndefined();
  });

  test('comes back after a crash of its page, three times at most', async () => {
    const { window, logged } = await bootToTray();
    for (let i = 0; i < 5; i += 1) {
      window.webContents.emit('render-process-gone', fakeEvent(), { reason: 'crashed', exitCode: 1 });
    }
    expect(window.webContents.reloads).toBe(3);
    expect(logged.filter((message) => message === 'page lost')).toHaveLength(5);
  });
});

describe('the app:// handler', () => {
  test('serves the listed files with the policy on each', async () => {
    const { electron } = await bootToTray();
    const page = await get(electron, `${PAGE}/index.html`);
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(await page.text()).toContain('<title>Driftless</title>');
    const script = await get(electron, `${PAGE}/assets/page.js`);
    expect([script.status, script.headers.get('content-type')]).toEqual([
      200,
      'text/javascript; charset=utf-8',
    ]);
    for (const response of [page, script, await get(electron, `${PAGE}/none`)]) {
      expect(response.headers.get('content-security-policy')).toBe(expectedPolicy);
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
      expect(response.headers.get('referrer-policy')).toBe('no-referrer');
    }
  });

  test.each([
    `${PAGE}/unlisted.txt`,
    `${PAGE}/../renderer-files.json`,
    `${PAGE}/..%2fmain%2findex.js`,
    `${PAGE}/%2e%2e/main/index.js`,
    `${PAGE}//etc/passwd`,
    `${PAGE}/assets/../../main/index.js`,
    `${PAGE}/assets\\page.js`,
    `${PAGE}/INDEX.HTML`,
    'app://elsewhere/index.html',
    'app://driftless.evil/index.html',
  ])('refuses %s', async (url) => {
    const { electron } = await bootToTray();
    expect((await get(electron, url)).status).toBe(404);
  });

  test('refuses every method but GET', async () => {
    const { electron } = await bootToTray();
    expect((await get(electron, `${PAGE}/index.html`, { method: 'POST', body: 'x' })).status).toBe(404);
  });
});

describe('what a page may not do', () => {
  test('navigate, redirect, open a window, attach a webview', async () => {
    const { window } = await bootToTray();
    for (const name of ['will-navigate', 'will-frame-navigate', 'will-redirect', 'will-attach-webview']) {
      const event = fakeEvent();
      window.webContents.emit(name, event);
      expect([name, event.defaultPrevented]).toEqual([name, true]);
    }
    expect(window.webContents.windowOpenHandler?.({ url: 'https://example.com/' } as never)).toEqual({
      action: 'deny',
    });
  });

  test('get a permission, asked for or checked, a device, a screen, a download, or the network', async () => {
    const { electron } = await bootToTray();
    const session = electron.session.defaultSession;
    const answers: boolean[] = [];
    for (const permission of [
      'media',
      'geolocation',
      'notifications',
      'openExternal',
      'clipboard-read',
    ] as const) {
      session.permissionRequest?.(
        {} as never,
        permission,
        (isGranted) => answers.push(isGranted),
        {} as never,
      );
      answers.push(session.permissionCheck?.(null, permission, PAGE, {} as never) ?? true);
    }
    expect(answers).toEqual(Array.from({ length: 10 }, () => false));
    expect(session.device?.({} as never)).toBe(false);
    let streams: unknown = 'unasked';
    session.displayMedia?.({} as never, (given) => (streams = given));
    expect(streams).toBeNull();
    const download = fakeEvent();
    session.emit('will-download', download);
    expect(download.defaultPrevented).toBe(true);
    const reach = (url: string) => session.beforeRequest?.(url);
    expect(reach(`${PAGE}/index.html`)).toBe(true);
    for (const url of [
      'https://example.com/',
      'http://127.0.0.1:1/',
      'file:///etc/passwd',
      'app://other/x',
      'ws://x/',
    ]) {
      expect([url, reach(url)]).toEqual([url, false]);
    }
  });

  test('soften a certificate error: there is no listener for one', async () => {
    const { electron, window } = await bootToTray();
    expect(electron.app.listenerCount('certificate-error')).toBe(0);
    expect(window.webContents.listenerCount('certificate-error')).toBe(0);
  });

  test('ask electron-store where its files are', async () => {
    const { electron } = await bootToTray();
    expect(electron.ipcMain.listenerCount('electron-store-get-data')).toBe(0);
  });
});

describe('the page asking', () => {
  test('is answered on exactly the channels of the contract', async () => {
    const { electron, backend } = await bootToTray();
    expect([...electron.ipcMain.handlers.keys()].sort()).toEqual(requestNames.map(channelOf).sort());
    expect(await invoke(electron, 'driftless:snapshot', [{}])).toEqual({
      ok: true,
      value: backend.content(),
    });
    expect(await invoke(electron, 'driftless:pause', [{ pairId: 'docs' }])).toEqual({
      ok: true,
      value: null,
    });
    expect(backend.calls).toEqual([{ name: 'pause', input: { pairId: 'docs' } }]);
  });

  test('is refused from another origin, frame or window, and nothing runs', async () => {
    const { electron, backend, window, logged } = await bootToTray();
    const main = window.webContents.mainFrame;
    const { url, origin, processId, frameToken } = main;
    const plain = { url, origin, processId, frameToken, parent: null };
    const impostors: readonly object[] = [
      { senderFrame: null },
      { senderFrame: { ...plain, frameToken: 'another-frame' } },
      { senderFrame: { ...plain, processId: 5 } },
      { senderFrame: { ...plain, origin: 'https://example.com' } },
      { senderFrame: { ...plain, url: 'https://example.com/index.html' } },
      { senderFrame: { ...plain, parent: main } },
      { sender: { id: 2 }, senderFrame: main },
    ];
    for (const impostor of impostors) {
      const answer = await invoke(electron, 'driftless:pause', [{ pairId: null }], impostor);
      expect(answer).toEqual({ ok: false, error: { code: 'forbidden', fields: {} } });
    }
    // The window's own frame, taken elsewhere: each of these addresses begins like ours.
    for (const elsewhere of ['https://example.com', 'app://driftless.evil', 'app://elsewhere', 'file://']) {
      main.origin = elsewhere;
      main.url = `${elsewhere}/index.html`;
      const answer = await invoke(electron, 'driftless:pause', [{ pairId: null }]);
      expect(answer).toEqual({ ok: false, error: { code: 'forbidden', fields: {} } });
    }
    expect(backend.calls).toEqual([]);
    expect(logged).toContain('request refused: not from the page');
  });

  test.each([
    ['no input', []],
    ['two inputs', [{ pairId: null }, { pairId: null }]],
    ['a wrong type', [{ pairId: 7 }]],
    ['an unknown key', [{ pairId: null, path: '/etc' }]],
    ['not an object', ['docs']],
  ])('with bad input (%s) hears bad-request, and nothing runs', async (_name, args) => {
    const { electron, backend } = await bootToTray();
    expect(await invoke(electron, 'driftless:pause', args)).toMatchObject({
      ok: false,
      error: { code: 'bad-request' },
    });
    expect(backend.calls).toEqual([]);
  });

  test('hears events on one channel, while it is our page', async () => {
    const { backend, window } = await bootToTray();
    backend.become('in-sync');
    expect(window.webContents.sent).toEqual([
      { channel: EVENT_CHANNEL, message: { seq: 1, body: { kind: 'overallChanged', overall: 'in-sync' } } },
    ]);
    window.webContents.mainFrame.url = 'https://example.com/';
    backend.become('syncing');
    expect(window.webContents.sent).toHaveLength(1);
  });
});

describe('the tray', () => {
  test.each<Overall>(['signed-out', 'in-sync', 'incomplete', 'syncing', 'paused', 'attention', 'offline'])(
    'shows %s',
    async (overall) => {
      const { backend, tray } = await bootToTray();
      backend.become(overall === 'signed-out' ? 'syncing' : 'signed-out');
      backend.become(overall);
      expect(tray.image).toBe(trayIconFile(join(shell.distDir, 'icons'), overall, process.platform));
      const icon = trayIconFile(join(import.meta.dirname, '../../build/icons'), overall, process.platform);
      expect(statSync(icon).size).toBeGreaterThan(100);
      expect(statSync(icon.replace('.png', '@2x.png')).size).toBeGreaterThan(100);
      const line = menuItem(tray.menu, 'state');
      expect([tray.toolTip, line.isEnabled]).toEqual([`Driftless: ${line.label ?? ''}`, false]);
      expect(menuItem(tray.menu, 'sync-now').isEnabled).toBe(
        overall !== 'signed-out' && overall !== 'paused',
      );
    },
  );

  test('names a newer version while there is one, and opens the window that says more', async () => {
    const { backend, tray, window } = await bootToTray();
    const ids = (): readonly (string | undefined)[] => tray.menu.map(({ id }) => id);
    expect(ids()).not.toContain('outdated');
    backend.change({ newerVersion: '9.1.0' });
    const row = menuItem(tray.menu, 'outdated');
    expect(row.label).toBe('This version is out of date: 9.1.0 is out');
    window.close();
    row.click();
    expect(window.state).toBe('shown');
    backend.change({ newerVersion: null });
    expect(ids()).not.toContain('outdated');
  });

  test('pauses, resumes and syncs all pairs, and opens the window', async () => {
    const { backend, tray, window } = await bootToTray();
    backend.become('in-sync');
    menuItem(tray.menu, 'pause').click();
    menuItem(tray.menu, 'sync-now').click();
    backend.become('paused');
    menuItem(tray.menu, 'resume').click();
    const all = { pairId: null };
    expect(backend.calls).toEqual([
      { name: 'pause', input: all },
      { name: 'syncNow', input: all },
      { name: 'resume', input: all },
    ]);
    window.close();
    menuItem(tray.menu, 'open').click();
    expect(window.state).toBe('shown');
  });
});

type MenuTemplate = readonly Electron.MenuItemConstructorOptions[];

describe('the menu of the tray', () => {
  async function bootWithFolders() {
    const booted = await bootToTray();
    const { backend } = booted;
    const progress = {
      filesDone: 42,
      filesTotal: 128,
      bytesDone: 1,
      bytesTotal: 2,
      bytesPerSecond: 8_400_000,
      secondsLeft: null,
    };
    const entry = { id: 'docs-7', pairId: 'docs', path: 'a/b.txt', from: null, bytes: 5, atMs: 1 };
    backend.change({
      overall: 'syncing',
      pairs: [{ ...documents, state: 'syncing', progress, problemCount: 3 }],
      activity: [
        { ...entry, kind: 'uploaded' },
        { ...entry, id: 'docs-6', kind: 'removed-local' },
      ],
    });
    return booted;
  }
  const submenu = (tray: { readonly menu: MenuTemplate }, id: string) =>
    tray.menu.find((item) => item.id === id)?.submenu as MenuTemplate;

  test('has folders and recent files, which are shown in the file manager', async () => {
    const { tray, backend } = await bootWithFolders();
    expect(submenu(tray, 'folders').map(({ label }) => label)).toEqual(['~/Documents']);
    // What is gone cannot be shown.
    expect(submenu(tray, 'recent').map(({ label }) => label)).toEqual(['a/b.txt']);
    menuItem(submenu(tray, 'folders'), 'folder-docs').click();
    menuItem(submenu(tray, 'recent'), 'recent-docs-7').click();
    expect(backend.calls).toEqual([
      { name: 'revealFolder', input: { pairId: 'docs' } },
      { name: 'revealActivity', input: { pairId: 'docs', activityId: 'docs-7' } },
    ]);
  });

  test('leads to the problems and the settings of the window', async () => {
    const { tray, window } = await bootWithFolders();
    window.close();
    expect(menuItem(tray.menu, 'problems').label).toBe('Show 3 problems…');
    menuItem(tray.menu, 'problems').click();
    expect(window.state).toBe('shown');
    menuItem(tray.menu, 'settings').click();
    expect(window.webContents.sent.filter(({ channel }) => channel === VIEW_CHANNEL)).toEqual([
      { channel: VIEW_CHANNEL, message: 'problems' },
      { channel: VIEW_CHANNEL, message: 'settings' },
    ]);
  });

  test('a folder that was never started is not called paused: the window has its preview', async () => {
    const { tray, window, backend } = await bootWithFolders();
    const first = { ...documents, state: 'paused', lastInSyncAtMs: null } as const;
    const counts = { files: 0, folders: 0, bytes: 0 };
    backend.change({ overall: 'paused', pairs: [{ ...first, counts }] });
    const ids = (): readonly (string | undefined)[] => tray.menu.map(({ id }) => id);
    expect([tray.toolTip, menuItem(tray.menu, 'state').label]).toEqual([
      'Driftless: Ready to start',
      'Ready to start',
    ]);
    // To resume from here would start it without the preview.
    expect(ids()).not.toContain('resume');
    window.close();
    menuItem(tray.menu, 'first').click();
    expect(window.state).toBe('shown');
    expect(window.webContents.sent.at(-1)).toEqual({ channel: VIEW_CHANNEL, message: 'overview' });
    // As soon as it was synced once, a pause is a pause.
    backend.change({ pairs: [{ ...first, counts: { ...counts, files: 1 } }] });
    expect(ids()).toContain('resume');
    expect(tray.toolTip).toBe('Driftless: Paused');
  });

  test('pauses for a while', async () => {
    const { tray, backend } = await bootWithFolders();
    menuItem(tray.menu, 'pause-hour').click();
    menuItem(tray.menu, 'pause-tomorrow').click();
    expect(backend.calls.map(({ input }) => input)).toEqual([
      { pairId: null, until: 'hour' },
      { pairId: null, until: 'tomorrow' },
    ]);
  });

  test('stays open during progress, which the tooltip shows with counts and rate', async () => {
    const { tray, backend } = await bootWithFolders();
    expect(tray.toolTip).toBe('Driftless: Syncing: 42 of 128 files, 8.4 MB/s');
    const before = tray.menu;
    const [pair] = backend.content().pairs;
    if (pair === undefined || pair.progress === null) throw new Error('no progress');
    backend.change({ pairs: [{ ...pair, progress: { ...pair.progress, filesDone: 43 } }] });
    expect(tray.toolTip).toContain('43 of 128');
    expect(tray.menu).toBe(before);
  });

  test('speaks the language that was chosen, and the window’s frame follows the theme', async () => {
    const { tray, backend, electron } = await bootWithFolders();
    const { settings } = backend.content();
    backend.change({ settings: { ...settings, language: 'de', theme: 'dark' } });
    expect(menuItem(tray.menu, 'quit').label).toBe('Beenden');
    expect(tray.toolTip).toContain('42 von 128 Dateien');
    expect(electron.nativeTheme.themeSource).toBe('dark');
    const bar = electron.Menu.applicationMenu;
    expect(bar.map(({ label }) => label)).toEqual(['Driftless', 'Bearbeiten', 'Ansicht', 'Fenster']);
    const edit = bar[1]?.submenu as MenuTemplate;
    expect(edit.map(({ label }) => label)).toContain('Einfügen');
    backend.change({ settings: { ...settings, language: 'en' } });
    expect(electron.Menu.applicationMenu[1]?.label).toBe('Edit');
  });
});

test('a start from another place renews the login item that the last start left', async () => {
  const { platform, execPath } = process;
  const loginItems = new FakeLoginItems('C:\\old\\Driftless.exe');
  const runFrom = (program: string): void => {
    loginItems.program = program;
    Object.defineProperty(process, 'execPath', { value: program, configurable: true });
  };
  Object.defineProperty(process, 'platform', { value: 'win32' });
  try {
    runFrom('C:\\old\\Driftless.exe');
    const { services } = await bootToTray({ isPackaged: true, loginItems });
    services.login?.set(true);
    runFrom('D:\\new\\Driftless.exe');
    const electron = createFakeElectron({ appData: home, isPackaged: true, loginItems });
    await shell.start(electron);
    electron.app.becomeReady();
    await vi.waitFor(() => {
      expect(electron.recorded.trays).toHaveLength(1);
    });
    const { path, args } = loginItems.item ?? {};
    expect({ path, args }).toEqual({ path: 'D:\\new\\Driftless.exe', args: ['--hidden'] });
    const menu = electron.recorded.trays[0]?.menu ?? [];
    expect(menu.find(({ id }) => id === 'autostart')?.checked).toBe(true);
  } finally {
    Object.defineProperty(process, 'platform', { value: platform });
    Object.defineProperty(process, 'execPath', { value: execPath, configurable: true });
  }
});

describe('notifications', () => {
  test('none where they are switched off', async () => {
    const { backend, electron, window } = await bootToTray();
    window.close();
    backend.change({ settings: { ...backend.content().settings, notifications: false } });
    backend.change({ pairs: [{ ...documents, guards: [guard] }] });
    expect(electron.recorded.notices).toEqual([]);
  });

  test('are in the language of the settings', async () => {
    const { backend, electron, window } = await bootToTray();
    window.close();
    backend.change({ settings: { ...backend.content().settings, language: 'de' } });
    backend.change({ pairs: [pairWithGuards(['one'])] });
    expect(electron.recorded.notices.map(({ title }) => title)).toEqual(['Driftless wartet auf Sie']);
  });

  test('announce a new guard once, and not while the window is in front', async () => {
    const { backend, electron, window } = await bootToTray();
    window.hasFocus = false;
    backend.change({ pairs: [pairWithGuards(['one'])] });
    backend.become('attention');
    expect(electron.recorded.notices).toHaveLength(1);
    window.hasFocus = true;
    backend.change({ pairs: [pairWithGuards(['one', 'two'])] });
    expect(electron.recorded.notices).toHaveLength(1);
  });
});

test('the dialogs of main are in the language of the settings', async () => {
  const { backend, electron, services } = await bootToTray();
  backend.change({ settings: { ...backend.content().settings, language: 'de' } });
  await services.dialogs.chooseFolder('/srv');
  await services.dialogs.confirmConnection({
    ...{ issuerHost: 'login.example.com', issuerPath: '', awsAccount: null, bucket: 'files', folder: '/srv' },
    ...{ sharedAt: null, teamFolders: [], tokenReceivers: [], fileReceivers: [] },
  });
  const [choice, question] = electron.recorded.asked;
  expect(choice).toMatchObject({ buttonLabel: 'Auswählen' });
  expect(question).toMatchObject({
    message: 'Mit login.example.com verbinden?',
    buttons: ['Abbrechen', 'Verbinden'],
  });
});

test('the system is asked which way out of the network leads, for the very address', async () => {
  const { electron, services } = await bootToTray();
  electron.session.defaultSession.proxies.set('https://sts.example/', 'PROXY proxy.example:3128; DIRECT');
  expect(await services.resolveProxy('https://sts.example/')).toBe('PROXY proxy.example:3128; DIRECT');
  expect(await services.resolveProxy('https://other.example/')).toBe('DIRECT');
});

describe('secrets', () => {
  test('are kept sealed and come back', async () => {
    const { services } = await bootToTray();
    await services.secrets.write('https://login.example.com/|app', 'refresh-token-value', never);
    const file = join(home, 'desktop', 'secrets.json');
    expect(readFileSync(file, 'utf8')).not.toContain('refresh-token-value');
    expect(Object.keys(JSON.parse(readFileSync(file, 'utf8')) as object)).toEqual([
      'https://login.example.com/|app',
    ]);
    if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(await services.secrets.read('https://login.example.com/|app', never)).toBe('refresh-token-value');
    await services.secrets.remove('https://login.example.com/|app', never);
    expect(await services.secrets.read('https://login.example.com/|app', never)).toBeNull();
  });

  test.runIf(process.platform === 'linux').each([
    { name: 'basic_text', options: { keychain: 'basic_text' } },
    { name: 'unknown', options: { keychain: 'unknown' } },
    { name: 'a keychain in name only', options: { sealPrefix: 'v10' } },
  ] as const)('are refused by $name, and nothing is written', async ({ options }) => {
    const { services } = await bootToTray(options);
    await expect(services.secrets.write('key', 'refresh-token-value', never)).rejects.toMatchObject({
      code: 'secrets-unsafe',
      retry: 'slow',
    });
    expect(await services.secrets.read('key', never)).toBeNull();
  });
});

describe('starting and quitting', () => {
  test('a quit waits for the engine to stop, stops it once, and then ends', async () => {
    const { electron, stop, tray, window } = await bootToTray();
    const stopped = Promise.withResolvers<undefined>();
    stop.mockImplementation(() => stopped.promise);
    menuItem(tray.menu, 'quit').click();
    electron.app.quit();
    expect([electron.app.quitState, window.state, stop.mock.calls.length]).toEqual(['running', 'shown', 1]);
    stopped.resolve(undefined);
    await vi.waitFor(() => {
      expect(electron.app.quitState).toBe('quit');
    });
    expect(stop).toHaveBeenCalledTimes(1);
    expect(window.isDestroyed()).toBe(true);
  });

  test('SIGTERM is a quit like any other, though electron-store would end the process at once', async () => {
    const { electron, stop } = await bootToTray();
    // The last one: the library's listener is there since its import, and may not be called here.
    process.listeners('SIGTERM').at(-1)?.('SIGTERM');
    await vi.waitFor(() => {
      expect(electron.app.quitState).toBe('quit');
    });
    expect(stop).toHaveBeenCalledTimes(1);
  });

  test('an engine that fails to stop does not keep the app alive', async () => {
    const { electron, stop } = await bootToTray();
    stop.mockImplementation(() => Promise.reject(new Error('stuck')));
    electron.app.quit();
    await vi.waitFor(() => {
      expect(electron.app.quitState).toBe('quit');
    });
  });

  test('an engine that never stops is left to its journal after five seconds', async () => {
    const { electron, stop } = await bootToTray();
    stop.mockImplementation(() => Promise.withResolvers<undefined>().promise);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      electron.app.quit();
      await vi.advanceTimersByTimeAsync(4999);
      expect(electron.app.quitState).toBe('running');
      await vi.advanceTimersByTimeAsync(1);
      expect(electron.app.quitState).toEqual({ exitCode: 1 });
    } finally {
      vi.useRealTimers();
    }
  });

  test('a configuration that must be repaired is said in one box, and the exit code is 2', async () => {
    const { electron } = await boot({ failure: 'config.json: accounts[0].issuer is not an https URL' });
    await vi.waitFor(() => {
      expect(electron.app.quitState).toEqual({ exitCode: 2 });
    });
    expect(electron.recorded.errorBoxes).toEqual(['config.json: accounts[0].issuer is not an https URL']);
    expect(electron.app.windows).toHaveLength(0);
  });
});
