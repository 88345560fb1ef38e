// A folder on a share that does not answer: a start continues with the other folders.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { cloudForTest, deviceForTest } from '../support/device.ts';
import { forcedOwner, whyNotMounted } from '../support/file-systems.ts';
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
