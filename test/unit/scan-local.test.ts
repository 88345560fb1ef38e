// Scans of changed paths, equal in result to a full scan (rule 25).
import { onTestFinished, test, expect } from 'vitest';
import { openSqliteState } from '../../main/adapters/sqlite/state.ts';
import type { IgnoreMatcher } from '../../main/core/config/ignore-rules.ts';
import { noChanges } from '../../main/core/change-log.ts';
import type { RemoteChanges } from '../../main/core/change-log.ts';
import type { Etag, ObjectKey } from '../../main/core/model/model.ts';
import { relPath, rootPath } from '../../main/core/model/path.ts';
import { fileCell } from '../../main/sync/bucket/cells.ts';
import type { PairContext } from '../../main/sync/context.ts';
import { scanRemoteChanges } from '../../main/sync/scan/remote-changes.ts';
import { scanEntry, scanSubtree, scanLocalTree } from '../../main/sync/scan/local.ts';
import { FakeDisk } from '../fakes/fake-disk.ts';
import { openFakeLocalFiles } from '../fakes/fake-local-files.ts';
import { makeFakeRemote } from '../fakes/fake-remote-objects.ts';
import { virtualClock } from '../simulation/seeded.ts';

const never = new AbortController().signal;

function setUp() {
  const clock = virtualClock(1_800_000_000_000);
  const disk = new FakeDisk({ nowMs: () => clock.nowMs() });
  const store = openSqliteState({ file: ':memory:' });
  onTestFinished(() => {
    store.close();
  });
  const settings = { binding: { prefix: 'p/' } };
  const { files } = openFakeLocalFiles(disk);
  const scope = { files, store, clock, settings, reached: () => undefined };
  const seen = (): readonly string[] =>
    [...store.subtree(rootPath)].filter((row) => row.local.state !== 'absent').map((row) => row.path);
  const ignores = (): null => null;
  const remote = makeFakeRemote();
  return {
    disk,
    store,
    seen,
    scope,
    scan: () => scanLocalTree(scope, ignores, rootPath, never),
    entry: (path: string) => scanEntry(scope, ignores, relPath(path), never),
    tree: (path: string) => scanSubtree(scope, ignores, relPath(path), never),
    /** Another device has announced these changes. */
    lookAtRemote: (changes: Partial<RemoteChanges>) =>
      scanRemoteChanges(
        { ...scope, settings, remote: remote.objects } as unknown as PairContext,
        ignores,
        { ...noChanges, ...changes },
        never,
      ),
    remote,
  };
}

test('lost events below a new folder record the folder itself, and later its removal with its contents', async () => {
  const { disk, seen, tree, entry } = setUp();
  disk.write('d/e/a', 'a');
  await tree('d');
  expect(seen()).toEqual(['d', 'd/e', 'd/e/a']);
  disk.rename('d', 'elsewhere');
  await entry('d');
  expect(seen()).toEqual([]);
});

test('lost events below a known folder find its new files', async () => {
  const { disk, seen, scan, tree } = setUp();
  disk.write('d/a', 'a');
  await scan();
  disk.write('d/b', 'b');
  await tree('d');
  expect(seen()).toEqual(['d', 'd/a', 'd/b']);
});

test('another folder moved into the place of a known one is listed', async () => {
  const { disk, seen, scan, entry } = setUp();
  disk.write('d/old', 'old');
  disk.write('other/new', 'new');
  await scan();
  disk.remove('d');
  disk.rename('other', 'd');
  await entry('d');
  await entry('other');
  expect(seen()).toEqual(['d', 'd/new']);
});

/** More than a call takes as arguments. */
const manyFiles = 140_000;

test('a folder of a hundred and forty thousand files is scanned as one of ten', async () => {
  const { disk, scan, store } = setUp();
  for (let at = 0; at < manyFiles; at += 1) disk.write(`d/${String(at)}`, '');
  expect(await scan()).toEqual({ isComplete: true, entriesSeen: manyFiles + 1 });
  expect(store.summary(relPath('d')).localPresent).toBe(manyFiles);
});

