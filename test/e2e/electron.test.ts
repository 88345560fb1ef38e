/**
 * The desktop app in real Electron: its sandbox and the main story through its window. Needs the Electron
 * binary.
 */
import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { _electron } from 'playwright';
import type { Browser, ElectronApplication, Page } from 'playwright';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { isBuildStale } from '../../build/dist-files.ts';
import { findElectron } from '../../build/electron-program.ts';
import { startLocalCloud } from '../local-cloud/cloud.ts';
import type { LocalCloud } from '../local-cloud/cloud.ts';
import { chromiumIsMissing, launchBrowser } from '../support/chromium.ts';
import { displayIsMissing, openDisplay } from '../support/display.ts';
import type { Display } from '../support/display.ts';
import { cloudConfig, signInAndSync } from '../support/page-scenario.ts';
import { skipUnlessElectron } from '../support/skip.ts';
import { makeTempFolder } from '../support/temp.ts';
import type { TempFolder } from '../support/temp.ts';
import { waitFor } from '../support/wait-for.ts';

const root = join(import.meta.dirname, '..', '..');
const program = findElectron(root, process.env);
const missing = program.kind === 'missing' ? program.reason : (displayIsMissing() ?? chromiumIsMissing());

describe('the desktop app in Electron', skipUnlessElectron(missing === null, missing ?? ''), () => {
  let display: Display;
  let browser: Browser;
  let temp: TempFolder;
  let cloud: LocalCloud;
  let app: ElectronApplication;
  let page: Page;
  let folder: string;

  beforeAll(async () => {
    if (await isBuildStale(root))
      execFileSync(process.execPath, [join(root, 'build', 'build.ts')], { stdio: 'ignore' });
    display = await openDisplay();
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser.close();
    display.close();
  });
  beforeEach(async () => {
    temp = await makeTempFolder('electron');
    cloud = await startLocalCloud({ directory: join(temp.path, 'cloud') });
    folder = join(temp.path, 'folder');
    await mkdir(folder);
    await mkdir(join(temp.path, 'home'));
    await writeFile(join(temp.path, 'home', 'config.json'), cloudConfig(cloud.description, folder));
    app = await launch();
    page = await app.firstWindow();
    await page.getByRole('heading').first().waitFor();
  });
  afterEach(async () => {
    await app.close();
    await cloud.stop();
    await temp.remove();
  });

  async function launch(): Promise<ElectronApplication> {
    if (program.kind === 'missing') throw new Error(program.reason);
    // Chromium's sandbox does not run as root; everywhere else it is on, as for users.
    const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
    const started = await _electron.launch({
      executablePath: program.path,
      args: [root, ...asRoot],
      env: { ...ownEnvironment(), ...display.env, DRIFTLESS_HOME: join(temp.path, 'home') },
    });
    await started.evaluate(({ safeStorage, shell }) => {
      const opened: string[] = [];
      Object.assign(globalThis, { openedUrls: opened });
      shell.openExternal = (url) => {
        opened.push(url);
        return Promise.resolve();
      };
      // A test machine has no keyring, and the product rightly refuses to work without one. This replaces it.
      safeStorage.getSelectedStorageBackend = () => 'gnome_libsecret';
      safeStorage.isAsyncEncryptionAvailable = () => Promise.resolve(true);
      safeStorage.encryptStringAsync = (text) => Promise.resolve(Buffer.from(`v11${text}`));
      safeStorage.decryptStringAsync = (sealed) =>
        Promise.resolve({ shouldReEncrypt: false, result: sealed.toString().slice(3) });
    });
    return started;
  }

  function openedUrl(): Promise<string> {
    return waitFor(
      () => app.evaluate(() => (globalThis as unknown as { openedUrls: string[] }).openedUrls.shift()),
      { what: 'the sign-in address' },
    );
  }

  test('the app shows one sandboxed window on its own scheme, with no Node in the page', async () => {
    expect(page.url()).toBe('app://driftless/index.html');
    expect(app.windows()).toHaveLength(1);
    const inPage = await page.evaluate(() => ({
      require: typeof Reflect.get(globalThis, 'require'),
      process: typeof Reflect.get(globalThis, 'process'),
      bridge: Object.keys(Reflect.get(globalThis, 'driftless') as object).sort(),
    }));
    expect(inPage).toEqual({ require: 'undefined', process: 'undefined', bridge: ['request', 'subscribe'] });
    const visible = await app.evaluate(({ BrowserWindow }) =>
      BrowserWindow.getAllWindows().map((each) => each.isVisible()),
    );
    expect(visible).toEqual([true]);
  });

  test('the app enforces its policy: no inline script, other host, unlisted file, navigation or window', async () => {
    const outcome = await page.evaluate(async () => {
      const reached = async (url: string): Promise<boolean> => {
        try {
          return (await fetch(url)).ok;
        } catch {
          return false;
        }
      };
      const opened = window.open('https://example.com/') !== null;
      return {
        opened,
        host: await reached('https://example.com/'),
        unlisted: await reached('app://driftless/../main/index.js'),
        other: await reached('app://other/index.html'),
        listed: await reached('app://driftless/index.html'),
      };
    });
    expect(outcome).toEqual({ opened: false, host: false, unlisted: false, other: false, listed: true });
    await page.evaluate(() => {
      location.href = 'https://example.com/';
    });
    await page.getByRole('heading').first().waitFor();
    expect(page.url()).toBe('app://driftless/index.html');
  });

  test('the app signs in, uploads a saved file and downloads what another client stored', async () => {
    const user = cloud.description.users[0];
    if (user === undefined) throw new Error('the local cloud has no users');
    await signInAndSync({ page, browser, cloud: cloud.description, user, folder, openedUrl });
  });
});

function ownEnvironment(): Record<string, string> {
  return Object.fromEntries(Object.entries(process.env).map(([name, value]) => [name, value ?? '']));
}
