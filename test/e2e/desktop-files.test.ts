/** Scenarios of files in the desktop app: conflict, question, restored file and version, share link. */
import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { desktopScenarios, diskHas } from '../support/desktop/desk.ts';
import { waitFor } from '../support/wait-for.ts';

desktopScenarios('files in the desktop app', (desk) => {
  const here = (name: string): string => join(desk.folder, name);

  /** Signed in, with these files on both sides. */
  async function synced(files: Readonly<Record<string, string>>): Promise<void> {
    for (const [name, content] of Object.entries(files)) await writeFile(here(name), content);
    await desk.configure();
    await desk.start();
    await desk.signIn();
    for (const [name, content] of Object.entries(files)) await desk.bucket.has(name, content);
    await desk.untilInSync();
  }

  test('a file that was changed in two places is compared, and the version that is kept is on both sides', async () => {
    await synced({ 'plan.txt': 'as agreed' });
    const { page } = desk;
    await page.getByRole('button', { name: 'Pause all' }).click();
    await page.getByRole('heading', { level: 1, name: 'Paused' }).waitFor();
    await writeFile(here('plan.txt'), 'changed on this computer');
    await desk.bucket.put('plan.txt', 'changed by a colleague');
    await page.getByRole('button', { name: 'Resume all' }).click();

    await page.getByRole('button', { name: /^Choose versions/ }).click({ timeout: 60_000 });
    await page.getByRole('button', { name: 'Compare: plan.txt' }).click();
    const dialog = page.getByRole('dialog', { name: 'Which version do you want to keep?' });
    const [theirs, ours] = [
      dialog.getByRole('region', { name: 'Version in the bucket', exact: true }),
      dialog.getByRole('region', { name: /^Version from / }),
    ];
    await theirs.getByText('changed by a colleague').waitFor();
    await ours.getByText('changed on this computer').waitFor();
    // Until it is decided both are there, on both sides.
    expect(await readFile(here('plan.txt'), 'utf8')).toBe('changed by a colleague');
    expect((await readdir(desk.folder)).filter((name) => name.startsWith('plan'))).toHaveLength(2);

    await ours.getByRole('button', { name: /^Keep this version/ }).click();
    await page.getByText('The conflict is resolved.').waitFor();
    await diskHas(here('plan.txt'), 'changed on this computer');
    await desk.bucket.has('plan.txt', 'changed on this computer');
    await desk.openTab('Overview');
    await desk.untilInSync();
    expect((await readdir(desk.folder)).filter((name) => name.startsWith('plan'))).toEqual(['plan.txt']);
    await desk.openTab('Problems');
    await page.getByText('No problems.').waitFor();
  });

  test('of more problems than the page is sent at once, one far down is found, tried again and left out', async () => {
    await synced({ 'kept.txt': 'stays' });
    const { page } = desk;
    // Too long only together with the user's prefix.
    const folder = Array.from({ length: 4 }, () => 'd'.repeat(240)).join('/');
    const nameOf = (at: number): string => `part ${String(at).padStart(4, '0')} ${'x'.repeat(40)}`;
    await mkdir(here(folder), { recursive: true });
    for (let at = 0; at < 260; at += 1) await writeFile(here(`${folder}/${nameOf(at)}`), 'too far down');
    await desk.openTab('Problems');
    await page.getByText('260 problems', { exact: true }).waitFor({ timeout: 60_000 });
    const list = page.getByRole('group', { name: 'Problems' });
    await list.press('End');
    await list.getByText(/^part 0259/u).waitFor();
    await page.getByLabel('Search by name').fill('part 0250');
    await page.getByText('1 problem', { exact: true }).waitFor();
    await page.getByRole('button', { name: /^Try now: .*part 0250/u }).click();
    await page.getByText('Trying again now.').waitFor();
    await page.getByRole('button', { name: /^Leave out…: .*part 0250/u }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Leave out' }).click();
    await page.getByText('Nothing matches.').waitFor({ timeout: 60_000 });
    await page.getByLabel('Search by name').fill('');
    await page.getByText('259 problems', { exact: true }).waitFor();
    expect(await readFile(here(`${folder}/${nameOf(250)}`), 'utf8')).toBe('too far down');
  });

  test('many deleted files are asked about: brought back by one answer, deleted by the other', async () => {
    const names = Array.from({ length: 12 }, (_, at) => `page-${String(at + 10)}.txt`);
    const lost = names.slice(0, 8);
    await synced(Object.fromEntries(names.map((name) => [name, `content of ${name}`])));
    const { page } = desk;
    const ask = async (): Promise<void> => {
      for (const name of lost) await rm(here(name));
      await page.getByText('8 of 12 files were deleted on this computer.').waitFor({ timeout: 60_000 });
      await page.getByRole('button', { name: /^Review/ }).click();
      for (const name of lost) await page.getByRole('dialog').getByText(name).waitFor();
      for (const name of names) expect(await desk.bucket.read(name)).toBe(`content of ${name}`);
    };

    await ask();
    await page.getByRole('button', { name: 'Bring the 8 files back to this computer' }).click();
    for (const name of lost) await diskHas(here(name), `content of ${name}`);
    await desk.untilInSync();

    await ask();
    await page.getByRole('button', { name: 'Delete 8 files from the bucket' }).click();
    for (const name of lost) await desk.bucket.lacks(name);
    await desk.untilInSync();
    for (const name of names.slice(8)) expect(await desk.bucket.read(name)).toBe(`content of ${name}`);
    expect(lost.filter((name) => existsSync(here(name)))).toEqual([]);
  });

  test('a file that another client has deleted is found among the deleted files and restored on both sides', async () => {
    await synced({ 'kept.txt': 'stays', 'letter.txt': 'wanted again' });
    const { page } = desk;
    await desk.bucket.remove('letter.txt');
    await desk.choose(/^More/, 'Full check');
    // Recorded together with where it is kept.
    await page.getByText('Moved to the trash on this computer').waitFor({ timeout: 60_000 });
    expect(existsSync(here('letter.txt'))).toBe(false);
    await desk.choose(/^More/, 'Deleted files');
    const dialog = page.getByRole('dialog', { name: 'Deleted files' });
    await dialog.getByLabel('Search by name').fill('lett');
    await dialog.getByRole('button', { name: 'Restore: letter.txt' }).click();
    await diskHas(here('letter.txt'), 'wanted again');
    await desk.bucket.has('letter.txt', 'wanted again');
  });

  test('a file is shown in the file manager from files, activity and problems, and nothing that a page makes up', async () => {
    await synced({ 'letter.txt': 'to be found' });
    const { page, app } = desk;
    // Too long only together with the user's prefix.
    const far = [...Array.from({ length: 4 }, () => 'd'.repeat(240)), 'x'.repeat(50)].join('/');
    await mkdir(here(dirname(far)), { recursive: true });
    await writeFile(here(far), 'too far down');

    await desk.openTab('Files');
    await desk.choose(/^More: letter\.txt/, 'Show in folder');
    expect(await app.openedUrl()).toBe(here('letter.txt'));
    await desk.openTab('Activity');
    await page.getByRole('button', { name: 'Show in folder: letter.txt' }).click();
    expect(await app.openedUrl()).toBe(here('letter.txt'));

    const asked = await page.evaluate(async () => {
      const bridge = Reflect.get(globalThis, 'driftless') as {
        request(name: string, input: unknown): Promise<{ ok: boolean }>;
      };
      const inputs = ['/etc/passwd', '../../outside.txt', 'letter.txt'].flatMap((made) => [
        ['revealFolder', { pairId: made }],
        ['revealFile', { pairId: 'docs', fileId: made }],
        ['revealActivity', { pairId: 'docs', activityId: made }],
        ['revealProblem', { pairId: 'docs', problemId: made }],
        ['revealProblem', { pairId: 'docs', problemId: made, path: made }],
      ]);
      const answers = inputs.map(([name, input]) => bridge.request(name as string, input));
      return (await Promise.all(answers)).map(({ ok }) => ok);
    });
    expect(asked).toEqual(asked.map(() => false));

    await desk.openTab('Problems');
    await page.getByRole('button', { name: /^Show file: / }).click({ timeout: 60_000 });
    // The next one: nothing was shown for what the page made up.
    expect(await app.openedUrl()).toBe(here(far));
  });

  test('an older version comes back beside the current file', async () => {
    await desk.cloud.control.setVersioning(desk.cloud.description.bucket, 'enabled');
    await synced({ 'report.txt': 'first version' });
    const { page } = desk;
    await writeFile(here('report.txt'), 'second version');
    await desk.bucket.has('report.txt', 'second version');
    await desk.untilInSync();
    await desk.openTab('Files');
    await desk.choose(/^More: report\.txt/, 'Versions');
    const dialog = page.getByRole('dialog', { name: 'Versions' });
    await dialog.getByText('current').waitFor();
    await dialog.getByRole('button', { name: /^Restore/ }).click();
    await page.getByText('The version is back, beside the current file.').waitFor();
    const beside = async (): Promise<string | undefined> =>
      (await readdir(desk.folder)).find((name) => name.startsWith('report') && name !== 'report.txt');
    const name = await waitFor(beside, { what: 'the version on the disk' });
    await diskHas(here(name), 'first version');
    await diskHas(here('report.txt'), 'second version');
  });

  test('a share link is on the clipboard, downloads the file, and the page says until when', async () => {
    await synced({ 'picture.txt': 'to be shown' });
    const { page } = desk;
    await desk.openTab('Files');
    await desk.choose(/^More: picture\.txt/, 'Copy share link');
    await page
      .getByText(/^A link to picture\.txt is on the clipboard\. Anyone with it can download the file until /)
      .waitFor();
    const link = await desk.app.copiedText();
    expect(await (await fetch(link)).text()).toBe('to be shown');
    expect(await page.content()).not.toContain('X-Amz-Signature');
  });
});
