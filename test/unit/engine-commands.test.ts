// Commands for all folders at once, on engines that only count.
import { expect, test } from 'vitest';
import { engineCommands } from '../../main/app/engine-commands.ts';
import type { PairRuntime } from '../../main/app/pair-runtime.ts';

function pairOf(id: string, resumed: string[]): PairRuntime {
  // The commands use nothing else of it.
  return { config: { id }, engine: { resume: () => resumed.push(id) } } as unknown as PairRuntime;
}

test('a folder that was never started is resumed by its own name alone', async () => {
  const resumed: string[] = [];
  const pairs = ['synced', 'new'].map((id) => pairOf(id, resumed));
  const commands = engineCommands(pairs, { nowMs: () => 0 }, ({ config }) => config.id === 'new');
  const { signal } = new AbortController();
  await commands.resume({ pairId: null }, signal);
  expect(resumed).toEqual(['synced']);
  await commands.resume({ pairId: 'new' }, signal);
  expect(resumed).toEqual(['synced', 'new']);
});
