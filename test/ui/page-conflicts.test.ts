// Conflicts on the page: list, comparison of both versions, each choice, and where the focus goes.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { manyConflicts, textPreviews } from './conflict-scenes.ts';
import { seriousViolations } from '../support/axe.ts';
import { skipUnless } from '../support/skip.ts';
import { chromiumProgram, startStage } from './page-harness.ts';
import type { Stage } from './page-harness.ts';
import { withConflicts } from './scenes.ts';

describe('conflicts on the page', skipUnless(chromiumProgram !== null, 'chromium is not installed'), () => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await startStage();
  });
  afterEach(() => stage.clear());
  afterAll(() => stage.close());

  test('the overview leads to the list, and the tab counts it', async () => {
    const { page } = await stage.showScene('conflicts-overview');
    await page.getByRole('button', { name: 'Choose versions: ~/Documents' }).click();
    await page.getByRole('heading', { name: 'Conflicts', exact: true }).waitFor();
    expect(await page.getByRole('tab', { name: 'Problems' }).innerText()).toContain('2');
    expect(await page.getByRole('button', { name: /^Compare/ }).count()).toBe(2);
  });

  test('both versions stand side by side with preview, and one is kept by keyboard', async () => {
    const { page, backend, complaints } = await stage.showScene('conflict-dialog');
    const dialog = page.getByRole('dialog');
    const ours = dialog.getByRole('region', { name: 'Version from laptop', exact: true });
    expect(await ours.innerText()).toContain('newer');
    await dialog.getByRole('region', { name: 'Preview: Version in the bucket' }).waitFor();
    await ours.getByRole('button', { name: 'Keep this version' }).focus();
    await page.keyboard.press('Enter');
    await dialog.waitFor({ state: 'detached' });
    await page.getByText('The conflict is resolved.').waitFor();
    expect(backend.calls).toEqual([
      { name: 'previewConflict', input: { pairId: 'docs', conflictId: 'c1' } },
      { name: 'resolveConflict', input: { pairId: 'docs', conflictId: 'c1', keep: 'aside' } },
    ]);
    expect(await page.getByRole('button', { name: /^Compare/ }).count()).toBe(1);
    await page.locator('#problems-title:focus').waitFor();
    expect(complaints).toEqual([]);
  });

  test('of 1,000 conflicts one far down is found by search, compared and resolved, and the list follows', async () => {
    const nowMs = Date.now();
    const conflicts = [...manyConflicts(nowMs, 1000)];
    const { page, backend, complaints } = await stage.show(withConflicts(nowMs, conflicts), {
      answers: { conflicts, previews: textPreviews },
    });
    await page.getByText('1,000 files were changed in two places at once. Both versions are kept.').waitFor();
    expect(await page.getByRole('tab', { name: 'Problems' }).innerText()).toContain('999+');
    await page.getByRole('tab', { name: 'Problems' }).click();
    await page.getByText('1,000 conflicts', { exact: true }).waitFor();
    const list = page.getByRole('group', { name: 'Conflicts' });
    await list.press('End');
    await list.getByText('page 0999.md').waitFor();
    expect(await list.getByRole('listitem').count()).toBeLessThan(60);
    await page.getByRole('search', { name: 'Conflicts' }).getByLabel('Search by name').fill('page 0900');
    await page.getByText('1 conflict', { exact: true }).waitFor();
    expect(await seriousViolations(page)).toEqual([]);
    await page.getByRole('button', { name: 'Compare: Notes/page 0900.md' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('region', { name: 'Preview: Version in the bucket' }).waitFor();
    await dialog.getByRole('button', { name: 'Keep both' }).click();
    await dialog.waitFor({ state: 'detached' });
    expect(backend.calls.filter(({ name }) => name !== 'listConflicts')).toEqual([
      { name: 'previewConflict', input: { pairId: 'docs', conflictId: 'many900' } },
      { name: 'resolveConflict', input: { pairId: 'docs', conflictId: 'many900', keep: 'both' } },
    ]);
    conflicts.splice(900, 1);
    backend.change((now) => ({
      ...now,
      conflictsRevision: 2,
      pairs: now.pairs.map((pair) => (pair.id === 'docs' ? { ...pair, conflictCount: 999 } : pair)),
    }));
    await page.getByText('Nothing matches.').waitFor();
    await page.getByRole('search', { name: 'Conflicts' }).getByLabel('Search by name').fill('');
    await page.getByText('999 conflicts', { exact: true }).waitFor();
    expect(complaints).toEqual([]);
  });

  test('a part of many conflicts that cannot be loaded says so, and loads at a second try', async () => {
    const { page, backend } = await stage.showScene('many-conflicts');
    await page.getByText('1,000 conflicts', { exact: true }).waitFor();
    backend.failNext('listConflicts', 'not-reachable');
    await page.getByRole('search', { name: 'Conflicts' }).getByLabel('Search by name').fill('page 0123');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByText('1 conflict', { exact: true }).waitFor();
  });

  test('pictures of main are shown under the policy, and nothing in the dialog is inaccessible', async () => {
    const { page, complaints } = await stage.showScene('conflict-pictures');
    const widths = await page
      .getByRole('dialog')
      .getByRole('img')
      .evaluateAll((pictures) => pictures.map((one) => (one as HTMLImageElement).naturalWidth));
    expect(widths).toEqual([80, 80]);
    expect(await seriousViolations(page)).toEqual([]);
    expect(complaints).toEqual([]);
  });

  test('a version that changed meanwhile is said in the dialog, which stays open', async () => {
    const { page, backend } = await stage.showScene('conflict-dialog');
    backend.failNext('resolveConflict', 'conflict-changed');
    await page.getByRole('button', { name: 'Keep both' }).click();
    await page.getByRole('dialog').getByText('One of the two files has changed meanwhile.').waitFor();
    backend.change((now) => ({ ...now, settings: { ...now.settings, language: 'de' } }));
    await page.getByRole('heading', { name: 'Welche Fassung möchten Sie behalten?' }).waitFor();
    await page.getByRole('button', { name: 'Beide behalten' }).waitFor();
  });
});
