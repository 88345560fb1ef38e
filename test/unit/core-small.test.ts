// Sizes of parts, the word for the tray, and names for plans.
import { describe, expect, test } from 'vitest';
import { layOutParts, maxObjectBytes } from '../../main/core/parts.ts';
import { stableHash } from '../../main/core/model/stable-hash.ts';
import type { PairFacts } from '../../main/core/status.ts';
import { overallState, pairState } from '../../main/core/status.ts';

const mebibyte = 1024 * 1024;

describe('parts of an upload', () => {
  test.each([
    [0, 8 * mebibyte, { kind: 'parts', partBytes: 8 * mebibyte, count: 1 }],
    [64 * mebibyte, 8 * mebibyte, { kind: 'parts', partBytes: 8 * mebibyte, count: 8 }],
    [64 * mebibyte + 1, 8 * mebibyte, { kind: 'parts', partBytes: 8 * mebibyte, count: 9 }],
    [64 * mebibyte, 1, { kind: 'parts', partBytes: 5 * mebibyte, count: 13 }],
    [50_000 * mebibyte, 5 * mebibyte, { kind: 'parts', partBytes: 5 * mebibyte, count: 10_000 }],
    [50_000 * mebibyte + 1, 5 * mebibyte, { kind: 'parts', partBytes: 6 * mebibyte, count: 8334 }],
    [maxObjectBytes, 8 * mebibyte, { kind: 'parts', partBytes: 5120 * mebibyte, count: 10_000 }],
    [maxObjectBytes + 1, 8 * mebibyte, { kind: 'too-large' }],
    [1, 9999 * mebibyte, { kind: 'parts', partBytes: 5120 * mebibyte, count: 1 }],
  ])('%d bytes, wanted %d', (sizeBytes, wantedBytes, layout) => {
    expect(layOutParts(sizeBytes, wantedBytes)).toEqual(layout);
  });

  test('objects may have 48.8 TiB', () => {
    expect(maxObjectBytes).toBe(50_000 * 1024 ** 3);
  });
});

describe('the tray', () => {
  test.each([
    [[], [], 'signed-out'],
    [['signed-in'], [], 'in-sync'],
    [['signed-in'], ['in-sync', 'in-sync'], 'in-sync'],
    [['signed-in'], ['in-sync', 'paused'], 'paused'],
    [['signed-in'], ['in-sync', 'pausing'], 'paused'],
    [['signed-in'], ['paused', 'scanning'], 'syncing'],
    [['signed-in'], ['starting'], 'syncing'],
    [['signing-in'], [], 'syncing'],
    [['signed-in'], ['syncing', 'offline'], 'offline'],
    [['offline'], ['in-sync'], 'offline'],
    [['signed-in', 'signed-out'], ['offline'], 'signed-out'],
    [['signed-out'], ['attention'], 'attention'],
    [['needs-sign-in'], ['signed-out'], 'attention'],
  ] as const)('%j %j: %s', (accounts, pairs, overall) => {
    expect(overallState({ accounts, pairs })).toBe(overall);
  });

  const idle: PairFacts = {
    isSignedIn: true,
    isReachable: true,
    isPaused: false,
    isPausing: false,
    guards: 0,
    problemsForPerson: 0,
    activity: 'idle',
  };
  test.each([
    [{}, 'in-sync'],
    [{ activity: 'scanning' }, 'scanning'],
    [{ activity: 'syncing', isReachable: false }, 'offline'],
    [{ isReachable: false, isPaused: true }, 'paused'],
    [{ isPaused: true, isPausing: true, activity: 'syncing' }, 'pausing'],
    [{ isPaused: true, isSignedIn: false }, 'signed-out'],
    [{ isSignedIn: false, guards: 1 }, 'attention'],
    [{ problemsForPerson: 1, isPaused: true }, 'attention'],
  ] as const)('of one pair: %j is %s', (facts, state) => {
    expect(pairState({ ...idle, ...facts })).toBe(state);
  });
});

test('names of texts are stable and tell lines apart', () => {
  expect(stableHash(['a', 'b'])).toBe(stableHash(['a', 'b']));
  expect(stableHash(['a', 'b'])).toMatch(/^[0-9a-f]{16}$/u);
  const others = [['ab'], ['b', 'a'], ['a', 'b', ''], ['a'], [], ['a', 'c'], ['', 'a', 'b']];
  expect(new Set(others.map(stableHash)).add(stableHash(['a', 'b'])).size).toBe(others.length + 1);
  const many = Array.from({ length: 50_000 }, (_unused, index) => stableHash([`remove-local f${index}`]));
  expect(new Set(many).size).toBe(many.length);
});
