// `npm run soak -- --live`: two real engines against the local cloud, which misbehaves at random, as does the machine.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startLocalCloud } from '../local-cloud/cloud.ts';
import type { LocalCloud } from '../local-cloud/cloud.ts';
import { seeded } from '../simulation/seeded.ts';
import type { Seeded } from '../simulation/seeded.ts';
import { liveDevice } from './live-device.ts';
import type { LiveDevice } from './live-device.ts';
import { liveEvents } from './live-events.ts';
import type { LiveEvent } from './live-events.ts';
import { liveFiles } from './live-files.ts';

export type LiveSoak = {
  readonly seed: number;
  /** How long users work and services misbehave; afterwards the engines have `settleMs` to get in sync. */
  readonly workMs: number;
  readonly settleMs: number;
  /** Also failures that are retried only every few minutes. */
  readonly withSlow: boolean;
  /** Longest time that a service misbehaves. */
  readonly longestMs: number;
  readonly say: (line: string) => void;
};

export type LiveSoakReport = {
  readonly seed: number;
  readonly events: number;
  readonly edits: number;
  readonly restarts: number;
  /** Milliseconds from the last failure until both devices were in sync. */
  readonly settledMs: number | null;
  /** What is lost, differs, or keeps a device from being in sync. */
  readonly wrong: readonly string[];
};

export async function runLiveSoak(soak: LiveSoak): Promise<LiveSoakReport> {
  const room = await mkdtemp(join(tmpdir(), 'driftless-soak-'));
  const random = seeded(soak.seed);
  const cloud = await startLocalCloud({ directory: join(room, 'cloud'), random: () => random.next() });
  const devices: LiveDevice[] = [];
  try {
    for (const name of ['laptop', 'office']) devices.push(await liveDevice(cloud.description, room, name));
    for (const device of devices) await device.start();
    return await work(soak, { cloud, devices, random });
  } finally {
    for (const device of devices) await device.end('SIGKILL');
    await cloud.stop();
    await rm(room, { recursive: true, force: true });
  }
}

type World = {
  readonly cloud: LocalCloud;
  readonly devices: readonly LiveDevice[];
  readonly random: Seeded;
};

async function work(soak: LiveSoak, world: World): Promise<LiveSoakReport> {
  const { cloud, devices, random } = world;
  const files = liveFiles(random);
  const counts = { events: 0, edits: 0, restarts: 0 };
  const endMs = performance.now() + soak.workMs;
  let calmMs = performance.now() + 3000;
  let isTrouble = false;
  while (performance.now() < endMs) {
    const device = random.pick(devices);
    await files.touch(device.folder, device.name);
    counts.edits += 1;
    if (performance.now() > calmMs) {
      cloud.control.clearFaults();
      isTrouble = !isTrouble;
      calmMs = performance.now() + random.below(soak.longestMs);
      if (isTrouble) begin(soak, world);
      if (isTrouble) counts.events += 1;
      if (random.chance(0.15)) {
        counts.restarts += 1;
        const other = random.pick(devices);
        soak.say(`${other.name} is killed and started`);
        await other.end(random.pick(['SIGKILL', 'SIGTERM']));
        await other.start();
      }
    }
    await delay(100 + random.below(900));
  }
  cloud.control.clearFaults();
  cloud.control.patch({ forceSessionSeconds: null, idTokenSeconds: 3600 });
  soak.say('all services are well; both devices have to get in sync by themselves');
  return { seed: soak.seed, ...counts, ...(await settle(soak, devices, files)) };
}

function begin(soak: LiveSoak, { cloud, random }: World): void {
  const events = liveEvents.filter(({ pace }) => soak.withSlow || pace === 'quick');
  const event: LiveEvent = random.pick(events);
  soak.say(event.title);
  event.begin(cloud, random);
}

/** Both engines call themselves in sync, and nothing is lost. */
async function settle(
  { settleMs, say }: LiveSoak,
  devices: readonly LiveDevice[],
  files: ReturnType<typeof liveFiles>,
): Promise<Pick<LiveSoakReport, 'settledMs' | 'wrong'>> {
  const fromMs = performance.now();
  for (;;) {
    const statuses = await Promise.all(devices.map((device) => device.status()));
    const isInSync = statuses.every(({ code, overall }) => code === 0 && overall === 'in-sync');
    const wrong = isInSync ? await files.wrongWith(devices.map(({ folder }) => folder)) : [];
    const passedMs = performance.now() - fromMs;
    if (isInSync && wrong.length === 0) return { settledMs: Math.round(passedMs), wrong };
    if (passedMs > settleMs) {
      // A device that announced a moment ago may be ahead of the other: only what is wrong at the end counts.
      const stuck = statuses.map(
        ({ text }, index) => `${devices[index]?.name ?? ''}: ${text.slice(0, 2000)}`,
      );
      return { settledMs: null, wrong: isInSync ? wrong : stuck };
    }
    say(`${String(Math.round(passedMs / 1000))} s: ${statuses.map(({ overall }) => overall).join(', ')}`);
    await delay(2000);
  }
}
