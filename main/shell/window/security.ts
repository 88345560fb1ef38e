// Locks down Electron's web contents: navigation, windows, webviews, permissions, devices, network.
import type { App, Dialog, Session, WebContents } from 'electron';
import { PAGE_SCHEME, isPageUrl } from './page-address.ts';
import { wordsOfSystem } from '../words.ts';

/** Chromium's switches that take the sandbox from renderers; `app.enableSandbox()` does not overrule them. */
const sandboxSwitches = ['no-sandbox', 'single-process', 'disable-seccomp-filter-sandbox'] as const;

/**
 * True where an installed app was started without Chromium's sandbox, as the launcher inside an AppImage does by itself where user
 * namespaces are not allowed: it then says what to do, and ends. Development and tests run as root, where there is no sandbox.
 */
export function refuseWithoutSandbox(
  app: Pick<App, 'commandLine' | 'exit' | 'getLocale' | 'isPackaged' | 'whenReady'>,
  dialog: Pick<Dialog, 'showErrorBox'>,
): boolean {
  const isOff =
    sandboxSwitches.some((name) => app.commandLine.hasSwitch(name)) ||
    process.env['ELECTRON_DISABLE_SANDBOX'] !== undefined;
  if (!app.isPackaged || !isOff) return false;
  void app.whenReady().then(() => {
    const words = wordsOfSystem(app.getLocale());
    dialog.showErrorBox(words.text('shell.cannotStart'), words.text('shell.needsSandbox'));
    app.exit(2);
  });
  return true;
}

/** Call before Electron is ready: enables the sandbox, and restricts every web contents on creation. */
export function restrictAllPages(app: App): void {
  app.enableSandbox();
  app.on('web-contents-created', (_event, contents) => {
    restrictPage(contents);
  });
  // A certificate error stays an error: Chromium's refusal is the default, and nothing here may ever soften it.
}

function restrictPage(contents: WebContents): void {
  contents.setWindowOpenHandler(() => ({ action: 'deny' }));
  contents.on('will-navigate', (event) => {
    event.preventDefault();
  });
  // `will-navigate` is for the main frame only; there are no frames in the page, and none may be made to go anywhere.
  contents.on('will-frame-navigate', (event) => {
    event.preventDefault();
  });
  contents.on('will-redirect', (event) => {
    event.preventDefault();
  });
  contents.on('will-attach-webview', (event) => {
    event.preventDefault();
  });
}

/** Both handlers are needed: the request handler answers prompts, the check handler answers what a page may ask silently. */
export function restrictSession(session: Session): void {
  session.setPermissionRequestHandler((_contents, _permission, callback) => {
    callback(false);
  });
  session.setPermissionCheckHandler(() => false);
  session.setDevicePermissionHandler(() => false);
  session.setDisplayMediaRequestHandler((_request, callback) => {
    callback(null);
  });
  session.on('will-download', (event) => {
    event.preventDefault();
  });
  // Independent of the page's policy: even without it, this session only reaches the page's own files.
  session.webRequest.onBeforeRequest((details, callback) => {
    callback({ cancel: !isAllowedRequest(details.url) });
  });
}

function isAllowedRequest(url: string): boolean {
  if (url.startsWith(`${PAGE_SCHEME}:`)) return isPageUrl(url);
  // The developer tools of an unpackaged build, and images that the policy allows as data.
  return url.startsWith('devtools:') || url.startsWith('data:image/');
}
