// Shrunk counterexamples that the property tests once found.
import { expect, test } from 'vitest';
import { plan } from '../../main/core/plan/plan.ts';
import {
  baseOf,
  folderBase,
  folderHere,
  folderThere,
  here,
  inputOf,
  planned,
  row,
  there,
  unknown,
} from '../support/plan-rows.ts';

test('a file moved remotely into a folder of its own name is no local move', () => {
  const rows = [
    row('b', { base: baseOf('2'), local: here('2'), remote: folderThere }),
    row('b/a', { remote: there('2') }),
  ];
  expect(planned(rows)).toEqual([['remove-local b']]);
});

test('a file moved locally while a folder took its old name is uploaded and the old one removed', () => {
  const rows = [
    row('a', { base: folderBase(), local: folderHere(), remote: folderThere }),
    row('a/a', { local: here('X', { inode: 5n }) }),
    row('b', { base: baseOf('X', 5n), local: folderHere(2n), remote: there('X') }),
  ];
  expect(planned(rows)).toEqual([['upload a/a'], ['remove-remote b']]);
});

test('a new local file in a folder moved remotely moves along, whenever the move is recognised', () => {
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

test("a file that is renamed for a folder does not keep the folder's lost files from being removed", () => {
  const rows = [
    row('a', { base: folderBase(), local: here('1'), remote: folderThere }),
    row('a/a', { base: baseOf('B'), remote: there('B') }),
    row('a/c', { remote: there('2') }),
  ];
  expect(planned(rows)).toEqual([['set-aside a -> a (conflict 2026-11-22 laptop)'], ['remove-remote a/a']]);
});

test('a file is uploaded into a folder that holds only unreadable entries remotely', () => {
  const rows = [
    row('d', { local: folderHere(), remote: unknown('contains-unknown') }),
    row('d/clash', { remote: unknown('name-clash') }),
    row('d/new', { local: here('X') }),
  ];
  expect(planned(rows)).toEqual([['upload d/new']]);
});

test('nothing is uploaded below a name that is unknown itself', () => {
  const rows = [
    row('d', { local: folderHere(), remote: unknown('name-clash') }),
    row('d/new', { local: here('X') }),
  ];
  expect(planned(rows)).toEqual([]);
});

test('a file whose name is a folder of ignored local entries is reported', () => {
  const rows = [
    row('d', { base: folderBase(), local: folderHere(), remote: there('X') }),
    row('d/link', { local: unknown('symlink') }),
  ];
  expect(plan(inputOf(rows))).toEqual({
    waves: [],
    problems: [{ path: 'd', code: 'file-folder-clash', fields: {} }],
  });
});

test('download-only reports a folder that stays because of an edit as a clash of case and does not wait for it', () => {
  const rows = [
    row('F', { base: folderBase(), local: folderHere() }),
    row('F/b', { local: here('edited') }),
    row('f', { remote: there('X') }),
  ];
  expect(plan(inputOf(rows, { caseSensitive: false, mode: 'download-only' }))).toEqual({
    waves: [],
    problems: [{ path: 'f', code: 'case-clash', fields: { other: 'F' } }],
  });
});

test('a name that only a local link has is a clash of case and is not waited for', () => {
  const rows = [row('F', { local: unknown('symlink') }), row('f', { remote: there('X') })];
  expect(plan(inputOf(rows, { caseSensitive: false })).problems).toEqual([
    { path: 'f', code: 'case-clash', fields: { other: 'F' } },
  ]);
});

test('a file whose name is a folder of ignored remote entries is never uploaded and is reported', () => {
  const rows = [
    row('d', { local: here('X'), remote: unknown('contains-unknown') }),
    row('d/ignored', { remote: unknown('ignored') }),
  ];
  const clash = { waves: [], problems: [{ path: 'd', code: 'file-folder-clash', fields: {} }] };
  expect(plan(inputOf(rows))).toEqual(clash);
  expect(plan(inputOf(rows, { mode: 'upload-only' }))).toEqual(clash);
  expect(plan(inputOf(rows, { mode: 'download-only' })).problems).toEqual([]);
});

test('a folder to be removed is waited for and one that stays is a clash of case', () => {
  const incoming = row('f', { remote: there('X') });
  const problemsBeside = (...rows: Parameters<typeof inputOf>[0]): readonly string[] =>
    plan(inputOf([...rows, incoming], { caseSensitive: false })).problems.map(({ code }) => code);
  const inSync = { base: folderBase(), local: folderHere() };
  expect(problemsBeside(row('F', inSync))).toEqual([]);
  expect(problemsBeside(row('F', inSync), row('F/b', { base: baseOf('B'), local: here('B') }))).toEqual([]);
  expect(problemsBeside(row('F', inSync), row('F/b', { local: here('new') }))).toEqual(['case-clash']);
  expect(problemsBeside(row('F', { local: folderHere() }))).toEqual(['case-clash']);
});

test('a folder renamed as a conflict waits for what may have moved out of it remotely', () => {
  const rows = [
    row('c', { base: folderBase(), local: folderHere(), remote: there('X') }),
    row('c/a', { base: baseOf('A'), local: here('A') }),
    row('c/new', { local: here('N') }),
    row('e', { remote: folderThere }),
  ];
  const arrived = (unread: boolean) => row('e/a', { remote: there('A', { unread }) });
  expect(planned([...rows, arrived(true)])).toEqual([['identify-remote e/a'], ['make-local-folder e']]);
  const known = planned([...rows, arrived(false)]);
  expect(known).toEqual([['make-local-folder e'], ['move-local c/a -> e/a']]);
  const rest = [rows[0], rows[2]].filter((one) => one !== undefined);
  expect(planned(rest)).toEqual([['set-aside c -> c (conflict 2026-11-22 laptop)']]);
});

test('a folder moved locally onto the name of a new remote file is renamed as a conflict before its old name is removed', () => {
  const rows = [
    row('b', { base: folderBase(9n), remote: folderThere }),
    row('b/x', { base: baseOf('A', 5n), remote: there('A') }),
    row('b/y', { base: baseOf('B', 6n), remote: there('edited there') }),
    row('a', { local: folderHere(9n), remote: there('F') }),
    row('a/x', { local: here('A', { inode: 5n, unhashed: true }) }),
    row('a/y', { local: here('B', { inode: 6n, unhashed: true }) }),
  ];
  expect(planned(rows)).toEqual([['set-aside a -> a (conflict 2026-11-22 laptop)']]);
});

test('another new file of the same content does not hide a folder move', () => {
  const rows = [
    row('d', { base: folderBase(), local: folderHere() }),
    row('d/x', { base: baseOf('A'), local: here('A') }),
    row('b', { remote: there('A') }),
    row('e', { remote: folderThere }),
    row('e/x', { remote: there('A') }),
  ];
  expect(planned(rows)).toEqual([['move-local d -> e'], ['download b']]);
});
