// A small double of the `electron` module for plain Node: each part is checked against Electron's own types, and records what was asked of it.
import { EventEmitter } from 'node:events';
import { existsSync } from 'node:fs';
import type * as Electron from 'electron';
import { FakeLoginItems } from './fake-login-items.ts';

type PermissionRequest = Parameters<Electron.Session['setPermissionRequestHandler']>[0];
type PermissionCheck = Parameters<Electron.Session['setPermissionCheckHandler']>[0];
type InvokeListener = (event: Electron.IpcMainInvokeEvent, ...args: unknown[]) => unknown;
type MenuTemplate = Electron.MenuItemConstructorOptions[];

export type FakeEvent = { defaultPrevented: boolean; preventDefault(): void };

export function fakeEvent(): FakeEvent {
  return {
    defaultPrevented: false,
    preventDefault() {
      this.defaultPrevented = true;
    },
  };
}

/** What a test decides before the app starts. */
export type FakeElectronOptions = {
  readonly appData: string;
  readonly hasLock?: boolean;
  readonly keychain?: ReturnType<Electron.SafeStorage['getSelectedStorageBackend']>;
  /** The first bytes of what is sealed; Chromium's fixed password gives `v10`. */
  readonly sealPrefix?: string;
  /** An installed copy; a checkout without it. */
  readonly isPackaged?: boolean;
  /** Login items of the system, which outlive a start; an empty system if unset. */
  readonly loginItems?: FakeLoginItems;
  /** What the user answers in the dialogs; cancelled if unset. */
  readonly answers?: { readonly folder?: string; readonly file?: string; readonly button?: number };
};

type AppPart = Pick<
  Electron.App,
  | 'enableSandbox'
  | 'commandLine'
  | 'exit'
  | 'getLocale'
  | 'getLoginItemSettings'
  | 'getPath'
  | 'getVersion'
  | 'isPackaged'
  | 'quit'
  | 'requestSingleInstanceLock'
  | 'setAsDefaultProtocolClient'
  | 'setLoginItemSettings'
  | 'setPath'
  | 'whenReady'
>;

class FakeApp extends EventEmitter implements AppPart {
  readonly isPackaged: boolean;
  /** What it handed to the first process when it asked for the lock. */
  lockData: unknown = null;
  readonly schemes: Parameters<Electron.App['setAsDefaultProtocolClient']>[] = [];
  isSandboxed = false;
  /** Chromium switches, without dashes, that the process was started with. */
  readonly switches = new Set<string>();
  readonly commandLine = {
    hasSwitch: (name: string): boolean => this.switches.has(name),
  } as unknown as Electron.CommandLine;
  quitState: 'running' | 'quit' | { readonly exitCode: number } = 'running';
  readonly windows: FakeBrowserWindow[] = [];
  readonly #paths = new Map<string, string>();
  readonly #hasLock: boolean;
  readonly #loginItems: FakeLoginItems;
  /** Resolved by `becomeReady`: what must happen earlier can then be told from what happens later. */
  readonly #ready = Promise.withResolvers<undefined>();

  constructor(options: FakeElectronOptions) {
    super();
    this.#hasLock = options.hasLock ?? true;
    this.isPackaged = options.isPackaged ?? false;
    this.#loginItems = options.loginItems ?? new FakeLoginItems(process.execPath);
    this.#paths.set('appData', options.appData);
  }
  becomeReady(): void {
    this.#ready.resolve(undefined);
  }
  async whenReady(): Promise<void> {
    await this.#ready.promise;
  }
  enableSandbox(): void {
    this.isSandboxed = true;
  }
  requestSingleInstanceLock(data?: Record<PropertyKey, unknown>): boolean {
    this.lockData = data;
    return this.#hasLock;
  }
  setAsDefaultProtocolClient(...given: Parameters<Electron.App['setAsDefaultProtocolClient']>): boolean {
    this.schemes.push(given);
    return true;
  }
  setPath(name: string, path: string): void {
    if (!existsSync(path)) throw new Error(`setPath: ${path} does not exist`);
    this.#paths.set(name, path);
  }
  getPath(name: string): string {
    const path = this.#paths.get(name);
    if (path === undefined) throw new Error(`no path ${name} in the double`);
    return path;
  }
  getVersion(): string {
    return '1.2.3';
  }
  getLocale(): string {
    return 'en-GB';
  }
  getLoginItemSettings(wanted?: Electron.LoginItemSettingsOptions): Electron.LoginItemSettings {
    return this.#loginItems.read(wanted);
  }
  setLoginItemSettings(settings: Electron.Settings): void {
    this.#loginItems.write(settings);
  }
  quit(): void {
    const event = fakeEvent();
    this.emit('before-quit', event);
    if (event.defaultPrevented) return;
    for (const window of this.windows) window.close();
    if (!this.windows.every((window) => window.isDestroyed())) return;
    this.quitState = 'quit';
    this.emit('quit', fakeEvent(), 0);
  }
  exit(exitCode = 0): void {
    this.quitState = { exitCode };
  }
}

