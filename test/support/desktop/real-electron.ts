/** Real Electron, driven by Playwright, for the scenarios of the desktop. */
import { execFile, execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { _electron } from 'playwright';
import { isBuildStale } from '../../../build/dist-files.ts';
import { findElectron } from '../../../build/electron-program.ts';
import { openDisplay } from '../display.ts';
import { waitFor } from '../wait-for.ts';
import type { DesktopDriver } from './driver.ts';

export async function startRealElectron(root: string): Promise<DesktopDriver> {
  const program = findElectron(root, process.env);
  if (program.kind === 'missing') throw new Error(program.reason);
  const executablePath = program.path;
  if (await isBuildStale(root))
    execFileSync(process.execPath, [join(root, 'build', 'build.ts')], { stdio: 'ignore' });
  const display = await openDisplay();
  return {
    async start(home, { proxy } = {}) {
      const args = [
        root,
        // Chromium's sandbox does not run as root; everywhere else it is on, as for users.
        ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
        // Loopback is never reached through it.
        ...(proxy === undefined ? [] : [`--proxy-server=${proxy}`]),
      ];
      const env = { ...ownEnvironment(), ...display.env, DRIFTLESS_HOME: home };
      const app = await _electron.launch({ executablePath, args, env });
      await app.evaluate(({ safeStorage, shell }) => {
        const opened: string[] = [];
        Object.assign(globalThis, { openedUrls: opened });
        shell.openExternal = (url) => {
          opened.push(url);
          return Promise.resolve();
        };
        shell.showItemInFolder = (path) => {
          opened.push(path);
        };
        // A test machine has no keyring, and the product rightly refuses to work without one. This replaces it.
        safeStorage.getSelectedStorageBackend = () => 'gnome_libsecret';
        safeStorage.isAsyncEncryptionAvailable = () => Promise.resolve(true);
        safeStorage.encryptStringAsync = (text) => Promise.resolve(Buffer.from(`v11${text}`));
        safeStorage.decryptStringAsync = (sealed) =>
          Promise.resolve({ shouldReEncrypt: false, result: sealed.toString().slice(3) });
      });
      const page = await app.firstWindow();
      await page.getByRole('heading').first().waitFor();
      let isRunning = true;
      return {
        page,
        pageUrl: () => page.url(),
        openedUrl: () =>
          waitFor(
            () => app.evaluate(() => (globalThis as unknown as { openedUrls: string[] }).openedUrls.shift()),
            { what: 'the sign-in address' },
          ),
        answerDialogs: (answers) =>
          app.evaluate(({ dialog }, { folder, file, button }) => {
            dialog.showOpenDialog = () =>
              Promise.resolve({
                canceled: folder === undefined,
                filePaths: folder === undefined ? [] : [folder],
              });
            dialog.showSaveDialog = () =>
              Promise.resolve({ canceled: file === undefined, filePath: file ?? '' });
            dialog.showMessageBox = () => Promise.resolve({ response: button ?? 0, checkboxChecked: false });
          }, answers),
        copiedText: () => app.evaluate(({ clipboard }) => clipboard.readText()),
        windowCount: () => Promise.resolve(app.windows().length),
        isVisible: () =>
          app.evaluate(({ BrowserWindow }) =>
            BrowserWindow.getAllWindows().some((each) => each.isVisible() && !each.isMinimized()),
          ),
        // Not closed, which without a tray would only minimise it.
        hide: () =>
          app.evaluate(({ BrowserWindow }) => {
            for (const each of BrowserWindow.getAllWindows()) each.hide();
          }),
        async startAgain(link) {
          await promisify(execFile)(executablePath, link === undefined ? args : [...args, link], { env });
        },
        wakeUp: () => app.evaluate(({ powerMonitor }) => void powerMonitor.emit('resume')),
        async quit() {
          if (!isRunning) return;
          isRunning = false;
          await app.close();
        },
      };
    },
    close() {
      display.close();
      return Promise.resolve();
    },
  };
}

function ownEnvironment(): Record<string, string> {
  return Object.fromEntries(Object.entries(process.env).map(([name, value]) => [name, value ?? '']));
}
