/** A user's edits in a folder of a real disk, for the local-files contract. */
import {
  chmodSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { LocalUser } from '../conformance/local-files.ts';

export function diskUser(root: string): LocalUser {
  const at = (path: string): string => join(root, path);
  return {
    write: (path, text) => {
      mkdirSync(dirname(at(path)), { recursive: true });
      writeFileSync(at(path), text);
    },
    makeFolder: (path) => {
      mkdirSync(at(path), { recursive: true });
    },
    remove: (path) => {
      rmSync(at(path), { recursive: true, force: true });
    },
    rename: (from, to) => {
      renameSync(at(from), at(to));
    },
    link: (path) => {
      symlinkSync(tmpdir(), at(path));
    },
    setExecutable: (path) => {
      chmodSync(at(path), 0o755);
    },
    read: (path) => {
      try {
        return readFileSync(at(path), 'utf8');
      } catch {
        return null;
      }
    },
    names: (path) => readdirSync(at(path)),
  };
}

type Disposable = {
  readonly user: { write(path: string, text: string): unknown };
  readonly dispose: () => Promise<void>;
};

/** Makes the body of a test from what it does with a disk of its own, which has one file of the text `text` at this path. */
export function withFile<Subject extends Disposable>(makeSubject: () => Subject, path: string) {
  return (work: (subject: Subject) => Promise<void>) => async (): Promise<void> => {
    const subject = makeSubject();
    try {
      subject.user.write(path, 'text');
      await work(subject);
    } finally {
      await subject.dispose();
    }
  };
}