type FramePart = Pick<Electron.WebFrameMain, 'frameToken' | 'origin' | 'parent' | 'processId' | 'url'>;

class FakeFrame implements FramePart {
  readonly processId = 4;
  readonly frameToken = 'main-frame';
  url: string;
  origin: string;
  parent: Electron.WebFrameMain | null = null;
  constructor(origin: string, path = '/index.html') {
    this.origin = origin;
    this.url = `${origin}${path}`;
  }
}

type ContentsPart = Pick<Electron.WebContents, 'getURL' | 'id' | 'reload' | 'send' | 'setWindowOpenHandler'>;

class FakeWebContents extends EventEmitter implements ContentsPart {
  readonly id = 1;
  mainFrame = new FakeFrame('about:blank', '');
  reloads = 0;
  readonly sent: { readonly channel: string; readonly message: unknown }[] = [];
  windowOpenHandler: Parameters<Electron.WebContents['setWindowOpenHandler']>[0] | null = null;

  setWindowOpenHandler(handler: Parameters<Electron.WebContents['setWindowOpenHandler']>[0]): void {
    this.windowOpenHandler = handler;
  }
  getURL(): string {
    return this.mainFrame.url;
  }
  reload(): void {
    this.reloads += 1;
  }
  send(channel: string, message: unknown): void {
    this.sent.push({ channel, message });
  }
}

type WindowPart = Pick<
  Electron.BrowserWindow,
  | 'close'
  | 'focus'
  | 'getNormalBounds'
  | 'hide'
  | 'isDestroyed'
  | 'isFocused'
  | 'isMaximized'
  | 'isMinimized'
  | 'isVisible'
  | 'loadURL'
  | 'maximize'
  | 'minimize'
  | 'restore'
  | 'show'
  | 'showInactive'
>;

class FakeBrowserWindow extends EventEmitter implements WindowPart {
  readonly webContents = new FakeWebContents();
  readonly options: Electron.BrowserWindowConstructorOptions;
  state: 'hidden' | 'shown' | 'minimized' | 'destroyed' = 'hidden';
  hasFocus = false;
  hasMaximized = false;
  bounds: Electron.Rectangle = { x: 10, y: 20, width: 900, height: 700 };

  constructor(options: Electron.BrowserWindowConstructorOptions, app: FakeApp) {
    super();
    this.options = options;
    app.windows.push(this);
    app.emit('web-contents-created', fakeEvent(), this.webContents);
  }
  loadURL(url: string): Promise<void> {
    const { host, pathname, protocol } = new URL(url);
    this.webContents.mainFrame = new FakeFrame(`${protocol}//${host}`, pathname);
    this.emit('ready-to-show');
    return Promise.resolve();
  }
  close(): void {
    const event = fakeEvent();
    this.emit('close', event);
    if (!event.defaultPrevented) this.state = 'destroyed';
  }
  show(): void {
    this.hasFocus = true;
    this.showInactive();
  }
  showInactive(): void {
    const wasHidden = this.state === 'hidden';
    this.state = 'shown';
    if (wasHidden) this.emit('show');
  }
  hide(): void {
    this.hasFocus = false;
    this.state = 'hidden';
  }
  minimize(): void {
    this.hasFocus = false;
    this.state = 'minimized';
  }
  restore(): void {
    this.state = 'shown';
  }
  focus(): void {
    this.hasFocus = true;
  }
  maximize(): void {
    this.hasMaximized = true;
    this.showInactive();
  }
  isVisible(): boolean {
    return this.state === 'shown';
  }
  isMinimized(): boolean {
    return this.state === 'minimized';
  }
  isDestroyed(): boolean {
    return this.state === 'destroyed';
  }
  isFocused(): boolean {
    return this.hasFocus;
  }
  isMaximized(): boolean {
    return this.hasMaximized;
  }
  getNormalBounds(): Electron.Rectangle {
    return this.bounds;
  }
}

