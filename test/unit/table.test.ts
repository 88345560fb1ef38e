// Tables of the command line: for people on a terminal, plain for scripts elsewhere.
import { expect, test } from 'vitest';
import { wordsOf } from '../../main/cli/verbs/files.ts';

const answer = {
  items: [
    {
      id: 'a1',
      path: 'Notes/a.txt',
      side: 'remote',
      why: 'removed',
      bytes: 88_100,
      removedAt: '2026-11-28T09:07:00',
    },
    {
      id: 'b22',
      path: 'tab\there',
      side: 'local',
      why: 'removed',
      bytes: 7,
      removedAt: '2026-11-28T19:07:00',
    },
  ],
};

test('a terminal gets a header, aligned columns, sizes and times for people', () => {
  expect(wordsOf('trash-ls', answer, { home: '/h', isTerminal: true }).split('\n')).toEqual([
    'ID   DELETED           FROM       SIZE  PATH',
    'a1   2026-11-28 09:07  remote  88.1 kB  Notes/a.txt',
    'b22  2026-11-28 19:07  local   7 bytes  tab here',
  ]);
});

test('a script gets rows without a header, with bytes and the times of --json', () => {
  expect(wordsOf('trash-ls', answer, { home: '/h', isTerminal: false }).split('\n')[0]).toBe(
    'a1  2026-11-28T09:07:00  remote  88100  Notes/a.txt',
  );
});

test('where nothing is, a sentence says so', () => {
  expect(wordsOf('trash-ls', { items: [] }, { home: '/h', isTerminal: true })).toBe('the trash is empty');
  expect(wordsOf('versions', { versions: [] }, { home: '/h', isTerminal: true })).toContain(
    '"driftless trash ls --home /h"',
  );
});
