// The local-files contract on a real disk (with and without hard links) and in-memory disks.
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openNodeFiles } from '../../main/adapters/disk/files.ts';
import { diskKinds } from '../fakes/disk-kinds.ts';
import type { FakeDiskOptions } from '../fakes/fake-disk.ts';
import { FakeDisk } from '../fakes/fake-disk.ts';
import { openFakeLocalFiles } from '../fakes/fake-local-files.ts';
import { diskUser } from '../support/disk-user.ts';
import type { LocalSubject, LocalUser } from './local-files.ts';
import { describeLocalFiles } from './local-files.ts';

function diskSubject(supportsLinks: boolean): () => Promise<LocalSubject> {
  return () => {
    const root = realpathSync(mkdtempSync(join(tmpdir(), 'driftless-local-')));
    const { files, changes, room, close } = openNodeFiles({ root, nowMs: () => Date.now(), supportsLinks });
    const dispose = async (): Promise<void> => {
      await close();
      rmSync(root, { recursive: true });
    };
    return Promise.resolve({ files, changes, room, user: diskUser(root), dispose });
  };
}

function fakeSubject(options: Partial<FakeDiskOptions>): () => Promise<LocalSubject> {
  return () => {
    const disk = new FakeDisk({ nowMs: () => 1_790_000_000_000, ...options });
    const user: LocalUser = {
      write: (path, text) => {
        disk.write(path, text);
      },
      makeFolder: (path) => {
        disk.makeFolders(path);
      },
      remove: (path) => {
        disk.remove(path);
      },
      rename: (from, to) => {
        disk.rename(from, to);
      },
      link: (path) => {
        disk.put(path, 'symlink');
      },
      setExecutable: (path) => {
        disk.setExecutable(path, true);
      },
      read: (path) => disk.read(path),
      names: (path) => [...disk.folder(path).entries.keys()],
    };
    return Promise.resolve({ ...openFakeLocalFiles(disk), user, dispose: () => Promise.resolve() });
  };
}

describeLocalFiles('real disk', diskSubject(true));
describeLocalFiles('real disk without hard links', diskSubject(false));
describeLocalFiles('in memory', fakeSubject({}));
describeLocalFiles(
  'in memory, letter case folded, inodes reused',
  fakeSubject({ caseSensitive: false, reusesInodes: true }),
);
describeLocalFiles('in memory, names in NFD', fakeSubject({ storesNfd: true }));
describeLocalFiles('in memory, without hard links', fakeSubject(diskKinds['no-links']));
