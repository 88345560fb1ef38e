// Sign-in in a real Chromium on the real login page, up to the final page.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Browser } from 'playwright';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LocalCloud, startLocalCloud } from '../local-cloud/cloud.ts';
import { chromiumIsMissing, launchBrowser } from '../support/chromium.ts';
import { identityKit, never, noDevice } from '../support/identity-kit.ts';
import { skipUnless } from '../support/skip.ts';

const missing = chromiumIsMissing();

describe('sign-in in Chromium', skipUnless(missing === null, missing ?? ''), () => {
  let directory: string;
  let cloud: LocalCloud;
  let browser: Browser;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'driftless-browser-'));
    [cloud, browser] = await Promise.all([startLocalCloud({ directory }), launchBrowser()]);
  });
  afterAll(async () => {
    await browser.close();
    await cloud.stop();
    await rm(directory, { recursive: true, force: true });
  });

  test('alice types her name and password and comes back signed in; a wrong password first changes nothing', async () => {
    const kit = await identityKit(cloud.description);
    const page = await browser.newPage();
    const problems: string[] = [];
    page.on('console', (message) => {
      if (/Content[ -]Security[ -]Policy|Refused/i.test(message.text())) problems.push(message.text());
    });
    const user = cloud.description.users[0];
    if (user === undefined) throw new Error('no user');
    const token = await kit.identity.signIn(
      {
        openUrl: async (url) => {
          await page.goto(url.href);
          await page.fill('input[name=username]', user.name);
          await page.fill('input[name=password]', 'wrong');
          await page.click('button[type=submit]');
          await page.fill('input[name=password]', user.password);
          await page.fill('input[name=username]', user.name);
          await page.click('button[type=submit]');
        },
        onDeviceCode: noDevice,
      },
      never(),
    );
    expect(token.subject).toBe(user.sub);
    await page.getByRole('heading', { name: 'You are signed in' }).waitFor();
    expect(await page.title()).toBe('You are signed in - Driftless');
    // The stylesheet is allowed by its hash: a refused one would leave the default colour.
    expect(
      await page.evaluate(
        () => getComputedStyle(document.querySelector('main') ?? document.body).borderRadius,
      ),
    ).toBe('16px');
    expect(problems).toEqual([]);
    await page.close();
    await kit.close();
  });

  test('the login page closed half-way ends in a calm time-out', async () => {
    const kit = await identityKit(cloud.description, { signInTimeoutMs: 300 });
    const page = await browser.newPage();
    const outcome = kit.identity.signIn(
      {
        openUrl: async (url) => {
          await page.goto(url.href);
          await page.close();
        },
        onDeviceCode: noDevice,
      },
      never(),
    );
    await expect(outcome).rejects.toMatchObject({ code: 'sign-in-timeout', retry: 'slow' });
    expect(kit.identity.state()).toMatchObject({ kind: 'signed-out' });
    await kit.close();
  });
});
