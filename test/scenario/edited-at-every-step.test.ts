// Edits between any two steps of a running pair, seen by a scan at once.
import { describe, expect, test } from 'vitest';
import { transferSizes } from '../../main/sync/transfer-sizes.ts';
import type { TransferSizes } from '../../main/sync/transfer-sizes.ts';
import type { FakeVersioning } from '../fakes/fake-remote-state.ts';
import { liveWorld } from '../support/live-pair.ts';
import { oneIn, tier } from '../sizes.ts';
import { atFirst, editsOf, works, wrongIn } from './two-sided-acts.ts';
import type { Act, Sides } from './two-sided-acts.ts';

type Kind = { readonly versioning: FakeVersioning; readonly way: 'one by one' | 'in groups' | 'in parts' };
type Told = {
  /** Steps from the begin of the work until the pair has rested. */
  readonly steps: readonly string[];
  readonly wrong: readonly string[];
};

const sizesOf: Readonly<Record<Kind['way'], TransferSizes>> = {
  'one by one': transferSizes,
  'in groups': { ...transferSizes, leastGroup: 1 },
  'in parts': {
    ...transferSizes,
    largeBytes: 5,
    wholeBytes: 2,
    singlePutBytes: 5,
    resumableBytes: 5,
    partBytes: 5,
    partUnitBytes: 1,
    rangedBytes: 5,
    rangeBytes: 4,
    copyBytes: 10,
    copyPartBytes: 5,
  },
};

/** A hundred take a second of CPU; which ones changes with the date. */
const oneTurnIn = tier === 'full' ? 4 : 40;

/** During `work`, `edit` happens before step number `at`, which then waits until a look at both sides has seen it. */
async function tell(kind: Kind, work: Act, edit: Act | null, at: number): Promise<Told> {
  const world = liveWorld({ versioning: kind.versioning });
  const never = new AbortController().signal;
  const steps: string[] = [];
  let isCounting = false;
  let edited: Act | null = null;
  const step = async (name: string): Promise<void> => {
    if (!isCounting) return;
    steps.push(name);
    if (steps.length - 1 !== at) return;
    if (edit?.act(sides) === true) edited = edit;
    pair.engine.checkNow();
    await world.clock.sleep(15_000, never);
  };
  const pair = world.add('one', {
    isHeld: kind.way === 'in groups',
    sizes: sizesOf[kind.way],
    auditMs: 60_000,
    onDiskStep: (name, path) => step(`${name} ${path}`),
    remote: {
      hooks: {
        beforeCall: async ({ operation, key }) => {
          await step(`${operation} ${key}`);
          return null;
        },
        afterCall: ({ operation, key }) => step(`after ${operation} ${key}`),
      },
    },
  });
  const sides: Sides = { disk: pair.disk, bucket: world.bucket, tell: pair.event };
  for (const [path, text] of atFirst) pair.disk.write(path, text);
  // So that what is edited is few of them.
  for (let n = 0; n < 8; n += 1) pair.disk.write(`kept-${String(n)}.txt`, `kept ${String(n)}`);
  pair.start();
  await world.until(() => pair.engine.status().lastInSyncAtMs !== null, 60_000);
  await world.pass(5_000);
  isCounting = true;
  work.act(sides);
  pair.engine.checkNow();
  await world.pass(45_000);
  isCounting = false;
  await world.pass(30_000);
  pair.engine.checkNow();
  await world.pass(30_000);
  const unrest = [
    ...pair.store.intents().map(({ kind: what, path }) => `open: ${what} ${path}`),
    ...pair.store.problems().map(({ path, code }) => `${path} has ${code}`),
  ];
  return { steps, wrong: [...wrongIn(sides, work, edited), ...unrest] };
}

describe.each<Kind>([
  { versioning: 'enabled', way: 'one by one' },
  { versioning: 'unversioned', way: 'in groups' },
  { versioning: 'unversioned', way: 'in parts' },
])('a bucket with versioning $versioning, files $way', (kind) => {
  test.each(works.map((each) => [each.work.name, each] as const))('while %s', async (_, { work, names }) => {
    const { steps, wrong } = await tell(kind, work, null, -1);
    expect(wrong).toEqual([]);
    expect(steps.length).toBeGreaterThan(30);
    const turns = steps.flatMap((step, at) => names.flatMap(editsOf).map((edit) => ({ edit, step, at })));
    const failures: string[] = [];
    for (const { edit, step, at } of oneIn(oneTurnIn, turns)) {
      const told = await tell(kind, work, edit, at);
      failures.push(...told.wrong.map((line) => `${edit.name} before ${step} (${String(at)}): ${line}`));
    }
    expect(failures).toEqual([]);
  });
});
