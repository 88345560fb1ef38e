/** Scenario of a stranger at the desktop app: from a link to a synced folder, a conflict resolved, a file restored. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { desktopScenarios, diskHas } from '../support/desktop/desk.ts';
import { publicIssuer, startPublicNames, trustPublicNames } from '../support/desktop/public-names.ts';
import { linkOf } from '../support/profiles.ts';

desktopScenarios(
  'a stranger at the desktop app',
  (desk) => {
    trustPublicNames();

    test('goes from the link to a synced folder, resolves a conflict and restores a file by what the page shows', async () => {
      const { clientId, accountId, roleArn, region, bucket } = desk.cloud.description;
      const here = (name: string): string => join(desk.folder, name);
      const report: string[] = [];
      async function step(name: string, action: () => Promise<unknown>): Promise<void> {
        const startedMs = performance.now();
        await action();
        report.push(`${((performance.now() - startedMs) / 1000).toFixed(1).padStart(6)} s  ${name}`);
      }

      const names = await startPublicNames(desk.cloud.description);
      try {
        await writeFile(here('plan.txt'), 'as agreed');
        await writeFile(here('letter.txt'), 'wanted again');
        await desk.bucket.put('handbook.txt', 'only there');
        await step('the app opens', async () => {
          await desk.start({ proxy: names.proxy });
          await desk.page.getByRole('heading', { level: 2, name: 'Connect with a profile' }).waitFor();
        });
        const { page } = desk;

        await step('the link is pasted and reviewed', async () => {
          const exchange = { kind: 'web-identity', roleArn, stsEndpoint: null, durationSeconds: 3600 };
          const profile = { driftlessProfile: 1, id: 'work', issuer: publicIssuer, clientId, accountId };
          const place = { exchange, region, forcePathStyle: true, bucket, prefix: 'users/{sub}/' };
          await page.getByLabel('Paste the link').fill(linkOf({ ...profile, s3Endpoint: null, ...place }));
          await page.getByRole('button', { name: 'Show', exact: true }).click();
          await page.getByRole('heading', { name: 'Connect to login.company.example?' }).waitFor();
        });
        await step('a folder is chosen', async () => {
          await desk.app.answerDialogs({ folder: desk.folder, button: 1 });
          await page.getByRole('button', { name: 'Choose another…' }).click();
          await page.getByText(desk.folder).first().waitFor();
        });
        await step('the profile is accepted', async () => {
          await page.getByRole('button', { name: 'Accept and sign in' }).click();
          await page
            .getByRole('heading', { name: 'Connect to login.company.example?' })
            .waitFor({ state: 'detached' });
        });
        await step('signed in, in the browser', async () => {
          await desk.signInAtProvider({
            proxy: { server: `http://${names.proxy}`, bypass: '127.0.0.1' },
            ignoreHTTPSErrors: true,
          });
        });
        await step('what will happen is shown, and started', async () => {
          await page.getByRole('dialog').getByText('2 only here: uploaded').waitFor();
          await page.getByRole('button', { name: 'Start syncing' }).click();
        });
        await step('everything is in sync', async () => {
          await desk.untilInSync();
          await diskHas(here('handbook.txt'), 'only there');
          await desk.bucket.has('plan.txt', 'as agreed');
        });
        await step('a conflict shows', async () => {
          await page.getByRole('button', { name: 'Pause all' }).click();
          await page.getByRole('heading', { level: 1, name: 'Paused' }).waitFor();
          await writeFile(here('plan.txt'), 'changed on this computer');
          await desk.bucket.put('plan.txt', 'changed by a colleague');
          await page.getByRole('button', { name: 'Resume all' }).click();
          await page.getByRole('button', { name: /^Choose versions/ }).waitFor({ timeout: 60_000 });
        });
        await step('the conflict is opened', async () => {
          await page.getByRole('button', { name: /^Choose versions/ }).click();
          await page.getByRole('button', { name: 'Compare: plan.txt' }).waitFor();
        });
        await step('both versions are side by side', async () => {
          await page.getByRole('button', { name: 'Compare: plan.txt' }).click();
          await page.getByRole('dialog').getByText('changed on this computer').waitFor();
        });
        await step('the conflict is resolved', async () => {
          const ours = page.getByRole('dialog').getByRole('region', { name: /^Version from / });
          await ours.getByRole('button', { name: /^Keep this version/ }).click();
          await page.getByText('The conflict is resolved.').waitFor();
          await desk.bucket.has('plan.txt', 'changed on this computer');
        });
        await step('everything is in sync again', async () => {
          await desk.openTab('Overview');
          await desk.untilInSync();
        });
        await step('a file is deleted on this computer', async () => {
          await rm(here('letter.txt'));
          await desk.bucket.lacks('letter.txt');
          await page.getByText('letter.txt').first().waitFor();
        });
        await step('the menu of the folder opens', async () => {
          await page.getByRole('button', { name: /^More/ }).first().click();
        });
        await step('the deleted files are listed', async () => {
          await page.getByRole('menuitem', { name: 'Deleted files' }).click();
          await page.getByRole('button', { name: 'Restore: letter.txt' }).waitFor();
        });
        await step('the deleted file is restored', async () => {
          await page.getByRole('button', { name: 'Restore: letter.txt' }).click();
          await diskHas(here('letter.txt'), 'wanted again');
          await desk.bucket.has('letter.txt', 'wanted again');
        });
        await step('everything is in sync at the end', async () => {
          await page.keyboard.press('Escape');
          await desk.untilInSync();
        });
        expect(await readFile(here('plan.txt'), 'utf8')).toBe('changed on this computer');
      } finally {
        console.log(`a stranger's path:\n${report.join('\n')}`);
        await names.close();
      }
    });
  },
  { issuer: publicIssuer },
);
