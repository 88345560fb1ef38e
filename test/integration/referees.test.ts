/** The referees agree with each other, and with the SDK, on what a bucket holds; the browser starts and renders. */
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { cephIsMissing, startCeph } from '../support/ceph.ts';
import { chromiumIsMissing, launchBrowser } from '../support/chromium.ts';
import { glewlwydIsMissing, signInOnPage, startGlewlwyd } from '../support/glewlwyd.ts';
import { awsCliAt, awsCliIsMissing, rcloneAt, rcloneIsMissing } from '../support/referees.ts';
import { skipUnless } from '../support/skip.ts';
import { tempFolder } from '../support/temp.ts';

const noReferee = cephIsMissing() ?? rcloneIsMissing() ?? awsCliIsMissing();
const noBrowser = chromiumIsMissing() ?? glewlwydIsMissing();

describe('the referees', skipUnless(noReferee === null, noReferee ?? ''), () => {
  test('read each other through a real S3', async () => {
    const ceph = await startCeph();
    onTestFinished(ceph.stop);
    const access = { s3Endpoint: ceph.s3Endpoint, region: ceph.region, ...ceph.adminCredentials };
    const [rclone, aws] = await Promise.all([rcloneAt(access), awsCliAt(access)]);
    onTestFinished(rclone.remove);
    onTestFinished(aws.remove);
    await makeBucket(access, 'agreed');
    const folder = await tempFolder();
    await writeFile(join(folder, 'ünï cödé.txt'), 'the same bytes');

    const copied = await rclone.run('copy', folder, 's3:agreed/x');
    const listed = await aws.run('s3', 'ls', '--recursive', 's3://agreed/');
    const read = await aws.run('s3', 'cp', 's3://agreed/x/ünï cödé.txt', '-');

    expect(copied).toMatchObject({ code: 0 });
    expect(listed.stdout).toContain('x/ünï cödé.txt');
    expect(read).toMatchObject({ code: 0, stdout: 'the same bytes' });
  });
});

describe('the browser', skipUnless(noBrowser === null, noBrowser ?? ''), () => {
  test("signs in at a stranger's login page", async () => {
    const [provider, browser] = await Promise.all([startGlewlwyd(), launchBrowser()]);
    onTestFinished(provider.stop);
    onTestFinished(() => browser.close());
    const redirectUri = 'http://127.0.0.1:4999/callback';
    await provider.allowRedirect(redirectUri);
    const page = await browser.newPage();
    const [alice] = provider.users;
    const query = new URLSearchParams({
      response_type: 'code',
      client_id: provider.clientId,
      redirect_uri: redirectUri,
      scope: 'openid',
      state: 'a-state',
      nonce: 'a-nonce',
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      code_challenge_method: 'S256',
    });
    const arrived = page.waitForRequest((request) => request.url().startsWith(redirectUri));

    await page.goto(`${provider.issuer}/auth?${query.toString()}`);
    await signInOnPage(page, alice!);

    const back = new URL((await arrived).url());
    expect(back.searchParams.get('state')).toBe('a-state');
    expect(back.searchParams.get('code'), back.href).not.toBeNull();
  });
});

async function makeBucket(
  access: { readonly s3Endpoint: string; readonly region: string } & Parameters<typeof rcloneAt>[0],
  name: string,
): Promise<void> {
  const s3 = new S3Client({
    endpoint: access.s3Endpoint,
    region: access.region,
    credentials: access,
    forcePathStyle: true,
  });
  await s3.send(new CreateBucketCommand({ Bucket: name }));
  s3.destroy();
}
