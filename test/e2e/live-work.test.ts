// Engines that are never at rest: small changes travel while large transfers and first syncs run.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { LocalCloud } from '../local-cloud/cloud.ts';
import { cloudForTest, deviceForTest } from '../support/device.ts';
import type { Device } from '../support/device.ts';
import { waitFor } from '../support/wait-for.ts';

const gibibyte = 1024 ** 3;
const firstSyncFiles = 1000;

async function deviceOf(cloud: LocalCloud, deviceName: string): Promise<Device> {
  const device = await deviceForTest(cloud.description);
  await device.editConfig((config) => {
    Object.assign(config, { poll: { idleSeconds: 2 } });
    Object.assign(config.pairs[0] ?? {}, { deviceName });
  });
  await device.signIn('alice');
  return device;
}

/** Keys that the bucket has taken, in order. */
function storedIn({ control }: LocalCloud): readonly string[] {
  const puts = control.log().filter(({ verb, status }) => verb === 'PutObject' && status === 200);
  return puts.map(({ detail }) => detail);
}

/** Verbs of the requests about one file, in order; the probe of a new endpoint sends parts of its own. */
function requestsFor({ control }: LocalCloud, name: string): readonly string[] {
  return control
    .log()
    .filter(({ detail }) => detail.endsWith(name))
    .map(({ verb }) => verb);
}

async function makeSparse(path: string, sizeBytes: number): Promise<void> {
  const file = await open(path, 'w');
  await file.truncate(sizeBytes);
  await file.close();
}

async function overallOf(device: Device): Promise<unknown> {
  const { stdout } = await device.cli(['status', '--json']);
  return (JSON.parse(stdout) as { overall: unknown }).overall;
}

test('a save and a change on another device travel during a 20 GiB upload', async () => {
  const cloud = await cloudForTest();
  const [laptop, desktop] = [await deviceOf(cloud, 'laptop'), await deviceOf(cloud, 'desktop')];
  // The store never answers a part, so that the second upload is under way for as long as the test takes.
  const part = { verb: 'UploadPart', kind: 'delay', delayMs: 3_600_000 } as const;
  for (const name of ['read.bin', 'sent.bin']) cloud.control.addFault({ ...part, keyContains: name });
  // Reading 20 GiB for their hash takes far longer than the test; 64 MiB are read at once, and sent.
  await makeSparse(join(laptop.folder, 'read.bin'), 20 * gibibyte);
  await makeSparse(join(laptop.folder, 'sent.bin'), gibibyte / 16);
  for (const device of [laptop, desktop]) await device.serve('--no-page');
  const requests = (name: string): readonly string[] => requestsFor(cloud, name);
  await waitFor(() => requests('sent.bin').includes('CreateMultipartUpload'), {
    timeoutMs: 120_000,
    what: 'the beginning of the upload',
  });
  await laptop.write('note.txt', 'saved meanwhile');
  await desktop.write('from there.txt', 'hello');
  await waitFor(() => requests('note.txt').includes('PutObject'), {
    what: 'the saved file in the bucket',
  });
  await waitFor(async () => (await laptop.read('from there.txt').catch(() => '')) === 'hello', {
    what: 'the file of the other device',
  });
  for (const name of ['read.bin', 'sent.bin'])
    expect(requests(name)).not.toContain('CompleteMultipartUpload');
  expect(await overallOf(laptop)).toBe('syncing');
});

test('a change on another device arrives during a first sync', async () => {
  const cloud = await cloudForTest();
  const desktop = await deviceOf(cloud, 'desktop');
  await desktop.serve('--no-page');
  await desktop.cli(['status', '--wait', 'idle']);
  const laptop = await deviceOf(cloud, 'laptop');
  cloud.control.addFault({ verb: 'PutObject', kind: 'hold', after: 3, keyContains: '/old/' });
  for (let at = 0; at < firstSyncFiles; at += 1) await laptop.write(`old/${String(at)}.txt`, String(at));
  await laptop.serve('--no-page');
  const sent = (): number => storedIn(cloud).filter((key) => key.includes('/old/')).length;
  await waitFor(() => sent() > 0, { timeoutMs: 120_000, what: 'the beginning of the first sync' });
  await desktop.write('from there.txt', 'hello');
  await waitFor(async () => (await laptop.read('from there.txt')) === 'hello', {
    timeoutMs: 120_000,
    what: 'the file of the other device',
  });
  expect(sent()).toBeLessThan(firstSyncFiles);
});

test('other devices hear of saves while an upload of the same folder never ends', async () => {
  const cloud = await cloudForTest();
  const [laptop, desktop] = [await deviceOf(cloud, 'laptop'), await deviceOf(cloud, 'desktop')];
  for (const device of [laptop, desktop]) await device.serve('--no-page');
  for (const device of [laptop, desktop]) await device.cli(['status', '--wait', 'idle']);
  cloud.control.addFault({ verb: 'PutObject', kind: 'delay', delayMs: 3_600_000, keyContains: 'held' });
  await laptop.write('held.txt', 'never arrives');
  let saves = 0;
  await waitFor(
    async () => {
      await laptop.write(`${String(saves % 4)}.log`, `line ${String((saves += 1))}`);
      return (await readdir(desktop.folder)).some((name) => name.endsWith('.log'));
    },
    { timeoutMs: 120_000, everyMs: 400, what: 'the first file on the other device' },
  );
  expect(await overallOf(laptop)).toBe('syncing');
  expect(storedIn(cloud).some((key) => key.includes('held'))).toBe(false);
});

test('new files in folders that a build removes and makes again arrive at once', async () => {
  const cloud = await cloudForTest();
  const laptop = await deviceOf(cloud, 'laptop');
  const builds = Array.from({ length: 20 }, (_, at) => `project ${String(at)}/out`);
  for (const build of builds) await laptop.write(`${build}/old.txt`, 'x');
  // Beside these the removal of 20 is no question.
  for (let at = 0; at < 400; at += 1) await laptop.write(`others/${String(at)}.txt`, String(at));
  await laptop.serve('--no-page');
  await laptop.cli(['status', '--wait', 'idle']);
  for (const build of builds) {
    const folder = join(laptop.folder, build);
    rmSync(folder, { recursive: true });
    // ext4 gives it the inode of the one before.
    mkdirSync(folder);
    writeFileSync(join(folder, 'new.txt'), 'y');
  }
  const arrived = (): number => storedIn(cloud).filter((key) => key.endsWith('/new.txt')).length;
  await waitFor(() => arrived() === builds.length, { what: 'each new file in the bucket' });
});
