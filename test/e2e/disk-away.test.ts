// A pair on a removable disk (rule 27): removed during a sync, idle, at start.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cloudForTest, deviceForTest } from '../support/device.ts';
import type { Device } from '../support/device.ts';
import { makeLoopDisk, whyNoLoopDisk } from '../support/loop-disk.ts';
import type { LoopDisk } from '../support/loop-disk.ts';
import { skipUnless } from '../support/skip.ts';
import { waitFor } from '../support/wait-for.ts';

const missing = whyNoLoopDisk();
const needsDisk = skipUnless(missing === null, missing ?? '');
/** The engine checks every ten seconds; the rest is reserve for a busy machine. */
const noticeMs = 60_000;

async function onDisk(): Promise<{
  device: Device;
  disk: LoopDisk;
  cloud: Awaited<ReturnType<typeof cloudForTest>>;
}> {
  const cloud = await cloudForTest();
  const device = await deviceForTest(cloud.description);
  const disk = await makeLoopDisk();
  disk.mount(device.folder);
  await device.signIn('alice');
  for (let index = 0; index < 12; index += 1)
    await device.write(`old${String(index)}.txt`, `old ${String(index)}`);
  await device.sync();
  return { device, disk, cloud };
}

type Status = {
  pairs: { state: string; guards: unknown[]; notices: { code: string }[]; counts: { files: number } }[];
};

async function pairOf(device: Device): Promise<Status['pairs'][number] | undefined> {
  const { stdout } = await device.cli(['status', '--json']);
  return (JSON.parse(stdout) as Status).pairs[0];
}

async function filesIn(folder: string): Promise<readonly string[]> {
  return (await readdir(folder)).filter((name) => name !== '.driftless' && name !== 'lost+found').sort();
}

test(
  'a disk removed during a download leaves the mount point empty, and the rest arrives once it is back',
  needsDisk,
  async () => {
    const { device, disk, cloud } = await onDisk();
    const other = await deviceForTest(cloud.description);
    await other.signIn('alice');
    await other.sync();
    const made = Array.from({ length: 8 }, (_, index) => `made${String(index)}.txt`);
    for (const name of made) await other.write(name, `made elsewhere: ${name}`);
    await other.sync();
    cloud.control.addFault({
      verb: 'GetObject',
      kind: 'hold',
      keyContains: 'made',
    });
    // The marker's generation is written when a batch of downloads begins.
    const marker = (): Promise<string> => readFile(join(device.folder, '.driftless', 'root.json'), 'utf8');
    const before = await marker();
    const running = device.cli(['sync', '--once', '--json']);
    await waitFor(async () => (await marker()) !== before, { what: 'the downloads' });
    disk.pull(device.folder);
    cloud.control.clearFaults();
    const ended = await running;
    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain('the disk may not be connected');
    expect(await filesIn(device.folder)).toEqual([]);
    // Not while it is away either, and `plan` reports the same.
    for (const verb of [['sync', '--once'], ['plan']]) {
      const away = await device.cli(verb);
      expect(away.code).toBe(1);
      expect(away.stderr).toContain('the disk may not be connected');
    }
    expect(await readdir(device.folder)).toEqual([]);
    disk.mount(device.folder);
    await device.sync();
    await other.sync();
    for (const name of made) expect(await device.read(name)).toBe(`made elsewhere: ${name}`);
    expect((await filesIn(other.folder)).filter((name) => name.startsWith('made'))).toEqual(made);
  },
);

test(
  'a disk ejected under an idle engine makes it wait, also over a restart, and resume by itself',
  needsDisk,
  async () => {
    const { device, disk } = await onDisk();
    const first = await device.serve();
    await device.cli(['status', '--wait', 'idle', '--timeout', '120']);
    // No file is open at rest, or the disk could not be ejected.
    await waitFor(
      () => {
        disk.eject(device.folder);
        return true;
      },
      { what: 'the disk to be free' },
    );
    const isAway = async (): Promise<boolean> => {
      const pair = await pairOf(device);
      return pair?.notices.some(({ code }) => code === 'root-away') === true && pair.guards.length === 0;
    };
    await waitFor(isAway, { timeoutMs: noticeMs, everyMs: 500, what: 'the engine to miss its disk' });
    await first.stop();
    await device.serve();
    await waitFor(isAway, {
      timeoutMs: noticeMs,
      everyMs: 500,
      what: 'the engine to start without its disk',
    });
    expect(await readdir(device.folder)).toEqual([]);

    disk.mount(device.folder);
    await device.write('saved.txt', 'saved');
    await waitFor(async () => (await pairOf(device))?.counts.files === 13, {
      timeoutMs: noticeMs,
      everyMs: 500,
      what: 'the engine to resume',
    });
    // New watches: the next change is noticed, too.
    await device.write('again.txt', 'again');
    await waitFor(async () => (await pairOf(device))?.counts.files === 14, {
      timeoutMs: noticeMs,
      everyMs: 500,
      what: 'the watches',
    });
  },
);
