// Changes of the machine under a running engine: sleep, another network, a clock that is set.
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import type { LocalCloud } from '../local-cloud/cloud.ts';
import { cloudForTest, deviceForTest } from '../support/device.ts';
import type { Device } from '../support/device.ts';
import { endOf, startCli } from '../support/driftless-cli.ts';
import type { CliOptions } from '../support/driftless-cli.ts';
import { networkNamespace, whyNoNetworkNamespace } from '../support/network-namespace.ts';
import { skipUnless, skipUnlessMounted } from '../support/skip.ts';
import { tempFolder } from '../support/temp.ts';
import { waitFor } from '../support/wait-for.ts';

/** Far below the next try of a pair that stands still, far above what the try itself takes. */
const deadline = { timeoutMs: 60_000 };
/** Longer than any interval of the engine's check for a sleep. */
const sleepMs = 7500;

async function signedIn(cloud: LocalCloud): Promise<Device> {
  const device = await deviceForTest(cloud.description);
  await device.signIn('alice');
  return device;
}

/** `serve` in surroundings of the test's own; its process id. */
async function serveIn(device: Device, options: CliOptions): Promise<number> {
  const child = startCli(['serve', '--no-page', '--home', device.home], options);
  const ended = endOf(child);
  let said = '';
  child.stdout?.on('data', (text: unknown) => (said += String(text)));
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  await waitFor(() => said.includes('\n'), { ...deadline, what: 'the engine' });
  if (child.pid === undefined) throw new Error('the engine has no process id');
  return child.pid;
}

type Standing = { readonly code: string; readonly retryAtMs: number | null };

async function standingOf(device: Device): Promise<Standing | null> {
  const { stdout } = await device.cli(['status', '--json']);
  const { pairs } = JSON.parse(stdout) as { pairs: { standing: Standing | null }[] };
  return pairs[0]?.standing ?? null;
}

async function arrives(cloud: LocalCloud, name: string): Promise<void> {
  const isThere = (): boolean =>
    cloud.control
      .log()
      .some(({ verb, status, detail }) => verb === 'PutObject' && status === 200 && detail.endsWith(name));
  await waitFor(isThere, { ...deadline, what: `${name} in the bucket` });
}

/** The store refuses listings until the pair stands still for minutes; then it is well again, which the pair cannot know. */
async function standsStill(cloud: LocalCloud, device: Device): Promise<void> {
  cloud.control.addFault({ verb: 'ListObjectsV2', kind: 'error', status: 403, code: 'AccessDenied' });
  await device.cli(['check']);
  const standing = await waitFor(() => standingOf(device), { ...deadline, what: 'a pair that stands still' });
  expect(standing.retryAtMs).toBeGreaterThan(Date.now() + 2 * deadline.timeoutMs);
  cloud.control.clearFaults();
}

const noNamespace = whyNoNetworkNamespace();

test(
  'a pair that stands still is tried at once after a sleep and in a new network',
  skipUnlessMounted(noNamespace === null, noNamespace ?? ''),
  async () => {
    const cloud = await cloudForTest();
    const device = await signedIn(cloud);
    const { issuer, sts, s3 } = cloud.description;
    const network = await networkNamespace([issuer, sts, s3]);
    const pid = await serveIn(device, { through: network.through });
    await device.write('first.txt', 'before everything');
    await arrives(cloud, 'first.txt');

    await standsStill(cloud, device);
    await device.write('network.txt', 'saved before the network came');
    network.addInterface('cable', '192.0.2.7/24');
    await arrives(cloud, 'network.txt');

    await standsStill(cloud, device);
    await device.write('sleep.txt', 'saved before the sleep');
    process.kill(pid, 'SIGSTOP');
    await delay(sleepMs);
    process.kill(pid, 'SIGCONT');
    await arrives(cloud, 'sleep.txt');
  },
);

const fakeTime = '/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1';

test(
  'a wall clock that is set back or ahead holds nothing up',
  skipUnless(existsSync(fakeTime), 'faketime is not installed'),
  async () => {
    const cloud = await cloudForTest();
    const device = await signedIn(cloud);
    const file = join(await tempFolder('clock'), 'offset');
    const set = (offset: string): Promise<void> => writeFile(file, offset);
    await set('+0');
    await serveIn(device, {
      env: {
        LD_PRELOAD: fakeTime,
        FAKETIME_TIMESTAMP_FILE: file,
        FAKETIME_CACHE_DURATION: '1',
        // Waits run on this one, which no program can set.
        FAKETIME_DONT_FAKE_MONOTONIC: '1',
      },
    });
    await device.write('first.txt', 'before everything');
    await arrives(cloud, 'first.txt');
    for (const offset of ['-30d', '+400d']) {
      cloud.control.addFault({ verb: '*', kind: 'error', status: 503, code: 'SlowDown' });
      await device.cli(['check']);
      await waitFor(() => standingOf(device), { ...deadline, what: 'a pair that waits' });
      await set(offset);
      await device.write(`${offset}.txt`, 'saved while the pair waited');
      cloud.control.clearFaults();
      await arrives(cloud, `${offset}.txt`);
    }
  },
);
