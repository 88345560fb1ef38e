// Pictures of the page, compared with references: nothing on a view moves or goes unnoticed.
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Page } from 'playwright';
import { skipUnless } from '../support/skip.ts';
import { chromiumProgram, launchWith, startHarness } from './page-harness.ts';
import type { Harness } from './page-harness.ts';
import { compare, isAlike } from './pictures/compare.ts';
import type { Difference } from './pictures/compare.ts';
import { referenceFile, referenceFolder, references } from './pictures/references.ts';
import type { Reference } from './pictures/references.ts';
import { openStudio } from './pictures/studio.ts';
import type { Studio } from './pictures/studio.ts';
import { sceneOf } from './scenes.ts';

const differing = join(import.meta.dirname, '..', '..', 'dist', 'differing');

/** Fields and lists of choices are the browser's own, and it draws them as the system does. */
const canCompare = chromiumProgram !== null && process.platform === 'linux';

describe('pictures of the page', skipUnless(canCompare, 'no chromium on Linux'), () => {
  let harness: Harness;
  let studio: Studio;
  let table: Page;

  beforeAll(async () => {
    harness = await startHarness();
    studio = await openStudio(harness, 'blocks');
    table = await harness.browser.newPage();
  });
  afterAll(async () => {
    await studio.close();
    await harness.close();
  });

  async function readReference(name: string): Promise<Buffer> {
    return await readFile(referenceFile(name));
  }

  async function explain(
    { name, scene }: { readonly name: string; readonly scene: string },
    taken: Buffer,
    difference: Difference,
  ): Promise<string> {
    await mkdir(differing, { recursive: true });
    await writeFile(join(differing, `${name}.png`), taken);
    await writeFile(join(differing, `${name}-difference.png`), difference.shown);
    const { pixels, box, sizes } = difference;
    return [
      `${name} is not as its reference: ${String(pixels)} pixels differ, within ${JSON.stringify(box)};`,
      `the reference is of ${JSON.stringify(sizes[0])}, the picture of ${JSON.stringify(sizes[1])}.`,
      `Both are in dist/differing/. If the page is to look so: npm run screenshots -- --renew ${scene}`,
    ].join('\n');
  }

  test('each reference is of a scene, and none is left over', async () => {
    const named = references.map(({ name }) => `${name}.png`);
    expect((await readdir(referenceFolder)).sort()).toEqual([...named].sort());
  });

  test.each(references)('the page looks as in its reference: $name', async ({ name, scene, look }) => {
    const taken = await studio.take(sceneOf(scene), look);
    const difference = await compare(table, await readReference(name), taken);
    // Written only for a difference.
    const message = isAlike(difference) ? '' : await explain({ name, scene }, taken, difference);
    expect(isAlike(difference), message).toBe(true);
  });

  test.each([
    ['a card moved by 3 pixels', '.pair', 'translate: 3px'],
    ['a card gone', '.pair', 'visibility: hidden'],
    ['a badge moved by 4 pixels', '.badge', 'translate: -4px'],
    ['a badge gone', '.badge', 'visibility: hidden'],
    ['an icon gone', '.button > .icon', 'visibility: hidden'],
    ['a row of buttons moved by 4 pixels', '.pair-actions', 'translate: 4px'],
    ['a line of text gone', '.facts', 'visibility: hidden'],
    ['a button in another colour', '.button-primary', 'background: #a2281f'],
    ['more space below a heading', '.pair-head', 'margin-bottom: 3px'],
  ])('tells %s from its reference', async (_what, selector, css) => {
    const { name, scene, look } = referenceOf('problems-light');
    const taken = await studio.take(sceneOf(scene), look, async (page) => {
      await page.locator(selector).first().evaluate(restyle, css);
    });
    const { shown: _shown, ...difference } = await compare(table, await readReference(name), taken);
    expect(isAlike({ ...difference, shown: taken }), JSON.stringify(difference)).toBe(false);
  });

  test.each([
    [
      'hinted letters at whole pixels',
      ['--font-render-hinting=full', '--disable-font-subpixel-positioning'],
      false,
    ],
    [
      "the GPU's rasterizer",
      ['--enable-gpu-rasterization', '--use-gl=angle', '--use-angle=swiftshader'],
      true,
    ],
    ['another colour profile', ['--force-color-profile=display-p3-d65'], true],
  ])('bears how another build of Chromium draws: %s', async (_what, flags, isSeen) => {
    const browser = await launchWith(flags);
    const others = await openStudio({ ...harness, browser }, 'blocks');
    const isSame: boolean[] = [];
    try {
      for (const { name, scene, look } of ['settings-zoomed', 'guard-dialog-dark'].map(referenceOf)) {
        const taken = await others.take(sceneOf(scene), look);
        isSame.push(taken.equals(await studio.take(sceneOf(scene), look)));
        const { shown: _shown, ...difference } = await compare(table, await readReference(name), taken);
        expect(isAlike({ ...difference, shown: taken }), `${name}: ${JSON.stringify(difference)}`).toBe(true);
      }
    } finally {
      await others.close();
      await browser.close();
    }
    // The blocks are not hinted; of the others there is something to bear.
    expect(isSame.includes(false)).toBe(isSeen);
  });
});

function referenceOf(name: string): Reference {
  const found = references.find((each) => each.name === name);
  if (found === undefined) throw new Error(`no reference ${name}`);
  return found;
}

function restyle(element: Element, css: string): void {
  (element as HTMLElement).style.cssText += `;${css}`;
}
