// Seeds that once found a fault of the engine. Also checks that the oracle detects one.
import { describe, expect, test } from 'vitest';
import { runHistory } from './history.ts';
import { openRestorableState } from './restorable-state.ts';
import { runSeed } from './run-seeds.ts';
import { regressionSeeds } from './seeds.ts';

describe('seeds that once failed', () => {
  test.each(regressionSeeds)('seed %i: %s', async (seed) => {
    const { failure } = await runSeed(seed);
    expect(failure).toBeNull();
  });
});

describe('the oracle', () => {
  test('sees a content that is lost behind the back of everybody', async () => {
    const failures = await spoilt((world) => {
      const [device] = world.devices;
      const [path] = device?.disk.tree().keys() ?? [];
      if (device === undefined || path === undefined) return false;
      const text = device.disk.read(path);
      for (const other of world.devices) {
        for (const [at, bytes] of other.disk.tree({ withOwn: true })) {
          if (new TextDecoder().decode(bytes) === text) other.disk.remove(at);
        }
      }
      return true;
    });
    expect(failures.some((line) => line.startsWith('lost: '))).toBe(true);
  });

  test('sees a device that disagrees with the bucket', async () => {
    const failures = await spoilt((world) => {
      world.devices[0]?.disk.write('stray name', 'stray');
      return true;
    });
    expect(failures.some((line) => line.includes('disagrees at stray name'))).toBe(true);
  });
});

describe('a power cut', () => {
  test('takes back what was only noted or is not told yet, and nothing that was recorded', async () => {
    const state = openRestorableState(true);
    const write = (value: string) => [{ kind: 'meta' as const, key: 'written', value }];
    const left = (): string | null => {
      const copy = openRestorableState(true);
      copy.restore(state.durable());
      const found = copy.store().meta('written');
      copy.store().close();
      return found;
    };
    const store = state.store();
    store.record(write('recorded'));
    store.note(write('noted'));
    expect([store.meta('written'), left()]).toEqual(['noted', 'recorded']);
    const told = store.recordSoon(write('soon'));
    expect([store.meta('written'), left()]).toEqual(['soon', 'recorded']);
    await told;
    expect(left()).toBe('soon');
    store.note(write('noted again'));
    store.record([]);
    expect(left()).toBe('soon');
    store.record([{ kind: 'meta', key: 'other', value: 'recorded' }]);
    expect(left()).toBe('noted again');
    store.close();
  });
});

type Spoil =
  NonNullable<Parameters<typeof runHistory>[1]> extends (world: infer Fleet) => void
    ? (world: Fleet) => boolean
    : never;

/** What the oracle says of a history whose world was tampered with just before it is judged. */
async function spoilt(spoil: Spoil): Promise<readonly string[]> {
  for (let seed = 1; seed < 50; seed += 1) {
    const seen = { isSpoilt: false };
    const { failures } = await runHistory(seed, (world) => {
      const { judge } = world.oracle;
      if (world.devices.some((device) => device.mode !== 'two-way')) return;
      world.oracle.judge = () => {
        // No object is left of the content either, so that only the oracle's memory knows of it.
        seen.isSpoilt = spoil(world);
        for (const key of seen.isSpoilt ? world.remote.bucket.allKeys() : []) world.remote.bucket.forget(key);
        return judge();
      };
    });
    if (seen.isSpoilt) return failures;
  }
  throw new Error('no history could be spoilt');
}
