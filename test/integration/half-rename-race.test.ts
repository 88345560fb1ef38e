// Renames, captures and replacements, on disk and in memory, while users act between their steps.
import { mkdtempSync, realpathSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type * as Promises from 'node:fs/promises';
import { openNodeFiles } from '../../main/adapters/disk/files.ts';
import { isSyncError } from '../../main/core/model/errors.ts';
import type { RelPath } from '../../main/core/model/model.ts';
import { relPath } from '../../main/core/model/path.ts';
import type { LocalChanges, LocalFiles, RenameOutcome } from '../../main/ports/local-files.port.ts';
import { contentOf, fileAt, listOne, makeTemp, noSignal, plain } from '../conformance/local-files.ts';
import { FakeDisk } from '../fakes/fake-disk.ts';
import { openFakeLocalFiles } from '../fakes/fake-local-files.ts';
import { diskUser, withFile } from '../support/disk-user.ts';

/** What the user does right after the call that gives, or takes away, this name. */
const acting = vi.hoisted(() => ({ path: '', act: (): void => undefined }));

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof Promises>();
  const actAfter = (path: unknown): void => {
    if (path !== acting.path) return;
    acting.path = '';
    acting.act();
  };
  const link: typeof real.link = async (from, to) => {
    await real.link(from, to);
    actAfter(to);
    actAfter(from);
  };
  const rename: typeof real.rename = async (from, to) => {
    await real.rename(from, to);
    actAfter(from);
  };
  return { ...real, link, rename };
});

type User = {
  write(path: string, text: string): unknown;
  rename(from: string, to: string): unknown;
  remove(path: string): unknown;
  read(path: string): unknown;
};

type Subject = {
  readonly files: LocalFiles;
  readonly changes: LocalChanges;
  readonly user: User;
  /** What the user does once the new name is linked, or the file of this name is captured, or linked into the trash. */
  readonly once: (path: RelPath, act: () => void) => void;
  readonly dispose: () => Promise<void>;
};

function onDisk(): Subject & { readonly root: string } {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'driftless-race-')));
  const { files, changes, close } = openNodeFiles({ root, nowMs: () => Date.now() });
  return {
    root,
    files,
    changes,
    user: diskUser(root),
    once: (path, act) => {
      Object.assign(acting, { path: join(root, path), act });
    },
    dispose: async () => {
      await close();
      rmSync(root, { recursive: true });
    },
  };
}

function inMemory(): Subject {
  const disk = new FakeDisk({ nowMs: () => 1_790_000_000_000 });
  let once = { path: '', act: (): void => undefined };
  const { files, changes } = openFakeLocalFiles(disk, (name, path) => {
    if (['linked', 'capture:renamed', 'replace:read'].includes(name) && path === once.path) once.act();
    return Promise.resolve();
  });
  return {
    files,
    changes,
    user: disk,
    once: (path, act) => {
      once = { path, act };
    },
    dispose: () => Promise.resolve(),
  };
}

type Left = {
  readonly outcome: RenameOutcome['kind'];
  readonly there: Readonly<Record<string, string>>;
  readonly halves: number;
};

function savesOver(path: string): (user: User) => void {
  return (user) => {
    user.write('d/new', 'saved');
    user.rename('d/new', path);
  };
}

/** What the user does while `d/a` is renamed to `d/b`, and what is left then. */
const cases: readonly (readonly [what: string, act: (user: User) => void, left: Left])[] = [
  [
    'renames the old name',
    (user) => user.rename('d/a', 'd/mine'),
    { outcome: 'gone', there: { 'd/mine': 'text' }, halves: 0 },
  ],
  [
    'removes the old name',
    (user) => user.remove('d/a'),
    { outcome: 'renamed', there: { 'd/b': 'text' }, halves: 0 },
  ],
  [
    'saves over the old name',
    savesOver('d/a'),
    { outcome: 'renamed', there: { 'd/a': 'saved', 'd/b': 'text' }, halves: 0 },
  ],
  [
    'writes into the file',
    (user) => user.write('d/a', 'edited'),
    { outcome: 'renamed', there: { 'd/b': 'edited' }, halves: 0 },
  ],
  [
    'renames the new name',
    (user) => user.rename('d/b', 'd/mine'),
    { outcome: 'gone', there: { 'd/mine': 'text' }, halves: 0 },
  ],
  [
    'renames the new name to the old one, which does nothing',
    (user) => user.rename('d/b', 'd/a'),
    { outcome: 'renamed', there: { 'd/b': 'text' }, halves: 0 },
  ],
  [
    'removes the new name',
    (user) => user.remove('d/b'),
    { outcome: 'blocked', there: { 'd/a': 'text' }, halves: 0 },
  ],
  [
    'saves over the new name',
    savesOver('d/b'),
    { outcome: 'renamed', there: { 'd/a': 'text', 'd/b': 'saved' }, halves: 0 },
  ],
  [
    'removes both names',
    (user) => {
      user.remove('d/a');
      user.remove('d/b');
    },
    { outcome: 'gone', there: {}, halves: 1 },
  ],
  [
    'renames the folder',
    (user) => user.rename('d', 'e'),
    { outcome: 'gone', there: { 'e/a': 'text', 'e/b': 'text' }, halves: 1 },
  ],
];

