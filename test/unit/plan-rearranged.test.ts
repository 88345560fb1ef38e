// Moves onto occupied names: chains, swaps, cycles, and their obstacles.
import { describe, expect, test } from 'vitest';
import type { Entry, Op } from '../../main/core/model/model.ts';
import { plan } from '../../main/core/plan/plan.ts';
import {
  baseOf,
  contentOf,
  etagOf,
  folderBase,
  folderHere,
  folderThere,
  here,
  inputOf,
  planned,
  print,
  row,
  there,
} from '../support/plan-rows.ts';

const inodes: Readonly<Record<string, bigint>> = { A: 5n, BB: 6n, CCC: 7n, DDDD: 8n };

/** Was `was` on both sides; `now` is the local file under that name today, with its original inode. */
function shifted(path: string, was: string | null, now: string | null): Entry {
  return row(path, {
    ...(was === null ? {} : { base: baseOf(was, inodes[was] ?? 1n), remote: there(was) }),
    ...(now === null ? {} : { local: here(now, { inode: inodes[now] ?? 50n }) }),
  });
}

/** The same with the sides exchanged; a different etag shows that it was written again. */
function shiftedThere(path: string, was: string | null, now: string | null): Entry {
  return row(path, {
    ...(was === null ? {} : { base: baseOf(was), local: here(was) }),
    ...(now === null ? {} : { remote: there(now, { etag: `${path} ${now}` }) }),
  });
}

function movesOf(rows: readonly Entry[]): readonly Extract<Op, { kind: 'move-local' | 'move-remote' }>[] {
  return plan(inputOf(rows))
    .waves.flat()
    .filter((op) => op.kind === 'move-local' || op.kind === 'move-remote');
}

const swap = [shifted('a', 'A', 'BB'), shifted('b', 'BB', 'A')];
const swapThere = [shiftedThere('a', 'A', 'BB'), shiftedThere('b', 'BB', 'A')];

describe('moves made locally', () => {
  test('a local chain runs from its free end and removes only the abandoned name', () => {
    const rows = [shifted('a', 'A', null), shifted('b', 'BB', 'A'), shifted('c', null, 'BB')];
    expect(planned(rows)).toEqual([['move-remote b -> c'], ['move-remote a -> b']]);
    expect(movesOf(rows).map(({ path, over, turn }) => [path, over, turn])).toEqual([
      ['c', null, 0],
      ['b', etagOf('BB'), 1],
    ]);
    expect(movesOf(rows)).toMatchObject([
      { keepsSource: true, parks: false },
      { keepsSource: false, parks: false },
    ]);
  });

  test('a local swap begins with the first name, whose old content is stashed for the second', () => {
    expect(planned(swap)).toEqual([['move-remote b -> a'], ['move-remote a -> b']]);
    expect(movesOf(swap)).toMatchObject([
      { path: 'a', over: etagOf('A'), etag: etagOf('BB'), keepsSource: true, parks: true, turn: 0 },
      { path: 'b', over: etagOf('BB'), etag: etagOf('A'), keepsSource: true, parks: false, turn: 1 },
    ]);
  });

  test('a local cycle of three runs once around', () => {
    const rows = [shifted('a', 'A', 'CCC'), shifted('b', 'BB', 'A'), shifted('c', 'CCC', 'BB')];
    expect(planned(rows)).toEqual([['move-remote c -> a'], ['move-remote b -> c'], ['move-remote a -> b']]);
    expect(movesOf(rows).map((op) => op.kind === 'move-remote' && op.parks)).toEqual([true, false, false]);
  });

  test('two local cycles run at the same time', () => {
    const other = [shifted('c', 'CCC', 'DDDD'), shifted('d', 'DDDD', 'CCC')];
    expect(planned([...swap, ...other])).toEqual([
      ['move-remote b -> a', 'move-remote d -> c'],
      ['move-remote a -> b', 'move-remote c -> d'],
    ]);
  });

  test('a file moved locally over another one takes its name and leaves its own', () => {
    const rows = [shifted('a', 'A', null), shifted('b', 'BB', 'A')];
    expect(planned(rows)).toEqual([['move-remote a -> b']]);
    expect(movesOf(rows)).toMatchObject([{ over: etagOf('BB'), keepsSource: false, parks: false }]);
  });

  test('a local name that was moved and reused is copied now and replaced in the next cycle', () => {
    const rows = [shifted('a', 'A', 'DDDD'), shifted('a.bak', null, 'A')];
    expect(planned(rows)).toEqual([['move-remote a -> a.bak']]);
    expect(movesOf(rows)).toMatchObject([{ over: null, keepsSource: true }]);
  });

  test('a folder that keeps a file under the old name needs no marker', () => {
    const rows = [
      row('d', { base: folderBase(), local: folderHere(), remote: folderThere }),
      shifted('d/a', 'A', 'DDDD'),
      shifted('x', null, 'A'),
    ];
    expect(planned(rows)).toEqual([['move-remote d/a -> x']]);
  });

  test('rearranged local files are transferred where the store does not honour every condition', () => {
    expect(planned(swap, { movesOver: false })).toEqual([['upload a'], ['upload b']]);
    const used = [shifted('a', 'A', 'DDDD'), shifted('a.bak', null, 'A')];
    expect(planned(used, { movesOver: false })).toEqual([['upload a.bak'], ['upload a']]);
  });

  test('rearranged local files are transferred where the store does not copy', () => {
    expect(planned(swap, { serverCopy: false })).toEqual([['upload a'], ['upload b']]);
  });

  test('a rearranged local file is a copy in the store whatever its size, and so is the file that it replaces', () => {
    const large = (text: string) => ({ ...there(text), sizeBytes: 5_000_000_001 });
    const source = row('a', { base: baseOf('A', 5n), remote: large('A') });
    expect(planned([source, shifted('b', null, 'A')]).flat()).toContain('move-remote a -> b');
    const target = row('b', { base: baseOf('BB', 6n), local: here('A', { inode: 5n }), remote: large('BB') });
    expect(planned([shifted('a', 'A', null), target]).flat()).toContain('move-remote a -> b');
  });

  test('a local chain waits as a whole until the contents are known', () => {
    const unread = row('b', {
      base: baseOf('BB', 6n),
      local: here('A', { inode: 5n, unhashed: true }),
      remote: there('BB'),
    });
    // `c` needs the content of `b`, which is to be replaced by content not known yet.
    const rows = [shifted('a', 'A', null), unread, shifted('c', null, 'BB')];
    expect(planned(rows)).toEqual([['hash-local b'], ['move-remote b -> c']]);
    const unreadEnd = row('c', { local: here('BB', { inode: 6n, unhashed: true }) });
    expect(planned([shifted('a', 'A', null), shifted('b', 'BB', 'A'), unreadEnd])).toEqual([
      ['hash-local c'],
    ]);
  });

  test('a file edited in place is no source, even where another file has its inode', () => {
    const edited = row('a', {
      base: baseOf('A', 5n),
      local: here('DDDD', { inode: 5n }),
      remote: there('A'),
    });
    expect(planned([edited])).toEqual([['upload a']]);
  });

  test('a file edited remotely meanwhile is not moved', () => {
    const edited = row('a', {
      base: baseOf('A', 5n),
      local: here('BB', { inode: 6n }),
      remote: there('edited'),
    });
    expect(planned([edited, shifted('b', 'BB', 'A')]).flat()).not.toContain('move-remote a -> b');
  });

  test('neither name is touched while one is held or has a pending change event', () => {
    expect(planned(swap, { held: (path) => path === 'a' })).toEqual([]);
    expect(planned(swap, { changing: new Set([swap[0]?.path ?? row('x', {}).path]) })).toEqual([
      ['move-remote b -> a'],
    ]);
  });
});

