// Desktop start-up sequence: paths, sandbox and URL scheme before `ready`; engine after.
import { homedir } from 'node:os';
import { join } from 'node:path';
import {
  BrowserWindow,
  Menu,
  Notification,
  app,
  clipboard,
  dialog,
  ipcMain,
  nativeImage,
  nativeTheme,
  powerMonitor,
  protocol,
  safeStorage,
} from 'electron';
import { screen, session, shell } from 'electron';
import { createAutostart, HIDDEN_FLAG } from './autostart.ts';
import type { Autostart } from './autostart.ts';
import { requestBackground } from './portal/background.ts';
import { createCommandLineTool } from './command-line-tool.ts';
import type { ComposeDesktop, DesktopApp, ShellServices } from '../app/desktop-app.ts';
import { closeStoreChannel, openDesktopSettings, openSealedStore } from './desktop-settings.ts';
import { keepCrashReports } from './crash-reports.ts';
import type { CrashWatch } from './crash-reports.ts';
import { createDecodePicture } from './decode-picture.ts';
import type { DesktopSettings } from './desktop-settings.ts';
import { createElectronSecrets } from './electron-secrets.ts';
import { chooseHome, refuseUnsafeHome, useHome } from './home.ts';
import { connectPage, showView } from './window/ipc.ts';
import type { Backend, ShownView, Snapshot } from '../../preload/contract.ts';
import { wordsIn } from '../../preload/locales/catalogues.ts';
import type { Language } from '../../preload/locales/catalogues.ts';
import { applicationMenu } from './menu.ts';
import { noticesBetween } from './notify.ts';
import { registerPageScheme, servePage } from './window/protocol.ts';
import { quitAfter } from './quit.ts';
import type { Quit } from './quit.ts';
import { refuseWithoutSandbox, restrictAllPages, restrictSession } from './window/security.ts';
import { createSaveText, createSetupDialogs } from './setup-dialogs.ts';
import { claimInstance } from './single-instance.ts';
import type { ArrivedLink } from './single-instance.ts';
import { createClosing, isTrayShown, trayArrives } from './tray/tray-host.ts';
import { showTray } from './tray/icon.ts';
import { startUpdates } from './updates/start.ts';
import { openWindow, revealWindow } from './window/window.ts';
import { languageIn, wordsFor, wordsOfSystem } from './words.ts';

type ShellParts = {
  readonly composeDesktop: ComposeDesktop;
  /** Throws where other users may write to the home. */
  readonly demandOwnHome: (home: string) => void;
  /** The folder that holds `main/`, `preload/`, `renderer/` and `icons/` of this build. */
  readonly distDir: string;
};

export function startShell({ composeDesktop, demandOwnHome, distDir }: ShellParts): void {
  const home = chooseHome(app, process.argv, process.env);
  if (refuseUnsafeHome(app, dialog, () => demandOwnHome(home))) return;
  useHome(app, home);
  const nowMs = (): number => Date.now();
  const crashes = keepCrashReports({ app, process, userData: app.getPath('userData'), nowMs });
  if (refuseWithoutSandbox(app, dialog)) return;
  restrictAllPages(app);
  registerPageScheme(protocol);
  let reveal = (): void => undefined;
  /** Links received before the engine is up are queued, up to a limit. */
  const early: ArrivedLink[] = [];
  let takeLink = (link: ArrivedLink): void => {
    if (early.length === 0) early.push(link);
  };
  const arrivals = {
    onShow: () => {
      reveal();
    },
    onLink: (link: ArrivedLink) => {
      takeLink(link);
    },
  };
  const isFirst = claimInstance(app, arrivals, process);
  if (!isFirst) {
    app.quit();
    return;
  }
  // Without a listener Electron quits with the last window; syncing continues behind the tray.
  app.on('window-all-closed', () => undefined);
  const stopping = new AbortController();
  let desktop: DesktopApp | null = null;
  const stop = async (): Promise<void> => {
    stopping.abort();
    await desktop?.stop();
  };
  const quit = quitAfter(app, stop, () => desktop?.isHeld() === true);
  // electron-store brings a listener that raises the signal again, which would end the process with files half sent;
  // with one of ours beside it the second raise is only a second request to quit.
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, quit.begin);
  run().catch((cause: unknown) => {
    if (stopping.signal.aborted) return;
    const title = wordsOfSystem(app.getLocale()).text('shell.cannotStart');
    dialog.showErrorBox(title, cause instanceof Error ? cause.message : String(cause));
    app.exit(2);
  });

  async function run(): Promise<void> {
    await app.whenReady();
    const userData = app.getPath('userData');
    const settings = openDesktopSettings(userData);
    const sealed = openSealedStore(userData);
    closeStoreChannel(ipcMain);
    restrictSession(session.defaultSession);
    servePage(protocol, join(distDir, 'renderer'));
    const secrets = createElectronSecrets(safeStorage, sealed, process.platform);
    const slot: WindowSlot = { window: null, backend: null };
    const autostart = autostartOf(settings, stopping.signal);
    // Before the first snapshot, which says whether it is on.
    const renewalFailure = renew(autostart);
    const services = shellServices({ home, secrets, slot, autostart, crashes });
    const running = await composeDesktop(services, stopping.signal);
    desktop = running;
    crashes.follow(running.redact, (stack) => {
      running.log.error('uncaught error', { stack });
    });
    if (renewalFailure !== null) running.log.warn('login entry not renewed', { cause: renewalFailure });
    const isTrayVisible = await isTrayShown(process.platform, running.outputOf, stopping.signal);
    const window = showDesktop({
      ...{ desktop: running, slot, settings, distDir, isTrayVisible, autostart, quit },
      signal: stopping.signal,
    });
    reveal = () => {
      if (!window.isDestroyed()) revealWindow(window);
    };
    takeLink = (link) => {
      offer(running, link);
    };
    for (const link of early) takeLink(link);
    followPower(running);
  }
}

