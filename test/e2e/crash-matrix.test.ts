// The real process on a real disk, killed at durable steps and random instants. After a restart nothing is lost.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TestContext } from 'vitest';
import { isBuildStale } from '../../build/dist-files.ts';
import { failpointNames } from '../../main/ports/failpoint.port.ts';
import { startLocalCloud } from '../local-cloud/cloud.ts';
import type { LocalCloud } from '../local-cloud/cloud.ts';
import { faultsOf } from '../support/agreement.ts';
import { bucketSide } from '../support/bucket-side.ts';
import {
  addLargeFile,
  adoptTree,
  byHand,
  dropLargeFile,
  editAfterCrash,
  editBothSides,
  layOut,
  makeBench,
  needlessConflicts,
  surprises,
} from '../support/crash-scenario.ts';
import type { Bench } from '../support/crash-scenario.ts';
import { diceOf, makeRandomEdits } from '../support/random-edits.ts';
import type { RandomEdits, Dice } from '../support/random-edits.ts';
import { endOf } from '../support/driftless-cli.ts';
import { exfat, mountFileSystem, whyNotMounted } from '../support/file-systems.ts';
import { makeMachine } from '../support/machine.ts';
import { skipUnlessMounted } from '../support/skip.ts';
import { makeTempFolder } from '../support/temp.ts';
import { waitFor } from '../support/wait-for.ts';
import { oneIn, sizes, tier } from '../sizes.ts';

type Versioning = 'enabled' | 'off';
type Killing = { readonly failpoints: readonly string[]; readonly large: boolean };

/** In one home one after the other; the marker of the folder is only ever written when the pair is bound. */
const binding: Killing = {
  failpoints: ['bind.root-marker-written', 'bind.space-marker-written'],
  large: false,
};
const laterKillings: readonly Killing[] = [
  ...failpointNames
    .filter((name) => !name.startsWith('bind.'))
    .map((name) => ({ failpoints: [name], large: isOfParts(name) })),
  { failpoints: ['upload.part-sent:4'], large: true },
  // Twice in a row: recovery itself is killed.
  { failpoints: ['download.captured', 'download.captured'], large: false },
  { failpoints: ['move-remote.copied', 'move-remote.copied'], large: false },
];

/** The first binds the pair, so that it is always among them. */
const killings: readonly Killing[] = [binding, ...oneIn(sizes.failpointStep, laterKillings)];

/** What is placed, renamed or taken away on the disk. */
function isOnDisk({ failpoints }: Killing): boolean {
  return failpoints.every((name) =>
    ['download.', 'move-local.', 'set-aside.', 'remove-local.', 'folder.local-'].some((start) =>
      name.startsWith(start),
    ),
  );
}

const withoutLinks = exfat(64);
const notMounted =
  tier === 'full' ? await whyNotMounted(withoutLinks) : 'a disk without hard links is for the full tier';
// Every step is killed in the bucket without versions, on a disk with hard links; beside it each once more, on one of two disks.
const besidePlain =
  notMounted === null ? killings.filter((killing) => killing === binding || !isOnDisk(killing)) : killings;
/** With versions the way back to what an upload replaces is recorded with its intent: there is no step in between. */
const withVersions = besidePlain.filter(({ failpoints }) => !failpoints.includes('upload.kept-aside'));

function isOfParts(name: string): boolean {
  return name === 'upload.session-saved' || name === 'upload.part-sent';
}

/** Of each bucket. */
const { randomKills } = sizes;
const killsBetweenLooks = 5;
/** In requests, not in time: a process that a busy machine slows down would always die before its work begins. */
const longestLife = 60;
const longestLifeMs = 3000;

const root = join(import.meta.dirname, '..', '..');
const clouds = new Map<Versioning, LocalCloud>();
const room = await makeTempFolder('clouds');

beforeAll(async () => {
  // `serve` needs its page.
  if (await isBuildStale(root))
    execFileSync(process.execPath, [join(root, 'build', 'build.ts')], { stdio: 'ignore' });
  for (const versioning of ['enabled', 'off'] as const) {
    const cloud = await startLocalCloud({ directory: join(room.path, versioning) });
    await cloud.control.setVersioning(cloud.description.bucket, versioning);
    clouds.set(versioning, cloud);
  }
});
afterAll(async () => {
  for (const cloud of clouds.values()) await cloud.stop();
  await room.remove();
});

