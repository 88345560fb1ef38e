/** Main story through the page: sign in, upload a folder, download a change. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { Browser, BrowserContextOptions, Page } from 'playwright';
import { expect } from 'vitest';
import type { CloudDescription } from '../local-cloud/cloud.ts';
import { waitFor } from './wait-for.ts';

export type PageScenario = {
  /** The app's page, in Electron or on loopback, signed out. */
  readonly page: Page;
  /** The user's browser, for the provider's login page. */
  readonly browser: Browser;
  readonly cloud: CloudDescription;
  readonly user: CloudDescription['users'][number];
  /** The synced folder; the scenario fills it. */
  readonly folder: string;
  /** The next address that the app asks the system to open. */
  readonly openedUrl: () => Promise<string>;
};

/** What `config.json` says about one account and one pair on the local cloud; the prefix is `users/{sub}/`. */
export function cloudConfig(cloud: CloudDescription, folder: string): string {
  const account = {
    id: 'work',
    issuer: cloud.issuer,
    clientId: cloud.clientId,
    scopes: 'openid email offline_access',
    identity: { kind: 'browser' },
    exchange: { kind: 'web-identity', roleArn: cloud.roleArn, stsEndpoint: cloud.sts, durationSeconds: 3600 },
    region: cloud.region,
    s3Endpoint: cloud.s3,
    forcePathStyle: true,
    development: true,
  };
  const pair = {
    id: 'docs',
    account: 'work',
    folder,
    bucket: cloud.bucket,
    prefix: 'users/{sub}/',
    mode: 'two-way',
  };
  return JSON.stringify({ accounts: [account], pairs: [pair] }, null, 2);
}

export async function signInAndSync(scenario: PageScenario): Promise<void> {
  const { page, cloud, user, folder } = scenario;
  const key = (path: string): string => `users/${user.sub}/${path}`;
  const bucket = adminClient(cloud);
  try {
    await writeFile(join(folder, 'first.txt'), 'written before the sign-in');
    await page
      .getByRole('button', { name: /^Sign in with / })
      .first()
      .click();
    await signInAtProvider(scenario.browser, await scenario.openedUrl(), user);

    await page.getByText('Everything is in sync').first().waitFor({ timeout: 60_000 });
    expect(await objectText(bucket, cloud.bucket, key('first.txt'))).toBe('written before the sign-in');

    await writeFile(join(folder, 'second.txt'), 'saved while it runs');
    const uploaded = await waitFor(() => objectText(bucket, cloud.bucket, key('second.txt')), {
      what: 'the saved file in the bucket',
    });
    expect(uploaded).toBe('saved while it runs');

    await bucket.send(
      new PutObjectCommand({ Bucket: cloud.bucket, Key: key('third.txt'), Body: 'from another client' }),
    );
    await page.getByRole('button', { name: /^More/ }).first().click();
    await page.getByRole('menuitem', { name: 'Full check' }).click();
    const downloaded = await waitFor(() => readFile(join(folder, 'third.txt'), 'utf8'), {
      what: 'the other client’s file in the folder',
    });
    expect(downloaded).toBe('from another client');
    await page.getByText('third.txt').first().waitFor({ timeout: 120_000 });
  } finally {
    bucket.destroy();
  }
}

/** In a browser without an earlier session: the provider's page, and back to the app's own. */
export async function signInAtProvider(
  browser: Browser,
  url: string,
  user: PageScenario['user'],
  options: BrowserContextOptions = {},
): Promise<void> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  await page.goto(url);
  await page.getByLabel('User name').fill(user.name);
  await page.getByLabel('Password').fill(user.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  // The app's own loopback page, after the provider has sent the browser back to it.
  await page.waitForURL((at) => at.hostname === '127.0.0.1' && at.origin !== new URL(url).origin);
  await context.close();
}

function adminClient(cloud: CloudDescription): S3Client {
  return new S3Client({
    endpoint: cloud.s3,
    region: cloud.region,
    forcePathStyle: true,
    credentials: cloud.admin,
  });
}

async function objectText(bucket: S3Client, name: string, key: string): Promise<string> {
  const { Body } = await bucket.send(new GetObjectCommand({ Bucket: name, Key: key }));
  if (Body === undefined) throw new Error(`${key} has no body`);
  return await Body.transformToString();
}
