// Two devices and their bucket in memory, synced one at a time.
import { makeDevice, simulatedPrefix } from '../simulation/device.ts';
import type { Device, Interference } from '../simulation/device.ts';
import { seeded, virtualClock } from '../simulation/seeded.ts';
import { makeFakeRemote } from '../fakes/fake-remote-objects.ts';
import type { TransferSizes } from '../../main/sync/transfer-sizes.ts';
import type { FakeHooks } from '../fakes/fake-remote-core.ts';
import type { FakeRemoteOptions } from '../fakes/fake-remote-objects.ts';

export type Stage = {
  readonly laptop: Device;
  readonly desktop: Device;
  /** Calls `at` before each step, counted from 1, with its name. */
  sync(device: Device, at?: Interference): Promise<void>;
  bucket(): readonly string[];
};

/** `store`: what it honours, as the fake has it. `hooks`: what happens to the requests of both devices. `sizes`: null as for real files. */
export function setStage(
  store: Pick<FakeRemoteOptions, 'ignores' | 'versioning' | 'opaqueEtags'> = {},
  hooks: FakeHooks = {},
  sizes: TransferSizes | null = null,
): Stage {
  const clock = virtualClock(1_800_000_000_000);
  const random = seeded(7);
  const remote = makeFakeRemote({ ...store, nowMs: () => clock.nowMs() });
  const device = (name: string): Device =>
    makeDevice({
      name,
      clock,
      random,
      openRemote: (hooks) =>
        makeFakeRemote({ ...store, nowMs: () => clock.nowMs(), bucket: remote.bucket, hooks }),
      hooks,
      disk: { reusesInodes: false },
      mode: 'two-way',
      readsShort: false,
      sizes,
      power: null,
      addedRows: null,
      onStep: () => undefined,
    });
  return {
    laptop: device('laptop'),
    desktop: device('desktop'),
    sync: async (one, at = () => undefined) => {
      clock.advance(10_000);
      await clock.drive(one.sync(new Set(['*']), at));
    },
    bucket: () =>
      [...remote.contents().keys()]
        .filter((key) => !key.startsWith(`${simulatedPrefix}.driftless/`))
        .map((key) => key.slice(simulatedPrefix.length))
        .sort(),
  };
}
