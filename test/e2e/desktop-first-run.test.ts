/** Scenarios of a first run in the desktop app: by link, by file, with an AWS account of one's own, with neither. */
import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { desktopScenarios, diskHas } from '../support/desktop/desk.ts';
import {
  publicIssuer,
  publicStore,
  startPublicNames,
  trustPublicNames,
} from '../support/desktop/public-names.ts';
import type { PublicNames } from '../support/desktop/public-names.ts';
import { linkOf } from '../support/profiles.ts';

const document = z.looseObject({ Statement: z.array(z.looseObject({})) });
const template = z.object({
  Resources: z.object({
    Provider: z.object({ Properties: z.object({ Url: z.string(), ClientIdList: z.array(z.string()) }) }),
    Role: z.object({
      Properties: z.object({
        RoleName: z.string(),
        AssumeRolePolicyDocument: document,
        Policies: z.array(z.object({ PolicyDocument: document })),
      }),
    }),
  }),
});

desktopScenarios(
  'the first run of the desktop app',
  (desk) => {
    let names: PublicNames;

    trustPublicNames();
    beforeEach(async () => {
      names = await startPublicNames(desk.cloud.description);
      await writeFile(join(desk.folder, 'here.txt'), 'only here');
      await desk.bucket.put('there.txt', 'only there');
      await desk.start({ proxy: names.proxy });
      await desk.page.getByRole('heading', { level: 2, name: 'Connect with a profile' }).waitFor();
    });
    afterEach(() => names.close());

    function profile(): Record<string, unknown> {
      const { clientId, accountId, roleArn, region, bucket } = desk.cloud.description;
      const exchange = {
        kind: 'web-identity',
        roleArn,
        stsEndpoint: `${publicIssuer}/sts`,
        durationSeconds: 3600,
      };
      return {
        ...{ driftlessProfile: 1, id: 'work', issuer: publicIssuer, clientId, accountId, exchange, region },
        ...{ s3Endpoint: publicStore, forcePathStyle: true, bucket, prefix: 'users/{sub}/' },
      };
    }

    /** From the review on: folder, and the question outside the page. */
    async function acceptProfile(): Promise<void> {
      const { page } = desk;
      await desk.app.answerDialogs({ folder: desk.folder, button: 1 });
      await page.getByRole('button', { name: 'Choose another…' }).click();
      await page.getByText(desk.folder).first().waitFor();
      expect(existsSync(join(desk.home, 'config.json'))).toBe(false);
      await page.getByRole('button', { name: 'Accept and sign in' }).click();
    }

    async function signIn(): Promise<void> {
      await desk.signInAtProvider({
        proxy: { server: `http://${names.proxy}`, bypass: '127.0.0.1' },
        ignoreHTTPSErrors: true,
      });
    }

    /** The preview, in which nothing has moved yet, and from its start to both sides the same. */
    async function startSyncing(): Promise<void> {
      const dialog = desk.page.getByRole('dialog', { name: 'Before the first sync' });
      await dialog.getByText('1 only here: uploaded').waitFor();
      await dialog.getByText('1 only in the bucket: downloaded').waitFor();
      expect(await desk.bucket.read('here.txt')).toBeNull();
      expect(existsSync(join(desk.folder, 'there.txt'))).toBe(false);
      await dialog.getByRole('button', { name: 'Start syncing' }).click();
      await desk.untilInSync();
      await desk.bucket.has('here.txt', 'only here');
      await diskHas(join(desk.folder, 'there.txt'), 'only there');
      expect((await desk.config()).pairs).toMatchObject([{ folder: desk.folder, prefix: 'users/{sub}/' }]);
    }

    test('a link that the system opens is shown, accepted, signed in to, previewed and synced', async () => {
      // Such a link may name AWS and the provider's own address, and no other host.
      await desk.app.startAgain(linkOf({ ...profile(), s3Endpoint: null, exchange: awsExchange() }));
      await desk.page.getByRole('heading', { name: 'Connect to login.company.example?' }).waitFor();
      await acceptProfile();
      await signIn();
      await startSyncing();
    });

    test('a file is chosen, the store that it names is typed; a cancelled sign-in and a restart leave the preview for later', async () => {
      const { page } = desk;
      const chosen = page.waitForEvent('filechooser');
      await page.getByRole('button', { name: 'Choose a profile…' }).click();
      const buffer = Buffer.from(JSON.stringify(profile()));
      await (await chosen).setFiles({ name: 'work.json', mimeType: 'application/json', buffer });
      await page.getByLabel('Type files.company.example to trust it').fill('files.company.example');
      await acceptProfile();
      await desk.app.openedUrl();
      await page.getByRole('button', { name: 'Cancel' }).click();
      await page.getByText('The first sync begins once you have signed in').waitFor();
      // The folder stays paused over a restart, and the sign-in alone does not start it.
      await desk.app.quit();
      await desk.start({ proxy: names.proxy });
      await desk.page.getByText('The first sync begins once you have signed in').waitFor();
      await desk.page
        .getByRole('button', { name: /^Sign in with / })
        .first()
        .click();
      await signIn();
      await desk.page.getByRole('heading', { level: 1, name: 'Ready to start' }).waitFor();
      await desk.page.getByRole('button', { name: /^Preview the first sync/ }).click();
      await startSyncing();
    });

    test('with an AWS account of one’s own the template makes the role that the connection takes; an empty folder starts', async () => {
      const { page, cloud, user } = desk;
      const { clientId, accountId, bucket, region } = cloud.description;
      // The account is empty until the template is deployed.
      cloud.control.putRole({ name: 'driftless', trust: { Statement: [] }, policies: [] });
      await page.getByText('I have an AWS account of my own').click();
      await page.getByLabel('Sign-in service (issuer)').fill(publicIssuer);
      await page.getByLabel('Client id').fill(clientId);
      await page.getByLabel('AWS account').fill(accountId);
      await page.getByLabel('Bucket').fill(bucket);
      await page.getByLabel('Region').fill(region);
      await page.getByLabel('Your user id at the sign-in service').fill(user.sub);
      await page.getByRole('button', { name: 'Copy template' }).click();
      await page.getByText('The template is on the clipboard.').waitFor();
      const { Provider, Role } = template.parse(JSON.parse(await desk.app.copiedText())).Resources;
      cloud.control.putOidcProvider(Provider.Properties.Url, Provider.Properties.ClientIdList);
      cloud.control.putRole({
        name: Role.Properties.RoleName,
        trust: Role.Properties.AssumeRolePolicyDocument as never,
        policies: Role.Properties.Policies.map((policy) => policy.PolicyDocument as never),
      });
      await page.getByRole('button', { name: 'Review the connection' }).click();
      await page.getByRole('heading', { name: 'Connect to login.company.example?' }).waitFor();
      // Nothing of the user's is in the folder, so there is nothing to look at first.
      await rm(join(desk.folder, 'here.txt'));
      await acceptProfile();
      await signIn();
      await page.getByText('was empty: syncing has started.').waitFor();
      await desk.untilInSync();
      await diskHas(join(desk.folder, 'there.txt'), 'only there');
    });

    test('with neither the page says what is needed and where the demo is; a link that is declined leaves nothing', async () => {
      const { page } = desk;
      await page.getByText('I have neither').click();
      await page.getByText('a sign-in service that speaks OpenID Connect').waitFor();
      await page
        .getByText('its source code has a demo with a cloud that runs on your computer alone')
        .waitFor();
      await page
        .getByLabel('Paste the link')
        .fill(linkOf({ ...profile(), s3Endpoint: null, exchange: awsExchange() }));
      await page.getByRole('button', { name: 'Show', exact: true }).click();
      await page.getByRole('button', { name: 'Decline' }).click();
      await page.getByText('Declined. Nothing was set up.').waitFor();
      await page.getByRole('button', { name: 'Choose a profile…' }).waitFor();
      expect(existsSync(join(desk.home, 'config.json'))).toBe(false);
      expect(await desk.bucket.read('here.txt')).toBeNull();
    });

    /** At AWS's own names. */
    function awsExchange(): Record<string, unknown> {
      return {
        kind: 'web-identity',
        roleArn: desk.cloud.description.roleArn,
        stsEndpoint: null,
        durationSeconds: 3600,
      };
    }
  },
  { issuer: publicIssuer },
);
