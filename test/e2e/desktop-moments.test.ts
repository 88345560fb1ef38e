/** Scenarios of the moments that interrupt the desktop app: no network, sleep, and a quit in mid-upload. */
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { desktopScenarios } from '../support/desktop/desk.ts';
import { waitFor } from '../support/wait-for.ts';

const patience = { timeout: 60_000 };
const mebibyte = 1024 * 1024;

desktopScenarios('interruptions of the desktop app', (desk) => {
  const sent = (verb: string): number =>
    desk.cloud.control.log().filter((entry) => entry.verb === verb && entry.status === 200).length;

  test('without a network the page says so calmly, and all is synced once it is back', async () => {
    await desk.configure();
    await desk.start();
    await desk.signIn();
    const { page } = desk;
    desk.cloud.control.addFault({ verb: '*', kind: 'cut-before' });
    await writeFile(join(desk.folder, 'waits.txt'), 'saved without a network');
    await page.getByRole('heading', { level: 1, name: 'Offline' }).waitFor(patience);
    await page.getByText('Syncing resumes when you are back online.').first().waitFor();
    // Nothing that the user would have to do.
    expect(await page.getByRole('button', { name: /^(?:Sign in|Review)/ }).count()).toBe(0);

    desk.cloud.control.clearFaults();
    await desk.bucket.has('waits.txt', 'saved without a network');
    await desk.untilInSync();
  });

  test('a folder that stands still is tried as soon as the computer wakes up', async () => {
    await desk.configure();
    await desk.start();
    await desk.signIn();
    const { page } = desk;
    // The store refuses listings until the folder stands still for minutes; then it is well again, which the app cannot know.
    desk.cloud.control.addFault({ verb: 'ListObjectsV2', kind: 'error', status: 403, code: 'AccessDenied' });
    await desk.choose(/^More/, 'Full check');
    await page.getByRole('heading', { level: 1, name: 'Needs your attention' }).waitFor(patience);
    await page.getByText('You are not allowed to do this in the bucket.').waitFor();
    desk.cloud.control.clearFaults();
    await writeFile(join(desk.folder, 'asleep.txt'), 'saved before the sleep');
    expect(await desk.bucket.read('asleep.txt')).toBeNull();
    await desk.app.wakeUp();
    await desk.bucket.has('asleep.txt', 'saved before the sleep');
    await desk.untilInSync();
  });

  test('a quit in the middle of an upload keeps what was sent, and the next start sends the rest', async () => {
    const partBytes = 5 * mebibyte;
    const parts = 6;
    await desk.configure((config) => {
      config['parts'] = { sizeBytes: partBytes, concurrency: 1 };
    });
    await desk.start();
    await desk.signIn();
    // The probe of the store sends parts as well.
    desk.cloud.control.clearLog();
    const film = randomBytes(partBytes * parts);
    // Two parts arrive; the next one takes longer than anything in this test.
    desk.cloud.control.addFault({ verb: 'UploadPart', kind: 'delay', delayMs: 600_000, after: 2 });
    await writeFile(join(desk.folder, 'film.bin'), film);
    await desk.page.getByRole('progressbar', { name: 'Progress of film.bin' }).waitFor(patience);
    await waitFor(() => sent('UploadPart') === 2, { what: 'two parts in the bucket' });
    await desk.app.quit();
    expect(sent('CompleteMultipartUpload')).toBe(0);
    expect(sent('AbortMultipartUpload')).toBe(0);

    desk.cloud.control.clearFaults();
    desk.cloud.control.clearLog();
    await desk.start();
    await waitFor(() => sent('CompleteMultipartUpload') === 1, { what: 'the whole file' });
    await desk.untilInSync();
    expect(sent('CreateMultipartUpload')).toBe(0);
    expect(sent('UploadPart')).toBe(parts - 2);
    expect((await desk.bucket.bytes('film.bin')).equals(film)).toBe(true);
  });
});
