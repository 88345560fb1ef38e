// A folder on a share that does not answer: a start continues with the other folders.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { ConfigFile } from '../../main/adapters/config/file.ts';
import { cloudForTest, deviceForTest } from '../support/device.ts';
import type { Device } from '../support/device.ts';
import { forcedOwner, whyNotMounted } from '../support/file-systems.ts';
import { goodProfile } from '../support/profiles.ts';
import { skipUnlessMounted } from '../support/skip.ts';
import { tempFolder } from '../support/temp.ts';
import { waitFor } from '../support/wait-for.ts';

const missing = await whyNotMounted(forcedOwner);

/** A share whose server can be stopped: what is asked of it then waits. */
async function mountShare(): Promise<{ readonly folder: string; readonly server: ReturnType<typeof spawn> }> {
  const room = await tempFolder('share');
  const [behind, at] = [join(room, 'behind'), join(room, 'mounted')];
  mkdirSync(join(behind, 'work/files'), { recursive: true });
  mkdirSync(at);
  const server = spawn('bindfs', ['-f', behind, at], { stdio: 'ignore' });
  onTestFinished(() => {
    server.kill('SIGCONT');
    spawnSync('umount', ['-l', at], { stdio: 'ignore' });
    server.kill();
  });
  const folder = join(at, 'work/files');
  await waitFor(() => existsSync(folder), { what: 'the share' });
  writeFileSync(join(folder, 'there.txt'), 'on the share');
  return { folder, server };
}

const severalPairs = Array.from({ length: 8 }, (_none, at) => `share${String(at)}`);

/** A device with a folder on this disk and several on a share, signed in. */
async function deviceWithShare(): Promise<{
  readonly device: Device;
  readonly folders: readonly string[];
  readonly server: ReturnType<typeof spawn>;
  readonly isStored: (name: string) => boolean;
}> {
  const cloud = await cloudForTest();
  const device = await deviceForTest(cloud.description);
  const { folder, server } = await mountShare();
  const folders = severalPairs.map((id) => join(dirname(folder), id));
  for (const each of folders) {
    mkdirSync(each);
    writeFileSync(join(each, 'there.txt'), 'on the share');
  }
  await device.editConfig(({ pairs }) => {
    const [first] = pairs;
    for (const [at, id] of severalPairs.entries())
      pairs.push({ ...first, id, folder: folders[at], prefix: `users/{sub}/${id}/` });
    Object.assign(first ?? {}, { prefix: 'users/{sub}/docs/' });
  });
  await device.signIn('alice');
  const isStored = (name: string): boolean =>
    cloud.control.log().some(({ verb, detail }) => verb === 'PutObject' && detail.endsWith(name));
  return { device, folders, server, isStored };
}

test(
  'while a share does not answer, a start syncs the other folders, and those on it once it answers',
  skipUnlessMounted(missing === null, missing ?? ''),
  async () => {
    const { device, server, isStored } = await deviceWithShare();
    server.kill('SIGSTOP');
    await device.serve('--no-page');
    await device.write('here.txt', 'on this disk');
    await waitFor(() => isStored('/docs/here.txt'), { what: 'the file of the other folder' });
    expect(isStored('there.txt')).toBe(false);
    // Every folder has begun by now, whatever it waits for.
    await delay(10_000);
    await device.write('later.txt', 'on this disk');
    await waitFor(() => isStored('/docs/later.txt'), { what: 'the later file of the other folder' });
    server.kill('SIGCONT');
    for (const id of severalPairs)
      await waitFor(() => isStored(`/${id}/there.txt`), { what: `the file of ${id}` });
  },
);

test(
  'when a share ceases to answer, the other folders are synced on, and those on it once it answers',
  skipUnlessMounted(missing === null, missing ?? ''),
  async () => {
    const { device, folders, server, isStored } = await deviceWithShare();
    await device.serve('--no-page');
    for (const id of severalPairs)
      await waitFor(() => isStored(`/${id}/there.txt`), { what: `the file of ${id}` });
    await device.cli(['status', '--wait', 'idle']);
    for (const folder of folders)
      for (const name of ['a.txt', 'b.txt', 'c.txt']) writeFileSync(join(folder, name), 'the last word');
    server.kill('SIGSTOP');
    // Each folder has looked at what was written by then.
    await delay(10_000);
    await device.write('here.txt', 'on this disk');
    await waitFor(() => isStored('/docs/here.txt'), { what: 'the file of the other folder' });
    server.kill('SIGCONT');
    for (const id of severalPairs)
      for (const name of ['a.txt', 'b.txt', 'c.txt'])
        await waitFor(() => isStored(`/${id}/${name}`), { what: `${name} of ${id}` });
  },
);

test(
  'while a share does not answer, settings with several folders of it wait for it once',
  skipUnlessMounted(missing === null, missing ?? ''),
  async () => {
    const { folder, server } = await mountShare();
    const { driftlessProfile: _format, bucket, prefix, ...account } = goodProfile;
    const pairs = ['one', 'two', 'three', 'four'].map((id) => ({
      id,
      account: account.id,
      folder: join(dirname(folder), id),
      bucket,
      prefix: `${prefix}${id}/`,
    }));
    for (const pair of pairs) mkdirSync(pair.folder);
    const home = await tempFolder('home');
    const file = join(home, 'config.json');
    writeFileSync(file, JSON.stringify({ accounts: [account], pairs }));
    server.kill('SIGSTOP');
    // What the system remembers of the share is for a second.
    await delay(1500);
    const { signal } = new AbortController();
    const beganMs = performance.now();
    for (let read = 0; read < 4; read += 1) await new ConfigFile({ home, env: {} }).load(signal);
    // Five seconds for each folder would be twenty for each time.
    expect(performance.now() - beganMs).toBeLessThan(15_000);
    // What waits for the share keeps one of four threads.
    expect(await Promise.race([readFile(file, 'utf8'), delay(5000, 'late')])).not.toBe('late');
    server.kill('SIGCONT');
  },
);
