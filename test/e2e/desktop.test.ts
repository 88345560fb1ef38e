/**
 * Scenarios of the desktop app through its window, in Electron and on its stand-in.
 * The first needs Electron's program; the summary of a run says when only the stand-in ran.
 */
import { beforeEach, expect, test } from 'vitest';
import { desktopScenarios } from '../support/desktop/desk.ts';
import { signInAndSync } from '../support/page-scenario.ts';
import { waitFor } from '../support/wait-for.ts';

desktopScenarios('the desktop app', (desk) => {
  beforeEach(async () => {
    await desk.configure();
    await desk.start();
  });

  async function signInAndSyncHere(): Promise<void> {
    const { app, browser, cloud, folder, page, user } = desk;
    const { openedUrl } = app;
    await signInAndSync({ page, browser, cloud: cloud.description, user, folder, openedUrl });
  }

  test('one visible window on the scheme of the app, with the bridge and no Node in the page', async () => {
    const { app } = desk;
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
    const { app, page } = desk;
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
    // The window that was asked for may come and go at any time until here.
    await waitFor(async () => (await app.windowCount()) === 1, { what: 'the page alone' });
  });

  test('a page that asks for what the contract does not have, or with more than it has, is refused', async () => {
    const asked = await desk.page.evaluate(async () => {
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
    await desk.app.quit();
    await desk.start();
    await desk.page.getByText('Everything is in sync').first().waitFor({ timeout: 60_000 });
  });

  test('a second start shows the window of the first', async () => {
    const { app } = desk;
    await app.hide();
    await waitFor(async () => !(await app.isVisible()), { what: 'the hidden window' });
    await app.startAgain();
    await waitFor(() => app.isVisible(), { what: 'the window' });
    expect(await app.windowCount()).toBe(1);
  });

  test('a sign-out in the settings ends the access, and the overview offers to sign in', async () => {
    await signInAndSyncHere();
    const { page } = desk;
    await page.getByRole('tab', { name: 'Settings' }).click();
    await page.getByRole('button', { name: /^Sign out/ }).click();
    await page.getByRole('tab', { name: 'Overview' }).click();
    await page
      .getByRole('button', { name: /^Sign in with / })
      .first()
      .waitFor();
  });
});
