// The tester of the ignore rules: which rule decides about a name, and what may be asked.
import { describe, expect, test } from 'vitest';
import { folderCommands } from '../../main/app/setup/folder-commands.ts';
import type { FolderEditor } from '../../main/app/setup/folder-commands.ts';
import type { PairRuntime } from '../../main/app/pair-runtime.ts';
import { explainIgnore } from '../../main/core/config/ignore-explain.ts';
import { compileIgnore } from '../../main/core/config/ignore-match.ts';
import { relPath } from '../../main/core/model/path.ts';
import { requestSchemas } from '../../preload/contract.ts';

const { signal } = new AbortController();

function tester(options: { readonly ignoreFile?: string | null; readonly isOpen?: boolean } = {}) {
  const { ignoreFile = null, isOpen = true } = options;
  const store = { meta: (key: string) => (key === 'ignoreText' ? JSON.stringify(ignoreFile) : null) };
  const pair = {
    config: {
      id: 'docs',
      ignore: ['*.iso', 'build/', '!keep.iso', '# a note'],
      exclude: ['Archive/2019/'],
      caseSensitivity: 'sensitive',
    },
    engine: { context: () => (isOpen ? { store } : null) },
  } as unknown as PairRuntime;
  const parts = { dialogs: null, folderRoots: [], editor: {} as FolderEditor };
  const { testIgnore } = folderCommands(parts, (id) => (id === 'docs' ? pair : undefined));
  return (name: string, pairId = 'docs') => testIgnore({ pairId, name }, signal);
}

const synced = { isSynced: true, rule: null, source: null, folder: null };

describe('the tester names the rule that decides', () => {
  test.each([
    ['report.txt', synced],
    ['disk.iso', { isSynced: false, rule: '*.iso', source: 'settings', folder: null }],
    ['DISK.ISO', synced],
    ['keep.iso', { isSynced: true, rule: '!keep.iso', source: 'settings', folder: null }],
    ['src/build/keep.iso', { isSynced: false, rule: 'build/', source: 'settings', folder: 'src/build' }],
    ['src/build/', { isSynced: false, rule: 'build/', source: 'settings', folder: null }],
    ['src/build', synced],
    ['a/Thumbs.db', { isSynced: false, rule: 'Thumbs.db', source: 'default', folder: null }],
    ['Archive/2019/x', { isSynced: false, rule: 'Archive/2019', source: 'excluded', folder: null }],
    ['drafts/one.md', { isSynced: false, rule: '/drafts/*', source: 'file', folder: null }],
    ['report.iso', { isSynced: false, rule: '*.iso', source: 'settings', folder: null }],
    ['x.part', { isSynced: true, rule: '!*.part', source: 'file', folder: null }],
  ])('for %s', async (name, value) => {
    expect(await tester({ ignoreFile: '/drafts/*\n!report.iso\n!*.part\n' })(name)).toEqual({
      ok: true,
      value,
    });
  });

  test('without the rules of the folder’s own file there is no answer', async () => {
    expect(await tester({ isOpen: false })('disk.iso')).toMatchObject({
      error: { code: 'pair-not-running' },
    });
    expect(await tester()('disk.iso', 'other')).toMatchObject({ error: { code: 'unknown-pair' } });
    expect(await tester()('a//b')).toMatchObject({ error: { code: 'name-untestable' } });
  });
});

test.each(['/etc/passwd', '..', 'a/../b', './a', 'a/.', '', 'a\nb', 'x'.repeat(1025)])(
  'the contract refuses the name %j',
  (name) => {
    expect(requestSchemas.testIgnore.input.safeParse({ pairId: 'docs', name }).success).toBe(false);
  },
);

test.each(['a', '.hidden', '..x/y', 'a b/c.', 'src/build/', 'Grüße/写真.jpg'])(
  'the contract takes the name %j',
  (name) => {
    expect(requestSchemas.testIgnore.input.safeParse({ pairId: 'docs', name }).success).toBe(true);
  },
);

test('the explanation and the matcher that syncs always agree', () => {
  const lines = ['a', '!a/b', '*.x', '!b.x', '/c/**', '!/c/d', 'e/', '!e/f.x', '**/g/*', '# h', '[', 'I'];
  const names = ['a', 'b', 'b.x', 'c', 'd', 'e', 'f.x', 'g', 'h', 'i'];
  const paths = names.flatMap((one) => [
    one,
    ...names.flatMap((two) => [`${one}/${two}`, `${one}/${two}/a.x`]),
  ]);
  for (const caseSensitive of [true, false]) {
    const isOut = compileIgnore(lines, { caseSensitive });
    for (const path of paths.map(relPath)) {
      for (const kind of ['file', 'folder'] as const) {
        const decision = explainIgnore(lines, { path, kind }, { caseSensitive });
        expect([path, kind, decision?.isOut ?? false]).toEqual([path, kind, isOut(path, kind)]);
      }
    }
  }
});
