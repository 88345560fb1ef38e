// Watches beside a share that does not answer: nothing of it is looked at where all folders would wait for it.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { cloudForTest, deviceForTest } from '../support/device.ts';
import type { Device } from '../support/device.ts';
import { forcedOwner, whyNotMounted } from '../support/file-systems.ts';
import { skipUnlessMounted } from '../support/skip.ts';
import { tempFolder } from '../support/temp.ts';
import { waitFor } from '../support/wait-for.ts';

const missing = await whyNotMounted(forcedOwner);
const mounted = skipUnlessMounted(missing === null, missing ?? '');
/** As many as Linux keeps events for. */
const burst = 17_000;

type Share = { readonly silence: () => void; readonly answerAgain: () => void };

async function mountShareAt(at: string): Promise<Share> {
  const behind = await tempFolder('behind');
  mkdirSync(join(behind, 'files'));
  mkdirSync(at, { recursive: true });
  const server = spawn('bindfs', ['-f', behind, at], { stdio: 'ignore' });
  onTestFinished(() => {
    server.kill('SIGCONT');
    spawnSync('umount', ['-l', at], { stdio: 'ignore' });
    server.kill();
  });
  await waitFor(() => existsSync(join(at, 'files')), { what: 'the share' });
  return { silence: () => server.kill('SIGSTOP'), answerAgain: () => server.kill('SIGCONT') };
}

/** The device's first folder beside another one. */
async function addFolder(device: Device, folder: string): Promise<void> {
  await device.editConfig(({ pairs }) => {
    const [first] = pairs;
    pairs.push({ ...first, id: 'other', folder, prefix: 'users/{sub}/other/' });
    Object.assign(first ?? {}, { prefix: 'users/{sub}/docs/', ignore: ['*.scratch'] });
  });
}

test('a silent share within a synced folder holds no other folder up', mounted, async () => {
  const cloud = await cloudForTest();
  const device = await deviceForTest(cloud.description);
  const other = await tempFolder('with-a-share');
  const share = await mountShareAt(join(other, 'work', 'server'));
  await addFolder(device, other);
  await device.signIn('alice');
  share.silence();
  await device.serve('--no-page');
  await device.write('here.txt', 'on this disk');
  const stored = (): boolean =>
    cloud.control.log().some(({ verb, detail }) => verb === 'PutObject' && detail.endsWith('/docs/here.txt'));
  await waitFor(stored, { what: 'the file of the other folder' });
  share.answerAgain();
});

test('losing file events of one folder asks nothing of a silent share', mounted, async () => {
  const cloud = await cloudForTest();
  const device = await deviceForTest(cloud.description);
  const at = join(await tempFolder('share'), 'at');
  const share = await mountShareAt(at);
  await addFolder(device, join(at, 'files'));
  await device.signIn('alice');
  const engine = await device.serve('--no-page');
  const status = async (): Promise<string> =>
    (JSON.parse((await device.cli(['status', '--json'])).stdout) as { overall: string }).overall;
  await waitFor(async () => (await status()) === 'in-sync', { what: 'the first sync' });
  share.silence();
  process.kill(engine.pid, 'SIGSTOP');
  for (let made = 0; made < burst; made += 1)
    writeFileSync(join(device.folder, `made ${String(made)}.scratch`), '');
  process.kill(engine.pid, 'SIGCONT');
  await device.write('here.txt', 'on this disk');
  const stored = (): boolean =>
    cloud.control.log().some(({ verb, detail }) => verb === 'PutObject' && detail.endsWith('/docs/here.txt'));
  await waitFor(stored, { what: 'the file of the other folder' });
  share.answerAgain();
  expect(await status()).not.toBe('');
});