function followPower(running: DesktopApp): void {
  const changed = (): void => {
    running.conditionsChanged();
  };
  powerMonitor.on('resume', () => {
    running.wake('resume');
  });
  powerMonitor.on('on-battery', changed);
  powerMonitor.on('on-ac', changed);
}

/** Logs that a link arrived, never its content. */
function offer(desktop: DesktopApp, link: ArrivedLink): void {
  desktop.log.info('deep link arrived', { kind: link.kind });
  if (link.kind === 'refused') {
    desktop.refuseLink();
    return;
  }
  desktop.offerLink(link.text).catch((cause: unknown) => {
    desktop.backend.reportFailure?.('offerLink', cause);
  });
}

/** Filled while the app starts; read when a dialog is shown. */
type WindowSlot = { window: BrowserWindow | null; backend: Backend | null };

type ServiceParts = Pick<ShellServices, 'home' | 'secrets'> & {
  readonly slot: WindowSlot;
  readonly autostart: Autostart | null;
  readonly crashes: CrashWatch;
};

function shellServices({ home, secrets, slot, autostart, crashes }: ServiceParts): ShellServices {
  return {
    home,
    version: app.getVersion(),
    isPackaged: app.isPackaged,
    locale: app.getLocale() === '' ? null : app.getLocale(),
    secrets,
    openExternal: (href) => shell.openExternal(href),
    isOnBattery: () => powerMonitor.isOnBatteryPower(),
    resolveProxy: (href) => session.defaultSession.resolveProxy(href),
    revealInFileManager: (path) => {
      shell.showItemInFolder(path);
    },
    login: autostart,
    crashReports: crashes,
    commandLine: createCommandLineTool({
      ...{ isPackaged: app.isPackaged, platform: process.platform, env: process.env },
      ...{ execPath: process.execPath, resources: process.resourcesPath, userHome: homedir() },
    }),
    saveText: createSaveText({ dialog, currentWindow: () => slot.window }),
    copyText: (text) => clipboard.writeText(text),
    decodePicture: createDecodePicture(nativeImage),
    dialogs: createSetupDialogs({
      dialog,
      currentWindow: () => slot.window,
      currentWords: () =>
        slot.backend === null ? wordsOfSystem(app.getLocale()) : wordsFor(slot.backend.snapshot()),
    }),
  };
}

type DesktopParts = {
  readonly desktop: DesktopApp;
  readonly slot: WindowSlot;
  readonly settings: DesktopSettings;
  readonly distDir: string;
  readonly isTrayVisible: boolean;
  readonly autostart: Autostart | null;
  readonly quit: Quit;
  readonly signal: AbortSignal;
};

function showDesktop(parts: DesktopParts): BrowserWindow {
  const { desktop, distDir, quit, signal, slot } = parts;
  const { backend, log } = desktop;
  const { autostart } = parts;
  slot.backend = backend;
  connectPage({
    ipcMain,
    currentWindow: () => slot.window,
    backend,
    signal,
    onRefused: (request) => {
      log.warn('request refused: not from the page', { request });
    },
  });
  followLanguage(desktop, quit);
  const window = showWindow(parts);
  slot.window = window;
  const open = (view?: ShownView): void => {
    revealWindow(window);
    if (view !== undefined) showView(window, view);
  };
  const updates = startUpdates({
    ...{ app, dialog, desktop },
    words: () => wordsFor(backend.snapshot()),
    onReady: (newest) => {
      const words = wordsFor(backend.snapshot());
      const notice = {
        title: words.text('update.ready.title', { newest }),
        body: words.text('update.ready.text'),
      };
      const { notifications } = backend.snapshot().settings;
      if (notifications) notify(notice, () => updates.ask());
      // Nothing else would offer it.
      else if (!parts.isTrayVisible) updates.ask();
    },
  });
  const update = (): void => {
    if (!updates.ask()) open();
  };
  showTray({ backend, log, distDir, signal, autostart, open, update, quit: quit.begin });
  followTheme(desktop);
  announceChanges(desktop, window);
  return window;
}