type TrashCase = readonly [
  what: string,
  act: (user: User) => void,
  left: { readonly outcome: string; readonly there: Left['there']; readonly kept: string | null },
];

/** What the user does while `d/a` is in the trash to be looked at, and what is left then. */
const captures: readonly TrashCase[] = [
  ['nothing', () => undefined, { outcome: 'changed', there: { 'd/a': 'text' }, kept: null }],
  [
    'saves the file',
    (user) => user.write('d/a', 'saved'),
    { outcome: 'changed', there: { 'd/a': 'saved', 'd/a (kept op1 1)': 'text' }, kept: null },
  ],
  // An edit outlives a removal, as it does between two devices.
  [
    'removes the folder',
    (user) => user.remove('d'),
    { outcome: 'changed', there: { 'd/a': 'text' }, kept: null },
  ],
  [
    'renames the folder',
    (user) => user.rename('d', 'e'),
    { outcome: 'changed', there: { 'd/a': 'text' }, kept: null },
  ],
];

/** What the user does while `d/a` is linked into the trash, to be replaced by `new`, and what is left then. */
const replacements: readonly TrashCase[] = [
  ['nothing', () => undefined, { outcome: 'replaced', there: { 'd/a': 'new' }, kept: 'text' }],
  [
    'writes into the file',
    (user) => user.write('d/a', 'edited'),
    { outcome: 'changed', there: { 'd/a': 'edited' }, kept: null },
  ],
  ['saves over the file', savesOver('d/a'), { outcome: 'changed', there: { 'd/a': 'saved' }, kept: null }],
  ['removes the file', (user) => user.remove('d/a'), { outcome: 'gone', there: {}, kept: null }],
];

async function textsIn({ files, user }: Subject): Promise<Readonly<Record<string, unknown>>> {
  const found: (readonly [string, unknown])[] = [];
  for (const folder of (await listOne(files, '')).keys())
    for (const path of (await listOne(files, folder)).keys()) found.push([path, user.read(path)]);
  return Object.fromEntries(found);
}

/** In the folder, and in the trash. */
async function leftIn(subject: Subject): Promise<object> {
  const trashName = await subject.changes.findCaptured('op1');
  const kept = trashName === null ? null : subject.user.read(`.driftless/trash/${trashName}`);
  return { there: await textsIn(subject), kept };
}

describe.each([
  ['on a real disk', onDisk],
  ['in memory', inMemory],
] as const)('what the user does between the two steps stands, %s', (_name, makeSubject) => {
  const run = withFile<Subject>(makeSubject, 'd/a');

  for (const [what, act, left] of cases)
    test(
      `of a rename: ${what}`,
      run(async (subject) => {
        const { files, changes, user, once } = subject;
        const { fingerprint } = await fileAt(files, 'd/a');
        once(relPath('d/b'), () => {
          act(user);
        });
        const { kind } = await changes.rename(relPath('d/a'), relPath('d/b'), fingerprint);
        const halves = (await changes.halfRenames()).length;
        expect({ outcome: kind, there: await textsIn(subject), halves }).toEqual(left);
      }),
    );

  for (const [what, act, left] of captures)
    test(
      `of a capture of what was not meant: ${what}`,
      run(async (subject) => {
        const { changes, user, once } = subject;
        once(relPath('d/a'), () => {
          act(user);
        });
        const outcome = await changes
          .capture(relPath('d/a'), { content: contentOf('other') }, 'op1', noSignal)
          .then(({ kind }) => kind)
          .catch((error: unknown) => (isSyncError(error) ? error.code : error));
        expect({ outcome, ...(await leftIn(subject)) }).toEqual(left);
      }),
    );

  for (const [what, act, left] of replacements)
    test(
      `of a replacement: ${what}`,
      run(async (subject) => {
        const { changes, user, once } = subject;
        const name = await makeTemp(changes, 'op1', 'new');
        once(relPath('d/a'), () => {
          act(user);
        });
        const expected = { content: contentOf('text') };
        const request = { expected, opId: 'op1', executable: false, mtimeNs: null, onKept: () => undefined };
        const { kind } = await changes.replace(name, relPath('d/a'), request, noSignal);
        expect({ outcome: kind, ...(await leftIn(subject)) }).toEqual(left);
      }),
    );
});

test('what is written at once into a placed file is not taken for it, with an older time of its own either', async () => {
  const { root, files, changes, once, dispose } = onDisk();
  onTestFinished(dispose);
  const path = join(root, 'a');
  const act = (): void => {
    writeFileSync(path, 'user');
    utimesSync(path, 1_500_000_000, 1_500_000_000);
  };
  const name = await makeTemp(changes, 'op1', 'ours');
  once(relPath('a'), act);
  const placed = await changes.place(name, relPath('a'), { ...plain, mtimeNs: 1_600_000_000_000_000_000n });
  const standing = await fileAt(files, 'a');
  if (placed.kind !== 'placed') throw new Error(placed.kind);
  expect(placed.fingerprint.mtimeNs).toBe(1_600_000_000_000_000_000n);
  expect(standing.fingerprint.mtimeNs).toBe(1_500_000_000_000_000_000n);
});
