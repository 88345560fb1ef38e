// Real programs that save into a live folder: results synced, temporary files not.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isBuildStale } from '../../build/dist-files.ts';
import { startLocalCloud } from '../local-cloud/cloud.ts';
import type { LocalCloud } from '../local-cloud/cloud.ts';
import { bucketSide } from '../support/bucket-side.ts';
import type { BucketSide } from '../support/bucket-side.ts';
import { endOf } from '../support/driftless-cli.ts';
import { makeMachine } from '../support/machine.ts';
import type { Machine } from '../support/machine.ts';
import { findProgram, run } from '../support/programs.ts';
import { skipUnless } from '../support/skip.ts';
import { makeTempFolder } from '../support/temp.ts';
import { waitFor } from '../support/wait-for.ts';

const root = join(import.meta.dirname, '..', '..');
/** Idle files, so that the removals of a program are never a large share of the folder. */
const bystanders = 40;

let cloud: LocalCloud;
let bucket: BucketSide;
let machine: Machine & { remove: () => Promise<void> };
let stopServe: () => Promise<unknown>;
let room: Awaited<ReturnType<typeof makeTempFolder>>;

beforeAll(async () => {
  // `serve` needs its page.
  if (await isBuildStale(root))
    execFileSync(process.execPath, [join(root, 'build', 'build.ts')], { stdio: 'ignore' });
  room = await makeTempFolder('programs-cloud');
  cloud = await startLocalCloud({ directory: room.path });
  bucket = bucketSide(cloud, 'programs/');
  machine = await makeMachine({ name: 'programs', cloud, place: 'programs/', pair: { guards: {} } });
  mkdirSync(join(machine.folder, 'bystanders'));
  for (let at = 0; at < bystanders; at += 1)
    writeFileSync(join(machine.folder, 'bystanders', `${String(at)}.txt`), `file ${String(at)}`);
  const child = machine.start(['serve', '--print-url']);
  const ended = endOf(child);
  stopServe = () => {
    child.kill('SIGTERM');
    return ended;
  };
  await agreed();
});
afterAll(async () => {
  await stopServe();
  bucket.close();
  await machine.remove();
  await cloud.stop();
  await room.remove();
});

type Change = { readonly verb: string; readonly path: string };

/** Writes and removals of the pair's own objects in the bucket, in order. */
function changes(): readonly Change[] {
  const marker = '/programs/';
  return cloud.control.log().flatMap(({ verb, detail }): readonly Change[] => {
    const at = detail.indexOf(marker);
    const path = at === -1 ? '' : detail.slice(at + marker.length);
    if (path === '' || path.startsWith('.driftless/')) return [];
    return /^(?:Put|Copy|Delete|CompleteMultipart)/u.test(verb) ? [{ verb, path }] : [];
  });
}

/** Waits until the bucket holds the contents of the folder, `leftOut` apart. */
async function agreed(leftOut: RegExp = /^$/u): Promise<void> {
  await waitFor(
    async () => {
      const here = [...machine.tree().files].filter(([path]) => !leftOut.test(path)).sort();
      const there = [...(await bucket.tree()).files].sort();
      return JSON.stringify(here) === JSON.stringify(there);
    },
    { everyMs: 300, what: 'folder and bucket to agree' },
  );
}

type Work = {
  /** The program's folder, below the pair's. */
  readonly name: string;
  readonly work: (dir: string) => Promise<unknown>;
  /** Files that the program leaves in its folder and that are not synced. */
  readonly leftOut?: RegExp;
};

/**
 * The names below the work's folder that were ever written to the bucket meanwhile, and the removals there.
 */
async function watched({ name, work, leftOut }: Work) {
  const dir = join(machine.folder, name);
  mkdirSync(dir);
  const before = changes().length;
  await work(dir);
  await agreed(leftOut);
  const seen = changes().slice(before);
  const named = (verb: RegExp): readonly string[] =>
    [...new Set(seen.filter((one) => verb.test(one.verb)).map(({ path }) => path.slice(name.length + 1)))]
      .filter((path) => path !== '')
      .sort();
  expect(
    [...machine.tree().files.keys()].filter((path) => path.includes('(conflict')),
    'conflict copies',
  ).toEqual([]);
  return { written: named(/^(?:Put|Copy|CompleteMultipart)/u), removed: named(/^Delete/u) };
}

