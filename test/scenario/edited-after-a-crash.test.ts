// Edits of either side after a crash at any step of a sync.
import { describe, expect, test } from 'vitest';
import type { FakeVersioning } from '../fakes/fake-remote-state.ts';
import { Crash } from '../simulation/device.ts';
import { oneIn, tier } from '../sizes.ts';
import { atFirst, editsOf, works, wrongIn } from './two-sided-acts.ts';
import type { Act, Sides } from './two-sided-acts.ts';
import { setStage } from './two-devices.ts';

type Told = { readonly steps: readonly string[]; readonly wrong: readonly string[] };

/** Which ones changes with the date. */
const oneTurnIn = tier === 'full' ? 4 : 40;

/** The sync that has `work` to do ends before step number `at`, counted from 1; then comes `edit`. */
async function tell(versioning: FakeVersioning, work: Act, edit: Act | null, at: number): Promise<Told> {
  const { laptop, sync } = setStage({ versioning });
  const sides: Sides = { disk: laptop.disk, bucket: laptop.remote, tell: () => undefined };
  for (const [path, text] of atFirst) laptop.disk.write(path, text);
  for (let n = 0; n < 8; n += 1) laptop.disk.write(`kept-${String(n)}.txt`, `kept ${String(n)}`);
  await sync(laptop);
  work.act(sides);
  const steps: string[] = [];
  await sync(laptop, (step, what) => {
    steps.push(what);
    if (step === at) throw new Crash();
  });
  const edited = edit?.act(sides) === true ? edit : null;
  await sync(laptop);
  await sync(laptop);
  const unrest = [
    ...laptop
      .store()
      .intents()
      .map(({ kind, path }) => `open: ${kind} ${path}`),
    ...laptop
      .store()
      .problems()
      .map(({ path, code }) => `${path} has ${code}`),
  ];
  return { steps, wrong: [...wrongIn(sides, work, edited), ...unrest] };
}

describe.each(['enabled', 'unversioned'] as const)('a bucket with versioning %s', (versioning) => {
  test.each(works.map((each) => [each.work.name, each] as const))('while %s', async (_, { work, names }) => {
    const { steps, wrong } = await tell(versioning, work, null, -1);
    expect(wrong).toEqual([]);
    expect(steps.length).toBeGreaterThan(30);
    const turns = steps.flatMap((step, at) =>
      names.flatMap(editsOf).map((edit) => ({ edit, step, at: at + 1 })),
    );
    const failures: string[] = [];
    for (const { edit, step, at } of oneIn(oneTurnIn, turns)) {
      const told = await tell(versioning, work, edit, at);
      failures.push(
        ...told.wrong.map((line) => `ended before ${step} (${String(at)}), ${edit.name}: ${line}`),
      );
    }
    expect(failures).toEqual([]);
  });
});
