// The first run of `driftless serve`: no settings, a pasted link, a running account.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { isBuildStale } from '../../build/dist-files.ts';
import { runApp } from '../../main/compose/run.ts';
import { jsonTemplate } from '../../main/core/admin/template.ts';
import { makeApp } from '../../main/cli/app.ts';
import { makeIo } from '../../main/cli/io.ts';
import type { Snapshot } from '../../preload/contract.ts';
import { followSignIn } from '../local-cloud/browserless.ts';
import { personOf } from '../local-cloud/client-kit.ts';
import { chromiumIsMissing, launchBrowser } from '../support/chromium.ts';
import { cloudForTest, deviceForTest } from '../support/device.ts';
import type { Device } from '../support/device.ts';
import { endOf, startCli } from '../support/driftless-cli.ts';
import { cloudConfig } from '../support/page-scenario.ts';
import { goodProfile, linkOf } from '../support/profiles.ts';
import { skipUnless } from '../support/skip.ts';
import { tempFolder } from '../support/temp.ts';
import { plainAnswers } from '../support/template-answers.ts';
import { waitFor } from '../support/wait-for.ts';

const root = join(import.meta.dirname, '..', '..');
const missing = chromiumIsMissing();

describe('in a real browser', skipUnless(missing === null, missing ?? ''), () => {
  let browser: Browser;
  beforeAll(async () => {
    if (await isBuildStale(root))
      execFileSync(process.execPath, [join(root, 'build', 'build.ts')], { stdio: 'ignore' });
    browser = await launchBrowser();
  });
  afterAll(() => browser.close());

  test('a pasted link is read, declined, and accepted with its digits, and the page shows the new account', async () => {
    const room = await tempFolder('first-run');
    const [home, folders] = [join(room, 'home'), join(room, 'folders')];
    mkdirSync(folders);
    const child = startCli(['serve', '--print-url', '--home', home, '--folders', folders]);
    const ended = endOf(child);
    onTestFinished(async () => {
      child.kill('SIGTERM');
      await ended;
    });
    let printed = '';
    child.stdout?.on('data', (text: unknown) => (printed += String(text)));
    await waitFor(() => printed.includes('\n'), { what: 'the address of the page' });
    const status = await endOf(startCli(['status', '--home', home]));
    expect(status.stdout).toContain(`"driftless profile accept LINK --home ${home}"`);
    const { url } = JSON.parse(printed.split('\n')[0] ?? '') as { url: string };
    const page = await browser.newPage();
    onTestFinished(() => page.close());
    await page.goto(url);

    const paste = async (): Promise<void> => {
      await page.getByLabel('Paste the link').fill(linkOf(goodProfile));
      await page.getByRole('button', { name: 'Show' }).click();
      await page.getByRole('heading', { name: 'Connect to login.example.com?' }).waitFor();
    };
    await paste();
    await page.getByText('All details').click();
    await page.getByText('arn:aws:iam::123456789012:role/driftless').waitFor();
    await page.getByRole('button', { name: 'Decline' }).click();
    await page.getByRole('button', { name: 'Choose a profile…' }).waitFor();
    expect(existsSync(join(home, 'config.json'))).toBe(false);

    await paste();
    await page.getByLabel('Type the 12 digits of the AWS account').fill('123456789013');
    await page.getByRole('button', { name: 'Accept and sign in' }).click();
    await page.getByText('The 12 digits are not those of this profile.').waitFor();
    expect(existsSync(join(home, 'config.json'))).toBe(false);

    await page.getByLabel('Type the 12 digits of the AWS account').fill('123456789012');
    await page.getByRole('button', { name: 'Accept and sign in' }).click();
    await page.getByRole('heading', { name: join(folders, 'Driftless') }).waitFor();
    await page.getByRole('article').getByText('company-files', { exact: true }).waitFor();
    expect(JSON.parse(readFileSync(join(home, 'config.json'), 'utf8'))).toMatchObject({
      accounts: [{ id: 'work' }],
      pairs: [{ id: 'driftless', folder: join(folders, 'Driftless') }],
    });
  });
});

test('an account added at run time is signed in to and synced without a restart', async () => {
  const cloud = await cloudForTest();
  const room = await tempFolder('added');
  const folder = join(room, 'folder');
  mkdirSync(folder);
  const signal = new AbortController().signal;
  const io = makeIo({ home: join(room, 'home'), json: true, verbose: false });
  const app = await makeApp(io, signal, { isConfigOptional: true });
  const running = runApp(app);
  try {
    const document = JSON.parse(cloudConfig(cloud.description, folder)) as Record<
      'accounts' | 'pairs',
      readonly Record<string, unknown>[]
    >;
    const [account = null] = document.accounts;
    const [pair = {}] = document.pairs;
    await app.addConnection({ account, pair }, signal);
    const [added] = app.accounts;
    if (added === undefined) throw new Error('no account');
    const openUrl = async (url: URL): Promise<void> => {
      const redirect = url.searchParams.get('redirect_uri') ?? '';
      const back = await followSignIn(url.href, personOf(cloud.description, 'alice'), redirect);
      await (await fetch(back)).text();
    };
    await added.signIn({ openUrl, onDeviceCode: () => undefined }, signal);
    app.pairs[0]?.engine.retryNow();
    await waitFor(() => typeof app.pairs[0]?.engine.status().lastInSyncAtMs === 'number', {
      what: 'the folder to be in sync',
    });
    await waitFor(() => added.view().isolation.verdict === 'no-sign', { what: 'the isolation check' });
  } finally {
    await running.stop();
  }
});

async function accountOf(device: Device): Promise<Snapshot['accounts'][number] | undefined> {
  const { stdout } = await device.cli(['status', '--json']);
  return (JSON.parse(stdout) as Snapshot).accounts[0];
}

test('a running engine reports a role that reaches too far, and a wrong clock', async () => {
  const cloud = await cloudForTest();
  const { issuer, clientId, bucket, accountId, region } = cloud.description;
  const [role] = jsonTemplate({ ...plainAnswers, issuer, clientId, bucket, accountId, region }).roles;
  if (role === undefined) throw new Error('the template has no role');
  const own = `users/\${${issuer.replace('http://', '')}:sub}/*`;
  const wide: unknown = JSON.parse(JSON.stringify(role.permissionPolicy).replaceAll(own, '*'));
  cloud.control.putRole({
    name: 'driftless',
    trust: role.trustPolicy,
    policies: [wide as typeof role.permissionPolicy],
  });
  cloud.control.patch({ clockSkewMs: 17 * 60_000 });
  const device = await deviceForTest(cloud.description);
  await device.serve();
  expect(await accountOf(device)).toMatchObject({
    clockOffsetMs: null,
    isolation: { verdict: 'not-checked' },
  });
  await device.signIn('alice');
  const seen = await waitFor(
    async () => {
      const account = await accountOf(device);
      return account?.isolation.verdict === 'not-checked' ? null : account;
    },
    { what: 'the isolation check' },
  );
  expect(seen.isolation).toMatchObject({
    verdict: 'reaches-more',
    prefix: `users/${personOf(cloud.description, 'alice').sub}/`,
  });
  expect(seen.isolation.reached).toContainEqual({ place: 'root', action: 'list' });
  expect(Math.abs((seen.clockOffsetMs ?? 0) - 17 * 60_000)).toBeLessThan(60_000);
});
