// Contract of renames that were cut in two, on a real disk and in memory.
import { linkSync, lstatSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { writeRecord } from '../../main/adapters/disk/changes/half-rename.ts';
import { openNodeFiles } from '../../main/adapters/disk/files.ts';
import type { RelPath } from '../../main/core/model/model.ts';
import { relPath } from '../../main/core/model/path.ts';
import type { LocalChanges, LocalFiles } from '../../main/ports/local-files.port.ts';
import { FakeDisk } from '../fakes/fake-disk.ts';
import { openFakeLocalFiles } from '../fakes/fake-local-files.ts';
import { diskUser, withFile } from '../support/disk-user.ts';
import { fileAt } from './local-files.ts';

type Subject = {
  readonly files: LocalFiles;
  readonly changes: LocalChanges;
  /** What a process leaves that ends with both names linked. */
  readonly cut: (from: RelPath, to: RelPath) => Promise<void>;
  readonly user: {
    write(path: string, text: string): void;
    rename(from: string, to: string): void;
    read(path: string): string | null;
    hardLink(from: string, to: string): void;
  };
  readonly dispose: () => Promise<void>;
};

function onDisk(): Subject {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'driftless-half-')));
  const at = (path: string): string => join(root, path);
  const { files, changes, close } = openNodeFiles({ root, nowMs: () => Date.now() });
  const { write, rename, read } = diskUser(root);
  return {
    files,
    changes,
    cut: async (from, to) => {
      expect(await writeRecord(root, { from, to }, lstatSync(at(from), { bigint: true }))).not.toBeNull();
      linkSync(at(from), at(to));
    },
    user: {
      write: (path, text) => void write(path, text),
      rename: (from, to) => void rename(from, to),
      read: (path) => read(path) as string | null,
      hardLink: (from, to) => {
        linkSync(at(from), at(to));
      },
    },
    dispose: async () => {
      await close();
      rmSync(root, { recursive: true });
    },
  };
}

function inMemory(): Subject {
  const disk = new FakeDisk({ nowMs: () => 1_790_000_000_000 });
  const { files, changes } = openFakeLocalFiles(disk);
  const cutting = openFakeLocalFiles(disk, (name) =>
    name === 'linked' ? Promise.reject(new Error('killed')) : Promise.resolve(),
  );
  return {
    files,
    changes,
    cut: async (from, to) => {
      const { fingerprint } = await fileAt(files, from);
      await expect(cutting.changes.rename(from, to, fingerprint)).rejects.toThrow('killed');
    },
    user: {
      write: (path, text) => {
        disk.write(path, text);
      },
      rename: (from, to) => {
        disk.rename(from, to);
      },
      read: (path) => disk.read(path),
      hardLink: (from, to) => {
        const file = disk.find(from);
        if (file !== null) disk.attach(disk.folder(''), to, file);
      },
    },
    dispose: () => Promise.resolve(),
  };
}

const [a, b, c] = [relPath('a'), relPath('b'), relPath('c')];

describe.each([
  ['real disk', onDisk],
  ['in memory', inMemory],
] as const)('half renames: %s', (_name, makeSubject) => {
  const run = withFile<Subject>(makeSubject, 'a');

  /** The one that there is. */
  const idOf = async ({ changes }: Subject): Promise<string> => {
    const [half, ...more] = await changes.halfRenames();
    if (half === undefined || more.length > 0) throw new Error('not one half rename');
    return half.id;
  };

  test(
    'a rename that is whole, or did not begin, leaves nothing to finish',
    run(async ({ files, changes, user }) => {
      const { fingerprint } = await fileAt(files, 'a');
      user.write('b', 'other');
      expect(await changes.rename(a, b, fingerprint)).toEqual({ kind: 'taken' });
      expect(await changes.rename(a, c, fingerprint)).toMatchObject({ kind: 'renamed' });
      expect(await changes.halfRenames()).toEqual([]);
    }),
  );

  test(
    'is listed with its names and its file, and finished once, also after a sweep',
    run(async (subject) => {
      const { files, changes, user, cut } = subject;
      await cut(a, b);
      await changes.sweep(new Set(), []);
      const { fingerprint } = await fileAt(files, 'b');
      const id = await idOf(subject);
      expect(await changes.halfRenames()).toEqual([
        { id, from: a, to: b, inode: fingerprint.inode, names: 1n },
      ]);
      expect(await changes.finishRename(id, { stale: a, kept: b })).toBe(true);
      expect([user.read('a'), user.read('b')]).toEqual([null, 'text']);
      expect(await changes.halfRenames()).toEqual([]);
      expect(await changes.finishRename(id, { stale: b, kept: b })).toBe(false);
      expect(user.read('b')).toBe('text');
    }),
  );

  test(
    'is finished under the names that the user gave since, with what was edited since',
    run(async (subject) => {
      const { changes, user, cut } = subject;
      await cut(a, b);
      user.write('a', 'edited');
      user.rename('b', 'c');
      expect(await changes.finishRename(await idOf(subject), { stale: a, kept: c })).toBe(true);
      expect([user.read('a'), user.read('c')]).toEqual([null, 'edited']);
    }),
  );

  test(
    'is only forgotten where the file has another number of names: a hard link is never taken for ours',
    run(async (subject) => {
      const { changes, user, cut } = subject;
      await cut(a, b);
      user.hardLink('a', 'c');
      expect(await changes.finishRename(await idOf(subject), { stale: a, kept: b })).toBe(false);
      expect([user.read('a'), user.read('b'), user.read('c')]).toEqual(['text', 'text', 'text']);
      expect(await changes.halfRenames()).toEqual([]);
    }),
  );

  test(
    'counts the hard links that the file had before',
    run(async (subject) => {
      const { changes, user, cut } = subject;
      user.hardLink('a', 'c');
      await cut(a, b);
      expect(await changes.finishRename(await idOf(subject), { stale: a, kept: b })).toBe(true);
      expect([user.read('a'), user.read('b'), user.read('c')]).toEqual([null, 'text', 'text']);
    }),
  );

  test(
    'removes nothing where a name holds another file since',
    run(async (subject) => {
      const { changes, user, cut } = subject;
      await cut(a, b);
      user.write('new', 'saved');
      user.rename('new', 'a');
      expect(await changes.finishRename(await idOf(subject), { stale: a, kept: b })).toBe(false);
      expect([user.read('a'), user.read('b')]).toEqual(['saved', 'text']);
    }),
  );
});