function autostartOf(settings: DesktopSettings, signal: AbortSignal): Autostart | null {
  const { platform, env, execPath, argv } = process;
  const memory = {
    read: () => settings.readAutostart(),
    write: (program: string | null) => {
      settings.writeAutostart(program);
    },
  };
  const askPortal = (isOn: boolean, commandLine: readonly string[]): Promise<boolean> =>
    requestBackground({ address: env['DBUS_SESSION_BUS_ADDRESS'] ?? '', isOn, commandLine }, signal);
  return createAutostart({ app, platform, env, execPath, argv, memory, askPortal });
}

/** What went wrong, for the log that is opened later: a start at login that cannot be renewed must not prevent this start. */
function renew(autostart: Autostart | null): string | null {
  try {
    autostart?.refresh();
    return null;
  } catch (cause) {
    return String(cause);
  }
}

function showWindow(parts: DesktopParts): BrowserWindow {
  const { desktop, slot, settings, distDir, isTrayVisible, autostart, quit, signal } = parts;
  const close = createClosing({
    isShown: isTrayVisible,
    ask: () => isTrayShown(process.platform, desktop.outputOf, signal),
    hide: () => {
      const { window } = slot;
      if (window !== null && !window.isDestroyed() && window.isMinimized()) window.hide();
    },
    tell: () => {
      const words = wordsFor(desktop.backend.snapshot());
      notify({
        title: words.text('notify.stillRunning.title'),
        body: words.text('notify.stillRunning.text'),
      });
    },
  });
  return openWindow({
    create: (options) => new BrowserWindow(options),
    screen,
    settings,
    preload: join(distDir, 'preload', 'index.cjs'),
    icon: join(distDir, 'icons', 'app.png'),
    isDark: nativeTheme.shouldUseDarkColors,
    isPackaged: app.isPackaged,
    startsHidden: autostart?.hasStarted() ?? process.argv.includes(HIDDEN_FLAG),
    // At login the panel may come later than the app.
    isReachable: async () => isTrayVisible || (await trayArrives(desktop.outputOf, signal)) || signal.aborted,
    onClose: () => (quit.hasBegun() ? 'close' : close()),
    onRendererGone: (reason) => {
      desktop.log.error('page lost', { reason });
    },
  });
}

/** The application menu is set again when the language changes, because its items keep their labels. */
function followLanguage({ backend }: DesktopApp, quit: Quit): void {
  let shown: Language | null = null;
  const draw = (now: Snapshot): void => {
    const language = languageIn(now);
    if (language === shown) return;
    shown = language;
    const { platform } = process;
    const menu = applicationMenu({
      ...{ platform, isPackaged: app.isPackaged },
      words: wordsIn(language),
      quit: quit.begin,
    });
    Menu.setApplicationMenu(Menu.buildFromTemplate(menu));
  };
  draw(backend.snapshot());
  backend.subscribe((_event, after) => {
    draw(after);
  });
}

/** The frame of the window, and menus of the system, follow the choice that the page follows by itself. */
function followTheme({ backend }: DesktopApp): void {
  nativeTheme.themeSource = backend.snapshot().settings.theme;
  backend.subscribe((_event, after) => {
    if (nativeTheme.themeSource !== after.settings.theme) nativeTheme.themeSource = after.settings.theme;
  });
}

function announceChanges({ backend }: DesktopApp, window: BrowserWindow): void {
  let before = backend.snapshot();
  backend.subscribe((_event, after) => {
    const notices = noticesBetween(before, after);
    before = after;
    // A focused window already shows it.
    if (window.isDestroyed() || window.isFocused() || !after.settings.notifications) return;
    for (const notice of notices) {
      notify(notice, () => {
        revealWindow(window);
      });
    }
  });
}

function notify(notice: { readonly title: string; readonly body: string }, onClick?: () => void): void {
  if (!Notification.isSupported()) return;
  const notification = new Notification(notice);
  if (onClick !== undefined) notification.on('click', onClick);
  notification.show();
}
