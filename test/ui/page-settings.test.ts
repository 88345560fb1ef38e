// Settings on the page: language, theme, limits, start at login, report, timed pause.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { skipUnless } from '../support/skip.ts';
import { waitFor } from '../support/wait-for.ts';
import { chromiumProgram, startStage } from './page-harness.ts';
import type { Shown, Stage } from './page-harness.ts';
import { account, content, desktop, sceneOf, withCommandLine, withOtherTools } from './scenes.ts';
import type { SnapshotContent } from '../../preload/snapshot-events.ts';

describe('settings', skipUnless(chromiumProgram !== null, 'chromium is not installed'), () => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await startStage();
  });
  afterEach(() => stage.clear());
  afterAll(() => stage.close());

  async function showTab(shown: SnapshotContent, tab = 'Settings'): Promise<Shown> {
    const opened = await stage.show(shown);
    await opened.page.getByRole('tab', { name: tab }).click();
    return opened;
  }

  test('language and theme take effect at once, by the choice and not by the system', async () => {
    const { page, backend, complaints } = await showTab(desktop(Date.now()));
    const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await ground();
    await page.getByLabel('Appearance').selectOption('Dark');
    await waitFor(async () => (await ground()) !== light);
    expect(await ground()).toBe('rgb(15, 22, 21)');
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.getByLabel('Appearance').selectOption('Light');
    await waitFor(async () => (await ground()) === light);
    await page.getByLabel('Language').selectOption('Deutsch');
    await page.getByRole('heading', { level: 1, name: 'Einstellungen' }).waitFor();
    expect(backend.calls.map(({ input }) => input)).toEqual([
      { theme: 'dark' },
      { theme: 'light' },
      { language: 'de' },
    ]);
    expect(complaints).toEqual([]);
  });

  test('limits are sent in bytes; an empty field takes one away', async () => {
    const usual = desktop(Date.now());
    const { page, backend } = await showTab({
      ...usual,
      settings: { ...usual.settings, uploadLimit: 2_000_000 },
    });
    expect(await page.getByLabel('Upload limit (kB/s)').inputValue()).toBe('2000');
    await page.getByLabel('Upload limit (kB/s)').fill('');
    await page.getByLabel('Download limit (kB/s)').fill('750');
    await page.keyboard.press('Enter');
    await page.getByText('Saved.').waitFor();
    expect(backend.calls).toEqual([
      { name: 'changeSettings', input: { uploadLimit: null, downloadLimit: 750_000 } },
    ]);
  });

  test('a limit that was not touched is not sent, and keeps its bytes', async () => {
    const usual = desktop(Date.now());
    const { page, backend } = await showTab({
      ...usual,
      settings: { ...usual.settings, uploadLimit: 1_234_567, downloadLimit: 1500 },
    });
    const upload = page.getByLabel('Upload limit (kB/s)');
    expect(await upload.inputValue()).toBe('1234.567');
    expect(await page.getByLabel('Download limit (kB/s)').inputValue()).toBe('1.5');
    await page.getByLabel('Download limit (kB/s)').fill('750.5');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('Saved.').waitFor();
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('Nothing was changed.').waitFor();
    expect(backend.calls).toEqual([{ name: 'changeSettings', input: { downloadLimit: 750_500 } }]);
  });

  test('a timetable is checked while it is typed; a wrong one is not sent', async () => {
    const { page, backend } = await showTab(desktop(Date.now()));
    const field = page.getByLabel('Timetable');
    await field.fill('08:00,512k 25:00,off');
    await page.getByText('“25:00,off” is not understood.').waitFor();
    await page.keyboard.press('Enter');
    await field.fill('08:00,512k Sat-00:00,off');
    await page.getByText('Limits by the clock').waitFor();
    await page.keyboard.press('Enter');
    await page.getByText('Saved.').waitFor();
    expect(backend.calls).toEqual([
      { name: 'changeSettings', input: { timetable: '08:00,512k Sat-00:00,off' } },
    ]);
  });

  test('a limit that is no number from 1 kB/s on is refused in the form', async () => {
    const { page, backend } = await showTab(desktop(Date.now()));
    for (const wrong of ['0', '0.5', '-3', '10000001']) {
      await page.getByLabel('Upload limit (kB/s)').fill(wrong);
      await page.getByRole('button', { name: 'Save', exact: true }).click();
      const isValid = await page
        .getByLabel('Upload limit (kB/s)')
        .evaluate((field) => (field as HTMLInputElement).checkValidity());
      expect(isValid, wrong).toBe(false);
    }
    expect(backend.calls).toEqual([]);
  });

  test('start at login, notifications and the report are of the desktop alone', async () => {
    const usual = desktop(Date.now());
    const { page, backend } = await showTab({
      ...usual,
      settings: { ...usual.settings, startAtLogin: false },
    });
    // A switch follows what main says, which takes a moment after the press.
    await page.getByLabel('Start when I log in').click();
    await page.getByRole('checkbox', { name: 'Start when I log in', checked: true }).waitFor();
    await page.getByLabel('Show notifications').click();
    await page.getByRole('checkbox', { name: 'Show notifications', checked: false }).waitFor();
    await page.getByRole('button', { name: 'Save a report…' }).click();
    await waitFor(() => backend.calls.length === 3);
    expect(backend.calls.map(({ input }) => input)).toEqual([
      { startAtLogin: true },
      { notifications: false },
      {},
    ]);
    const loopback = await showTab(content(Date.now()));
    for (const name of ['Start when I log in', 'Show notifications'])
      expect(await loopback.page.getByRole('checkbox', { name }).count()).toBe(0);
    expect(await loopback.page.getByRole('button', { name: 'Save a report…' }).count()).toBe(0);
  });

  test('About lists the packages inside with their licences, each text opened from its name', async () => {
    const { page, complaints } = await showTab(content(Date.now()));
    await page.getByRole('button', { name: 'Licences…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Licences' });
    const names = dialog.locator('summary');
    await names.first().waitFor();
    // Of the page itself, of the engine, and of what an update needs.
    for (const name of [/^react \d.*MIT$/, /^zod \d.*MIT$/, /^@aws-sdk\/client-s3 \d.*Apache-2.0$/])
      await names.filter({ hasText: name }).waitFor();
    await names.filter({ hasText: /^react \d/ }).click();
    await dialog.getByText('Copyright (c) Meta Platforms').waitFor();
    // Of the desktop's own engine there is nothing in a browser.
    expect(await dialog.getByText(/^Electron and Chromium/).count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  test('licences that cannot be loaded say so', async () => {
    const { page } = await showTab(desktop(Date.now()));
    await page.route('**/package-licences*', (route) => route.abort());
    await page.getByRole('button', { name: 'Licences…' }).click();
    await page.getByRole('dialog').getByText('Driftless cannot be reached from this page.').waitFor();
    expect(await page.getByText(/^Electron and Chromium/).count()).toBe(0);
  });

  test('the command line: what is written stands above the button, and is removed by the next', async () => {
    const { page, backend } = await showTab(withCommandLine(Date.now()));
    const card = page.getByRole('region', { name: 'Command line' });
    for (const path of ['/home/alice/.local/bin/driftless', '/opt/Driftless/resources/cli/bin/driftless'])
      await card.getByText(path, { exact: true }).waitFor();
    await card.getByRole('button', { name: 'Install command line tool' }).click();
    await card.getByText('is not searched for programs yet').waitFor();
    await card.getByRole('button', { name: 'Remove command line tool' }).click();
    await card.getByRole('button', { name: 'Install command line tool' }).waitFor();
    expect(backend.calls.map(({ input }) => input)).toEqual([
      { commandLine: 'install' },
      { commandLine: 'remove' },
    ]);
    backend.change(({ settings, ...now }) => {
      const { commandLine } = settings;
      const taken = commandLine === null ? null : { ...commandLine, state: 'occupied' as const };
      return { ...now, settings: { ...settings, commandLine: taken } };
    });
    await card.getByText('leaves it alone').waitFor();
    expect(await card.getByRole('button').count()).toBe(0);
  });

  test('a proxy is checked while it is typed, and left to the system again', async () => {
    const { page, backend } = await showTab(desktop(Date.now()));
    const card = page.getByRole('region', { name: 'Network' });
    await card.getByLabel('Proxy', { exact: true }).selectOption('My own');
    await card.getByRole('button', { name: 'Save proxy' }).click();
    await card.getByText('An address begins with http://').waitFor();
    const field = card.getByLabel('Address of the proxy');
    await field.fill('http://me:secret@proxy:8080');
    await card.getByText('cannot contain a user name or password').waitFor();
    await page.keyboard.press('Enter');
    await field.fill('http://proxy.example.com:8080');
    await page.keyboard.press('Enter');
    await page.getByText('Saved.').waitFor();
    expect(await field.inputValue()).toBe('http://proxy.example.com:8080');
    await card.getByLabel('Proxy', { exact: true }).selectOption('None');
    await card.getByRole('button', { name: 'Save proxy' }).click();
    await waitFor(() => backend.calls.length === 2);
    await card.getByLabel('Proxy', { exact: true }).selectOption('As the system');
    await card.getByRole('button', { name: 'Save proxy' }).click();
    await waitFor(() => backend.calls.length === 3);
    expect(backend.calls.map(({ input }) => input)).toEqual([
      { proxy: 'http://proxy.example.com:8080' },
      { proxy: 'direct' },
      { proxy: null },
    ]);
  });

  test('certificates are chosen in main’s dialog and shown by name; a page on loopback can only remove them', async () => {
    const { page, backend } = await showTab(desktop(Date.now()));
    const card = page.getByRole('region', { name: 'Network' });
    await card.getByText('No further certificates').waitFor();
    await card.getByRole('button', { name: 'Choose a file…: Work' }).click();
    await card.getByText('Example Company Root CA').waitFor();
    await card.getByRole('button', { name: 'Remove: Work' }).click();
    await card.getByText('No further certificates').waitFor();
    expect(backend.calls.map(({ name }) => name)).toEqual(['chooseAuthorities', 'forgetAuthorities']);
    const trusting = [{ ...account, authorities: ['Example Company Root CA'] }];
    const loopback = await showTab(content(Date.now(), { accounts: trusting }));
    await loopback.page.getByRole('button', { name: 'Remove: Work' }).waitFor();
    expect(await loopback.page.getByRole('button', { name: 'Choose a file…: Work' }).count()).toBe(0);
  });

  test('other tools: allowed by a switch, set up after the lines are shown, and taken out again', async () => {
    const shown = withOtherTools(Date.now());
    const { page, backend, complaints } = await showTab({ ...shown, accounts: [account] });
    const card = page.getByRole('region', { name: 'Other tools' });
    expect(await card.getByRole('button').count()).toBe(0);
    await card.getByLabel('Let other tools use the sign-in of Work').click();
    await card.getByRole('button', { name: 'Set up an AWS profile…: Work' }).click();
    const dialog = page.getByRole('dialog', { name: 'AWS profile' });
    await dialog.getByText('[profile driftless]').waitFor();
    await dialog.getByLabel('Name of the profile').fill('default');
    await dialog.getByText('and not “default”').waitFor();
    expect(await dialog.getByRole('button', { name: 'Add these lines…' }).count()).toBe(0);
    await dialog.getByLabel('Name of the profile').fill('work');
    await dialog.getByText('[profile work]').waitFor();
    await dialog.getByRole('button', { name: 'Add these lines…' }).click();
    await dialog.getByText('These lines are in your AWS settings.').waitFor();
    backend.answerNext('removeAwsProfile', false);
    await dialog.getByRole('button', { name: 'Remove these lines' }).click();
    await dialog.getByText('The lines were changed by another program').waitFor();
    expect(backend.calls.filter(({ name }) => name !== 'showAwsProfile')).toEqual([
      { name: 'allowPrograms', input: { accountId: 'work', isOn: true } },
      { name: 'addAwsProfile', input: { accountId: 'work', profile: 'work' } },
      { name: 'removeAwsProfile', input: { accountId: 'work', profile: 'work' } },
    ]);
    expect(complaints).toEqual([]);
  });

  test('other tools: the administrator’s no stands there, and no switch; an AWS profile needs none', async () => {
    const usual = desktop(Date.now());
    const { page, backend } = await showTab({ ...usual, accounts: [{ ...account, programs: 'forbidden' }] });
    const card = page.getByRole('region', { name: 'Other tools' });
    await card.getByText('Work: switched off by the administrator of this computer.').waitFor();
    expect(await card.getByRole('checkbox').count()).toBe(0);
    backend.change((now) => ({ ...now, accounts: [{ ...account, programs: 'not-needed' }] }));
    await card.waitFor({ state: 'detached' });
  });

  test('pauses by itself are offered where the system says enough, and can always be switched off', async () => {
    const { page, backend } = await showTab(desktop(Date.now()));
    const card = page.getByRole('region', { name: 'Pause by itself' });
    await card.getByText('Pause on metered networks: not known on this system.').waitFor();
    expect(await card.getByRole('checkbox').count()).toBe(1);
    await card.getByLabel('Pause on battery').click();
    await card.getByRole('checkbox', { name: 'Pause on battery', checked: true }).waitFor();
    expect(backend.calls.map(({ input }) => input)).toEqual([{ pauseOnBattery: true }]);
    backend.change((now) => ({
      ...now,
      settings: { ...now.settings, onBattery: null, isMetered: true },
    }));
    await card.getByLabel('Pause on metered networks').waitFor();
    expect(await card.getByRole('checkbox').count()).toBe(2);
  });

  test('a pause by a condition says why, and one press syncs anyway', async () => {
    const { page, backend } = await showTab(sceneOf('paused-on-battery').content(Date.now()), 'Overview');
    await page.getByRole('heading', { name: 'Paused: on battery' }).waitFor();
    await page.getByText('Syncing resumes by itself on mains power.').waitFor();
    await page.getByRole('button', { name: 'Sync anyway', exact: true }).click();
    await waitFor(() => backend.calls.length === 1);
    expect(backend.calls).toEqual([{ name: 'resume', input: { pairId: null } }]);
  });

  test('a pause with an end is chosen in a menu, and its end is shown', async () => {
    const { page, backend } = await showTab(desktop(Date.now()), 'Overview');
    await page.getByRole('button', { name: 'Pause for a while: All folders' }).click();
    await page.getByRole('menuitem', { name: 'Pause for an hour' }).click();
    await page.getByText('Paused. Syncing resumes by itself.').waitFor();
    expect(backend.calls).toEqual([{ name: 'pauseUntil', input: { pairId: null, until: 'hour' } }]);
    backend.change((now) => ({
      ...now,
      overall: 'paused',
      pairs: now.pairs.map((pair) => ({
        ...pair,
        state: 'paused',
        pausedUntilMs: new Date().setHours(23, 59, 0, 0),
      })),
    }));
    await page.getByText('Paused until 23:59').first().waitFor();
    await page.getByText('Syncing resumes by itself: 23:59.').waitFor();
    // The computer slept at that time, and the engine has not looked at the clock yet.
    backend.change((now) => ({
      ...now,
      pairs: now.pairs.map((pair) => ({ ...pair, pausedUntilMs: Date.now() - 60_000 })),
    }));
    await page.getByText('Syncing resumes now.').waitFor();
    expect(await page.locator('.badge').allTextContents()).toEqual(['Resuming', 'Resuming']);
  });
});
