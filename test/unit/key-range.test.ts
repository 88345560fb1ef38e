// Rows by ranges of object keys, complete although names and keys sort differently.
import { expect, test } from 'vitest';
import fc from 'fast-check';
import { openSqliteState } from '../../main/adapters/sqlite/state.ts';
import type { ObjectKey } from '../../main/core/model/model.ts';
import { comparePaths, relPath } from '../../main/core/model/path.ts';

const segment = fc.constantFrom('a', 'a!', 'a!x', 'a-', 'a0', 'ab', 'b', 'B', 'ü', '\u{1f600}', '!', '~');
const path = fc.array(segment, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));

test('a range holds every file whose key lies in it, like a sorted list of keys', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(path, { maxLength: 30 }),
      path,
      path,
      fc.boolean(),
      (paths, one, other, isOpen) => {
        // A file with children would be a clash; the longer one stays.
        const files = paths.filter((file) => !paths.some((longer) => longer.startsWith(`${file}/`)));
        const store = openSqliteState({ file: ':memory:' });
        store.record(
          files.map((file) => ({
            kind: 'remote',
            path: relPath(file),
            cell: {
              state: 'present',
              kind: 'file',
              rawKey: file as ObjectKey,
              etag: 'e' as never,
              sizeBytes: 1,
              content: null,
            },
          })),
        );
        const [from = '', before = ''] = [one, other].sort(comparePaths);
        const range = { from: isOpen ? null : `${from}\0`, before: `${before}\0` };
        const inRange = (key: string): boolean =>
          (range.from === null || comparePaths(key, range.from) >= 0) && comparePaths(key, range.before) < 0;
        const found = [...store.keyRange(range)].map((entry) => entry.path as string);
        store.close();
        expect(new Set(found).size).toBe(found.length);
        expect(files.filter(inRange).filter((file) => !found.includes(file))).toEqual([]);
      },
    ),
    { numRuns: 400 },
  );
});

test('a walk over a range touches that range alone', () => {
  const store = openSqliteState({ file: ':memory:' });
  store.record(
    Array.from({ length: 3000 }, (_, at) => {
      const file = `d${String(at % 30).padStart(2, '0')}/f${String(at).padStart(4, '0')}`;
      return {
        kind: 'remote' as const,
        path: relPath(file),
        cell: {
          state: 'present' as const,
          kind: 'file' as const,
          rawKey: file as ObjectKey,
          etag: 'e' as never,
          sizeBytes: 1,
          content: null,
        },
      };
    }),
  );
  const files = [...store.keyRange({ from: 'd07/', before: 'd08/' })].filter((entry) =>
    entry.path.includes('/'),
  );
  expect(files).toHaveLength(100);
  store.close();
});