/** Longer than the engine's debounce, so that an idle temporary file is seen. */
const restMs = 4000;

function needs(program: string): ReturnType<typeof skipUnless> {
  return skipUnless(findProgram(program) !== null, `${program} is not installed`);
}

async function succeeds(program: string, args: readonly string[], cwd: string): Promise<string> {
  const ended = await run(program, args, { cwd, timeoutMs: 170_000, env: { HOME: room.path } });
  if (ended.code !== 0) throw new Error(`${program} ended with ${String(ended.code)}: ${ended.stderr}`);
  return ended.stdout;
}

describe('an editor', () => {
  test('Vim saves a file twice and its swap file is never synced', needs('vim.nox'), async () => {
    const seen = await watched({
      name: 'vim',
      work: async (dir) => {
        writeFileSync(join(dir, 'notes.txt'), 'first\n');
        const script = ['-u', 'NONE', '-N', '-es', '-c', 'set swapfile backup backupskip=', 'notes.txt'];
        const edit = ['-c', 'normal Gosecond', '-c', 'w', '-c', `sleep ${String(restMs / 1000)}`];
        await succeeds('vim.nox', [...script, ...edit, '-c', 'normal Gothird', '-c', 'w', '-c', 'q'], dir);
        expect(readFileSync(join(dir, 'notes.txt'), 'utf8')).toBe('first\nsecond\nthird\n');
      },
    });
    expect(seen.written).toEqual(['notes.txt', 'notes.txt~']);
    expect(seen.removed).toEqual([]);
  });

  test(
    'Emacs saves with a lock, an autosave and a backup, and the lock is never synced',
    needs('emacs'),
    async () => {
      const seen = await watched({
        name: 'emacs',
        work: async (dir) => {
          writeFileSync(join(dir, 'notes.txt'), 'first\n');
          const lisp =
            '(progn (find-file "notes.txt") (goto-char (point-max)) (insert "second\\n") ' +
            `(do-auto-save t) (sleep-for ${String(restMs / 1000)}) (save-buffer))`;
          await succeeds('emacs', ['-Q', '--batch', '--eval', lisp], dir);
          expect(readFileSync(join(dir, 'notes.txt'), 'utf8')).toBe('first\nsecond\n');
        },
      });
      expect(seen.written.filter((path) => path.startsWith('.#'))).toEqual([]);
      expect(seen.written).toContain('notes.txt');
    },
  );

  test('LibreOffice saves a document and its temporary file is never synced', needs('soffice'), async () => {
    const seen = await watched({
      name: 'office',
      work: async (dir) => {
        const text = join(room.path, 'long.txt');
        writeFileSync(text, 'The quick brown fox jumps over the lazy dog and runs away.\n'.repeat(60_000));
        const profile = `-env:UserInstallation=file://${room.path}/office`;
        await succeeds(
          'soffice',
          [profile, '--headless', '--convert-to', 'odt', '--outdir', dir, text],
          room.path,
        );
      },
    });
    expect(seen).toEqual({ written: ['long.odt'], removed: [] });
  });
});

describe('a program with a database', () => {
  test('a SQLite database in WAL mode is synced and its shared memory never', needs('sqlite3'), async () => {
    const seen = await watched({
      name: 'sqlite',
      leftOut: /-shm$/u,
      work: async (dir) => {
        for (let use = 0; use < 3; use += 1) {
          const insert = `insert into t values (${String(use)}, hex(randomblob(200000)))`;
          const sql = `pragma journal_mode=wal; create table if not exists t(a, b); ${insert};`;
          await succeeds('sqlite3', ['notes.db', sql, '.shell sleep 4'], dir);
        }
      },
    });
    expect(seen.written.filter((path) => path.endsWith('-shm'))).toEqual([]);
    expect(seen.written).toContain('notes.db');
  });

  test(
    'git commits, collects garbage and clones, and both repositories are sound on the other side',
    needs('git'),
    async () => {
      await watched({
        name: 'git',
        work: async (dir) => {
          const identity = ['-c', 'user.name=A', '-c', 'user.email=a@example.com'];
          await succeeds('git', ['init', '-q', 'origin'], dir);
          for (let commit = 0; commit < 5; commit += 1) {
            writeFileSync(join(dir, 'origin', `file-${String(commit)}`), 'x'.repeat(1000 * commit));
            await succeeds('git', ['add', '-A'], join(dir, 'origin'));
            await succeeds('git', [...identity, 'commit', '-qm', String(commit)], join(dir, 'origin'));
            await pause(restMs / 4);
          }
          await succeeds('git', ['gc', '-q', '--prune=now'], join(dir, 'origin'));
          await succeeds('git', ['clone', '-q', 'origin', 'clone'], dir);
        },
      });
      for (const name of ['origin', 'clone'])
        await succeeds('git', ['fsck', '--strict'], join(machine.folder, 'git', name));
      expect([...(await bucket.tree()).files.keys()].filter((path) => path.endsWith('.lock'))).toEqual([]);
    },
  );
});

