// A start while the disk of the settings and the records is full: the engine waits for room, and ends no service.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { cloudForTest, deviceForTest } from '../support/device.ts';
import { fileSystemKinds, mountFileSystem, whyNotMounted } from '../support/file-systems.ts';
import { skipUnlessMounted } from '../support/skip.ts';
import { waitFor } from '../support/wait-for.ts';

const memory = fileSystemKinds.find(({ name }) => name === 'tmpfs');
const missing = memory === undefined ? 'no tmpfs' : await whyNotMounted(memory);

/** Puts the home on a disk of its own; answers what fills that disk, and what makes room again. */
async function ownDisk(home: string): Promise<{ readonly fill: () => void; readonly makeRoom: () => void }> {
  if (memory === undefined) throw new Error('no tmpfs');
  const mounted = await mountFileSystem(memory);
  const before = `${home}.before`;
  renameSync(home, before);
  mkdirSync(home, { mode: 0o700 });
  spawnSync('mount', ['--bind', mounted.folder, home]);
  onTestFinished(async () => {
    spawnSync('umount', ['-l', home]);
    await mounted.remove();
  });
  spawnSync('chmod', ['700', home]);
  cpSync(before, home, { recursive: true });
  const filler = join(home, 'filler');
  return {
    fill: () => {
      expect(() => {
        writeFileSync(filler, Buffer.alloc(64 * 1024 * 1024));
      }).toThrow('ENOSPC');
    },
    makeRoom: () => {
      rmSync(filler);
    },
  };
}

test(
  'an engine that starts on a full disk runs, says so, and syncs once there is room',
  skipUnlessMounted(missing === null, missing ?? ''),
  async () => {
    const cloud = await cloudForTest();
    const device = await deviceForTest(cloud.description);
    await device.signIn('alice');
    const disk = await ownDisk(device.home);
    const label = join(device.home, 'engine.json');
    // Of an engine that was killed.
    writeFileSync(label, JSON.stringify({ pid: 1, url: null, socket: '/tmp/of-another-user' }));
    disk.fill();
    const engine = await device.serve('--no-page');
    const status = async (): Promise<{ overall: string; pid: number | null }> =>
      JSON.parse((await device.cli(['status', '--json'])).stdout) as never;
    await waitFor(async () => (await status()).overall === 'attention', { what: 'the state to be told' });
    // Where the room of the old one does for it, it is written already.
    expect([null, engine.pid]).toContain((await status()).pid);
    await device.write('first.txt', 'written while there was no room');
    disk.makeRoom();
    await waitFor(() => existsSync(label), { what: 'who runs to be written down' });
    expect(JSON.parse(readFileSync(label, 'utf8'))).toMatchObject({ pid: engine.pid });
    await waitFor(async () => (await status()).overall === 'in-sync', { what: 'the sync' });
    expect(
      cloud.control.log().some(({ verb, detail }) => verb === 'PutObject' && detail.endsWith('/first.txt')),
    ).toBe(true);
  },
);
