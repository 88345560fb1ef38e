/**
 * Scenarios of the desktop app through its window, in Electron and on its stand-in.
 * The first needs Electron's program; the summary of a run says when only the stand-in ran.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser } from 'playwright';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { findElectron } from '../../build/electron-program.ts';
import { startLocalCloud } from '../local-cloud/cloud.ts';
import type { LocalCloud } from '../local-cloud/cloud.ts';
import { chromiumIsMissing, launchBrowser } from '../support/chromium.ts';
import type { DesktopApp, DesktopDriver } from '../support/desktop/driver.ts';
import { startRealElectron } from '../support/desktop/real-electron.ts';
import { startStandIn } from '../support/desktop/stand-in.ts';
import { displayIsMissing } from '../support/display.ts';
import { cloudConfig, signInAndSync } from '../support/page-scenario.ts';
import { skipUnless, skipUnlessElectron } from '../support/skip.ts';
import { makeTempFolder } from '../support/temp.ts';
import type { TempFolder } from '../support/temp.ts';
import { waitFor } from '../support/wait-for.ts';

const root = join(import.meta.dirname, '..', '..');
const program = findElectron(root, process.env);
const noElectron = program.kind === 'missing' ? program.reason : displayIsMissing();
const noBrowser = chromiumIsMissing();
const lacking = noElectron ?? noBrowser;

describe(
  'the desktop app in Electron',
  skipUnlessElectron(lacking === null, `the stand-in ran in its place: ${lacking ?? ''}`),
  () => {
    scenarios(() => startRealElectron(root));
  },
);
describe(
  'the desktop app in the stand-in for Electron',
  skipUnless(noBrowser === null, noBrowser ?? ''),
  () => {
    scenarios(startStandIn);
  },
);

function scenarios(startDriver: () => Promise<DesktopDriver>): void {
  let driver: DesktopDriver;
  let browser: Browser;
  let temp: TempFolder;
  let cloud: LocalCloud;
  let app: DesktopApp;
  let folder: string;
  let home: string;

  beforeAll(async () => {
    driver = await startDriver();
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await driver.close();
  });
  beforeEach(async () => {
    temp = await makeTempFolder('desktop');
    cloud = await startLocalCloud({ directory: join(temp.path, 'cloud') });
    folder = join(temp.path, 'folder');
    home = join(temp.path, 'home');
    await mkdir(folder);
    await mkdir(home);
    await writeFile(join(home, 'config.json'), cloudConfig(cloud.description, folder));
    app = await driver.start(home);
  });
  afterEach(async () => {
    await app.quit();
    await cloud.stop();
    await temp.remove();
  });

  async function signInAndSyncHere(): Promise<void> {
    const user = cloud.description.users[0];
    if (user === undefined) throw new Error('the local cloud has no users');
    const { page, openedUrl } = app;
    await signInAndSync({ page, browser, cloud: cloud.description, user, folder, openedUrl });
  }

  test('one visible window on the scheme of the app, with the bridge and no Node in the page', async () => {
    expect(app.pageUrl()).toBe('app://driftless/index.html');
    // One that is refused may come and go at any time until here.
    await waitFor(async () => (await app.windowCount()) === 1, { what: 'the page alone' });
    const inPage = await app.page.evaluate(() => ({
      require: typeof Reflect.get(globalThis, 'require'),
      process: typeof Reflect.get(globalThis, 'process'),
      bridge: Object.keys(Reflect.get(globalThis, 'driftless') as object).sort(),
    }));
    expect(inPage).toEqual({
      require: 'undefined',
      process: 'undefined',
      bridge: ['request', 'subscribe', 'watchView'],
    });
    expect(await app.isVisible()).toBe(true);
  });

  test('a page that tries what is forbidden: script, host, file, window, navigation', async () => {
    const { page } = app;
    const outcome = await page.evaluate(async () => {
      const reached = async (url: string): Promise<boolean> => {
        try {
          return (await fetch(url)).ok;
        } catch {
          return false;
        }
      };
      const runs = (attempt: () => unknown): boolean => {
        try {
          attempt();
          return true;
        } catch {
          return false;
        }
      };
      const script = document.createElement('script');
      const isScriptSet = runs(() => {
        script.textContent = 'globalThis.wasRun = true';
        document.body.append(script);
      });
      return {
        isScriptSet,
        wasRun: 'wasRun' in globalThis,
        host: await reached('https://example.com/'),
        unlisted: await reached('/../main/index.js'),
        other: await reached('app://other/index.html'),
        listed: await reached('/index.html'),
        // Last: before the first wait the debugger would let it through.
        evaluated: runs(() => Reflect.construct(Function, ['return 1'])),
      };
    });
    expect(outcome).toEqual({
      isScriptSet: false,
      wasRun: false,
      evaluated: false,
      host: false,
      unlisted: false,
      other: false,
      listed: true,
    });
    await page.evaluate(() => void window.open('https://example.com/'));
    await waitFor(async () => (await app.windowCount()) === 1, { what: 'the window that was refused' });
    await page.evaluate(() => {
      location.href = 'https://example.com/';
    });
    // A request of the same document, after that of the navigation: it fails where the document is being replaced.
    expect(await page.evaluate(async () => (await fetch('/index.html')).ok)).toBe(true);
    await page.getByRole('heading').first().waitFor();
    expect(app.pageUrl()).toBe('app://driftless/index.html');
    expect(await app.windowCount()).toBe(1);
  });

  test('a page that asks for what the contract does not have, or with more than it has, is refused', async () => {
    const asked = await app.page.evaluate(async () => {
      const bridge = Reflect.get(globalThis, 'driftless') as {
        request(name: string, input: unknown): Promise<{ ok: boolean; error?: { code: string } }>;
      };
      const codeOf = async (name: string, input: unknown): Promise<string> => {
        try {
          const answer = await bridge.request(name, input);
          return answer.ok ? 'ok' : (answer.error?.code ?? '');
        } catch {
          return 'thrown';
        }
      };
      return {
        unknown: await codeOf('readFile', { path: '/etc/passwd' }),
        inherited: await codeOf('constructor', {}),
        pathInPlaceOfId: await codeOf('revealFolder', { pairId: '../../etc' }),
        more: await codeOf('snapshot', { path: '/etc' }),
        function: await codeOf('snapshot', () => null),
        known: await codeOf('snapshot', {}),
      };
    });
    expect(asked).toMatchObject({
      unknown: 'unknown-request',
      inherited: 'unknown-request',
      more: 'bad-request',
      known: 'ok',
    });
    expect(asked.pathInPlaceOfId).not.toBe('ok');
    expect(asked.function).not.toBe('ok');
  });

  test('signs in, uploads a saved file, downloads what another client stored, and continues after a restart', async () => {
    await signInAndSyncHere();
    await app.quit();
    app = await driver.start(home);
    await app.page.getByText('Everything is in sync').first().waitFor({ timeout: 60_000 });
  });

  test('a second start shows the window of the first', async () => {
    await app.hide();
    await waitFor(async () => !(await app.isVisible()), { what: 'the hidden window' });
    await app.startAgain();
    await waitFor(() => app.isVisible(), { what: 'the window' });
    expect(await app.windowCount()).toBe(1);
  });

  test('a sign-out in the settings ends the access, and the overview offers to sign in', async () => {
    await signInAndSyncHere();
    const { page } = app;
    await page.getByRole('tab', { name: 'Settings' }).click();
    await page.getByRole('button', { name: /^Sign out/ }).click();
    await page.getByRole('tab', { name: 'Overview' }).click();
    await page
      .getByRole('button', { name: /^Sign in with / })
      .first()
      .waitFor();
  });
}
