// Truth tables of the decision for one path in each mode (rules 1, 7, 22).
import { describe, expect, test } from 'vitest';
import type { Entry } from '../../main/core/model/model.ts';
import type { Decision } from '../../main/core/plan/decide.ts';
import { decide } from '../../main/core/plan/decide.ts';
import {
  absent,
  baseOf,
  folderBase,
  folderHere,
  folderThere,
  here,
  row,
  there,
  unknown,
} from '../support/plan-rows.ts';

const modes = {
  two: { mode: 'two-way', propagateDeletes: false },
  up: { mode: 'upload-only', propagateDeletes: false },
  upDel: { mode: 'upload-only', propagateDeletes: true },
  down: { mode: 'download-only', propagateDeletes: false },
} as const;
type Cells = Parameters<typeof row>[1];

/** `upload new-local`, `upload keep both-changed`, `learn local remote`, `remote-folder-only fetch`. */
function say(verdict: Decision): string {
  const words: string[] = [verdict.kind];
  if (verdict.kind === 'learn')
    words.push(...(verdict.local ? ['local'] : []), ...(verdict.remote ? ['remote'] : []));
  if ('keepForeign' in verdict && verdict.keepForeign) words.push('keep');
  if ('reason' in verdict) words.push(verdict.reason);
  if ('then' in verdict) words.push(verdict.then);
  return words.join(' ');
}

function saidOf(entry: Entry): readonly string[] {
  return Object.values(modes).map((mode) => say(decide(entry, mode)));
}

const same = ['nothing', 'nothing', 'nothing', 'nothing'] as const;
const everywhere = (verdict: string): readonly string[] => [verdict, verdict, verdict, verdict];

/** Decisions in the order two-way, upload-only, upload-only that carries deletes, download-only. */
const files: readonly (readonly [name: string, cells: Cells, verdicts: readonly string[]])[] = [
  ['nothing anywhere', {}, same],
  ['in sync', { base: baseOf('B'), local: here('B'), remote: there('B') }, same],
  ['local unknown', { base: baseOf('B'), local: unknown(), remote: there('other') }, same],
  [
    'remote unknown',
    { base: baseOf('B'), local: here('other'), remote: unknown('incomplete-listing') },
    same,
  ],
  ['local unknown, remote gone', { base: baseOf('B'), local: unknown('unreadable') }, same],
  ['remote unknown, local gone', { base: baseOf('B'), remote: unknown('name-clash') }, same],
  ['gone on both sides', { base: baseOf('B') }, everywhere('forget')],
  ['new on both sides, equal', { local: here('X'), remote: there('X') }, everywhere('adopt')],
  [
    'changed on both sides, equal',
    { base: baseOf('B'), local: here('X'), remote: there('X') },
    everywhere('adopt'),
  ],
  [
    'another version with the same content',
    { base: baseOf('B'), local: here('B'), remote: there('B', { etag: 'copied' }) },
    everywhere('adopt'),
  ],
  ['new here', { local: here('X') }, ['upload new-local', 'upload new-local', 'upload new-local', 'nothing']],
  ['new there', { remote: there('X') }, ['download new-remote', 'nothing', 'nothing', 'download new-remote']],
  [
    'changed here',
    { base: baseOf('B'), local: here('XX'), remote: there('B') },
    ['upload changed-local', 'upload changed-local', 'upload changed-local', 'set-aside mode-restores'],
  ],
  [
    'changed there',
    { base: baseOf('B'), local: here('B'), remote: there('XX') },
    [
      'download changed-remote',
      'upload keep mode-restores',
      'upload keep mode-restores',
      'download changed-remote',
    ],
  ],
  [
    'changed on both sides',
    { base: baseOf('B'), local: here('X'), remote: there('Y') },
    [
      'set-aside both-changed',
      'upload keep both-changed',
      'upload keep both-changed',
      'set-aside both-changed',
    ],
  ],
  [
    'new on both sides, different',
    { local: here('X'), remote: there('Y') },
    [
      'set-aside both-changed',
      'upload keep both-changed',
      'upload keep both-changed',
      'set-aside both-changed',
    ],
  ],
  [
    'gone there',
    { base: baseOf('B'), local: here('B') },
    ['remove-local gone-remote', 'upload mode-restores', 'upload mode-restores', 'remove-local gone-remote'],
  ],
  [
    'gone here',
    { base: baseOf('B'), remote: there('B') },
    ['remove-remote gone-local', 'nothing', 'remove-remote gone-local', 'download mode-restores'],
  ],
  [
    'gone there, changed here',
    { base: baseOf('B'), local: here('XX') },
    ['upload edit-beats-delete', 'upload changed-local', 'upload changed-local', 'set-aside mode-restores'],
  ],
  [
    'gone here, changed there',
    { base: baseOf('B'), remote: there('XX') },
    ['download edit-beats-delete', 'nothing', 'nothing', 'download changed-remote'],
  ],
  [
    'gone there, not hashed here',
    { base: baseOf('B'), local: here('X', { unhashed: true }) },
    ['learn local', 'upload mode-restores', 'upload mode-restores', 'learn local'],
  ],
  [
    'gone there, another size here',
    { base: baseOf('B'), local: here('XX', { unhashed: true }) },
    ['upload edit-beats-delete', 'upload changed-local', 'upload changed-local', 'set-aside mode-restores'],
  ],
  [
    'gone here, not read there',
    { base: baseOf('B'), remote: there('X', { unread: true }) },
    ['learn remote', 'nothing', 'learn remote', 'download changed-remote'],
  ],
  [
    'gone here, the version of base there',
    { base: baseOf('B'), remote: there('B', { unread: true }) },
    ['remove-remote gone-local', 'nothing', 'remove-remote gone-local', 'download mode-restores'],
  ],
  [
    'touched here, not hashed',
    { base: baseOf('B'), local: here('X', { unhashed: true }), remote: there('B') },
    everywhere('learn local'),
  ],
  [
    'touched there, not read',
    { base: baseOf('B'), local: here('B'), remote: there('X', { unread: true }) },
    everywhere('learn remote'),
  ],
  [
    'both touched, same size, nothing known',
    { base: baseOf('B'), local: here('X', { unhashed: true }), remote: there('Y', { unread: true }) },
    everywhere('learn local remote'),
  ],
  [
    'both new, same size, nothing known',
    { local: here('X', { unhashed: true }), remote: there('Y', { unread: true }) },
    everywhere('learn local remote'),
  ],
  [
    'both new, sizes differ, nothing known',
    { local: here('XX', { unhashed: true }), remote: there('Y', { unread: true }) },
    [
      'set-aside both-changed',
      'upload keep both-changed',
      'upload keep both-changed',
      'set-aside both-changed',
    ],
  ],
  [
    'changed there for certain, maybe here',
    { base: baseOf('B'), local: here('X', { unhashed: true }), remote: there('YY') },
    everywhere('learn local'),
  ],
  [
    'changed here for certain, maybe there',
    { base: baseOf('B'), local: here('XX'), remote: there('Y', { unread: true }) },
    everywhere('learn remote'),
  ],
];

