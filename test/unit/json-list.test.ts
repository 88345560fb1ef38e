// Long lists as JSON text: the same text as of the whole value, in pieces of bounded size.
import { describe, expect, test } from 'vitest';
import { JsonList, writeJson } from '../../main/cli/terminal/json-list.ts';

function written(value: unknown): readonly string[] {
  const pieces: string[] = [];
  writeJson(value, '\n', (text) => pieces.push(text));
  return pieces;
}

function listOf(items: readonly unknown[]): JsonList {
  const list = new JsonList();
  for (const item of items) list.add(item);
  return list;
}

describe('JSON in pieces', () => {
  test.each(
    [
      null,
      7,
      'a "text"\n',
      [],
      {},
      [1, undefined, [null, { deep: [true] }]],
      { ok: true, error: undefined, pairs: [{ pair: 'one', 'odd "name"': {} }] },
    ].map((value) => ({ value })),
  )('of $value is what JSON.stringify makes of it', ({ value }) => {
    expect(written(value).join('')).toBe(`${JSON.stringify(value)}\n`);
  });

  test('has no character in it that a terminal obeys', () => {
    const path = 'a\u009b31mred\u202etxt\u2028b\u007f';
    for (const value of [{ path, [path]: 1 }, listOf([{ path }]), path]) {
      const text = written(value).join('').trimEnd();
      expect(text).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      expect(text).toContain('\\u009b');
    }
    expect(JSON.parse(written({ path }).join(''))).toEqual({ path });
  });

  test.each([0, 1, 999, 1000, 1001, 2500])('has a list of %i items as an array has them', (count) => {
    const items = Array.from({ length: count }, (_, index) => ({
      op: 'upload',
      path: `Füße ☃ \ud800 ${String(index)}`,
    }));
    const text = written({ before: 1, ops: listOf(items), after: 2 }).join('');
    expect(text).toBe(`${JSON.stringify({ before: 1, ops: items, after: 2 })}\n`);
  });

  test('never holds the whole of a long list', () => {
    const items = Array.from({ length: 20_000 }, (_, index) => ({ path: `folder/file ${String(index)}` }));
    const pieces = written([listOf(items)]);
    expect(pieces.length).toBeGreaterThan(5);
    expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThan(200_000);
  });
});