describe('moves made remotely', () => {
  test('a remote chain is renamed locally from its free end', () => {
    const rows = [shiftedThere('a', 'A', null), shiftedThere('b', 'BB', 'A'), shiftedThere('c', null, 'BB')];
    expect(planned(rows)).toEqual([['move-local b -> c'], ['move-local a -> b']]);
    expect(movesOf(rows)).toMatchObject([
      { path: 'c', over: null, turn: 0 },
      { path: 'b', over: { fingerprint: print('BB'), content: contentOf('BB') }, turn: 1 },
    ]);
  });

  test('a remote swap is two local renames, the first over the file that goes to the trash', () => {
    expect(planned(swapThere)).toEqual([['move-local b -> a'], ['move-local a -> b']]);
    expect(movesOf(swapThere)).toMatchObject([
      { path: 'a', over: { content: contentOf('A') }, turn: 0 },
      { path: 'b', over: { content: contentOf('BB') }, turn: 1 },
    ]);
  });

  test('a file moved remotely over another one is renamed over it', () => {
    expect(planned([shiftedThere('a', 'A', null), shiftedThere('b', 'BB', 'A')])).toEqual([
      ['move-local a -> b'],
    ]);
  });

  test('a remote name that was moved and reused is renamed now and fetched in the next cycle', () => {
    expect(planned([shiftedThere('a', 'A', 'DDDD'), shiftedThere('a.bak', null, 'A')])).toEqual([
      ['move-local a -> a.bak'],
    ]);
  });

  test('a remote file is identified only where its size suggests a move', () => {
    const unread = (path: string, was: string, now: string): Entry =>
      row(path, { base: baseOf(was), local: here(was), remote: there(now, { unread: true }) });
    expect(planned([unread('a', 'A', 'BB'), unread('b', 'BB', 'A')])).toEqual([
      ['identify-remote a', 'identify-remote b'],
    ]);
    expect(planned([unread('a', 'A', 'DDDD'), unread('b', 'BB', 'CCC')])).toEqual([
      ['download a', 'download b'],
    ]);
  });

  test('rearranged remote files are transferred where the store does not honour every condition', () => {
    expect(planned(swapThere, { movesOver: false })).toEqual([['download a', 'download b']]);
  });

  test('a file edited locally meanwhile becomes a conflict copy and is not moved', () => {
    const edited = row('a', { base: baseOf('A'), local: here('edited'), remote: there('BB', { etag: 'x' }) });
    expect(planned([edited, shiftedThere('b', 'BB', 'A')]).flat()).toEqual([
      'set-aside a -> a (conflict 2026-11-22 laptop)',
      'download b',
    ]);
  });
});
