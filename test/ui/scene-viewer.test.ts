// The scene viewer of `npm run scenes`: its switches reach the page in the frame.
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Frame } from 'playwright';
import { startSceneServer } from '../scenes/scene-server.ts';
import { chromiumIsMissing, launchBrowser } from '../support/chromium.ts';
import { skipUnless } from '../support/skip.ts';
import { makeTempFolder } from '../support/temp.ts';
import { waitFor } from '../support/wait-for.ts';

const missing = chromiumIsMissing();

describe('the scene viewer', skipUnless(missing === null, missing ?? ''), () => {
  test('scene, theme, language and width can be switched, and the address says which are shown', async () => {
    const folder = await makeTempFolder('scenes');
    const server = await startSceneServer({ port: 0, cacheDir: join(folder.path, 'cache') });
    const browser = await launchBrowser();
    try {
      const page = await browser.newPage();
      const errors: string[] = [];
      page.on('pageerror', (error) => errors.push(error.message));
      await page.goto(`${server.url}?scene=problems`);
      const frameAt = (query: string): Promise<Frame> =>
        waitFor(() => page.frames().find((each) => each.url().includes(`frame.html?${query}`)), {
          timeoutMs: 30_000,
        });
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
    } finally {
      await browser.close();
      await server.close();
      await folder.remove();
    }
  });
});
