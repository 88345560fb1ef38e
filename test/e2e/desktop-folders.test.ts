/** Scenarios of folders and settings in the desktop app: added, removed, limited, paused, and the app's own look. */
import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { desktopScenarios, diskHas } from '../support/desktop/desk.ts';

const hourMs = 3_600_000;

desktopScenarios('folders and settings of the desktop app', (desk) => {
  test('a folder is added after a look at what would happen, synced, and removed with its files left in place', async () => {
    const photos = join(desk.room, 'Photos');
    await mkdir(photos);
    await writeFile(join(photos, 'here.jpg'), 'only here');
    await desk.bucket.put('Photos/there.jpg', 'only there');
    await desk.configure(({ pairs: [docs] }) => Object.assign(docs ?? {}, { prefix: 'users/{sub}/docs/' }));
    await desk.start();
    await desk.signIn();
    const { page } = desk;

    await desk.app.answerDialogs({ folder: photos });
    await page.getByRole('button', { name: 'Add folder' }).click();
    await page.getByRole('button', { name: 'Choose folder…' }).click();
    const preview = page.getByRole('dialog', { name: 'Before the first sync' });
    await preview.getByText('1 only here: uploaded').waitFor();
    await preview.getByText('1 only in the bucket: downloaded').waitFor();
    // Until it is started nothing happens.
    expect(await readdir(photos)).not.toContain('there.jpg');
    expect(await desk.bucket.read('Photos/here.jpg')).toBeNull();
    await preview.getByRole('button', { name: 'Start syncing' }).click();
    await diskHas(join(photos, 'there.jpg'), 'only there');
    await desk.bucket.has('Photos/here.jpg', 'only here');
    await desk.untilInSync();
    expect((await desk.config()).pairs).toMatchObject([{ id: 'docs' }, { id: 'photos', folder: photos }]);

    const card = page.getByRole('article', { name: photos });
    await card.getByRole('button', { name: /^More/ }).click();
    await page.getByRole('menuitem', { name: 'Stop syncing this folder' }).click();
    await page.getByRole('button', { name: 'Stop syncing', exact: true }).click();
    await page.getByText('The folder is no longer synced. Its files stay.').waitFor();
    await card.waitFor({ state: 'detached' });
    expect((await desk.config()).pairs).toMatchObject([{ id: 'docs' }]);
    await writeFile(join(photos, 'late.jpg'), 'saved afterwards');
    // The other folder continues, so what was saved before it would have been sent by then.
    await writeFile(join(desk.folder, 'still.txt'), 'continues');
    await desk.bucket.has('docs/still.txt', 'continues');
    expect(await desk.bucket.read('Photos/late.jpg')).toBeNull();
    expect(await readFile(join(photos, 'there.jpg'), 'utf8')).toBe('only there');
    expect(await desk.bucket.read('Photos/here.jpg')).toBe('only here');
  });

  test('a folder moves to another place in the bucket: previewed as a new one, and nothing is deleted anywhere', async () => {
    await writeFile(join(desk.folder, 'both.txt'), 'as here');
    await writeFile(join(desk.folder, 'mine.txt'), 'only here');
    await desk.bucket.put('archive/both.txt', 'as there');
    await desk.bucket.put('archive/theirs.txt', 'only there');
    await desk.configure(({ pairs: [docs] }) => Object.assign(docs ?? {}, { prefix: 'users/{sub}/docs/' }));
    await desk.start();
    await desk.signIn();
    await desk.bucket.has('docs/mine.txt', 'only here');
    const { page } = desk;
    const open = async (): Promise<void> => {
      await desk.choose(/^More/, 'Folder settings');
      await page.getByRole('button', { name: 'Change…' }).click();
      await page.getByLabel('Folder in the bucket').fill('archive');
      await page.getByRole('button', { name: 'Change and preview' }).click();
    };
    // Main asks as well: declined, nothing has changed.
    await open();
    await page.getByRole('button', { name: 'Cancel' }).click();
    expect((await desk.config()).pairs).toMatchObject([{ id: 'docs', prefix: 'users/{sub}/docs/' }]);

    await desk.app.answerDialogs({ button: 1 });
    await open();
    const preview = page.getByRole('dialog', { name: 'Before the first sync' });
    await preview.getByText('1 only here: uploaded').waitFor();
    await preview.getByText('1 only in the bucket: downloaded').waitFor();
    await preview.getByText('1 differs: both kept').waitFor();
    expect(await desk.bucket.read('archive/mine.txt')).toBeNull();
    await preview.getByRole('button', { name: 'Start syncing' }).click();
    await diskHas(join(desk.folder, 'theirs.txt'), 'only there');
    await desk.bucket.has('archive/mine.txt', 'only here');
    await diskHas(join(desk.folder, 'both.txt'), 'as there');
    expect((await desk.config()).pairs).toMatchObject([
      { folder: desk.folder, prefix: 'users/{sub}/archive/' },
    ]);
    const names = await readdir(desk.folder);
    expect(names.filter((name) => name.startsWith('both'))).toHaveLength(2);
    // The old place is as it was, also after a deletion at the new one.
    await rm(join(desk.folder, 'mine.txt'));
    await desk.bucket.lacks('archive/mine.txt');
    expect(await desk.bucket.read('docs/mine.txt')).toBe('only here');
    expect(await desk.bucket.read('docs/both.txt')).toBe('as here');
  });

  test('limits and rules are set on the page, written to the settings and in use at once', async () => {
    await desk.configure();
    await desk.start();
    await desk.signIn();
    const { page } = desk;
    await desk.openTab('Settings');
    const bandwidth = page.getByRole('region', { name: 'Bandwidth' });
    await bandwidth.getByLabel('Upload limit (kB/s)').fill('2000');
    await bandwidth.getByLabel('Timetable').fill('08:00,512k 18:00,off');
    await bandwidth.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved.').waitFor();
    expect((await desk.config())['limits']).toEqual({
      uploadBytesPerSecond: 2_000_000,
      timetable: '08:00,512k 18:00,off',
    });

    await desk.openTab('Overview');
    await desk.choose(/^More/, 'Folder settings');
    const settings = page.getByRole('dialog', { name: 'Folder settings' });
    await settings.getByLabel('Leave out').fill('*.tmp');
    await settings.getByLabel('Download limit (kB/s)').fill('750');
    await settings.getByRole('button', { name: 'Save' }).click();
    await page.getByText('The settings of the folder are in use.').waitFor();
    expect((await desk.config()).pairs).toMatchObject([
      { id: 'docs', ignore: ['*.tmp'], limits: { downloadBytesPerSecond: 750_000 } },
    ]);
    await writeFile(join(desk.folder, 'draft.tmp'), 'left out');
    await writeFile(join(desk.folder, 'letter.txt'), 'synced');
    await desk.bucket.has('letter.txt', 'synced');
    await desk.untilInSync();
    expect(await desk.bucket.read('draft.tmp')).toBeNull();
  });

  test('a pause with an end outlives a restart, and is ended early', async () => {
    await desk.configure();
    await desk.start();
    await desk.signIn();
    const beforeMs = Date.now();
    await desk.choose(/^Pause for a while: All folders/, 'Pause for an hour');
    await desk.page.getByText('Paused. Syncing resumes by itself.').waitFor();
    await desk.page.getByText(/^Paused until .*\d:\d\d/).waitFor();
    const endsAtMs = Number(await readFile(join(desk.home, 'pairs', 'docs.paused'), 'utf8'));
    expect(endsAtMs).toBeGreaterThanOrEqual(beforeMs + hourMs);
    expect(endsAtMs).toBeLessThanOrEqual(Date.now() + hourMs);

    await desk.app.quit();
    await writeFile(join(desk.folder, 'waits.txt'), 'saved during the pause');
    await desk.start();
    await desk.page.getByText(/^Paused until .*\d:\d\d/).waitFor();
    await desk.page.getByRole('heading', { level: 1, name: 'Paused' }).waitFor();
    expect(await desk.bucket.read('waits.txt')).toBeNull();
    await desk.page.getByRole('button', { name: 'Resume all' }).click();
    await desk.bucket.has('waits.txt', 'saved during the pause');
    await desk.untilInSync();
    expect(existsSync(join(desk.home, 'pairs', 'docs.paused'))).toBe(false);
  });

  test('language, appearance and notifications are kept for the next start, and a report names nothing private', async () => {
    await desk.configure();
    await desk.start();
    await desk.signIn();
    await writeFile(join(desk.folder, 'private-name.txt'), 'x');
    await desk.bucket.has('private-name.txt', 'x');
    await desk.untilInSync();
    const { page } = desk;
    await desk.openTab('Settings');
    const report = join(desk.room, 'report.json');
    await desk.app.answerDialogs({ file: report });
    await page.getByRole('button', { name: 'Save a report…' }).click();
    await page.getByRole('button', { name: 'Show crash reports' }).click();
    await page.getByLabel('Show notifications').click();
    await page.getByRole('checkbox', { name: 'Show notifications', checked: false }).waitFor();
    await page.getByLabel('Appearance').selectOption('Dark');
    await page.getByLabel('Language').selectOption('Deutsch');
    await page.getByRole('heading', { level: 1, name: 'Einstellungen' }).waitFor();
    expect(JSON.parse(await readFile(join(desk.home, 'app.json'), 'utf8'))).toMatchObject({
      language: 'de',
      theme: 'dark',
      notifications: false,
    });
    const saved = await readFile(report, 'utf8');
    expect(saved).toContain('in-sync');
    expect(JSON.parse(saved)).toMatchObject({ crashReports: [] });
    expect(existsSync(join(desk.home, 'desktop', 'crashes'))).toBe(true);
    for (const text of ['private-name', desk.folder, desk.user.sub, desk.user.name, '127.0.0.1'])
      expect(saved).not.toContain(text);

    await desk.app.quit();
    await desk.start();
    await desk.page.getByRole('tab', { name: 'Einstellungen' }).click();
    await desk.page.getByRole('heading', { level: 1, name: 'Einstellungen' }).waitFor();
    expect(await desk.page.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe(
      'rgb(15, 22, 21)',
    );
    await desk.page.getByRole('checkbox', { name: 'Mitteilungen anzeigen', checked: false }).waitFor();
  });
});
