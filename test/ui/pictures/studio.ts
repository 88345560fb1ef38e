// Studio for pictures of the page: one served page for all scenes, one moment, no motion.
import type { Page } from 'playwright';
import type { Backend } from '../../../preload/contract.ts';
import { startPageServer } from '../../../main/loopback/server.ts';
import { createScriptedBackend } from '../../fakes/scripted-backend.ts';
import type { ScriptedBackend } from '../../fakes/scripted-backend.ts';
import type { Harness } from '../page-harness.ts';
import { act } from '../scene-steps.ts';
import type { Scene } from '../scenes.ts';
import { blockFont } from './block-font.ts';
import type { Look } from './looks.ts';

/** A Saturday, so that "until tomorrow morning" has no holiday of any locale in it. */
const SHOWN_AT_MS = Date.UTC(2026, 10, 28, 14, 30);
const STEP_TIMEOUT_MS = 30_000;
/** Each picture loads the page with a link of its own. */
const unlimited = { maxTabs: 100_000, requestsPerSecond: 100_000, burst: 100_000 };

export type Studio = {
  /** PNG. `change` is done to the page before the picture is taken. */
  take(scene: Scene, look: Look, change?: (page: Page) => Promise<void>): Promise<Buffer>;
  close(): Promise<void>;
};

/** @param letters `blocks`: the same on every machine (`block-font.ts`); `real`: to look at, in the machine's own font */
export async function openStudio(
  harness: Pick<Harness, 'browser' | 'assetsDir'>,
  letters: 'blocks' | 'real',
): Promise<Studio> {
  let shown: ScriptedBackend | null = null;
  const now = (): ScriptedBackend => {
    if (shown === null) throw new Error('no scene is shown');
    return shown;
  };
  const backend: Backend = {
    snapshot: () => now().snapshot(),
    subscribe: (listener) => now().subscribe(listener),
    get commands() {
      return now().commands;
    },
  };
  const server = await startPageServer(
    { port: 0, backend, assetsDir: harness.assetsDir, limits: unlimited },
    new AbortController().signal,
  );
  let tab: { readonly look: Look; readonly page: Page } | null = null;

  async function closeTab(): Promise<void> {
    await tab?.page.context().close();
    tab = null;
  }

  /** One tab for all scenes in a look: a new one starts a process, and compiles the page's script again. */
  async function tabFor(look: Look): Promise<Page> {
    if (tab?.look.name === look.name) return tab.page;
    await closeTab();
    const context = await harness.browser.newContext({
      locale: 'en-GB',
      timezoneId: 'UTC',
      reducedMotion: 'reduce',
      deviceScaleFactor: 1,
      ...look.context,
    });
    context.setDefaultTimeout(STEP_TIMEOUT_MS);
    await context.clock.setFixedTime(SHOWN_AT_MS);
    const page = await context.newPage();
    tab = { look, page };
    return page;
  }

  return {
    async take(scene, look, change) {
      shown = createScriptedBackend(scene.content(SHOWN_AT_MS), scene.answers?.(SHOWN_AT_MS));
      const page = await tabFor(look);
      try {
        // Two links differ in their fragment alone, which by itself loads nothing.
        await page.goto('about:blank');
        await page.goto(server.newUrl());
        await page.locator('.page').waitFor();
        if (letters === 'blocks') await drawBlocks(page);
        await page.evaluate((direction) => {
          document.documentElement.dir = direction;
        }, look.direction ?? 'ltr');
        await act(page, scene);
        const { language } = look;
        if (language !== undefined) {
          shown.change((old) => ({ ...old, settings: { ...old.settings, language } }));
          await page.locator(`html[lang="${language}"]`).waitFor();
        }
        // Away from what it pressed, which would look as under the mouse.
        await page.mouse.move(0, 0);
        await change?.(page);
        await settle(page);
        const fullPage = scene.open === undefined;
        return await page.screenshot({ fullPage, animations: 'disabled', caret: 'hide' });
      } catch (error) {
        await closeTab();
        throw error;
      }
    },
    async close() {
      await closeTab();
      await server.close();
    },
  };
}

/** Through the font's own bytes: the page's policy lets no font be loaded. */
async function drawBlocks(page: Page): Promise<void> {
  await page.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const face = new FontFace('Blocks', bytes.buffer, { weight: '1 1000' });
    document.fonts.add(await face.load());
    const sheet = new CSSStyleSheet();
    // By geometry alone: else the machine's settings for hinting round the width of each letter to whole pixels.
    sheet.replaceSync(
      '*, ::before, ::after, ::placeholder { text-rendering: geometricPrecision !important }' +
        ':root { --font: Blocks !important; --mono: Blocks !important }',
    );
    document.adoptedStyleSheets.push(sheet);
  }, blockFont().toString('base64'));
}

/** Until pictures are decoded and what was measured is drawn. */
async function settle(page: Page): Promise<void> {
  await page.evaluate(async () => {
    await Promise.all([...document.images].map((image) => image.decode()));
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    await frame();
    await frame();
  });
}
