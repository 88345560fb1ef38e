// `npm run screenshots`: pictures of every view and state, in light, dark and narrow, into docs/screenshots/.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { openPage, serve, startHarness } from './page-harness.ts';
import type { Harness, Look } from './page-harness.ts';
import { scenes } from './scenes.ts';
import type { Scene } from './scenes.ts';

const target = process.argv[2] ?? join(import.meta.dirname, '..', '..', 'docs', 'screenshots');

const looks: readonly { readonly suffix: string; readonly look: Look; readonly only?: readonly string[] }[] =
  [
    { suffix: 'light', look: { colorScheme: 'light' } },
    { suffix: 'dark', look: { colorScheme: 'dark' } },
    {
      suffix: 'narrow',
      look: { colorScheme: 'light', width: 360, height: 720 },
      only: ['in-sync', 'syncing', 'problems', 'guard-dialog', 'plan-dialog', 'welcome', 'hostile-names'],
    },
  ];

async function photograph(harness: Harness, scene: Scene, suffix: string, look: Look): Promise<void> {
  const nowMs = Date.now();
  const answers = scene.answers?.(nowMs);
  const served = await serve(harness, scene.content(nowMs), answers === undefined ? {} : { answers });
  const { page, context } = await openPage(harness, served.server.url, look);
  await page.getByRole('heading', { level: 1 }).waitFor();
  if (scene.open !== undefined) {
    await page.getByRole('button', { name: scene.open }).click();
    await page.getByRole('dialog').waitFor();
    await page.waitForFunction(() => document.querySelector('dialog .loading') === null);
  }
  const fullPage = scene.open === undefined;
  await page.screenshot({ path: join(target, `${scene.name}-${suffix}.png`), fullPage });
  await context.close();
  await served.stop();
}

await mkdir(target, { recursive: true });
const harness = await startHarness();
try {
  for (const { suffix, look, only } of looks) {
    for (const scene of scenes.filter((each) => only === undefined || only.includes(each.name))) {
      await photograph(harness, scene, suffix, look);
    }
  }
} finally {
  await harness.close();
}
