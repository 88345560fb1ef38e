// The scene viewer of `npm run scenes`: its switches, and that every text on the page comes from the catalogue.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Browser, Frame, Page } from 'playwright';
import { showName } from '../../preload/locales/shown-name.ts';
import { startSceneServer } from '../scenes/scene-server.ts';
import type { SceneServer } from '../scenes/scene-server.ts';
import { sampleOf } from '../sizes.ts';
import { chromiumIsMissing, launchBrowser } from '../support/chromium.ts';
import { skipUnless } from '../support/skip.ts';
import { makeTempFolder } from '../support/temp.ts';
import type { TempFolder } from '../support/temp.ts';
import { waitFor } from '../support/wait-for.ts';
import { scenes } from './scenes.ts';
import type { Scene } from './scenes.ts';

const missing = chromiumIsMissing();

describe('the scene viewer', skipUnless(missing === null, missing ?? ''), () => {
  let folder: TempFolder;
  let server: SceneServer;
  let browser: Browser;

  beforeAll(async () => {
    folder = await makeTempFolder('scenes');
    server = await startSceneServer({ port: 0, cacheDir: join(folder.path, 'cache') });
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await server.close();
    await folder.remove();
  });

  test('scene, theme, language and width can be switched, and the address says which are shown', async () => {
    const page = await browser.newPage();
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(error.message));
    await page.goto(`${server.url}?scene=problems`);
    const frameAt = (query: string): Promise<Frame> =>
      waitFor(() => page.frames().find((each) => each.url().includes(`frame.html?${query}`)));
    const groundOf = (frame: Frame): Promise<string> =>
      frame.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue('--ground').trim());

    const light = await frameAt('scene=problems&theme=light');
    await light.getByText('Needs your attention').first().waitFor();
    expect(await groundOf(light)).toBe('#f3f6f5');

    await page.getByLabel('theme').selectOption('dark');
    const dark = await frameAt('scene=problems&theme=dark');
    await dark.getByText('Needs your attention').first().waitFor();
    expect(await groundOf(dark)).toBe('#0f1615');

    await page.getByLabel('width').selectOption('360');
    const narrow = await frameAt('scene=problems&theme=dark&language=en-GB&width=360');
    await narrow.getByText('Needs your attention').first().waitFor();
    expect(await narrow.evaluate(() => innerWidth)).toBe(360);

    await page.getByLabel('language').selectOption('pseudo');
    await page.getByLabel('scene').selectOption('guard-dialog');
    const pseudo = await frameAt('scene=guard-dialog&theme=dark&language=pseudo&width=360');
    await pseudo.getByRole('dialog').waitFor();
    await pseudo.getByText('Ñéédš ýóúr áttéñtíóñ').first().waitFor();
    expect(page.url()).toContain('?scene=guard-dialog&theme=dark&language=pseudo&width=360');
    expect(errors).toEqual([]);
    await page.close();
  });

  test.each(sampleOf(scenes))('every text of $name comes from the catalogue', async (scene) => {
    const page = await browser.newPage();
    await page.goto(`${server.url}frame.html?scene=${scene.name}&language=pseudo-rtl`);
    await page.locator('.page').waitFor();
    if (scene.open !== undefined) await page.getByRole('dialog').waitFor();
    else if (scene.menu !== undefined) await page.getByRole('menu').waitFor();
    await waitFor(async () => (await page.locator('dialog .loading, #view .loading').count()) === 0);
    const texts = await textsOf(page);
    expect(texts.length).toBeGreaterThan(5);
    const known = [...namesIn(scene), ...outside].join('\n');
    const isOutside = (text: string): boolean =>
      (text.match(/[a-z]{2,}/gi) ?? []).every((word) => known.includes(word));
    expect(texts.filter((text) => !isOutside(text))).toEqual([]);
    await page.close();
  });
});

/** Written so in every language: names of languages, addresses, and what the scripted backend answers by itself. */
const outside = [
  'English',
  'Deutsch',
  'driftless://connect?profile=',
  'http://127.0.0.1/callback',
  '/home/alice/.aws/config',
  'credential_process = /home/alice/.local/bin/driftless credentials --account work',
  '--home /home/alice/.config/driftless',
  '[profile driftless] region = eu-central-1',
];

/** All that is read or read out: text, and the attributes that hold some. */
async function textsOf(page: Page): Promise<readonly string[]> {
  return await page.evaluate(() => {
    const found = [document.title];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode() !== null)
      if (walker.currentNode.parentElement?.closest('script, style') === null)
        found.push(walker.currentNode.textContent ?? '');
    for (const element of document.body.querySelectorAll('*'))
      for (const name of ['aria-label', 'title', 'placeholder', 'alt'])
        found.push(element.getAttribute(name) ?? '');
    return found.filter((text) => text !== '');
  });
}

/** Every string that main would send: names of files, people, hosts. */
function namesIn(scene: Scene): readonly string[] {
  const nowMs = Date.now();
  const stringsIn = (value: unknown): readonly string[] => {
    if (typeof value === 'string') return [value, showName(value)];
    return typeof value === 'object' && value !== null ? Object.values(value).flatMap(stringsIn) : [];
  };
  return stringsIn([scene.content(nowMs), scene.answers?.(nowMs)]);
}
