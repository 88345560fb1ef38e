// The page from right to left: paths, fields and menus.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Locator, Page } from 'playwright';
import { skipUnless } from '../support/skip.ts';
import { chromiumProgram, startStage } from './page-harness.ts';
import type { Stage } from './page-harness.ts';
import { act } from './scene-steps.ts';
import { desktop, documents, sceneOf } from './scenes.ts';

describe('the page from right to left', skipUnless(chromiumProgram !== null, 'no chromium'), () => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await startStage();
  });
  afterEach(() => stage.clear());
  afterAll(() => stage.close());

  async function turn(page: Page): Promise<void> {
    await page.evaluate(() => {
      document.documentElement.dir = 'rtl';
    });
  }

  test('the parts of a path stay in order, whatever letters they have', async () => {
    const nowMs = Date.now();
    const folderLabel = '~/ملفات/تقرير';
    const { page } = await stage.show(desktop(nowMs, { pairs: [{ ...documents, folderLabel }] }));
    await turn(page);
    const path = page.locator('.pair-path');
    expect(await path.textContent()).toBe(folderLabel);
    const lefts = await path.evaluate((element) => {
      const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
      const found: number[] = [];
      while (walker.nextNode() !== null) {
        const range = document.createRange();
        range.selectNodeContents(walker.currentNode);
        found.push(range.getBoundingClientRect().left);
      }
      return found;
    });
    // "~", "/", the folder, "/", the folder in it.
    expect(lefts).toHaveLength(5);
    expect(lefts).toEqual(lefts.toSorted((a, b) => a - b));
  });

  test('a path that needs several lines begins them on the right', async () => {
    const folderLabel = `~/${'Documents of the harbour/'.repeat(8)}plans`;
    const { page } = await stage.show(desktop(Date.now(), { pairs: [{ ...documents, folderLabel }] }));
    await turn(page);
    expect(await textAlign(page.locator('.pair-path'))).toBe('right');
  });

  test('folders in a list of choices run from left to right', async () => {
    const { page } = await stage.showScene('files');
    await turn(page);
    expect(await directionOf(page.locator('#files-pair > option').first())).toBe('ltr');
    await page.getByRole('tab', { name: 'Activity' }).click();
    expect(await directionOf(page.locator('#activity-pair > option').nth(1))).toBe('ltr');
    // A word of the page's own language.
    expect(await directionOf(page.locator('#activity-pair > option').first())).toBe('rtl');
  });

  test.each([
    ['settings', '#limit-timetable', '#limit-up'],
    ['other-tools', '#proxy-address', '#limit-up'],
    ['aws-profile', 'dialog pre', null],
    ['folder-settings', 'textarea', '#folder-mode'],
    ['profile', '#folder', null],
    ['no-accounts', '#setup-link', null],
  ])(
    'what is typed as a path, an address or a rule runs from left to right: %s',
    async (name, code, other) => {
      const { page } = await stage.showScene(name);
      await turn(page);
      expect(await directionOf(page.locator(code).first())).toBe('ltr');
      if (other !== null) expect(await directionOf(page.locator(other))).toBe('rtl');
    },
  );

  test('a menu ends where its button does, on either side', async () => {
    const scene = sceneOf('folder-menu');
    const { page } = await stage.show(scene.content(Date.now()));
    await act(page, scene);
    const button = page.locator('[aria-expanded="true"][aria-haspopup="menu"]');
    const list = page.getByRole('menu');
    expect(await edgeOf(list, 'right')).toBeCloseTo(await edgeOf(button, 'right'), 0);
    await page.keyboard.press('Escape');
    await turn(page);
    await act(page, scene);
    expect(await edgeOf(list, 'left')).toBeCloseTo(await edgeOf(button, 'left'), 0);
  });
});

async function directionOf(place: Locator): Promise<string> {
  return await place.evaluate((element) => getComputedStyle(element).direction);
}

async function textAlign(place: Locator): Promise<string> {
  return await place.evaluate((element) => getComputedStyle(element).textAlign);
}

async function edgeOf(place: Locator, side: 'left' | 'right'): Promise<number> {
  return await place.evaluate((element, edge) => element.getBoundingClientRect()[edge], side);
}
