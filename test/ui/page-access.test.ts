// Accessibility of the page: axe on every view and theme, every action by keyboard.
import { createRequire } from 'node:module';
import { readFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Locator, Page } from 'playwright';
import type { CommandName } from '../../preload/contract.ts';
import { sampleOf } from '../sizes.ts';
import { skipUnless } from '../support/skip.ts';
import { waitFor } from '../support/wait-for.ts';
import { chromiumProgram, startStage } from './page-harness.ts';
import type { Stage } from './page-harness.ts';
import { account, content, documents, guard, sceneOf, scenes } from './scenes.ts';
import type { SnapshotContent } from '../../preload/snapshot-events.ts';

type Violation = {
  readonly id: string;
  readonly impact: string | null;
  readonly nodes: readonly { readonly html: string }[];
};
type AxeResult = { readonly passes: readonly unknown[]; readonly violations: readonly Violation[] };

describe('the page for everybody', skipUnless(chromiumProgram !== null, 'chromium is not installed'), () => {
  let stage: Stage;
  let axe = '';

  beforeAll(async () => {
    stage = await startStage();
    axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  });
  afterEach(() => stage.clear());
  afterAll(() => stage.close());

  /** Through the debugger, which the page's own policy does not bind. */
  async function violations(page: Page): Promise<readonly string[]> {
    await page.evaluate(axe);
    const found = await page.evaluate(async () => {
      const runner = (window as unknown as { axe: { run(): Promise<AxeResult> } }).axe;
      const { passes, violations: broken } = await runner.run();
      return { passed: passes.length, broken };
    });
    // An axe that looked at nothing would find nothing.
    expect(found.passed).toBeGreaterThan(10);
    return found.broken.map(
      (each) => `${each.impact ?? ''} ${each.id}: ${each.nodes.map((node) => node.html).join(' | ')}`,
    );
  }

  test.each(sampleOf(scenes).map(({ name }) => name))(
    'axe finds nothing on %s: light, dark, high contrast, narrow, zoomed, right to left, German',
    async (name) => {
      const { page, backend, complaints } = await stage.showScene(name);
      expect(complaints).toEqual([]);
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        expect(await violations(page), colorScheme).toEqual([]);
      }
      await page.emulateMedia({ colorScheme: 'light', forcedColors: 'active' });
      expect(await violations(page), 'high contrast').toEqual([]);
      await page.emulateMedia({ forcedColors: 'none' });
      await page.setViewportSize({ width: 360, height: 720 });
      expect(await violations(page), 'narrow').toEqual([]);
      // What a browser's zoom of 200 % leaves of a window of 1120 x 800.
      await page.setViewportSize({ width: 560, height: 400 });
      expect(await violations(page), '200 %').toEqual([]);
      await page.setViewportSize({ width: 1120, height: 800 });
      await setDirection(page, 'rtl');
      expect(await violations(page), 'right to left').toEqual([]);
      await setDirection(page, 'ltr');
      backend.change((now) => ({ ...now, settings: { ...now.settings, language: 'de' } }));
      await page.locator('html[lang="de"]').waitFor();
      expect(await violations(page), 'German').toEqual([]);
    },
  );

  test.each(['in-sync', 'problems', 'german'])(
    'at 360 px both ways to pause are side by side: %s',
    async (name) => {
      const { page } = await stage.showScene(name);
      await page.setViewportSize({ width: 360, height: 720 });
      const tops = await page
        .locator('.button-pair button')
        .evaluateAll((all) => all.map((button) => button.getBoundingClientRect().top));
      expect(tops).toHaveLength(2);
      expect(tops[0]).toBeCloseTo(tops[1] ?? 0, 0);
    },
  );

  test.each(['in-sync', 'conflicts-overview', 'trash-dialog', 'command-line'])(
    'in high contrast no button stands out of its box or touches another, and pictures have the colour of text: %s',
    async (name) => {
      const { page } = await stage.showScene(name);
      await page.emulateMedia({ forcedColors: 'active' });
      const faults = await page.evaluate(() => {
        const found: string[] = [];
        const buttons = [
          ...document.querySelectorAll('.card .button, .overview .button, .dialog-body .button'),
        ];
        for (const button of buttons) {
          const box = button.closest('.card, .overview, .dialog-body');
          if (box === null) continue;
          const { left, right, top, bottom } = button.getBoundingClientRect();
          const room = parseFloat(getComputedStyle(box).paddingLeft);
          const outer = box.getBoundingClientRect();
          if (left < outer.left + room - 0.5 || right > outer.right - room + 0.5)
            found.push(`${button.textContent} stands out`);
          for (const other of buttons) {
            const its = other.getBoundingClientRect();
            const isBeside = its.top < bottom && its.bottom > top && its.left >= right;
            if (isBeside && its.left - right < 3)
              found.push(`${button.textContent} touches ${other.textContent}`);
          }
        }
        const text = getComputedStyle(document.body).color;
        for (const icon of document.querySelectorAll('.row > .icon, .overview-icon, .pair-icon'))
          if (getComputedStyle(icon).color !== text) found.push(`${icon.classList.value} has its own colour`);
        return found;
      });
      expect(faults).toEqual([]);
    },
  );

  test('in German the actions of a folder are in one row', async () => {
    const { page, backend } = await stage.showScene('conflicts-overview');
    await page.setViewportSize({ width: 1120, height: 800 });
    backend.change((now) => ({ ...now, settings: { ...now.settings, language: 'de' } }));
    await page.locator('html[lang="de"]').waitFor();
    const edges = await page
      .locator('.pair-actions')
      .first()
      .getByRole('button')
      .evaluateAll((all) => all.map((button) => Math.round(button.getBoundingClientRect().bottom)));
    expect(edges).toHaveLength(4);
    expect(new Set(edges).size, String(edges)).toBe(1);
  });

  test('a question below the name of its folder stands apart from it', async () => {
    const { page } = await stage.showScene('stopped-folder');
    const name = await page.locator('.row-main > .path-name').last().boundingBox();
    const question = await page.locator('.row-main > .callout').boundingBox();
    if (name === null || question === null) throw new Error('no question is shown');
    expect(question.y - (name.y + name.height)).toBeGreaterThanOrEqual(4);
  });

  test('an item of a menu says what it does, beside its name', async () => {
    const { page } = await stage.showScene('folder-menu');
    const item = page.getByRole('menuitem', { name: 'Preview', exact: true });
    const described = await item.evaluate(
      (element) => document.getElementById(element.getAttribute('aria-describedby') ?? '')?.textContent,
    );
    expect(described).toBe('Shows what would be synced, and changes nothing');
  });

  test('at 360 px the German tabs have their words in full, side by side', async () => {
    const { page } = await stage.showScene('german');
    await page.setViewportSize({ width: 360, height: 720 });
    const words = await page.locator('.tab-text').evaluateAll((all) =>
      all.map((word) => {
        const range = document.createRange();
        range.selectNodeContents(word);
        const { left, right } = range.getBoundingClientRect();
        const tab = word.closest('.tab')?.getBoundingClientRect();
        return { left, right, isInside: tab !== undefined && tab.left <= left && right <= tab.right };
      }),
    );
    expect(words.map(({ isInside }) => isInside)).toEqual([true, true, true, true, true]);
    expect(words.slice(1).every(({ left }, at) => (words[at]?.right ?? Infinity) < left)).toBe(true);
    expect(words.at(-1)?.right).toBeLessThan(360);
  });

  test('axe finds nothing on a page whose access has ended', async () => {
    const { page } = await stage.show(content(Date.now()));
    await page.reload();
    await page.getByText('This page is closed').waitFor();
    expect(await violations(page)).toEqual([]);
  });

  /** Presses Tab until the wanted control has the focus and shows it. */
  async function tabTo(page: Page, target: Locator): Promise<void> {
    await target.waitFor();
    for (let step = 0; step < 60; step += 1) {
      await page.keyboard.press('Tab');
      const isThere = await target.evaluate((element) => element === document.activeElement);
      if (!isThere) continue;
      expect(await target.evaluate((element) => getComputedStyle(element).outlineStyle)).toBe('solid');
      return;
    }
    throw new Error('Tab never reached it');
  }

  /** Opens the menu of the first folder and presses one of its items, with keys alone. */
  async function chooseInMenu(page: Page, item: string): Promise<void> {
    await tabTo(page, page.getByRole('button', { name: 'More: ~/Documents', exact: true }));
    await page.keyboard.press('Enter');
    const wanted = page.getByRole('menuitem', { name: item, exact: true });
    await wanted.waitFor();
    for (let step = 0; step < 12; step += 1) {
      if (await wanted.evaluate((element) => element === document.activeElement)) break;
      await page.keyboard.press('ArrowDown');
    }
    await page.keyboard.press('Enter');
  }

  /** Selects a view with the arrow keys, from the tab that is selected now. */
  async function openTab(page: Page, name: string): Promise<void> {
    await tabTo(page, page.locator('[role=tab][aria-selected=true]'));
    const tab = page.getByRole('tab', { name: new RegExp(`^${name}`) });
    // The last one at once: the views between would load what they show.
    if (name === 'Settings') await page.keyboard.press('End');
    for (let step = 0; step < 8; step += 1) {
      if ((await tab.getAttribute('aria-selected')) === 'true') return;
      await page.keyboard.press('ArrowRight');
    }
    throw new Error(`no view ${name}`);
  }

  const desktop = (nowMs: number): SnapshotContent => {
    const usual = content(nowMs, { pairs: [documents] });
    return { ...usual, app: { ...usual.app, home: 'desktop' } };
  };
  const withAccount = (state: (typeof account)['state']) => (nowMs: number) =>
    content(nowMs, { accounts: [{ ...account, state }] });
  const paused = (nowMs: number) =>
    content(nowMs, { overall: 'paused', pairs: [{ ...documents, state: 'paused' }] });

  test.each<readonly [CommandName, string, (nowMs: number) => SnapshotContent, unknown]>([
    ['pause', 'Pause: ~/Documents', desktop, { pairId: 'docs' }],
    ['pause', 'Pause all', desktop, { pairId: null }],
    ['resume', 'Resume: ~/Documents', paused, { pairId: 'docs' }],
    ['resume', 'Resume all', paused, { pairId: null }],
    ['syncNow', 'Sync now: ~/Documents', desktop, { pairId: 'docs' }],
    ['syncNow', 'Sync now', desktop, { pairId: null }],
    ['revealFolder', 'Open folder: ~/Documents', desktop, { pairId: 'docs' }],
    ['signOut', 'Sign out: Work', desktop, { accountId: 'work' }],
    ['signIn', 'Sign in with login.example.com', withAccount('signed-out'), { accountId: 'work' }],
    ['signIn', 'Sign in again: Work', withAccount('needs-sign-in'), { accountId: 'work' }],
    ['cancelSignIn', 'Cancel', withAccount('signing-in'), { accountId: 'work' }],
  ])('%s by keyboard: %s', async (name, label, scene, input) => {
    const { page, backend } = await stage.show(scene(Date.now()));
    if (name === 'signOut') await openTab(page, 'Settings');
    await tabTo(page, page.getByRole('button', { name: label, exact: true }));
    await page.keyboard.press('Enter');
    await waitFor(() => backend.calls.length > 0);
    expect(backend.calls).toEqual([{ name, input }]);
    // The result is announced, and the focus stays.
    await page.locator('.answer-done').waitFor();
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('BUTTON');
  });

  test.each([
    ['keep', 'Bring the 412 files back to this computer'],
    ['remove', 'Delete 412 files from the bucket'],
    ['later', 'Decide later'],
  ] as const)('the answer %s by keyboard; Escape alone decides nothing', async (answer, label) => {
    const { page, backend } = await stage.show(
      content(Date.now(), {
        overall: 'attention',
        pairs: [{ ...documents, state: 'attention', guards: [guard] }],
      }),
    );
    const review = page.getByRole('button', { name: 'Review: ~/Documents', exact: true });
    await tabTo(page, review);
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'What should happen to these files?' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(backend.calls).toEqual([]);
    expect(await review.evaluate((element) => element === document.activeElement)).toBe(true);

    await page.keyboard.press('Enter');
    await page.getByRole('dialog').getByText('412 of 1,284 files were deleted on this computer.').waitFor();
    await tabTo(page, page.getByRole('button', { name: label }));
    await page.keyboard.press('Space');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(backend.calls).toEqual([
      { name: 'answerGuard', input: { pairId: 'docs', guardId: guard.id, answer } },
    ]);
  });

  test('the full check by keyboard, in the menu of the folder; the focus returns to its button', async () => {
    const { page, backend } = await stage.show(desktop(Date.now()));
    await chooseInMenu(page, 'Full check');
    await waitFor(() => backend.calls.length > 0);
    expect(backend.calls).toEqual([{ name: 'checkNow', input: { pairId: 'docs' } }]);
    await page.locator('.answer-done').waitFor();
    const more = page.getByRole('button', { name: 'More: ~/Documents', exact: true });
    expect(await more.evaluate((element) => element === document.activeElement)).toBe(true);
  });

  test('a menu closes on Escape and decides nothing', async () => {
    const { page, backend } = await stage.show(desktop(Date.now()));
    const more = page.getByRole('button', { name: 'More: ~/Documents', exact: true });
    await tabTo(page, more);
    await page.keyboard.press('Enter');
    await page.getByRole('menu').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('menu').waitFor({ state: 'detached' });
    expect(await more.evaluate((element) => element === document.activeElement)).toBe(true);
    expect(backend.calls).toEqual([]);
  });

  test('every view by keyboard: arrow keys select, and the count of problems is on its tab', async () => {
    const nowMs = Date.now();
    const scene = sceneOf('problems');
    const { page } = await stage.show(scene.content(nowMs), { answers: scene.answers?.(nowMs) });
    for (const name of ['Activity', 'Problems', 'Settings', 'Overview']) {
      await openTab(page, name);
      const panel = page.getByRole('tabpanel');
      expect(await panel.getAttribute('aria-labelledby')).toBe(`tab-${name.toLowerCase()}`);
      await panel.getByRole('heading', { level: 1 }).waitFor();
      await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
    }
    await page.getByRole('tab', { name: 'Problems 3' }).waitFor();
  });

  test('the plan by keyboard', async () => {
    const nowMs = Date.now();
    const scene = sceneOf('plan-dialog');
    const { page, backend } = await stage.show(scene.content(nowMs), { answers: scene.answers?.(nowMs) });
    await chooseInMenu(page, 'Preview');
    const dialog = page.getByRole('dialog', { name: 'What would be synced' });
    await dialog.getByText('56 downloads').waitFor();
    await dialog.getByText('and 55 more steps').waitFor();
    await tabTo(page, dialog.getByRole('button', { name: 'Close' }));
    await page.keyboard.press('Enter');
    await dialog.waitFor({ state: 'detached' });
    expect(backend.calls).toEqual([{ name: 'plan', input: { pairId: 'docs' } }]);
  });

  test('restoring a deleted file by keyboard', async () => {
    const nowMs = Date.now();
    const scene = sceneOf('trash-dialog');
    const { page, backend } = await stage.show(scene.content(nowMs), { answers: scene.answers?.(nowMs) });
    await chooseInMenu(page, 'Deleted files');
    await tabTo(page, page.getByRole('button', { name: 'Restore: Drafts/old idea.txt' }));
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').getByText('old idea.txt is back.').waitFor();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Drafts').waitFor({ state: 'detached' });
    const asked = backend.calls.filter(({ name }) => name === 'restoreTrash');
    expect(asked.map(({ input }) => input)).toEqual([{ pairId: 'docs', ids: ['t1'] }]);
    // The next row has the focus, so that the keyboard continues from there.
    const next = dialog.getByRole('button', { name: 'Restore: Notes/ideas.md' });
    await waitFor(() => next.evaluate((button) => button === document.activeElement));
  });

  test('the overview shows the newest activity, and leads to the rest', async () => {
    const { page } = await stage.show(content(Date.now()));
    const recent = page.getByRole('list', { name: 'Recent activity' }).getByRole('listitem');
    await waitFor(async () => (await recent.count()) === 8, { what: 'the newest eight entries' });
    await tabTo(page, page.getByRole('button', { name: 'Show all activity' }));
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Activity' }).waitFor();
    // The list measures its height before it shows rows.
    const rows = page.getByRole('tabpanel').getByRole('listitem');
    await waitFor(async () => (await rows.count()) === 10, { what: 'the ten entries' });
  });

  test('an action that fails says what to do', async () => {
    const { page, backend } = await stage.show(content(Date.now()));
    backend.failNext('syncNow', 'exchange-denied');
    await page.getByRole('button', { name: 'Sync now', exact: true }).click();
    const answer = page.getByText('Ask your administrator to check its trust policy.');
    await answer.waitFor();
    await page.getByRole('button', { name: 'Dismiss' }).click();
    await answer.waitFor({ state: 'detached' });
  });

  test('right to left, names begin where their lines do and keep apart, and no line begins with a dot', async () => {
    const { page } = await stage.show(content(Date.now()));
    await setDirection(page, 'rtl');
    const heading = page.locator('.pair-names > h3').first();
    const name = await edgesOf(heading.locator('bdi').first());
    const path = await edgesOf(heading.locator('bdi').last());
    const whole = await heading.boundingBox();
    expect(name.right).toBeCloseTo((whole?.x ?? 0) + (whole?.width ?? 0), 0);
    expect(name.left - path.right).toBeCloseTo(8, 0);
    const clip = await page
      .locator('.facts')
      .first()
      .evaluate((list) => getComputedStyle(list).clipPath);
    expect(clip).toBe('inset(0px 16px 0px 0px)');
    await page.getByRole('tab', { name: 'Settings' }).click();
    const lines = page.locator('.row-main').first();
    const account = await edgesOf(lines.locator('bdi').first());
    expect(account.right).toBeCloseTo((await edgesOf(lines.locator('.muted').first())).right, 0);
  });

  test('in high contrast the selected tab is the only one on the colour of what is selected', async () => {
    const { page } = await stage.show(content(Date.now()), { look: { forcedColors: 'active' } });
    const [selected, ...others] = await page.evaluate(() => {
      const highlight = document.createElement('i');
      highlight.style.cssText = 'background: Highlight; forced-color-adjust: none';
      document.body.append(highlight);
      const groundOf = (element: Element) => getComputedStyle(element).backgroundColor;
      return [...document.querySelectorAll('[role="tab"]')].map(
        (tab) => groundOf(tab) === groundOf(highlight),
      );
    });
    expect(selected).toBe(true);
    expect(others).toEqual(others.map(() => false));
  });

  test('in high contrast a progress bar has an edge and keeps a colour of its own', async () => {
    const { page } = await stage.showScene('syncing', { forcedColors: 'active' });
    const bars = await page.getByRole('progressbar').evaluateAll((all) =>
      all.map((bar) => {
        const { borderTopStyle, forcedColorAdjust } = getComputedStyle(bar);
        return { borderTopStyle, forcedColorAdjust };
      }),
    );
    expect(bars.length).toBeGreaterThan(1);
    expect(bars).toEqual(bars.map(() => ({ borderTopStyle: 'solid', forcedColorAdjust: 'none' })));
  });
});

async function setDirection(page: Page, direction: 'ltr' | 'rtl'): Promise<void> {
  await page.evaluate((dir) => {
    document.documentElement.dir = dir;
  }, direction);
}

/** Left and right edge of the text, which a box may be wider than. */
async function edgesOf(place: Locator): Promise<{ readonly left: number; readonly right: number }> {
  return await place.evaluate((element) => {
    const range = document.createRange();
    range.selectNodeContents(element);
    const { left, right } = range.getBoundingClientRect();
    return { left, right };
  });
}