/** Two tests run at once: only a test's own context knows when that test is over. */
async function benchFor(
  { onTestFinished }: Pick<TestContext, 'onTestFinished'>,
  versioning: Versioning,
  { name, disk }: { readonly name: string; readonly disk?: string },
): Promise<Bench> {
  const cloud = clouds.get(versioning);
  if (cloud === undefined) throw new Error('no cloud');
  const bucket = bucketSide(cloud, `${name}/`);
  const machine = await makeMachine({
    name,
    cloud,
    place: `${name}/`,
    ...(disk === undefined ? {} : { disk }),
    pair: {
      parts: { sizeBytes: 8 * 1024 * 1024, concurrency: 2 },
      scan: { settleMs: 20 },
      poll: { idleSeconds: 0.5 },
    },
  });
  onTestFinished(async () => {
    bucket.close();
    await machine.remove();
  });
  return makeBench(machine, bucket, { inodesLast: disk === undefined });
}

/** The command a user would repeat until it reports in sync; once must be enough. */
async function restart(bench: Bench): Promise<string[]> {
  const ended = await bench.machine.run(['sync', '--once', '--json']);
  return ended.code === 0
    ? []
    : [`the restart ended with ${String(ended.code)}: ${ended.stderr}${ended.stdout}`];
}

async function killAt(bench: Bench, failpoint: string): Promise<readonly string[]> {
  const ended = await bench.machine.run(['sync', '--once', '--json'], failpoint);
  if (ended.signal === 'SIGKILL') return [];
  return [`never reached; ended with ${String(ended.code)}: ${ended.stderr}${ended.stdout}`];
}

test('killed while it tries out what the endpoint honours: the next try removes what that left', async (context) => {
  const bench = await benchFor(context, 'enabled', { name: 'probe' });
  const cloud = clouds.get('enabled');
  if (cloud === undefined) throw new Error('no cloud');
  // Everything behind the first write waits, so that just its sample lies there.
  cloud.control.addFault({
    verb: '*',
    kind: 'delay',
    delayMs: 60_000,
    after: 1,
    keyContains: '/probe/.driftless/probe/',
  });
  const child = bench.machine.start(['sync', '--once', '--json']);
  const ended = endOf(child);
  await waitFor(
    () =>
      cloud.control
        .log()
        .some(({ verb, detail }) => verb === 'PutObject' && detail.includes('/.driftless/probe/')),
    { what: 'the first probe' },
  );
  child.kill('SIGKILL');
  expect((await ended).signal).toBe('SIGKILL');
  expect(await bench.bucket.strayKeys()).toHaveLength(1);
  cloud.control.clearFaults();
  expect(await restart(bench)).toEqual([]);
  expect(await faultsOf([bench.machine], bench.bucket, bench.owed)).toEqual([]);
});

// Nothing here is tried again: a file that was lost once was lost.
describe('killed at every durable step', () => {
  test.concurrent.for([
    ['enabled', 'versions', withVersions],
    ['off', 'plain', killings],
  ] as const)(
    'a bucket with versioning %s',
    { timeout: 2_700_000 },
    async ([versioning, name, steps], context) => {
      await killAtEach(await benchFor(context, versioning, { name }), versioning, steps);
    },
  );

  test.concurrent(
    'a disk without hard links',
    { timeout: 2_700_000, ...skipUnlessMounted(notMounted === null, notMounted ?? '') },
    async (context) => {
      const mounted = await mountFileSystem(withoutLinks);
      context.onTestFinished(mounted.remove);
      const bench = await benchFor(context, 'enabled', { name: 'no-links', disk: mounted.folder });
      await killAtEach(bench, 'enabled', [binding, ...killings.filter(isOnDisk)]);
    },
  );

  async function killAtEach(bench: Bench, versioning: Versioning, steps: readonly Killing[]): Promise<void> {
    const failures: string[] = [];
    let kills = 0;
    for (const [round, { failpoints, large }] of steps.entries()) {
      const set = `set${String(round)}`;
      const editsOn = versioning === 'off' && round % 2 === 1;
      await byHand(bench, async () => {
        layOut(bench, `set${String(round + 1)}`);
        dropLargeFile(bench, `set${String(round - 1)}`);
        if (large) addLargeFile(bench, set);
        if (round > 0) await editBothSides(bench, set);
      });
      const wrong: string[] = [];
      for (const failpoint of failpoints) {
        wrong.push(...(await killAt(bench, failpoint)));
        kills += 1;
      }
      if (editsOn) await byHand(bench, () => editAfterCrash(bench, set));
      wrong.push(...(await restart(bench)));
      wrong.push(...(await faultsOf([bench.machine], bench.bucket, bench.owed)));
      const tree = bench.machine.tree();
      wrong.push(...(editsOn ? needlessConflicts(set, tree) : surprises(bench, tree)));
      adoptTree(bench, tree);
      failures.push(...wrong.map((line) => `${failpoints.join(' + ')}: ${line}`));
    }
    console.log(
      `crash matrix, ${bench.machine.name}: ${String(kills)} kills, ${String(steps.length)} recoveries`,
    );
    expect(failures).toEqual([]);
  }
});

