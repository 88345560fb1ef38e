// Problems of many folders in one list of limited length.
import { expect, test } from 'vitest';
import { fairShare } from '../../main/core/fair-share.ts';

const listOf = (name: string, length: number): readonly string[] =>
  Array.from({ length }, (_, at) => `${name}${String(at)}`);

test('a folder with more problems than fit leaves room for those of the others', () => {
  const shown = fairShare([listOf('a', 500), listOf('b', 3), listOf('c', 400)], 200);
  expect(shown).toHaveLength(200);
  expect(shown.filter((one) => one.startsWith('b'))).toEqual(listOf('b', 3));
  expect(shown.filter((one) => one.startsWith('a'))).toEqual(listOf('a', 99));
  expect(shown.filter((one) => one.startsWith('c'))).toEqual(listOf('c', 98));
});

test('what fits is shown whole and in order', () => {
  expect(fairShare([listOf('a', 2), [], listOf('b', 1)], 200)).toEqual(['a0', 'a1', 'b0']);
  expect(fairShare([], 200)).toEqual([]);
});
