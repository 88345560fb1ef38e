// `driftless serve` as a real process at the local cloud. Its page runs in a real Chromium; other verbs talk to it.
import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HeadObjectCommand } from '@aws-sdk/client-s3';
import type { Browser, Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { isBuildStale } from '../../build/dist-files.ts';
import type { Snapshot } from '../../preload/contract.ts';
import { personOf, s3Client } from '../local-cloud/client-kit.ts';
import type { LocalCloud } from '../local-cloud/cloud.ts';
import { seriousViolations } from '../support/axe.ts';
import { chromiumIsMissing, launchBrowser } from '../support/chromium.ts';
import { cloudForTest, deviceForTest, logOf } from '../support/device.ts';
import type { Device, Engine } from '../support/device.ts';
import { signInAndSync, signInAtProvider } from '../support/page-scenario.ts';
import { skipUnless } from '../support/skip.ts';
import { waitFor } from '../support/wait-for.ts';

const root = join(import.meta.dirname, '..', '..');
const mebibyte = 1024 * 1024;
const missing = chromiumIsMissing();

beforeAll(async () => {
  if (await isBuildStale(root))
    execFileSync(process.execPath, [join(root, 'build', 'build.ts')], { stdio: 'ignore' });
});

/** Whether alice's object is there, and how long it is. */
async function sizeInBucket(cloud: LocalCloud, path: string): Promise<number | null> {
  const { description } = cloud;
  const client = s3Client(description, description.admin);
  const key = `users/${personOf(description, 'alice').sub}/${path}`;
  try {
    const head = await client.send(new HeadObjectCommand({ Bucket: description.bucket, Key: key }));
    return head.ContentLength ?? null;
  } catch (error) {
    if (error instanceof Error && error.name === 'NotFound') return null;
    throw error;
  } finally {
    client.destroy();
  }
}

type Status = Snapshot & { readonly running: boolean; readonly pid: number | null };

async function status(device: Device, ...args: readonly string[]): Promise<Status> {
  const ended = await device.cli(['status', '--json', ...args]);
  return JSON.parse(ended.stdout) as Status;
}

function putsOf(cloud: LocalCloud): number {
  const counts = cloud.control.counts();
  return (counts['PutObject'] ?? 0) + (counts['UploadPart'] ?? 0);
}

/** Those of one file: what an endpoint honours is tried out with uploads of its own. */
function multipartUploadsOf(cloud: LocalCloud, name: string): number {
  const begun = cloud.control.log().filter((entry) => entry.verb === 'CreateMultipartUpload');
  return begun.filter((entry) => entry.detail.endsWith(`/${name}`)).length;
}

describe('the page of a running engine', skipUnless(missing === null, missing ?? ''), () => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser.close();
  });

  async function openPage(engine: Engine): Promise<{ page: Page; complaints: readonly string[] }> {
    const context = await browser.newContext({ reducedMotion: 'reduce' });
    onTestFinished(() => context.close());
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    await page.goto(engine.url);
    await page.getByRole('heading', { level: 1 }).waitFor();
    return { page, complaints };
  }

  async function signedIn(): Promise<{ cloud: LocalCloud; device: Device; engine: Engine; page: Page }> {
    const cloud = await cloudForTest();
    const device = await deviceForTest(cloud.description);
    await device.signIn('alice');
    const engine = await device.serve();
    const { page } = await openPage(engine);
    await page.getByRole('heading', { level: 1, name: 'Everything is in sync' }).waitFor({ timeout: 60_000 });
    return { cloud, device, engine, page };
  }

  test('tells the main story: sign in, watch it go up, get a change back; axe finds nothing serious', async () => {
    const cloud = await cloudForTest();
    const device = await deviceForTest(cloud.description);
    const engine = await device.serve();
    const { page, complaints } = await openPage(engine);
    const user = personOf(cloud.description, 'alice');
    expect(await seriousViolations(page)).toEqual([]);
    await signInAndSync({
      page,
      browser,
      cloud: cloud.description,
      user,
      folder: device.folder,
      openedUrl: () => engine.openedUrl(),
    });
    expect(await seriousViolations(page)).toEqual([]);
    expect(complaints).toEqual([]);
  });

  test('has the sign-in as a link, for a machine that opens no browser', async () => {
    const cloud = await cloudForTest();
    const device = await deviceForTest(cloud.description);
    const engine = await device.serve();
    const { page } = await openPage(engine);
    await page.getByRole('button', { name: /^Sign in with / }).click();
    const link = page.getByRole('link', { name: /^Sign in at / });
    const address = (await link.getAttribute('href')) ?? '';
    expect(address).toBe(await engine.openedUrl());
    const opening = page.waitForEvent('popup');
    await link.click();
    const opened = await opening;
    await opened.waitForURL((url) => url.origin === new URL(cloud.description.issuer).origin);
    await signInAtProvider(browser, address, personOf(cloud.description, 'alice'));
    await page
      .getByRole('heading', { level: 1, name: 'Everything is in sync' })
      .waitFor({ timeout: 120_000 });
    expect(await link.count()).toBe(0);
  });

  test('shows a large upload while it runs, stops it on pause, and continues with the parts that are there', async () => {
    const { cloud, device, page } = await signedIn();
    // Two parts of seven arrive, the others wait until the pause has ended them: however slow the machine, it cannot finish before.
    cloud.control.addFault({
      verb: 'UploadPart',
      kind: 'hold',
      after: 2,
      keyContains: 'film.bin',
    });
    await device.write('film.bin', new Uint8Array(100 * mebibyte).fill(7));
    const bar = page.getByRole('progressbar', { name: 'Progress of film.bin' });
    await bar.waitFor({ timeout: 60_000 });
    await waitFor(async () => Number(await bar.getAttribute('value')) > 0.1, {
      what: 'progress on the page',
    });
    await page
      .getByRole('button', { name: /^Pause/ })
      .first()
      .click();
    await page.getByRole('heading', { level: 1, name: 'Paused' }).waitFor();
    expect(await sizeInBucket(cloud, 'film.bin')).toBeNull();
    const before = cloud.control.counts()['UploadPart'] ?? 0;
    expect(before).toBeGreaterThan(0);
    cloud.control.clearFaults();
    await page
      .getByRole('button', { name: /^Resume/ })
      .first()
      .click();
    await waitFor(async () => (await sizeInBucket(cloud, 'film.bin')) === 100 * mebibyte, {
      what: 'the whole film',
    });
    await page.getByRole('heading', { level: 1, name: 'Everything is in sync' }).waitFor({ timeout: 60_000 });
    expect(multipartUploadsOf(cloud, 'film.bin')).toBe(1);
  });

  test('a full check lists the bucket; sign-out forgets everything and stops', async () => {
    const { cloud, device, page } = await signedIn();
    cloud.control.clearLog();
    await page.getByRole('button', { name: /^More/ }).first().click();
    await page.getByRole('menuitem', { name: 'Full check' }).click();
    await waitFor(() => (cloud.control.counts()['ListObjectsV2'] ?? 0) > 0, { what: 'a listing' });
    await page.getByRole('tab', { name: 'Settings' }).click();
    await page
      .getByRole('button', { name: /^Sign out/ })
      .first()
      .click();
    await page
      .getByRole('button', { name: /^Sign in with/ })
      .first()
      .waitFor({ timeout: 60_000 });
    await device.write('after.txt', 'no user is signed in');
    const seen = await device.cli(['status', '--json']);
    expect(seen.code).toBe(3);
    expect((JSON.parse(seen.stdout) as Status).accounts[0]?.state).toBe('signed-out');
    expect(await sizeInBucket(cloud, 'after.txt')).toBeNull();
    expect(await seriousViolations(page)).toEqual([]);
  });
});

