// Edits between any two steps of a running pair, seen by a scan at once.
import { describe, expect, test } from 'vitest';
import { transferSizes } from '../../main/sync/transfer-sizes.ts';
import type { TransferSizes } from '../../main/sync/transfer-sizes.ts';
import type { FakeVersioning } from '../fakes/fake-remote-state.ts';
import { liveWorld } from '../support/live-pair.ts';
import { tinyParts } from '../support/tiny-parts.ts';
import { failuresOf, layOut, works, wrongIn } from './two-sided-acts.ts';
import type { Act, Sides, Told } from './two-sided-acts.ts';

type Kind = { readonly versioning: FakeVersioning; readonly way: 'one by one' | 'in groups' | 'in parts' };

const sizesOf: Readonly<Record<Kind['way'], TransferSizes>> = {
  'one by one': transferSizes,
  'in groups': { ...transferSizes, leastGroup: 1 },
  'in parts': {
    ...tinyParts,
    wholeBytes: 2,
    rangedBytes: 5,
    rangeBytes: 4,
    copyBytes: 10,
    copyPartBytes: 5,
  },
};

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
  layOut(pair.disk);
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
  return { steps, wrong: wrongIn({ ...sides, store: pair.store }, work, edited) };
}

describe.each<Kind>([
  { versioning: 'enabled', way: 'one by one' },
  { versioning: 'unversioned', way: 'in groups' },
  { versioning: 'unversioned', way: 'in parts' },
])('a bucket with versioning $versioning, files $way', (kind) => {
  test.each(works.map((each) => [each.work.name, each] as const))('while %s', async (_, work) => {
    expect(await failuresOf(work, (...turn) => tell(kind, ...turn))).toEqual([]);
  });
});