class FakeIpcMain extends EventEmitter implements Pick<Electron.IpcMain, 'handle' | 'removeHandler'> {
  readonly handlers = new Map<string, InvokeListener>();
  handle(channel: string, listener: InvokeListener): void {
    if (this.handlers.has(channel)) throw new Error(`second handler for ${channel}`);
    this.handlers.set(channel, listener);
  }
  removeHandler(channel: string): void {
    this.handlers.delete(channel);
  }
}

class FakeProtocol implements Pick<Electron.Protocol, 'handle' | 'registerSchemesAsPrivileged'> {
  readonly schemes: Electron.CustomScheme[] = [];
  readonly handlers = new Map<string, (request: Request) => Response | Promise<Response>>();
  registerSchemesAsPrivileged(schemes: Electron.CustomScheme[]): void {
    this.schemes.push(...schemes);
  }
  handle(scheme: string, handler: (request: Request) => Response | Promise<Response>): void {
    this.handlers.set(scheme, handler);
  }
}

type SessionPart = Pick<
  Electron.Session,
  | 'resolveProxy'
  | 'setDevicePermissionHandler'
  | 'setDisplayMediaRequestHandler'
  | 'setPermissionCheckHandler'
  | 'setPermissionRequestHandler'
>;

class FakeSession extends EventEmitter implements SessionPart {
  permissionRequest: PermissionRequest = null;
  permissionCheck: PermissionCheck = null;
  device: Parameters<Electron.Session['setDevicePermissionHandler']>[0] = null;
  displayMedia: Parameters<Electron.Session['setDisplayMediaRequestHandler']>[0] = null;
  beforeRequest: ((url: string) => boolean) | null = null;

  readonly webRequest = {
    onBeforeRequest: (
      listener: (details: { url: string }, callback: (response: Electron.CallbackResponse) => void) => void,
    ): void => {
      this.beforeRequest = (url) => {
        let isAllowed = false;
        listener({ url }, (response) => {
          isAllowed = response.cancel !== true;
        });
        return isAllowed;
      };
    },
  };
  /** What the system's settings say, by address. */
  readonly proxies = new Map<string, string>();
  resolveProxy(url: string): Promise<string> {
    return Promise.resolve(this.proxies.get(url) ?? 'DIRECT');
  }
  setPermissionRequestHandler(handler: PermissionRequest): void {
    this.permissionRequest = handler;
  }
  setPermissionCheckHandler(handler: PermissionCheck): void {
    this.permissionCheck = handler;
  }
  setDevicePermissionHandler(handler: FakeSession['device']): void {
    this.device = handler;
  }
  setDisplayMediaRequestHandler(handler: FakeSession['displayMedia']): void {
    this.displayMedia = handler;
  }
}

type TrayPart = Pick<Electron.Tray, 'setToolTip'>;

class FakeTray extends EventEmitter implements TrayPart {
  image: string;
  toolTip = '';
  menu: MenuTemplate = [];
  constructor(image: string) {
    super();
    this.image = image;
  }
  setImage(image: string): void {
    this.image = image;
  }
  setToolTip(toolTip: string): void {
    this.toolTip = toolTip;
  }
  setContextMenu(menu: { readonly template: MenuTemplate }): void {
    this.menu = menu.template;
  }
}

type SafeStoragePart = Pick<
  Electron.SafeStorage,
  'decryptStringAsync' | 'encryptStringAsync' | 'getSelectedStorageBackend' | 'isAsyncEncryptionAvailable'
>;

function fakeSafeStorage(options: FakeElectronOptions): SafeStoragePart {
  const prefix = options.sealPrefix ?? 'v11';
  return {
    getSelectedStorageBackend: () => options.keychain ?? 'gnome_libsecret',
    isAsyncEncryptionAvailable: () => Promise.resolve(true),
    encryptStringAsync: (plain) =>
      Promise.resolve(Buffer.from(prefix + Buffer.from(plain).toString('hex'), 'latin1')),
    decryptStringAsync: (sealed) =>
      Promise.resolve({
        shouldReEncrypt: false,
        result: Buffer.from(sealed.toString('latin1').slice(prefix.length), 'hex').toString(),
      }),
  };
}

