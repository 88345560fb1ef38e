// Scans of changed paths, equal in result to a full scan (rule 25).
import { onTestFinished, test, expect } from 'vitest';
import { openSqliteState } from '../../main/adapters/sqlite/state.ts';
import { relPath, rootPath } from '../../main/core/model/path.ts';
import { scanEntry, scanSubtree, scanLocalTree } from '../../main/sync/scan/local.ts';
import { FakeDisk } from '../fakes/fake-disk.ts';
import { openFakeLocalFiles } from '../fakes/fake-local-files.ts';
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
  return {
    disk,
    store,
    seen,
    scan: () => scanLocalTree(scope, ignores, rootPath, never),
    entry: (path: string) => scanEntry(scope, ignores, relPath(path), never),
    tree: (path: string) => scanSubtree(scope, ignores, relPath(path), never),
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

test('the next scan reports what an operation left alone', async () => {
  const { disk, scan, store } = setUp();
  disk.put('link', 'symlink');
  store.record([{ kind: 'local', path: relPath('link'), cell: { state: 'unknown', reason: 'symlink' } }]);
  await scan();
  expect(store.problems().map(({ path, code }) => `${code} ${path}`)).toEqual(['symlink link']);
});
