// The built page in Chromium under the desktop's own handler and policy, without violations.
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Protocol } from 'electron';
import type { Browser, Page } from 'playwright';
import { build } from 'vite';
import { rendererConfig } from '../../build/vite.renderer.config.ts';
import { PAGE_ORIGIN, isPageUrl } from '../../main/shell/window/page-address.ts';
import { servePage } from '../../main/shell/window/protocol.ts';
import { createFakeBackend } from '../fakes/fake-backend.ts';
import { chromiumIsMissing, launchBrowser } from '../support/chromium.ts';
import { skipUnless } from '../support/skip.ts';
import { makeTempFolder } from '../support/temp.ts';
import type { TempFolder } from '../support/temp.ts';

/** Chromium outside Electron has no app:// scheme; the handler receives that address all the same. */
const STAND_IN = 'https://driftless.test';

type Handler = Parameters<Protocol['handle']>[1];

const missing = chromiumIsMissing();

describe('the page under the policy of the shell', skipUnless(missing === null, missing ?? ''), () => {
  let folder: TempFolder;
  let browser: Browser;
  let handler: Handler;

  beforeAll(async () => {
    folder = await makeTempFolder('app-page');
    // Vitest's own value makes the JSX for React's development build, which is not what ships and does not start.
    vi.stubEnv('NODE_ENV', 'production');
    await build(rendererConfig({ outDir: `${folder.path}/renderer` }));
    vi.unstubAllEnvs();
    const protocol = {
      handle(_scheme: string, given: Handler): void {
        handler = given;
      },
    };
    servePage(protocol as Protocol, `${folder.path}/renderer`);
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await folder.remove();
  });

  async function openPage(): Promise<{ readonly page: Page; readonly complaints: readonly string[] }> {
    const page = await browser.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error' || message.text().includes('Content Security Policy'))
        complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.route(`${STAND_IN}/**`, async (route) => {
      const url = route.request().url().replace(STAND_IN, PAGE_ORIGIN);
      const response = await handler(new Request(url));
      await route.fulfill({
        status: response.status,
        headers: Object.fromEntries(response.headers),
        body: Buffer.from(await response.arrayBuffer()),
      });
    });
    const snapshot = createFakeBackend().content();
    await page.addInitScript((value) => {
      Object.assign(globalThis, {
        driftless: {
          request: () => Promise.resolve({ ok: true, value }),
          subscribe: () => () => undefined,
        },
      });
    }, snapshot);
    await page.goto(`${STAND_IN}/index.html`);
    return { page, complaints };
  }

  test("the page renders under the shell's policy without a violation", async () => {
    const { page, complaints } = await openPage();
    await page.getByRole('heading').first().waitFor();
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('the page can run no inline script, no eval and no markup from strings, and reach no other host', async () => {
    const { page } = await openPage();
    await page.getByRole('heading').first().waitFor();
    const outcome = await page.evaluate(async () => {
      const tried: Record<string, boolean> = {};
      const inline = document.createElement('script');
      try {
        inline.textContent = 'globalThis.inlineRan = true';
        document.body.append(inline);
      } catch {
        tried['scriptRefused'] = true;
      }
      tried['inlineRan'] = 'inlineRan' in globalThis;
      try {
        document.body.insertAdjacentHTML('beforeend', '<b>x</b>');
        tried['markupRan'] = true;
      } catch {
        tried['markupRan'] = false;
      }
      // From a task of the page's own: what a debugger evaluates may itself evaluate.
      tried['evalRan'] = await new Promise<boolean>((resolve) => {
        setTimeout(() => {
          try {
            (0, eval)('1');
            resolve(true);
          } catch {
            resolve(false);
          }
        }, 0);
      });
      tried['reached'] = await fetch('https://elsewhere.test/').then(
        () => true,
        () => false,
      );
      return tried;
    });
    expect(outcome).toMatchObject({ inlineRan: false, markupRan: false, evalRan: false, reached: false });
    await page.close();
  });
});

test.each([
  'app://driftless@evil/',
  'app:driftless',
  'https://driftless/',
  'app://driftless:99/',
  'nonsense',
])('%s is not the page', (url) => {
  expect(isPageUrl(url)).toBe(false);
});
