// Sizes of parts, names for plans, and steps in turn.
import { describe, expect, test } from 'vitest';
import { makeInTurn } from '../../main/core/in-turn.ts';
import { layOutParts, maxObjectBytes } from '../../main/core/parts.ts';
import { stableHash } from '../../main/core/model/stable-hash.ts';

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

test('names of texts are stable and tell lines apart', () => {
  expect(stableHash(['a', 'b'])).toBe(stableHash(['a', 'b']));
  expect(stableHash(['a', 'b'])).toMatch(/^[0-9a-f]{16}$/u);
  const others = [['ab'], ['b', 'a'], ['a', 'b', ''], ['a'], [], ['a', 'c'], ['', 'a', 'b']];
  expect(new Set(others.map(stableHash)).add(stableHash(['a', 'b'])).size).toBe(others.length + 1);
  const many = Array.from({ length: 50_000 }, (_unused, index) => stableHash([`remove-local f${index}`]));
  expect(new Set(many).size).toBe(many.length);
});

test('steps run one after the other, also after one that fails', async () => {
  const inTurn = makeInTurn();
  const seen: string[] = [];
  const first = Promise.withResolvers<string>();
  const begun = inTurn(() => {
    seen.push('first');
    return first.promise;
  });
  const later = inTurn(() => {
    seen.push('second');
    return Promise.resolve('done');
  });
  await Promise.resolve();
  expect(seen).toEqual(['first']);
  first.reject(new Error('failed'));
  await expect(begun).rejects.toThrow('failed');
  expect(await later).toBe('done');
  expect(seen).toEqual(['first', 'second']);
});
