// A problem left out by a rule: the rule matches that file, and nothing beside it.
import { describe, expect, test } from 'vitest';
import type { FolderEditor } from '../../main/app/setup/folder-commands.ts';
import { ignoreProblem } from '../../main/app/setup/ignore-problem.ts';
import { ignoreLineFor } from '../../main/core/config/ignore-line.ts';
import { compileIgnore } from '../../main/core/config/ignore-match.ts';
import { relPath } from '../../main/core/model/path.ts';
import type { ProblemView } from '../../preload/contract.ts';

const { signal } = new AbortController();

describe('the rule', () => {
  test.each([
    ['Mail/inbox.pst', 'Mail/inbox.psx', 'a/Mail/inbox.pst'],
    ['a*b.txt', 'axb.txt', 'a.txt'],
    ['what?', 'whatx', 'what'],
    ['[draft].md', 'd.md', '[draft]xmd'],
    ['back\\slash', 'backslash', 'back/slash'],
    ['!important', 'important', 'x/!important'],
    ['# heading', 'heading', 'x'],
    ['ends with blanks  ', 'ends with blanks', 'ends with blanks '],
    ['Grüße/写真 1.jpg', 'Grüße/写真 2.jpg', 'Grüße'],
  ])('for %j matches it, and neither %j nor %j', (path, ...others) => {
    const isOut = compileIgnore([ignoreLineFor(path) ?? ''], { caseSensitive: true });
    expect(isOut(relPath(path), 'file')).toBe(true);
    for (const other of others) expect(isOut(relPath(other), 'file')).toBe(false);
  });

  test('a folder is left out with its contents', () => {
    const isOut = compileIgnore([ignoreLineFor('a/b') ?? ''], { caseSensitive: true });
    expect(isOut(relPath('a/b/c'), 'file')).toBe(true);
  });

  test.each(['', 'a\nb', 'tab\there', 'lost \ufffd bytes', 'x'.repeat(1024)])('none names %j', (path) => {
    expect(ignoreLineFor(path)).toBeNull();
  });
});

function editing(ignore: readonly string[]) {
  const written: unknown[] = [];
  const change: FolderEditor['change'] = async (id, next) => {
    const present = { mode: 'two-way', ignore, exclude: [], uploadLimit: null, downloadLimit: null } as const;
    written.push([id, await next(present)]);
  };
  return { editor: { change }, written };
}

const problem = { path: 'Mail/inbox.pst' } as ProblemView;

test('the rule goes behind those that are there, once', async () => {
  const { editor, written } = editing(['/Mail/inbox.pst', '!*.pst']);
  await ignoreProblem(editor, { pairId: 'docs', problem: () => problem }, signal);
  expect(written).toEqual([['docs', { ignore: ['!*.pst', '/Mail/inbox.pst'] }]]);
});

test.each([
  [undefined, [], 'unknown-file'],
  [{ path: null } as ProblemView, [], 'unknown-file'],
  [{ path: 'a\nb' } as ProblemView, [], 'not-ignorable'],
  [problem, Array.from({ length: 500 }, (_, at) => `rule ${String(at)}`), 'too-many-rules'],
])('%j is refused, and no rule is written', async (which, rules, code) => {
  const { editor, written } = editing(rules);
  await expect(ignoreProblem(editor, { pairId: 'docs', problem: () => which }, signal)).rejects.toMatchObject(
    { code },
  );
  expect(written).toEqual([]);
});
