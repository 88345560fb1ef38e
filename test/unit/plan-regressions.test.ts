// Counterexamples that the properties found once, shrunk: each is one story with its end.
import { expect, test } from 'vitest';
import {
  baseOf,
  folderBase,
  folderHere,
  folderThere,
  here,
  planned,
  row,
  there,
} from '../support/plan-rows.ts';

test('a file moved there into a folder of its own name is no move here', () => {
  const rows = [
    row('b', { base: baseOf('2'), local: here('2'), remote: folderThere }),
    row('b/a', { remote: there('2') }),
  ];
  expect(planned(rows)).toEqual([['remove-local b']]);
});

test('a file moved here while a folder took its old name is uploaded, and the old one goes', () => {
  const rows = [
    row('a', { base: folderBase(), local: folderHere(), remote: folderThere }),
    row('a/a', { local: here('X', { inode: 5n }) }),
    row('b', { base: baseOf('X', 5n), local: folderHere(2n), remote: there('X') }),
  ];
  expect(planned(rows)).toEqual([['upload a/a', 'remove-remote b']]);
});

test('a file made here in a folder that moves there goes along, whenever the move is recognised', () => {
  const rows = [
    row('b', { base: folderBase(), local: folderHere() }),
    row('b/a', { local: here('') }),
    row('b/b', { base: baseOf('B'), local: here('B') }),
    row('a', { remote: folderThere }),
  ];
  expect(planned([...rows, row('a/b', { remote: there('B', { unread: true }) })])).toEqual([
    ['identify-remote a/b'],
  ]);
  expect(planned([...rows, row('a/b', { remote: there('B') })])).toEqual([['move-local b -> a']]);
});

test('a file that steps aside for a folder does not keep what the folder lost from going', () => {
  const rows = [
    row('a', { base: folderBase(), local: here('1'), remote: folderThere }),
    row('a/a', { base: baseOf('B'), remote: there('B') }),
    row('a/c', { remote: there('2') }),
  ];
  expect(planned(rows)).toEqual([['set-aside a -> a (conflict 2026-11-22 laptop)'], ['remove-remote a/a']]);
});
