// Random ids from bytes kept ahead: as long as asked for, and never the same bytes twice.
import { expect, test } from 'vitest';
import { systemRandom } from '../../main/adapters/system/clock.ts';

test('gives as many digits as asked for, across the end of what is kept ahead and beyond it', () => {
  for (const bytes of [1, 16, 4095, 2, 4096, 4097, 10_000, 16])
    expect(systemRandom.hex(bytes)).toMatch(new RegExp(`^[0-9a-f]{${String(2 * bytes)}}$`, 'u'));
});

test('hands out no byte twice', () => {
  const ids = Array.from({ length: 5000 }, () => systemRandom.hex(16));
  expect(new Set(ids).size).toBe(ids.length);
  // Bytes that were never filled would be zeros.
  expect(ids.filter((id) => id.includes('0000000000'))).toEqual([]);
});
