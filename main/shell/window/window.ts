// Main window: locked down, shown once loaded, restored to its last position.
import type { BrowserWindow, BrowserWindowConstructorOptions, Rectangle, Screen } from 'electron';
import type { DesktopSettings, WindowMemory } from '../desktop-settings.ts';
import { PAGE_URL } from './page-address.ts';

const DEFAULT_SIZE = { width: 1000, height: 720 } as const;
const MIN_SIZE = { minWidth: 420, minHeight: 480 } as const;
const MAX_RELOADS = 3;

type WindowParts = {
  readonly create: (options: BrowserWindowConstructorOptions) => BrowserWindow;
  readonly screen: Screen;
  readonly settings: DesktopSettings;
  readonly preload: string;
  readonly icon: string;
  readonly isDark: boolean;
  readonly isPackaged: boolean;
  /** Started at login: the window waits in the tray. */
  readonly startsHidden: boolean;
  /** Whether a window that started hidden can be opened from the tray, as soon as that is known; else it is shown. Never rejects. */
  readonly isReachable: () => Promise<boolean>;
  /** Evaluated on every close: quit, hide in the tray, or minimise. */
  readonly onClose: () => 'close' | 'hide' | 'minimize';
  readonly onRendererGone: (reason: string) => void;
};

export function openWindow(parts: WindowParts): BrowserWindow {
  const memory = parts.settings.readWindow();
  const window = parts.create(windowOptions(parts, memory));
  // `maximize` would show a hidden window.
  if (memory.isMaximized && parts.startsHidden) window.once('show', () => window.maximize());
  else if (memory.isMaximized) window.maximize();
  window.once('ready-to-show', () => {
    if (parts.startsHidden) void showUnlessReachable(window, parts);
    else window.show();
  });
  window.on('close', (event) => {
    remember(window, parts.settings);
    const choice = parts.onClose();
    if (choice === 'close') return;
    event.preventDefault();
    if (choice === 'hide') window.hide();
    else window.minimize();
  });
  reloadAfterCrash(window, parts.onRendererGone);
  // A failed load is already an event on the page's side; the promise would repeat it as an unhandled rejection.
  window.loadURL(PAGE_URL).catch((cause: unknown) => {
    parts.onRendererGone(cause instanceof Error ? cause.message : 'load failed');
  });
  return window;
}

/** A full disk costs where the window was. Thrown here, its error would let the window be destroyed instead of hidden. */
function remember(window: BrowserWindow, settings: DesktopSettings): void {
  try {
    settings.writeWindow({ bounds: window.getNormalBounds(), isMaximized: window.isMaximized() });
  } catch {
    // What can be done without is not worth a dialog.
  }
}

/** Without the focus: the user works with something else by then. */
async function showUnlessReachable(window: BrowserWindow, { isReachable }: WindowParts): Promise<void> {
  if (await isReachable()) return;
  if (!window.isDestroyed() && !window.isVisible() && !window.isMinimized()) window.showInactive();
}

/** Shows and focuses the window. */
export function revealWindow(window: BrowserWindow): void {
  if (window.isMinimized()) window.restore();
  window.show();
  window.focus();
}

function windowOptions(parts: WindowParts, memory: WindowMemory): BrowserWindowConstructorOptions {
  return {
    ...DEFAULT_SIZE,
    ...(memory.bounds !== null && isOnScreen(memory.bounds, parts.screen) ? memory.bounds : {}),
    ...MIN_SIZE,
    show: false,
    title: 'Driftless',
    icon: parts.icon,
    autoHideMenuBar: true,
    backgroundColor: parts.isDark ? '#14171a' : '#f7f8f9',
    webPreferences: {
      preload: parts.preload,
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
      devTools: !parts.isPackaged,
    },
  };
}

/** Restores only bounds of which a grabbable part is visible: the screen may have been unplugged. */
function isOnScreen(bounds: Rectangle, screen: Screen): boolean {
  return screen.getAllDisplays().some(({ workArea }) => {
    const width =
      Math.min(bounds.x + bounds.width, workArea.x + workArea.width) - Math.max(bounds.x, workArea.x);
    const height =
      Math.min(bounds.y + bounds.height, workArea.y + workArea.height) - Math.max(bounds.y, workArea.y);
    return width >= 100 && height >= 50;
  });
}

/** Reloads a crashed page; the engine is in this process, so nothing is lost. After repeated crashes it stays down. */
function reloadAfterCrash(window: BrowserWindow, onRendererGone: (reason: string) => void): void {
  let reloads = 0;
  window.webContents.on('render-process-gone', (_event, details) => {
    onRendererGone(details.reason);
    if (details.reason === 'clean-exit' || reloads >= MAX_RELOADS) return;
    reloads += 1;
    window.webContents.reload();
  });
}
