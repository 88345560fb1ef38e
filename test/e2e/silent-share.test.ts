// A folder on a share that does not answer: a start continues with the other folders.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { ConfigFile } from '../../main/adapters/config/file.ts';
import { cloudForTest, deviceForTest } from '../support/device.ts';
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

test(
  'while a share does not answer, a start syncs the other folders, and this one once it answers',
  skipUnlessMounted(missing === null, missing ?? ''),
  async () => {
    const cloud = await cloudForTest();
    const device = await deviceForTest(cloud.description);
    const { folder, server } = await mountShare();
    await device.editConfig(({ pairs }) => {
      const [first] = pairs;
      pairs.push({ ...first, id: 'share', folder, prefix: 'users/{sub}/share/' });
      Object.assign(first ?? {}, { prefix: 'users/{sub}/docs/' });
    });
    await device.signIn('alice');
    server.kill('SIGSTOP');
    await device.serve('--no-page');
    await device.write('here.txt', 'on this disk');
    const stored = (name: string): boolean =>
      cloud.control.log().some(({ verb, detail }) => verb === 'PutObject' && detail.endsWith(name));
    await waitFor(() => stored('/docs/here.txt'), { what: 'the file of the other folder' });
    expect(stored('there.txt')).toBe(false);
    server.kill('SIGCONT');
    await waitFor(() => stored('/share/there.txt'), { what: 'the file on the share' });
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
