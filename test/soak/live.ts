// `npm run soak -- --live`: two real engines against the local cloud, which misbehaves at random, as does the machine.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startLocalCloud } from '../local-cloud/cloud.ts';
import { seeded } from '../simulation/seeded.ts';
import type { Seeded } from '../simulation/seeded.ts';
import { liveDevice } from './live-device.ts';
import type { LiveDevice } from './live-device.ts';
import { liveEvents } from './live-events.ts';
import type { LiveEvent, LiveScene } from './live-events.ts';
import { liveFiles } from './live-files.ts';

/** Longer than any interval of an engine's check for a sleep. */
const sleptMs = 7500;

export type LiveSoak = {
  readonly seed: number;
  /** How long users work and services misbehave; afterwards the engines have `settleMs` to get in sync. */
  readonly workMs: number;
  readonly settleMs: number;
  /** Also failures that are retried only every few minutes. */
  readonly withSlow: boolean;
  /** Longest time that a service misbehaves, and longest time between two such events. */
  readonly longestMs: number;
  /** Longest time between two edits, beyond a tenth of a second. */
  readonly editMs: number;
  /** Both machines sleep after the last event, so that even waits of minutes end at once. */
  readonly sleepsAtEnd: boolean;
  readonly say: (line: string) => void;
};

export type LiveSoakReport = {
  readonly seed: number;
  /** Titles of what went wrong, in order. */
  readonly events: readonly string[];
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
  // A kill between the provider's answer and its being written down loses the new refresh token. Nothing can prevent that;
  // a provider with a reuse interval (Auth0 allows up to 30 days) takes the old one again, the others want a new sign-in.
  cloud.control.patch({ refreshReuseSeconds: 86_400 });
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

type World = LiveScene;

async function work(soak: LiveSoak, world: World): Promise<LiveSoakReport> {
  const { cloud, devices, random } = world;
  const files = liveFiles(random);
  const failure = makeTrouble(soak, world);
  const counts = { edits: 0, restarts: 0 };
  const endMs = performance.now() + soak.workMs;
  while (performance.now() < endMs || !failure.hadAll()) {
    const device = random.pick(devices);
    await files.touch(device.folder, device.name);
    counts.edits += 1;
    if (failure.isDue()) {
      await failure.next();
      if (random.chance(0.15) && failure.allowsStart()) {
        counts.restarts += 1;
        await restart(soak, random.pick(devices), random);
      }
    }
    await delay(100 + random.below(soak.editMs));
  }
  await failure.end();
  cloud.control.patch({ forceSessionSeconds: null, idTokenSeconds: 3600 });
  if (soak.sleepsAtEnd) await sleepAll(devices);
  soak.say('all services are well; both devices have to get in sync by themselves');
  const settled = await settle(soak, devices, files);
  return { seed: soak.seed, ...counts, events: failure.titles(), ...settled };
}

async function restart({ say }: LiveSoak, device: LiveDevice, random: Seeded): Promise<void> {
  say(`${device.name} is killed and started`);
  await device.end(random.pick(['SIGKILL', 'SIGTERM']));
  await device.start();
}

/** The lids of both laptops are closed for a while: engines that wait for minutes try again when they are opened. */
async function sleepAll(devices: readonly LiveDevice[]): Promise<void> {
  const wakes = await Promise.all(devices.map((device) => device.sleep()));
  await delay(sleptMs);
  for (const wake of wakes) await wake();
}

type Trouble = {
  isDue(): boolean;
  /** Ends what is on, or begins the next event. */
  next(): Promise<void>;
  end(): Promise<void>;
  allowsStart(): boolean;
  /** Every kind of event was there at least once. */
  hadAll(): boolean;
  titles(): readonly string[];
};

/** Events are dealt from a shuffled pack: none comes again before each has come once. */
function makeTrouble({ withSlow, longestMs, say }: LiveSoak, world: World): Trouble {
  const events = liveEvents.filter(({ pace }) => withSlow || pace === 'quick');
  const titles: string[] = [];
  let pack: LiveEvent[] = [];
  let on: { readonly event: LiveEvent; readonly end: () => Promise<void> } | null = null;
  let dueMs = performance.now() + Math.min(3000, longestMs);
  const end = async (): Promise<void> => {
    world.cloud.control.clearFaults();
    await on?.end();
    on = null;
  };
  return {
    isDue: () => performance.now() > dueMs,
    async next() {
      dueMs = performance.now() + world.random.below(longestMs);
      if (on !== null) return end();
      if (pack.length === 0) pack = shuffled(events, world.random);
      const event = pack.pop();
      if (event === undefined) return;
      say(event.title);
      titles.push(event.title);
      on = { event, end: (await event.begin(world)) ?? (() => Promise.resolve()) };
    },
    end,
    allowsStart: () => on?.event.forbidsStart !== true,
    hadAll: () => titles.length >= events.length,
    titles: () => titles,
  };
}

function shuffled<Item>(items: readonly Item[], random: Seeded): Item[] {
  const left = [...items];
  return items.flatMap(() => left.splice(random.below(left.length), 1));
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
