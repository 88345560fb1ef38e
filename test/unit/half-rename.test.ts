// Which of the names of a half renamed file goes.
import { expect, test } from 'vitest';
import { chooseNames } from '../../main/core/model/half-rename.ts';
import { relPath } from '../../main/core/model/path.ts';

type Case = readonly [what: string, from: string, to: string, names: readonly string[], stale: string | null];

const cases: readonly Case[] = [
  ['nothing was renamed', 'd/a', 'd/b', ['d/b', 'd/a'], 'd/a'],
  ['the new name was renamed', 'd/a', 'd/b', ['d/a', 'd/mine'], 'd/a'],
  ['the new name was moved to a file of the old name', 'd/a', 'd/b', ['d/a', 'e/a'], 'd/a'],
  ['the old name was renamed', 'd/a', 'd/b', ['d/b', 'd/mine'], 'd/b'],
  ['the old name was moved alone', 'd/a', 'd/b', ['d/b', 'e/a'], 'd/b'],
  ['the folder was renamed', 'gone/a', 'gone/b', ['e/b', 'e/a'], 'e/a'],
  ['the folder of the old name was renamed', 'gone/a', 'd/b', ['d/b', 'e/a'], 'e/a'],
  ['the folder and the old name were renamed', 'gone/a', 'gone/b', ['e/b', 'e/mine'], 'e/b'],
  ['the folder and the new name were renamed', 'gone/a', 'gone/b', ['e/mine', 'e/a'], 'e/a'],
  ['a folder above both was renamed', 'gone/x/a', 'gone/y/a', ['e/y/a', 'e/x/a'], 'e/x/a'],
  ['both names were renamed', 'd/a', 'd/b', ['d/one', 'd/other'], null],
  ['one name is left', 'd/a', 'd/b', ['d/b'], null],
  ['no name is left', 'd/a', 'd/b', [], null],
  ['beside a hard link', 'gone/a', 'gone/b', ['e/link', 'e/b', 'e/a'], 'e/a'],
  ['beside a hard link, the old name was renamed', 'd/a', 'd/b', ['d/link', 'd/b', 'd/mine'], null],
  ['beside a hard link of the same name', 'gone/a', 'gone/b', ['e/a', 'e/b', 'copies/a'], null],
];

test.each(cases)('%s', (_what, from, to, names, stale) => {
  const isFolderThere = from.startsWith('d/');
  const cut = { from: relPath(from), to: relPath(to), isFolderThere };
  for (const order of [names, names.toReversed()]) {
    const chosen = chooseNames(cut, order.map(relPath));
    expect(chosen?.stale ?? null).toBe(stale);
    if (chosen !== null) expect(names).toContain(chosen.kept);
  }
});
