// Edits of either side after a crash at any step of a sync.
import { describe, expect, test } from 'vitest';
import type { FakeVersioning } from '../fakes/fake-remote-state.ts';
import { Crash } from '../simulation/device.ts';
import { failuresOf, layOut, works, wrongIn } from './two-sided-acts.ts';
import type { Act, Sides, Told } from './two-sided-acts.ts';
import { setStage } from './two-devices.ts';

/** The sync that has `work` to do ends before step number `at`; then comes `edit`. */
async function tell(versioning: FakeVersioning, work: Act, edit: Act | null, at: number): Promise<Told> {
  const { laptop, sync } = setStage({ versioning });
  const sides: Sides = { disk: laptop.disk, bucket: laptop.remote, tell: () => undefined };
  layOut(laptop.disk);
  await sync(laptop);
  work.act(sides);
  const steps: string[] = [];
  await sync(laptop, (_step, what) => {
    steps.push(what);
    if (steps.length - 1 === at) throw new Crash();
  });
  const edited = edit?.act(sides) === true ? edit : null;
  await sync(laptop);
  await sync(laptop);
  return { steps, wrong: wrongIn({ ...sides, store: laptop.store() }, work, edited) };
}

describe.each(['enabled', 'unversioned'] as const)('a bucket with versioning %s', (versioning) => {
  test.each(works.map((each) => [each.work.name, each] as const))('ended while %s', async (_, work) => {
    expect(await failuresOf(work, (...turn) => tell(versioning, ...turn))).toEqual([]);
  });
});