test('as many files of a folder that another device removed are gone after one look', async () => {
  const { store, lookAtRemote } = setUp();
  store.record(
    Array.from({ length: manyFiles }, (_, at) => ({
      kind: 'remote' as const,
      path: relPath(`d/${String(at)}`),
      cell: fileCell({ key: `p/d/${String(at)}` as ObjectKey, etag: 'e' as Etag, sizeBytes: 0 }),
    })),
  );
  expect(await lookAtRemote({ below: [relPath('d')] })).toBe('looked');
  expect(store.summary(relPath('d')).remotePresent).toBe(0);
});

test('the next scan reports what an operation left alone', async () => {
  const { disk, scan, store } = setUp();
  disk.put('link', 'symlink');
  store.record([{ kind: 'local', path: relPath('link'), cell: { state: 'unknown', reason: 'symlink' } }]);
  await scan();
  expect(store.problems().map(({ path, code }) => `${code} ${path}`)).toEqual(['symlink link']);
});

test.each(['d', 'd/link'])(
  'what could not be synced is no problem any more once %s is ignored',
  async (rule) => {
    const { scope, store, disk } = setUp();
    disk.write('d/a', 'a');
    disk.put('d/link', 'symlink');
    const problems = (): readonly string[] => store.problems().map(({ path, code }) => `${code} ${path}`);
    await scanLocalTree(scope, () => null, rootPath, never);
    expect(problems()).toEqual(['symlink d/link']);
    const ignores: IgnoreMatcher = (path) =>
      path === rule || path.startsWith(`${rule}/`) ? 'ignored' : null;
    await scanLocalTree(scope, ignores, rootPath, never);
    expect(problems()).toEqual([]);
    await scanLocalTree(scope, () => null, rootPath, never);
    expect(problems()).toEqual(['symlink d/link']);
  },
);

test.each(['a full disk', 'a pause'])('a scan that is ended by %s leaves no listing open', async (why) => {
  const { disk, scope } = setUp();
  // More folders than are listed at once, twice.
  for (let at = 0; at < 200; at += 1) disk.write(`folder ${String(at)}/a`, 'a');
  const ended = new Error(why);
  const pause = new AbortController();
  let notes = 0;
  const note = (...given: Parameters<typeof scope.store.note>): void => {
    notes += 1;
    if (notes === 1) scope.store.note(...given);
    else if (why === 'a pause') pause.abort(ended);
    else throw ended;
  };
  let open = 0;
  const files: typeof scope.files = {
    ...scope.files,
    list: async function* (dirs, signal) {
      open += 1;
      try {
        yield* scope.files.list(dirs, signal);
      } finally {
        open -= 1;
      }
    },
  };
  const scanned = scanLocalTree(
    { ...scope, files, store: { ...scope.store, note } },
    () => null,
    rootPath,
    pause.signal,
  );
  await expect(scanned).rejects.toBe(ended);
  expect([notes, open]).toEqual([2, 0]);
});

test('a look at the whole folder tells at once how many rows it has changed', async () => {
  const { scope, disk } = setUp();
  const found: number[] = [];
  const scan = (): Promise<unknown> =>
    scanLocalTree(scope, () => null, rootPath, never, { onFound: (rows) => found.push(rows) });
  for (const path of ['a', 'd/b', 'd/c']) disk.write(path, path);
  await scan();
  expect(found).toEqual([2, 2]);
  await scan();
  disk.write('d/e', 'e');
  await scan();
  expect(found).toEqual([2, 2, 1]);
});

test('a folder that is announced with hundreds of its files is listed, not only asked for by its marker', async () => {
  const { store, remote, lookAtRemote } = setUp();
  const files = Array.from({ length: 201 }, (_, at) => relPath(`d/${String(at)}`));
  for (const path of ['d/', ...files]) remote.write(`p/${path}`, new Uint8Array());
  expect(await lookAtRemote({ files, folders: [relPath('d')] })).toBe('looked');
  expect(store.summary(relPath('d')).remotePresent).toBe(files.length);
});