export type FakeElectron = ReturnType<typeof createFakeElectron>;

/** Fresh parts for one start of the app, and what they recorded. */
export function createFakeElectron(options: FakeElectronOptions) {
  const app = new FakeApp(options);
  const trays: FakeTray[] = [];
  const notices: Electron.NotificationConstructorOptions[] = [];
  const errorBoxes: string[] = [];
  const opened: string[] = [];
  const copied: string[] = [];
  const asked: (Electron.OpenDialogOptions | Electron.MessageBoxOptions | Electron.SaveDialogOptions)[] = [];
  return {
    app,
    ipcMain: new FakeIpcMain(),
    protocol: new FakeProtocol(),
    session: { defaultSession: new FakeSession() },
    safeStorage: fakeSafeStorage(options),
    powerMonitor: Object.assign(new EventEmitter(), { isOnBatteryPower: () => false }),
    nativeTheme: {
      shouldUseDarkColors: true,
      themeSource: 'system' as Electron.NativeTheme['themeSource'],
    } satisfies Pick<Electron.NativeTheme, 'shouldUseDarkColors' | 'themeSource'>,
    screen: { getAllDisplays: () => [{ workArea: { x: 0, y: 0, width: 1920, height: 1040 } }] },
    shell: {
      openExternal: (url: string) => {
        opened.push(url);
        return Promise.resolve();
      },
      showItemInFolder: (path: string) => {
        opened.push(path);
      },
    } satisfies Pick<Electron.Shell, 'openExternal' | 'showItemInFolder'>,
    // Never decodes: a picture is whatever a test says it is.
    nativeImage: {
      createFromBuffer: () => ({ isEmpty: () => true, getSize: () => ({ width: 0, height: 0 }) }),
    },
    clipboard: {
      writeText: (text: string) => {
        copied.push(text);
        return Promise.resolve();
      },
    } satisfies Pick<Electron.Clipboard, 'writeText'>,
    dialog: {
      showErrorBox: (_title: string, content: string) => {
        errorBoxes.push(content);
      },
      showOpenDialog: (_window: unknown, dialogOptions: Electron.OpenDialogOptions) => {
        asked.push(dialogOptions);
        const folder = options.answers?.folder;
        return Promise.resolve({
          canceled: folder === undefined,
          filePaths: folder === undefined ? [] : [folder],
        });
      },
      showSaveDialog: (_window: unknown, dialogOptions: Electron.SaveDialogOptions) => {
        asked.push(dialogOptions);
        const filePath = options.answers?.file ?? '';
        return Promise.resolve({ canceled: filePath === '', filePath });
      },
      showMessageBox: (_window: unknown, dialogOptions: Electron.MessageBoxOptions) => {
        asked.push(dialogOptions);
        const response = options.answers?.button ?? dialogOptions.cancelId ?? 0;
        return Promise.resolve({ response, checkboxChecked: false });
      },
    } satisfies Record<
      keyof Pick<Electron.Dialog, 'showErrorBox' | 'showMessageBox' | 'showOpenDialog' | 'showSaveDialog'>,
      unknown
    >,
    Menu: {
      applicationMenu: [] as MenuTemplate,
      buildFromTemplate: (template: MenuTemplate) => ({ template }),
      setApplicationMenu(menu: { readonly template: MenuTemplate }) {
        this.applicationMenu = menu.template;
      },
    },
    BrowserWindow: class extends FakeBrowserWindow {
      constructor(windowOptions: Electron.BrowserWindowConstructorOptions = {}) {
        super(windowOptions, app);
      }
    },
    Tray: class extends FakeTray {
      constructor(image: string) {
        super(image);
        trays.push(this);
      }
    },
    Notification: class extends EventEmitter {
      static isSupported(): boolean {
        return true;
      }
      readonly #options: Electron.NotificationConstructorOptions;
      constructor(notice: Electron.NotificationConstructorOptions) {
        super();
        this.#options = notice;
      }
      show(): void {
        notices.push(this.#options);
      }
    },
    recorded: { trays, notices, errorBoxes, opened, asked, copied },
  };
}