describe('a program that copies', () => {
  test(
    'rsync, also in place and with times that go backwards, has its last content synced',
    needs('rsync'),
    async () => {
      const source = join(room.path, 'source');
      mkdirSync(source);
      const seen = await watched({
        name: 'rsync',
        work: async (dir) => {
          for (const [at, args] of [['-a'], ['-a', '--inplace'], ['-a', '--inplace']].entries()) {
            writeFileSync(join(source, 'film.bin'), Buffer.alloc(3_000_000, at + 1));
            // The same size each time, and older each time: only the content shows the change.
            execFileSync('touch', ['-d', `2020-01-0${String(9 - at)}`, join(source, 'film.bin')]);
            await succeeds('rsync', [...args, '--bwlimit=4000', `${source}/`, `${dir}/`], room.path);
            await agreed();
          }
          expect(readFileSync(join(dir, 'film.bin'))[0]).toBe(3);
        },
      });
      // Where rsync stands still for a moment, its temporary file looks finished: it goes up, and is removed again with its rename.
      expect(seen.written).toContain('film.bin');
      expect(seen.written.filter((path) => path !== 'film.bin')).toEqual(seen.removed);
    },
  );

  test(
    'tar and unzip extract a tree and every file is synced once',
    { ...needs('unzip'), timeout: 120_000 },
    async () => {
      const source = join(room.path, 'tree');
      for (let at = 0; at < 30; at += 1) {
        mkdirSync(join(source, `folder-${String(at % 5)}`), { recursive: true });
        writeFileSync(join(source, `folder-${String(at % 5)}`, `${String(at)}.txt`), `tree ${String(at)}`);
      }
      execFileSync('tar', ['-cf', join(room.path, 'tree.tar'), '-C', source, '.']);
      await succeeds('zip', ['-qr', join(room.path, 'tree.zip'), '.'], source);
      const before = changes().length;
      const seen = await watched({
        name: 'unpacked',
        work: async (dir) => {
          for (const name of ['tar', 'zip']) mkdirSync(join(dir, name));
          await succeeds('tar', ['-xpf', join(room.path, 'tree.tar'), '-C', join(dir, 'tar')], dir);
          await succeeds('unzip', ['-q', join(room.path, 'tree.zip'), '-d', join(dir, 'zip')], dir);
        },
      });
      expect(seen.written.filter((path) => path.endsWith('.txt'))).toHaveLength(60);
      const puts = changes()
        .slice(before)
        .filter(({ path }) => path.endsWith('.txt'));
      expect(puts).toHaveLength(60);
      expect(seen.removed.filter((path) => path.endsWith('.txt'))).toEqual([]);
    },
  );

  test('two files exchanged by `cp -p` each keep their own content', async () => {
    await watched({
      name: 'swap',
      work: async (dir) => {
        for (const name of ['a', 'b']) writeFileSync(join(dir, name), name.repeat(5000));
        execFileSync('touch', ['-d', '2024-05-05', join(dir, 'a'), join(dir, 'b')]);
        await agreed();
        execFileSync('sh', ['-c', 'cp -p a t && cp -p b a && cp -p t b && rm t'], { cwd: dir });
        expect(readFileSync(join(dir, 'a'), 'utf8')).toBe('b'.repeat(5000));
      },
    });
  });
});