const folders: typeof files = [
  ['folders in sync', { base: folderBase(), local: folderHere(), remote: folderThere }, same],
  ['folders on both sides', { local: folderHere(), remote: folderThere }, everywhere('adopt')],
  [
    'a file became a folder on both sides',
    { base: baseOf('B'), local: folderHere(), remote: folderThere },
    everywhere('adopt'),
  ],
  ['folder gone on both sides', { base: folderBase() }, everywhere('forget')],
  [
    'folder new here',
    { local: folderHere() },
    ['local-folder-only send', 'local-folder-only send', 'local-folder-only send', 'local-folder-only leave'],
  ],
  [
    'folder gone there',
    { base: folderBase(), local: folderHere() },
    [
      'local-folder-only remove',
      'local-folder-only send',
      'local-folder-only send',
      'local-folder-only remove',
    ],
  ],
  [
    'file gone there, a folder here',
    { base: baseOf('B'), local: folderHere() },
    ['local-folder-only send', 'local-folder-only send', 'local-folder-only send', 'local-folder-only leave'],
  ],
  [
    'folder new there',
    { remote: folderThere },
    [
      'remote-folder-only fetch',
      'remote-folder-only leave',
      'remote-folder-only leave',
      'remote-folder-only fetch',
    ],
  ],
  [
    'folder gone here',
    { base: folderBase(), remote: folderThere },
    [
      'remote-folder-only remove',
      'remote-folder-only leave',
      'remote-folder-only remove',
      'remote-folder-only fetch',
    ],
  ],
  [
    'file gone here, a folder there',
    { base: baseOf('B'), remote: folderThere },
    [
      'remote-folder-only fetch',
      'remote-folder-only leave',
      'remote-folder-only leave',
      'remote-folder-only fetch',
    ],
  ],
  [
    'file new here, folder new there',
    { local: here('X'), remote: folderThere },
    ['set-aside both-changed', 'clash', 'clash', 'set-aside mode-restores'],
  ],
  [
    'file replaced there by a folder',
    { base: baseOf('B'), local: here('B'), remote: folderThere },
    ['remove-local changed-remote', 'clash', 'clash', 'remove-local changed-remote'],
  ],
  [
    'file changed here, replaced there by a folder',
    { base: baseOf('B'), local: here('XX'), remote: folderThere },
    ['set-aside both-changed', 'clash', 'clash', 'set-aside mode-restores'],
  ],
  [
    'file not hashed here, replaced there by a folder',
    { base: baseOf('B'), local: here('X', { unhashed: true }), remote: folderThere },
    ['learn local', 'clash', 'clash', 'learn local'],
  ],
  [
    'folder replaced here by a file',
    { base: folderBase(), local: here('X'), remote: folderThere },
    ['file-over-folder', 'file-over-folder', 'file-over-folder', 'set-aside mode-restores'],
  ],
  [
    'folder new here, file new there',
    { local: folderHere(), remote: there('X') },
    ['set-aside both-changed', 'clash', 'clash', 'set-aside mode-restores'],
  ],
  [
    'file replaced here by a folder',
    { base: baseOf('B'), local: folderHere(), remote: there('B') },
    [
      'remove-remote changed-local',
      'remove-remote changed-local',
      'remove-remote changed-local',
      'set-aside mode-restores',
    ],
  ],
  [
    'file replaced here by a folder, changed there',
    { base: baseOf('B'), local: folderHere(), remote: there('XX') },
    ['set-aside both-changed', 'clash', 'clash', 'set-aside mode-restores'],
  ],
  [
    'file replaced here by a folder, not read there',
    { base: baseOf('B'), local: folderHere(), remote: there('X', { unread: true }) },
    ['learn remote', 'learn remote', 'learn remote', 'set-aside mode-restores'],
  ],
  [
    'folder replaced there by a file',
    { base: folderBase(), local: folderHere(), remote: there('X') },
    ['folder-over-file', 'clash', 'clash', 'folder-over-file'],
  ],
  [
    'folder replaced by a file on both sides, equal',
    { base: folderBase(), local: here('X'), remote: there('X') },
    everywhere('adopt'),
  ],
  [
    'folder gone here, a file there',
    { base: folderBase(), remote: there('X') },
    ['download new-remote', 'nothing', 'nothing', 'download new-remote'],
  ],
  [
    'folder gone there, a file here',
    { base: folderBase(), local: here('X') },
    ['upload new-local', 'upload new-local', 'upload new-local', 'nothing'],
  ],
];