/** An engine that works while both sides are edited, killed at a random moment. */
async function liveAndDie(
  bench: Bench,
  cloud: LocalCloud,
  {
    edits,
    dice,
    onStart,
  }: { readonly edits: RandomEdits; readonly dice: Dice; readonly onStart: () => void },
): Promise<readonly string[]> {
  const requests = (): number => Object.values(cloud.control.counts()).reduce((sum, count) => sum + count, 0);
  for (let edit = 0; edit < 3; edit += 1) await edits.act();
  const before = requests();
  onStart();
  const child = bench.machine.start(['serve']);
  const ended = endOf(child);
  // Not while it compiles: from its first request on it is at work.
  await waitFor(() => requests() > before || child.exitCode !== null, {
    what: 'a first request',
  });
  const dieAt = before + 1 + dice(longestLife);
  const latestMs = performance.now() + longestLifeMs;
  while (requests() < dieAt && performance.now() < latestMs) {
    if (dice(4) === 0) await edits.actRemotely();
    else await edits.act();
    await pause(dice(30));
  }
  child.kill('SIGKILL');
  const { signal, code, stderr } = await ended;
  return signal === 'SIGKILL' ? [] : [`serve ended by itself with ${String(code)}: ${stderr}`];
}

/** What is known of a content that is missed or is there twice, or of a name on which the sides differ: every edit of it, and what the engine's log says of its names. */
function storyOf(line: string, story: readonly string[], bench: Bench): string {
  const { hash, path } =
    /^(?:(?:lost|doubled): .*\((?<hash>[0-9a-f]{8})\)|.* disagrees at (?<path>[^:]+): .*)$/u.exec(line)
      ?.groups ?? {};
  if (hash === undefined && path === undefined) return '';
  const about = hash === undefined ? [] : story.filter((told) => told.includes(hash));
  const names = new Set(
    [...about.flatMap((told) => told.match(/\S+\.txt/gu) ?? []), ...(path === undefined ? [] : [path])].map(
      (one) => basename(one),
    ),
  );
  const told = story.filter(
    (entry) => entry.includes(' kill ') || [...names].some((name) => entry.includes(name)),
  );
  const log = bench.machine
    .log()
    .split('\n')
    .filter((entry) => [...names].some((name) => entry.includes(name)));
  return ['', ...told, ...log.slice(-60)].join('\n    ');
}

describe('killed at random instants', () => {
  test.concurrent.for([
    ['enabled', 'random-versions'],
    ['off', 'random-plain'],
  ] as const)('a busy engine, versioning %s', { timeout: 2_700_000 }, async ([versioning, name], context) => {
    const bench = await benchFor(context, versioning, { name });
    const cloud = clouds.get(versioning);
    if (cloud === undefined) throw new Error('no cloud');
    const seed = Number(process.env['DRIFTLESS_TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
    const dice = diceOf(seed);
    const story: string[] = [];
    const edits = makeRandomEdits({
      ...bench,
      dice,
      largest: 10 * 1024 * 1024,
      tell: (line) => story.push(`${new Date().toISOString()} ${line}`),
    });
    for (const file of ['anchor-1', 'anchor-2'])
      writeFileSync(join(bench.machine.folder, file), `${file} of ${name}`);
    const failures: string[] = [];
    for (let kill = 1; kill <= randomKills; kill += 1) {
      const onStart = (): void => void story.push(`${new Date().toISOString()} start`);
      failures.push(...(await liveAndDie(bench, cloud, { edits, dice, onStart })));
      story.push(`${new Date().toISOString()} kill ${String(kill)}`);
      if (kill % killsBetweenLooks !== 0) continue;
      const wrong = await restart(bench);
      wrong.push(
        ...(await faultsOf([bench.machine], bench.bucket, bench.owed, {
          mayDouble: false,
          mayLeaveUploads: true,
        })),
      );
      failures.push(
        ...wrong.map((line) => `after ${String(kill)} kills: ${line}${storyOf(line, story, bench)}`),
      );
      // What is wrong once needs no second report.
      if (failures.length > 0) break;
    }
    const recovered = bench.machine.log().split('recovered an interrupted operation').length - 1;
    console.log(
      `random kills, versioning ${versioning}, seed ${String(seed)}: ${String(randomKills)} kills, ` +
        `${String(recovered)} operations caught half-way, ${String(bench.owed.size)} contents to be found again`,
    );
    // Kills that never meet an operation would prove nothing; a few may do so by chance.
    if (randomKills >= 50) expect(recovered).toBeGreaterThan(0);
    expect(failures, `seed ${String(seed)}`).toEqual([]);
  });
});
