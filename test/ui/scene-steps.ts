// Steps from the page as it opens to what a scene shows: its view, its menu, its dialog.
import { waitFor } from '../support/wait-for.ts';
import type { Page } from 'playwright';
import type { Scene } from './scenes.ts';

/** Presses what leads to the scene, and waits until it is there. */
export async function act(
  page: Page,
  scene: Pick<Scene, 'view' | 'menu' | 'open' | 'further' | 'unfold' | 'tick'>,
): Promise<void> {
  if (scene.view !== undefined) await page.getByRole('tab', { name: scene.view }).click();
  await page.locator('#view .loading').first().waitFor({ state: 'detached' });
  if (scene.menu !== undefined) {
    await page.getByRole('button', { name: scene.menu, exact: true }).click();
    await page.getByRole('menu').waitFor();
  }
  if (scene.open === undefined) return;
  const role = scene.menu === undefined ? 'button' : 'menuitem';
  await page.getByRole(role, { name: scene.open, exact: true }).click();
  await page.getByRole('dialog').waitFor();
  // A dialog may load two things.
  await waitFor(async () => (await page.locator('dialog .loading').count()) === 0);
  if (scene.further !== undefined)
    await page.getByRole('button', { name: scene.further, exact: true }).click();
  const row = (name: string) => page.getByRole('treeitem', { name, exact: true });
  for (const name of scene.unfold ?? []) {
    // By mouse: which arrow key opens depends on the direction of the page.
    await row(name).locator('.tree-twist').click();
    await row(name).and(page.locator('[aria-expanded="true"]')).waitFor();
  }
  for (const name of scene.tick ?? []) await row(name).click();
}