describe('rule 22: two-way, upload-only, upload-only that carries deletes, download-only', () => {
  test.each(files)('the decision for a file is right in each mode: %s', (_name, cells, verdicts) => {
    expect(saidOf(row('p', cells))).toEqual(verdicts);
  });
  test.each(folders)('the decision for a folder is right in each mode: %s', (_name, cells, verdicts) => {
    expect(saidOf(row('p', cells))).toEqual(verdicts);
  });
});

test('adopting a file records its content, this version and this very file', () => {
  const local = { ...here('X', { inode: 7n }), executable: true };
  const remote = there('X', { etag: 'new' });
  expect(decide(row('p', { base: baseOf('B'), local, remote }), modes.two)).toEqual({
    kind: 'adopt',
    base: {
      kind: 'file',
      content: local.content,
      sizeBytes: 1,
      etag: remote.etag,
      fingerprint: local.fingerprint,
      executable: true,
    },
  });
});

test('base names the content of its own version (rule 7)', () => {
  const entry = row('p', { base: baseOf('B'), local: here('B'), remote: there('B', { unread: true }) });
  expect(decide(entry, modes.two)).toEqual({ kind: 'nothing' });
});

test('an unknown side plans nothing, whatever the other sides hold (rule 1)', () => {
  for (const base of [undefined, baseOf('B'), folderBase()]) {
    for (const cell of [unknown('symlink'), unknown('not-scanned')]) {
      const withBase = base === undefined ? {} : { base };
      for (const remote of [absent, there('X'), folderThere]) {
        expect(saidOf(row('p', { ...withBase, local: cell, remote }))).toEqual(same);
      }
      for (const local of [absent, here('X'), folderHere()]) {
        expect(saidOf(row('p', { ...withBase, local, remote: cell }))).toEqual(same);
      }
    }
  }
});