describe('a running engine', () => {
  async function running(): Promise<{ cloud: LocalCloud; device: Device; engine: Engine }> {
    const cloud = await cloudForTest();
    const device = await deviceForTest(cloud.description);
    await device.signIn('alice');
    return { cloud, device, engine: await device.serve() };
  }

  test('uploads each saved file by itself', async () => {
    const { cloud, device } = await running();
    await device.cli(['status', '--wait', 'idle']);
    for (const name of ['first.txt', 'deep/down/second.txt', 'first.txt']) {
      const content = `saved as ${name} at ${String(performance.now())}`.padEnd(80 + name.length, '.');
      await device.write(name, content);
      await waitFor(async () => (await sizeInBucket(cloud, name)) === content.length, {
        what: `${name} in the bucket`,
      });
    }
  });

  test('uploads nothing again after a restart', async () => {
    const { cloud, device, engine } = await running();
    for (let index = 0; index < 30; index += 1)
      await device.write(`notes/${String(index)}.txt`, `note ${String(index)}`);
    await device.write('empty.txt', '');
    await waitFor(async () => (await sizeInBucket(cloud, 'empty.txt')) === 0);
    await waitFor(async () => (await status(device, '--wait', 'idle')).pairs[0]?.counts.files === 31);
    expect((await engine.stop()).code).toBe(0);
    cloud.control.clearLog();

    await device.serve();
    const after = await status(device, '--wait', 'idle');

    expect(after.pairs[0]).toMatchObject({ state: 'in-sync', counts: { files: 31 } });
    expect(cloud.control.counts()['ListObjectsV2']).toBeGreaterThan(0);
    expect(putsOf(cloud)).toBe(0);
    expect(cloud.control.counts()['GetObject'] ?? 0).toBeLessThanOrEqual(3);
  });

  test('ends within five seconds of SIGTERM in the middle of a large upload, and continues from there', async () => {
    const { cloud, device, engine } = await running();
    await device.cli(['status', '--wait', 'idle']);
    cloud.control.addFault({ verb: 'UploadPart', kind: 'hold', after: 2, keyContains: 'film.bin' });
    await device.write('film.bin', new Uint8Array(100 * mebibyte).fill(3));
    await waitFor(() => (cloud.control.counts()['UploadPart'] ?? 0) >= 2, {
      what: 'the first parts',
    });
    const ended = await engine.stop();
    expect(ended.ms).toBeLessThan(5000);
    expect(ended).toMatchObject({ code: 0, signal: null });
    expect(await sizeInBucket(cloud, 'film.bin')).toBeNull();
    cloud.control.clearFaults();

    await device.serve();
    await waitFor(async () => (await sizeInBucket(cloud, 'film.bin')) === 100 * mebibyte);
    expect(multipartUploadsOf(cloud, 'film.bin')).toBe(1);
  });

  test('tells how it stands, pauses and resumes by command, and is the only one of its home', async () => {
    const { cloud, device, engine } = await running();
    const idle = await device.cli(['status', '--wait', 'idle', '--timeout', '120', '--json']);
    expect(idle.code).toBe(0);
    expect(JSON.parse(idle.stdout)).toMatchObject({
      running: true,
      pid: engine.pid,
      overall: 'in-sync',
      accounts: [{ id: 'work', state: 'signed-in' }],
      pairs: [{ id: 'docs', state: 'in-sync' }],
    });

    const paused = await device.cli(['pause']);
    expect(paused).toMatchObject({ code: 0, stdout: 'pause: done\n' });
    await waitFor(async () => (await status(device)).pairs[0]?.state === 'paused');
    await device.write('while-paused.txt', 'waits');
    await device.cli(['resume']);
    await waitFor(async () => (await sizeInBucket(cloud, 'while-paused.txt')) === 5);

    // A read verb asks the running engine, also while the pair is paused.
    await device.cli(['pause']);
    await device.write('planned.txt', 'not yet');
    const planned = await device.cli(['plan', '--json']);
    expect(planned).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(planned.stdout)).toMatchObject({
      ok: true,
      pairs: [
        {
          pair: 'docs',
          ops: [{ op: 'upload', path: 'planned.txt', bytes: 7 }],
          counts: { upload: 1 },
          guards: [],
        },
      ],
    });
    expect(await sizeInBucket(cloud, 'planned.txt')).toBeNull();
    await device.cli(['resume']);

    for (const verb of [['serve'], ['sync', '--once']]) {
      const second = await device.cli(verb);
      expect(second.code).toBe(3);
      expect(second.stderr).toContain(`pid ${String(engine.pid)}`);
      expect(second.stderr.trim().split('\n')).toHaveLength(1);
    }
    const secondJson = await device.cli(['sync', '--once', '--json']);
    expect(JSON.parse(secondJson.stdout)).toMatchObject({ ok: false, error: { code: 'engine-running' } });
  });

  test('keeps no secret in its log or its output', async () => {
    const { device, engine } = await running();
    await device.cli(['status', '--wait', 'idle']);
    const text = `${JSON.stringify(await logOf(device.home))}${engine.stderr()}`;
    expect(text).toContain('"');
    expect(text).not.toMatch(/eyJ[\w-]{20,}\.|refresh_token|SessionToken|wonderland/u);
  });

  test('finds its home by DRIFTLESS_HOME as well, and --home wins', async () => {
    const { device, engine } = await running();
    await writeFile(join(device.folder, 'x.txt'), 'x');
    const named = await device.cli(['status', '--json'], { env: { DRIFTLESS_HOME: '/nonexistent' } });
    expect(JSON.parse(named.stdout)).toMatchObject({ running: true, pid: engine.pid });
    const elsewhere = await deviceForTest(device.cloud);
    const other = await elsewhere.cli(['status', '--json']);
    expect(JSON.parse(other.stdout)).toMatchObject({ running: false, pid: null });
  });
});
