// Account setup on the page, by mouse and keyboard: file or link, review, decision.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Page } from 'playwright';
import { LIMITS } from '../../preload/lean/limits.ts';
import type { SnapshotContent } from '../../preload/snapshot-events.ts';
import type { Answers } from '../fakes/scripted-backend.ts';
import { goodProfile, linkOf } from '../support/profiles.ts';
import { seriousViolations } from '../support/axe.ts';
import { skipUnless } from '../support/skip.ts';
import { waitFor } from '../support/wait-for.ts';
import { added, firstPlan } from './plan-scenes.ts';
import { chromiumProgram, startStage } from './page-harness.ts';
import type { Stage } from './page-harness.ts';
import { proposal } from './proposal-scenes.ts';
import { account, desktop, documents, sceneOf } from './scenes.ts';

const text = JSON.stringify(goodProfile);
const link = linkOf(goodProfile);

describe('setting up on the page', skipUnless(chromiumProgram !== null, 'chromium is not installed'), () => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await startStage();
  });
  afterEach(() => stage.clear());
  afterAll(() => stage.close());

  const scene = (name: string) => sceneOf(name).content(Date.now());
  const show = (content: SnapshotContent, answers: Answers = { proposal }) =>
    stage.show(content, { answers });

  /** Only what carries a `Files` item counts as a dropped file, as from a file manager. */
  async function drop(
    page: Page,
    what: { readonly file?: string; readonly words?: string },
    target = '.setup-sources',
  ): Promise<void> {
    const data = await page.evaluateHandle(({ file, words }) => {
      const transfer = new DataTransfer();
      if (file !== undefined) transfer.items.add(new File([file], 'work.json', { type: 'application/json' }));
      if (words !== undefined) transfer.setData('text/plain', words);
      return transfer;
    }, what);
    await page.dispatchEvent(target, 'drop', { dataTransfer: data });
  }

  const title = (page: Page) =>
    page.getByRole('heading', { level: 1, name: 'Connect to login.example.com?' });

  test('with an account of one’s own each field is checked, and template and review follow', async () => {
    const { page, backend, complaints } = await show(sceneOf('no-accounts-desktop').content(Date.now()));
    await page.getByText('I have an AWS account of my own').click();
    await page.getByLabel('Sign-in service (issuer)').fill('login.example.com');
    await page.getByText('Type an address that begins with https://').waitFor();
    await page.getByLabel('Sign-in service (issuer)').fill('https://login.example.com/');
    await page.getByLabel('Client id').fill('0oa4driftless');
    await page.getByLabel('AWS account').fill('1234 5678 9012');
    await page.getByLabel('Region').fill('eu-central-1');
    await page.getByLabel('Bucket').fill('alice-files');
    await page.getByText('Type your user id, or confirm below').waitFor();
    expect(await page.getByRole('button', { name: 'Review the connection' }).count()).toBe(0);
    await page.getByLabel('Your user id at the sign-in service').fill('alice-1');
    await page.getByRole('region', { name: 'CloudFormation template' }).last().waitFor();
    expect(await seriousViolations(page)).toEqual([]);
    await page.getByRole('button', { name: 'Copy template' }).click();
    await page.getByText('The template is on the clipboard.').waitFor();
    await page.getByRole('button', { name: 'Review the connection' }).click();
    await title(page).waitFor();
    expect(backend.calls.map(({ name }) => name)).toEqual(['copyOwnTemplate', 'proposeOwnAccount']);
    expect(complaints).toEqual([]);
  });

  test('a file that is chosen goes to main as text, and its profile is summed up, then shown in full', async () => {
    const { page, backend, complaints } = await show(scene('no-accounts'));
    const [chooser] = await Promise.all([
      page.waitForEvent('filechooser'),
      page.getByRole('button', { name: 'Choose a profile…' }).click(),
    ]);
    await chooser.setFiles({ name: 'work.json', mimeType: 'application/json', buffer: Buffer.from(text) });
    await title(page).waitFor();
    expect(backend.calls).toEqual([{ name: 'proposeProfile', input: { source: 'file', text } }]);
    await page.getByText('You sign in at login.example.com.').waitFor();
    await page.getByText('Your files go to the bucket company-files on AWS.').waitFor();
    expect(await page.locator('.fact-value').first().isVisible()).toBe(false);
    // The user may have been elsewhere on the page: the proposal takes the focus and has a name.
    expect(await title(page).evaluate((element) => element === document.activeElement)).toBe(true);
    await page.getByText('All details').press('Enter');
    const worded = ['exchange', 'store', 'durationSeconds'];
    for (const { value } of proposal.facts.filter(({ name }) => !worded.includes(name)))
      await page.locator('.fact-value', { hasText: value }).first().waitFor();
    await page.locator('.fact', { hasText: 'Access lasts' }).getByText('1 hour').waitFor();
    expect(complaints).toEqual([]);
  });

  test('a folder that others share says so before all details', async () => {
    const shared = { ...proposal, sharedAt: 'company-files/teams/everyone/' };
    const { page } = await show(scene('no-accounts'), { proposal: shared });
    await drop(page, { file: text });
    await title(page).waitFor();
    const words = 'Not yours alone: everyone with access to company-files/teams/everyone/';
    await page.getByText(words).waitFor();
  });

  test('a file or a link that is dropped', async () => {
    for (const [what, input] of [
      [{ file: text }, { source: 'file', text }],
      [{ words: link }, { source: 'link', text: link }],
    ] as const) {
      const { page, backend } = await show(scene('no-accounts'));
      await drop(page, what);
      await title(page).waitFor();
      expect(backend.calls).toEqual([{ name: 'proposeProfile', input }]);
    }
  });

  test('a link that is pasted, by keyboard alone', async () => {
    const { page, backend } = await show(scene('no-accounts'));
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.insertText(`  ${link} `);
    await page.keyboard.press('Enter');
    await title(page).waitFor();
    expect(backend.calls).toEqual([{ name: 'proposeProfile', input: { source: 'link', text: link } }]);
  });

  test('what is no profile is said in one line, and something huge is not even read', async () => {
    const { page, backend } = await show(scene('no-accounts'));
    backend.failNext('proposeProfile', 'profile-refused');
    await drop(page, { file: '{' });
    await page.getByText(/^This profile was refused:/).waitFor();
    await drop(page, { file: 'x'.repeat(LIMITS.profileChars + 1) });
    await page.getByText('This is too large for a profile.').waitFor();
    await drop(page, { file: 'x'.repeat(5 * LIMITS.profileChars) });
    expect(backend.calls).toHaveLength(1);
  });

  test('accepting sends what was typed, and then the sign-in begins', async () => {
    const { page, backend } = await show(scene('profile'));
    await page.getByRole('button', { name: 'Accept and sign in' }).click();
    // The browser itself says that a field is missing; nothing was sent.
    expect(backend.calls).toEqual([]);
    await page.getByLabel('Type the 12 digits of the AWS account').fill('123456789012');
    await page.getByLabel('Folder on this computer').fill('/home/alice/Driftless/Work');
    await page.keyboard.press('Enter');
    await waitFor(() => backend.calls.length === 3);
    expect(backend.calls).toEqual([
      {
        name: 'acceptProfile',
        input: {
          proposalId: 'proposal-1',
          folder: '/home/alice/Driftless/Work',
          awsAccount: '123456789012',
          hosts: [],
        },
      },
      { name: 'signIn', input: { accountId: 'work' } },
      { name: 'plan', input: { pairId: 'docs' } },
    ]);
  });

  test('foreign hosts have a field each', async () => {
    const { page, backend } = await show(scene('profile-foreign'));
    await page.getByLabel('Type tokens.partner.example to trust it').fill('tokens.partner.example');
    await page.getByLabel('Type s3.partner.example to trust it').fill('s3.partner.example');
    await page.keyboard.press('Enter');
    await waitFor(() => backend.calls.length > 0);
    expect(backend.calls[0]?.input).toMatchObject({
      awsAccount: '',
      hosts: ['tokens.partner.example', 's3.partner.example'],
    });
  });

  test('a refusal of main leaves the profile there, with the line that says why', async () => {
    const { page, backend } = await show(scene('profile'));
    backend.failNext('acceptProfile', 'account-not-typed');
    await page.getByLabel('Type the 12 digits of the AWS account').fill('1');
    await page.keyboard.press('Enter');
    const line = page.getByText('The 12 digits are not those of this profile.');
    await line.waitFor();
    // In sight, although the page is longer than the window and a key was all that was pressed.
    await waitFor(async () => {
      const box = await line.boundingBox();
      return box !== null && box.y >= 0 && box.y + box.height <= 800;
    });
    await title(page).waitFor();
    expect(backend.calls.map(({ name }) => name)).toEqual(['acceptProfile']);
  });

  test('in the desktop the folder is chosen in main’s dialog, and no path is sent', async () => {
    const { page, backend } = await show(scene('profile-desktop'));
    await page.getByRole('button', { name: 'Choose another…' }).click();
    await page.getByText('/home/alice/Documents').waitFor();
    await page.getByRole('button', { name: 'Accept and sign in' }).click();
    await waitFor(() => backend.calls.length === 4);
    expect(backend.calls.slice(0, 2)).toEqual([
      { name: 'chooseFolder', input: { proposalId: 'proposal-1' } },
      {
        name: 'acceptProfile',
        input: { proposalId: 'proposal-1', folder: null, awsAccount: '', hosts: [] },
      },
    ]);
  });

  test('each team folder is named by its prefix and has a folder of its own on this computer', async () => {
    const usual = scene('profile');
    const teamFolders = [
      { prefix: 'teams/blue/', folder: '/home/alice/Driftless 2' },
      { prefix: 'shared/', folder: '/home/alice/Driftless 3' },
    ];
    const { page, backend } = await show({
      ...usual,
      setup: { ...usual.setup, proposal: { ...proposal, teamFolders } },
    });
    await page.getByLabel('Folder on this computer for the team folder shared/').fill('/home/alice/Shared');
    await page.getByLabel('Type the 12 digits of the AWS account').fill('123456789012');
    await page.getByRole('button', { name: 'Accept and sign in' }).click();
    await waitFor(() => backend.calls.length === 3);
    expect(backend.calls[0]).toEqual({
      name: 'acceptProfile',
      input: {
        proposalId: 'proposal-1',
        folder: '/home/alice/Driftless',
        teamFolders: ['/home/alice/Driftless 2', '/home/alice/Shared'],
        awsAccount: '123456789012',
        hosts: [],
      },
    });
  });

  test('in the desktop a team folder is chosen by its own button, also where only it is added', async () => {
    const usual = scene('profile-desktop');
    const teamFolders = [{ prefix: 'teams/blue/', folder: '/home/alice/Driftless 2' }];
    const { page, backend } = await show({
      ...usual,
      setup: { ...usual.setup, proposal: { ...proposal, folder: null, teamFolders } },
    });
    await page
      .getByRole('group', { name: 'Folder on this computer for the team folder teams/blue/' })
      .getByRole('button', { name: 'Choose another…' })
      .click();
    await page.getByRole('button', { name: 'Accept and sign in' }).click();
    await waitFor(() => backend.calls.length >= 2);
    expect(backend.calls.slice(0, 2)).toEqual([
      { name: 'chooseFolder', input: { proposalId: 'proposal-1', teamFolder: 'teams/blue/' } },
      {
        name: 'acceptProfile',
        input: { proposalId: 'proposal-1', folder: null, awsAccount: '', hosts: [] },
      },
    ]);
  });

  /** The review of a profile whose folders are then in the snapshot, paused. */
  function connecting(folders: readonly string[]): SnapshotContent {
    const usual = added(desktop(Date.now()));
    const [pair = documents] = usual.pairs;
    const pairs = folders.map((id) => ({ ...pair, id, folderLabel: `~/${id}` }));
    const accounts = [{ ...account, state: 'new', personName: null } as const];
    return { ...usual, overall: 'signed-out', accounts, pairs, setup: { ...usual.setup, proposal } };
  }
  const dialog = (page: Page) => page.getByRole('dialog', { name: 'Before the first sync' });

  test('after the sign-in each folder shows what would happen, and one without files of the user’s starts at once', async () => {
    const folders = ['docs', 'photos', 'blue'];
    const { page, backend, complaints } = await show(connecting(folders));
    backend.answerNext('acceptProfile', { accountId: 'work', pairIds: folders });
    backend.answerNext('plan', firstPlan);
    await page.getByText('Nothing is synced before you have seen what would happen.').waitFor();
    await page.getByRole('button', { name: 'Accept and sign in' }).click();
    await dialog(page).getByText('12 only here: uploaded').waitFor();
    await dialog(page).getByText('~/docs').waitFor();
    const asked = () =>
      backend.calls.slice(1).map(({ name, input }) => [name, Object.values(input as object)]);
    expect(asked()).toEqual([
      ['signIn', ['work']],
      ['plan', ['docs']],
    ]);
    backend.answerNext('plan', { ...firstPlan, pairId: 'photos' });
    await dialog(page).getByRole('button', { name: 'Keep paused' }).click();
    await dialog(page).getByText('~/photos').waitFor();
    await dialog(page).getByText('12 only here: uploaded').waitFor();
    await dialog(page).getByRole('button', { name: 'Start syncing' }).click();
    await page.getByText('~/blue was empty: syncing has started.').waitFor();
    await dialog(page).waitFor({ state: 'detached' });
    expect(asked().slice(2)).toEqual([
      ['plan', ['photos']],
      ['resume', ['photos']],
      ['plan', ['blue']],
      ['resume', ['blue']],
    ]);
    expect(complaints).toEqual([]);
  });

  test('an empty folder whose preview is closed before it arrives stays paused', async () => {
    const { page, backend } = await show(connecting(['docs']));
    const { promise: isReleased, resolve: release } = Promise.withResolvers<undefined>();
    await page.route('**/api/plan', async (route) => {
      await isReleased;
      await route.continue();
    });
    await page.getByRole('button', { name: 'Accept and sign in' }).click();
    await dialog(page).getByText('Looking at both sides').waitFor();
    await dialog(page).getByRole('button', { name: 'Keep paused' }).click();
    await dialog(page).waitFor({ state: 'detached' });
    const answered = page.waitForResponse('**/api/plan');
    release(undefined);
    await answered;
    await page.getByRole('tab', { name: 'Settings' }).click();
    await page.getByRole('tab', { name: 'Overview' }).click();
    expect(backend.calls.map(({ name }) => name)).toEqual(['acceptProfile', 'signIn', 'plan']);
  });

  test('an empty folder that cannot be started shows the failure, and the start beside it', async () => {
    const { page, backend } = await show(connecting(['docs']));
    backend.failNext('resume', 'pair-not-running');
    await page.getByRole('button', { name: 'Accept and sign in' }).click();
    await dialog(page).getByRole('button', { name: 'Start syncing' }).click();
    await dialog(page).waitFor({ state: 'detached' });
    expect(backend.calls.map(({ name }) => name).slice(2)).toEqual(['plan', 'resume', 'resume']);
  });

  test('a sign-in that is cancelled leaves the folders for later, with their reason', async () => {
    const { page, backend } = await show(connecting(['docs', 'photos']));
    backend.failNext('signIn', 'sign-in-cancelled');
    await page.getByRole('button', { name: 'Accept and sign in' }).click();
    await page.getByText('The first sync begins once you have signed in').first().waitFor();
    expect(await dialog(page).count()).toBe(0);
    backend.change((now) => ({ ...now, overall: 'paused', accounts: [account] }));
    await page.getByRole('button', { name: 'Preview the first sync: ~/photos' }).click();
    // Both sides are the same: it starts by itself.
    await waitFor(() => backend.calls.some(({ name }) => name === 'resume'));
    expect(backend.calls.map(({ name }) => name)).toEqual(['acceptProfile', 'signIn', 'plan', 'resume']);
  });

  test('a profile of a signed-in user adds a folder without a second sign-in', async () => {
    const usual = scene('another-connection');
    const { page, backend } = await show({
      ...usual,
      setup: { ...usual.setup, proposal: { ...proposal, knownAs: 'work' } },
    });
    await page.getByText('This is the account “work”, which is here already.').waitFor();
    await page.getByRole('button', { name: 'Add the folder' }).click();
    await page.getByText('~/Documents was empty: syncing has started.').waitFor();
    expect(backend.calls.map(({ name }) => name)).toEqual(['acceptProfile', 'plan', 'resume']);
  });

  test('a file that is dropped beside the field is taken all the same, and the page stays', async () => {
    const { page, backend } = await show(scene('no-accounts'));
    await drop(page, { file: text }, '.top');
    await title(page).waitFor();
    expect(backend.calls).toHaveLength(1);
  });

  test.each([
    ['profile', 'Decline'],
    ['profile-refused', 'Close'],
  ])('%s: a no by keyboard, and the page is as before', async (name, label) => {
    const { page, backend } = await show(scene(name));
    const button = page.getByRole('button', { name: label });
    await button.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Choose a profile…' }).waitFor();
    expect(backend.calls).toEqual([{ name: 'rejectProfile', input: { proposalId: 'proposal-1' } }]);
  });

  test('the reasons of a refusal are in the language of the page', async () => {
    const refused = scene('profile-refused');
    const { page } = await show({ ...refused, settings: { ...refused.settings, language: 'de' } });
    await page.getByText('ein solches Profil muss als Datei kommen').waitFor();
    await page.getByText('accountId ist nicht das Konto in exchange.roleArn (210987654321)').waitFor();
  });

  test('what was refused has no way to be accepted', async () => {
    const { page } = await show(scene('profile-refused'));
    await page.getByText('It cannot be accepted, because:').waitFor();
    expect(await page.getByRole('button').allInnerTexts()).toEqual(['Close']);
    expect(await page.locator('input').count()).toBe(0);
  });

  test('a link that was turned away is said and put away', async () => {
    const { page, backend } = await show(scene('link-refused'));
    await page.getByText('It came with more than a link may say.').waitFor();
    await page.getByRole('button', { name: 'Dismiss' }).click();
    await page.getByText('A link was refused.').waitFor({ state: 'detached' });
    expect(backend.calls).toEqual([{ name: 'dismissRefusal', input: {} }]);
  });

  test('a profile that comes while something else is open is read first', async () => {
    const { page, backend } = await show(scene('another-connection'));
    await page.getByRole('tab', { name: 'Settings' }).click();
    await page.getByRole('button', { name: 'Add another connection…' }).click();
    await page.getByRole('dialog').waitFor();
    backend.change((now) => ({ ...now, setup: { ...now.setup, proposal } }));
    await title(page).waitFor();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  });

  test('where the first account is there, this page takes no other', async () => {
    const { page } = await show(scene('in-sync'));
    await page.getByRole('tab', { name: 'Settings' }).click();
    expect(await page.getByRole('button', { name: 'Add another connection…' }).count()).toBe(0);
  });

  test('what a role reaches is said in words', async () => {
    const { page } = await show(scene('reaches-more'));
    await page.getByRole('heading', { name: 'Work: you can reach more than your own files' }).waitFor();
    const reached = page.getByRole('list', { name: 'What the role may reach' }).getByRole('listitem');
    expect(await reached.allInnerTexts()).toEqual([
      'list the whole bucket',
      'list a folder beside yours',
      'read the bucket’s policy',
    ]);
  });
});
