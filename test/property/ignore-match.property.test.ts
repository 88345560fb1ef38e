// Our linear-time gitignore matcher against the `ignore` package. Patterns and paths are short and harmless to both.
import fc from 'fast-check';
import ignore from 'ignore';
import { expect, test } from 'vitest';
import { compileIgnore } from '../../main/core/config/ignore-match.ts';
import { relPath } from '../../main/core/model/path.ts';
import { runs } from '../sizes.ts';

const patternPiece = fc.constantFrom(
  ...['a', 'b', 'B', 'ab', '.', '-', ' ', '*', '**', '?', '/', '/', '/**/', '[ab]', '[!a]', '[a-c]', '[^b-]'],
  ...['[]a]', '[[:alpha:]]', '[[:upper:]]', '\\*', '\\?', '\\[', '\\a', '\\ ', 'ä', '#', '!', '[a', '[\\]b]'],
);
const pattern = fc
  .tuple(
    fc.constantFrom('', '', '', '!', '/', '**/'),
    fc.array(patternPiece, { maxLength: 5 }),
    fc.constantFrom('', '', '/', '/**', ' '),
  )
  .map(([head, body, tail]) => head + body.join('') + tail)
  // Empty segments, an escaped slash and a bracket expression across a slash are left to the unit test: no path has them.
  .filter((line) => !/\/\/|\\\/|\\$|\[[^/]*\//.test(line));
const name = fc
  .array(fc.constantFrom('a', 'b', 'B', 'c', '.', '-', '*', '[', ']', 'ä', ' ', '#', '!', '?'), {
    minLength: 1,
    maxLength: 4,
  })
  .map((units) => units.join(''))
  .filter((text) => text !== '.' && text !== '..' && !/[ .]$/.test(text));
const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join('/'));

test('every verdict is that of the reference', () => {
  fc.assert(
    fc.property(
      fc.array(pattern, { minLength: 1, maxLength: 4 }),
      path,
      fc.constantFrom('file' as const, 'folder' as const),
      fc.boolean(),
      // Lines that match nothing here: the others stand at any place of a word of 32 elements.
      fc.array(fc.constantFrom('q', 'q?', '/q/?q/q', 'q/**'), { maxLength: 20 }),
      (own, text, kind, caseSensitive, others) => {
        const lines = [...others, ...own];
        const reference = ignore({ ignorecase: !caseSensitive }).add(lines);
        const expected = reference.ignores(kind === 'folder' ? `${text}/` : text);
        expect({ lines, ignored: compileIgnore(lines, { caseSensitive })(relPath(text), kind) }).toEqual({
          lines,
          ignored: expected,
        });
      },
    ),
    { numRuns: runs(20_000) },
  );
});
