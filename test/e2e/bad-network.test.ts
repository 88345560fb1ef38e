// Two real engines on one prefix, edited behind a failing network that recovers.
import { execFileSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { isBuildStale } from '../../build/dist-files.ts';
import type { Snapshot } from '../../preload/contract.ts';
import type { LocalCloud } from '../local-cloud/cloud.ts';
import { faultsOf } from '../support/agreement.ts';
import type { Owed } from '../support/agreement.ts';
import { startBadProxy } from '../support/bad-proxy.ts';
import { bucketSide } from '../support/bucket-side.ts';
import { cloudForTest, logOf } from '../support/device.ts';
import { endOf } from '../support/driftless-cli.ts';
import { diceOf, makeRandomEdits } from '../support/random-edits.ts';
import type { Dice } from '../support/random-edits.ts';
import { makeMachine } from '../support/machine.ts';
import type { Machine } from '../support/machine.ts';
import { waitFor } from '../support/wait-for.ts';
import { sizes } from '../sizes.ts';

/** Duration of the edits on both devices while the network fails. */
const { badMinutes } = sizes;
const peaceMs = 150_000;

const root = join(import.meta.dirname, '..', '..');

beforeAll(async () => {
  // `serve` needs its page.
  if (await isBuildStale(root))
    execFileSync(process.execPath, [join(root, 'build', 'build.ts')], { stdio: 'ignore' });
});

type Running = {
  readonly machine: Machine;
  readonly child: ChildProcess;
  readonly ended: ReturnType<typeof endOf>;
};

function serve(machine: Machine): Running {
  const child = machine.start(['serve']);
  const ended = endOf(child);
  onTestFinished(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await ended;
  });
  return { machine, child, ended };
}

async function badNetwork(cloud: LocalCloud, dice: Dice) {
  const random = (): number => dice(1_000_000) / 1_000_000;
  const portOf = (url: string): number => Number(new URL(url).port);
  const s3 = await startBadProxy({ targetPort: portOf(cloud.description.s3), random });
  const sts = await startBadProxy({ targetPort: portOf(cloud.description.sts), random });
  onTestFinished(async () => {
    await Promise.all([s3.close(), sts.close()]);
  });
  return {
    endpoints: { s3: `http://127.0.0.1:${String(s3.port)}`, sts: `http://127.0.0.1:${String(sts.port)}/sts` },
    counts: () => ({ s3: s3.counts(), sts: sts.counts() }),
    makePeace: () => {
      s3.makePeace();
      sts.makePeace();
    },
  };
}

type Status = Pick<Snapshot, 'pairs' | 'problems'>;

async function statusOf(machine: Machine): Promise<Status> {
  const ended = await machine.run(['status', '--json']);
  return JSON.parse(ended.stdout) as Status;
}

/** Requests a full scan like a user and returns whether the engine reports that all is in sync. */
async function isInSync(machine: Machine): Promise<boolean> {
  const { pairs, problems } = await statusOf(machine);
  return problems.length === 0 && pairs.every((pair) => pair.state === 'in-sync');
}

function sameTrees(machines: readonly Machine[]): boolean {
  const texts = machines.map((machine) => {
    const { files, folders } = machine.tree();
    return JSON.stringify([[...files].sort(), [...folders].sort()]);
  });
  return new Set(texts).size === 1;
}

test(
  `two devices agree and lose nothing after ${String(badMinutes)} minutes of a failing network and of edits`,
  {
    timeout: 600_000,
    // Each try draws other faults, so a loss must not be covered by a second try.
    retry: 0,
  },
  async () => {
    const seed = Number(process.env['DRIFTLESS_TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
    const dice = diceOf(seed);
    const cloud = await cloudForTest();
    const network = await badNetwork(cloud, diceOf(seed + 1));
    const bucket = bucketSide(cloud, 'shared/');
    onTestFinished(bucket.close);
    const owed: Owed = new Map();
    const machines: Machine[] = [];
    for (const name of ['laptop', 'desktop']) {
      const machine = await makeMachine({
        name,
        cloud,
        place: 'shared/',
        endpoints: network.endpoints,
        pair: { scan: { settleMs: 100, auditSeconds: 20 }, poll: { idleSeconds: 1 } },
      });
      onTestFinished(machine.remove);
      writeFileSync(join(machine.folder, `anchor-${name}`), `never touched on ${name}`);
      machines.push(machine);
    }
    const engines = machines.map(serve);
    const editors = machines.map((machine) =>
      makeRandomEdits({ machine, bucket, owed, dice, largest: 12 * 1024 * 1024 }),
    );

    let edits = 0;
    const untilMs = performance.now() + badMinutes * 60_000;
    while (performance.now() < untilMs) {
      await editors[dice(2)]?.act();
      edits += 1;
      // In bursts, with time in between for the engines to transfer some of it.
      await pause(dice(8) === 0 ? 1200 : dice(120));
    }
    for (const { child, machine } of engines)
      expect(child.exitCode, `${machine.name}: ${machine.log()}`).toBeNull();

    network.makePeace();
    const peaceFromMs = performance.now();
    for (const machine of machines) await machine.run(['check']);
    await waitFor(
      async () => {
        if (!sameTrees(machines)) return false;
        for (const machine of machines) if (!(await isInSync(machine))) return false;
        return sameTrees(machines);
      },
      { timeoutMs: peaceMs, everyMs: 500, what: `agreement (seed ${String(seed)})` },
    ).catch(async (error: unknown) => {
      const statuses = await Promise.all(machines.map(statusOf));
      throw new Error(`no agreement: ${JSON.stringify(statuses)}`, { cause: error });
    });
    const calmMs = Math.round(performance.now() - peaceFromMs);
    for (const { child, ended, machine } of engines) {
      child.kill('SIGTERM');
      const { code, stderr } = await ended;
      expect(code, `${machine.name}: ${stderr}`).toBe(0);
    }
    console.log(
      `bad network, seed ${String(seed)}: ${String(edits)} edits, ${String(owed.size)} contents to be found again, ` +
        `agreement after ${String(calmMs)} ms, ${JSON.stringify(network.counts())}`,
    );
    const leeway = { mayDouble: true, mayLeaveUploads: true };
    expect(await faultsOf(machines, bucket, owed, leeway), `seed ${String(seed)}`).toEqual([]);
    for (const { home, name } of machines) {
      // An unmapped error is a bug, even where the pair recovers from it.
      expect(
        (await logOf(home)).filter((line) => line['code'] === 'internal'),
        name,
      ).toEqual([]);
    }
  },
);
