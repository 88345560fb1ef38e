// The contract of the engine's memory as a suite: run on a file and in memory, against a plain model for random histories.
import fc from 'fast-check';
import { runs as sizeOf } from '../sizes.ts';
import { describe, expect, test } from 'vitest';
import type { Entry, LocalCell, ObjectKey, OpId, RelPath, RemoteCell } from '../../main/core/model/model.ts';
import { stillMatches } from '../../main/core/model/fingerprint.ts';
import { comparePaths, relPath } from '../../main/core/model/path.ts';
import { isSettled } from '../../main/core/model/settled.ts';
import type { Intent, PairStore, ListedEntry, StateChange } from '../../main/ports/sync-state.port.ts';
import {
  absent,
  baseFile,
  content,
  fingerprint,
  ignored,
  inSync,
  localFile,
  localFolder,
  remoteFile,
  remoteFolder,
  setBase,
  setLocal,
  setRemote,
} from './sync-state-cells.ts';

// The same for every run of `npm test`, so that a red run is the change's doing; `DRIFTLESS_SEED=random` looks elsewhere.
const asked = process.env['DRIFTLESS_SEED'] ?? '410778617';
const historySeed = asked === 'random' ? Date.now() % 2 ** 31 : Number(asked);

export type SyncStateSubject = { readonly store: PairStore; readonly dispose: () => void };

function intent(id: string): Intent {
  return {
    id: id as OpId,
    kind: 'upload',
    path: relPath('a/b'),
    other: null,
    step: 'planned',
    content: content(1),
    sizeBytes: 3,
    previousEtag: null,
    rawKey: 'p/a/b' as ObjectKey,
    fingerprint: { ...fingerprint(1), inode: 2n ** 63n + 5n },
    tempName: null,
    trashName: null,
    upload: { uploadId: 'u', partBytes: 5 },
    createdMs: 1,
  };
}

function pathsOf(entries: Iterable<Entry>): readonly string[] {
  return [...entries].map((entry) => entry.path);
}

/** The store holds what a plain model of the contract holds after the same changes. */
function expectAsModel(store: PairStore, batches: readonly (readonly StateChange[])[]): void {
  const model = new Model();
  for (const batch of batches) {
    store.record(batch);
    for (const change of batch) model.apply(change);
  }
  const byPath = (a: Entry, b: Entry): number => comparePaths(a.path, b.path);
  expect([...store.subtree(relPath(''))].toSorted(byPath)).toEqual(model.entries().toSorted(byPath));
  expectConsistent(store);
}

/** What any store must answer, counted afresh from its own rows: the flags, counters and totals that it keeps up to date. */
function expectConsistent(store: PairStore): void {
  const entries = [...store.subtree(relPath(''))];
  const unsettled = entries.filter((entry) => !isSettled(entry));
  expect(pathsOf(store.unsettled(10_000)).toSorted()).toEqual(pathsOf(unsettled).toSorted());
  const files = entries.flatMap((entry) => (entry.base?.kind === 'file' ? [entry.base.sizeBytes] : []));
  const folders = entries.filter((entry) => entry.base?.kind === 'folder').length;
  expect(store.counts()).toEqual({
    files: files.length,
    folders,
    bytes: files.reduce((sum, size) => sum + size, 0),
  });
  for (const dir of ['', ...pathsOf(entries)]) {
    const children = entries.filter(({ path }) => path !== '' && parentPath(path) === dir);
    const direct = store.children(relPath(dir));
    expect(pathsOf(direct)).toEqual(pathsOf(children).toSorted(comparePaths));
    expect(store.summary(relPath(dir))).toEqual({
      localPresent: children.filter((child) => child.local.state === 'present').length,
      localUnknown: children.filter((child) => child.local.state === 'unknown').length,
      remotePresent: children.filter((child) => child.remote.state === 'present').length,
      remoteUnknown: children.filter((child) => child.remote.state === 'unknown').length,
    });
  }
}

function parentPath(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

/** Rows by path, changed as the port's comments say and in no clever way. */
class Model {
  readonly rows = new Map<string, Entry>();

  entry(path: string): Entry {
    return this.rows.get(path) ?? { path: relPath(path), base: null, local: absent, remote: absent };
  }

  #put(path: string, part: Partial<Entry>): void {
    this.rows.set(path, { ...this.entry(path), ...part });
  }

  /** Rows that say something, and the folders between them and `path`. */
  below(path: string): readonly string[] {
    const found = new Set<string>();
    for (const { path: row } of this.entries()) {
      for (let at: string = row; at === path || at.startsWith(`${path}/`); at = parentPath(at)) found.add(at);
    }
    return [...found];
  }

  #children(path: string, state: 'present' | 'unknown'): boolean {
    return [...this.rows.values()].some(
      (row) => row.path !== '' && parentPath(row.path) === path && row.remote.state === state,
    );
  }

  setRemote(path: string, asked: RemoteCell): void {
    const hasPresent = this.#children(path, 'present');
    let cell = asked;
    if (path !== '' && asked.state === 'absent') {
      if (hasPresent) cell = remoteFolder(null);
      else if (this.#children(path, 'unknown')) cell = { state: 'unknown', reason: 'contains-unknown' };
    } else if (path !== '' && asked.state === 'present' && asked.kind === 'file' && hasPresent) {
      cell = { state: 'unknown', reason: 'name-clash' };
    }
    this.#put(path, { remote: cell });
    if (path !== '' && parentPath(path) !== '') this.#derive(parentPath(path));
  }

  #derive(path: string): void {
    const { remote } = this.entry(path);
    if (remote.state === 'present' && remote.kind === 'file') {
      if (this.#children(path, 'present')) this.setRemote(path, remote);
      return;
    }
    const follows =
      remote.state === 'absent' ||
      (remote.state === 'unknown' && remote.reason === 'contains-unknown') ||
      (remote.state === 'present' && remote.marker === null);
    const before = remote.state;
    if (!follows) return;
    const hasPresent = this.#children(path, 'present');
    const hasUnknown = this.#children(path, 'unknown');
    const after: RemoteCell = hasPresent
      ? remoteFolder(null)
      : hasUnknown
        ? { state: 'unknown', reason: 'contains-unknown' }
        : absent;
    this.#put(path, { remote: after });
    if (before !== after.state && parentPath(path) !== '') this.#derive(parentPath(path));
  }

  #isStill({ path, ifStill }: Extract<StateChange, { kind: 'local' }>): boolean {
    if (ifStill === undefined) return true;
    const { local } = this.entry(path);
    return local.state === 'present' && local.kind === 'file' && stillMatches(local.fingerprint, ifStill);
  }

  apply(change: StateChange): void {
    if (change.kind === 'local') {
      if (this.#isStill(change)) this.#put(change.path, { local: change.cell });
    } else if (change.kind === 'base') this.#put(change.path, { base: change.cell });
    else if (change.kind === 'remote') this.setRemote(change.path, change.cell);
    else if (change.kind === 'local-subtree') {
      for (const path of new Set([change.path, ...this.below(change.path)]))
        this.#put(path, { local: change.cell });
    } else if (change.kind === 'remote-subtree') {
      for (const path of this.below(change.path)) this.#put(path, { remote: change.cell });
      this.setRemote(change.path, change.cell);
    } else if (change.kind === 'base-discard') {
      for (const path of this.rows.keys()) this.#put(path, { base: null });
    }
  }

  entries(): readonly Entry[] {
    return [...this.rows.values()].filter(
      (row) => row.base !== null || row.local.state !== 'absent' || row.remote.state !== 'absent',
    );
  }
}

const somePath = fc
  .array(fc.constantFrom('a', 'b', 'é', '😀', 'a.b'), { minLength: 1, maxLength: 4 })
  .map((names) => names.join('/'));
const seed = fc.integer({ min: 1, max: 3 });
const someLocal = (path: string): fc.Arbitrary<LocalCell> =>
  fc.oneof(
    fc.constant<LocalCell>(absent),
    fc.constant<LocalCell>(ignored),
    fc.constant(localFolder(path)),
    seed.map((number) => localFile(path, number)),
  );
const someRemote = (path: string): fc.Arbitrary<RemoteCell> =>
  fc.oneof(
    fc.constant<RemoteCell>(absent),
    fc.constant<RemoteCell>(ignored),
    fc.constant(remoteFolder(path)),
    seed.map((number) => remoteFile(path, number)),
  );
const someRead = (path: string): fc.Arbitrary<StateChange> =>
  fc.tuple(seed, seed).map(([was, is]) => ({
    kind: 'local',
    path: relPath(path),
    cell: localFile(path, is),
    ifStill: fingerprint(was),
  }));
const someChange: fc.Arbitrary<StateChange> = somePath.chain((path) =>
  fc.oneof(
    { weight: 2, arbitrary: someRead(path) },
    { weight: 4, arbitrary: someLocal(path).map((cell) => setLocal(path, cell)) },
    { weight: 6, arbitrary: someRemote(path).map((cell) => setRemote(path, cell)) },
    { weight: 4, arbitrary: fc.option(seed.map(baseFile)).map((cell) => setBase(path, cell)) },
    fc
      .constantFrom(absent, ignored)
      .map((cell): StateChange => ({ kind: 'local-subtree', path: relPath(path), cell })),
    fc
      .constantFrom(absent, ignored)
      .map((cell): StateChange => ({ kind: 'remote-subtree', path: relPath(path), cell })),
    fc.constant<StateChange>({ kind: 'base-discard' }),
  ),
);

function describeTree(withStore: (work: (store: PairStore) => void) => () => void): void {
  test(
    'a path without a row is nothing anywhere',
    withStore((store) => {
      expect(store.entry(relPath('x/y'))).toEqual({ path: 'x/y', base: null, local: absent, remote: absent });
      expect(store.children(relPath('x'))).toEqual([]);
    }),
  );
  test(
    'a cell comes back as it was given, with 64-bit inodes and raw names',
    withStore((store) => {
      const cell: LocalCell = {
        ...(localFile('é', 5) as Extract<LocalCell, { kind: 'file' }>),
        rawName: 'é'.normalize('NFD'),
        executable: true,
        fingerprint: { sizeBytes: 2 ** 50, mtimeNs: -5n, ctimeNs: 2n ** 62n, inode: 2n ** 64n - 1n },
      };
      store.record([setLocal('é', cell), setRemote('é', remoteFile('é', 9, content(9)))]);
      expect(store.entry(relPath('é')).local).toEqual(cell);
      expect(store.entry(relPath('é')).remote).toEqual(remoteFile('é', 9, content(9)));
    }),
  );
  test(
    'children come by the bytes of their names',
    withStore((store) => {
      const names = ['😀', '\u{e000}', 'z', 'a-b', 'a', 'a.b', 'Z'];
      store.record(names.map((name) => setLocal(`d/${name}`, localFile(name, 1))));
      expect(pathsOf(store.children(relPath('d')))).toEqual(
        ['Z', 'a', 'a-b', 'a.b', 'z', '\u{e000}', '😀'].map((name) => `d/${name}`),
      );
    }),
  );
  test(
    'unsettled rows come parents first, also after a folder moved below a newer one',
    withStore((store) => {
      store.record([setLocal('old', localFolder('old')), setLocal('old/file', localFile('file', 1))]);
      store.record([setLocal('new', localFolder('new'))]);
      const sides = ['base', 'local', 'remote'] as const;
      store.record([{ kind: 'rename', from: relPath('old'), to: relPath('new/old'), sides, keys: null }]);
      expect(pathsOf(store.unsettled(10))).toEqual(['new', 'new/old', 'new/old/file']);
      expect(pathsOf(store.unsettled(1))).toEqual(['new', 'new/old']);
      expect(pathsOf(store.unsettled(10, 2))).toEqual(['new']);
      expect(pathsOf(store.unsettled(10, 3))).toEqual([]);
    }),
  );
  test(
    'a sequence comes to every row, a few at a time, whatever is renamed meanwhile',
    withStore((store) => {
      for (const name of ['c', 'a', 'b']) store.record([setLocal(name, localFile(name, 1))]);
      const first = store.sequence(0, 2);
      expect(first.map(({ entry }) => entry.path)).toEqual(['c', 'a']);
      const sides = ['base', 'local', 'remote'] as const;
      store.record([{ kind: 'rename', from: relPath('b'), to: relPath('0'), sides, keys: null }]);
      const rest = store.sequence(first.at(-1)?.id ?? 0, 2);
      expect(rest.map(({ entry }) => entry.path)).toEqual(['0']);
      expect(store.sequence(rest.at(-1)?.id ?? 0, 2)).toEqual([]);
    }),
  );
  test(
    'a remote file makes its folders and takes them along when it goes (rule 9)',
    withStore((store) => {
      store.record([setRemote('a/b/c', remoteFile('a/b/c', 1))]);
      expect(store.entry(relPath('a')).remote).toEqual(remoteFolder(null));
      store.record([setRemote('a', remoteFolder('a'))]);
      store.record([setRemote('a/b/c', absent)]);
      expect(store.entry(relPath('a/b')).remote).toEqual(absent);
      expect(store.entry(relPath('a')).remote).toEqual(remoteFolder('a'));
    }),
  );
  test(
    'a marker that goes does not take the contents of its folder along (rule 9)',
    withStore((store) => {
      store.record([setRemote('a', remoteFolder('a')), setRemote('a/b', remoteFile('a/b', 1))]);
      store.record([setRemote('a', absent)]);
      expect(store.entry(relPath('a')).remote).toEqual(remoteFolder(null));
    }),
  );
  test(
    'candidates of a folder move are found by their inode number, files apart',
    withStore((store) => {
      store.record([...inSync('a/x', 4), setBase('a', { kind: 'folder', inode: 4n })]);
      expect(pathsOf(store.findBaseFolders(4n))).toEqual(['a']);
      expect(pathsOf(store.findBaseFolders(5n))).toEqual([]);
    }),
  );
  test(
    'destinations are found by the size of what is not in sync, and by the inode of what is left alone (rule 26)',
    withStore((store) => {
      const clash = { state: 'unknown', reason: 'name-clash' } as const;
      const left = { state: 'unknown', reason: 'name-invalid' } as const;
      const file = { kind: 'file', inode: 77n, sizeBytes: 9 } as const;
      const folder = { kind: 'folder', inode: 2n ** 64n - 1n } as const;
      store.record([
        ...inSync('same', 4),
        setLocal('here', localFile('here', 4)),
        setLocal('blocked', localFile('blocked', 4)),
        setRemote('blocked', clash),
        setRemote('there', remoteFile('there', 4)),
        setLocal('file', { ...left, trace: file }),
        setLocal('folder', { ...left, trace: folder }),
        setLocal('blind', left),
      ]);
      expect(pathsOf(store.findUnsynced({ side: 'local', sizeBytes: 4 })).toSorted()).toEqual([
        'blocked',
        'here',
      ]);
      expect(pathsOf(store.findUnsynced({ side: 'remote', sizeBytes: 4 }))).toEqual(['there']);
      expect(store.findUnsynced({ traceInode: 77n })[0]?.local).toEqual({ ...left, trace: file });
      expect(store.findUnsynced({ traceInode: 2n ** 64n - 1n })[0]?.local).toEqual({
        ...left,
        trace: folder,
      });
      expect(store.findUnsynced({ traceInode: 78n })).toEqual([]);
      expect(store.entry(relPath('blind')).local).toEqual(left);
    }),
  );
}

function describeRename(withStore: (work: (store: PairStore) => void) => () => void): void {
  test(
    'renaming a folder takes all below it along and rewrites the remote keys',
    withStore((store) => {
      store.record([...inSync('a/x', 1), ...inSync('a/deep/y', 2)]);
      const keys = { from: 'p/a/', to: 'p/q/b/' };
      const sides = ['base', 'local', 'remote'] as const;
      store.record([{ kind: 'rename', from: relPath('a'), to: relPath('q/b'), sides, keys }]);
      expect(store.entry(relPath('a/x')).base).toBeNull();
      expect(store.entry(relPath('q/b/deep/y'))).toEqual({
        path: 'q/b/deep/y',
        base: baseFile(2),
        local: localFile('y', 2),
        remote: remoteFile('q/b/deep/y', 2),
      });
      expect(store.entry(relPath('q')).remote).toEqual(remoteFolder(null));
      expect(store.entry(relPath('a')).remote).toEqual(absent);
      expectConsistent(store);
    }),
  );
  test(
    'renaming some sides onto rows that hold the others joins them',
    withStore((store) => {
      store.record([...inSync('a/x', 1), ...inSync('a/y', 2)]);
      // The user moved the folder: the scan has seen it under its new name.
      store.record([{ kind: 'local-subtree', path: relPath('a'), cell: absent }]);
      store.record([
        setLocal('b', localFolder('b')),
        setLocal('b/x', localFile('x', 1)),
        setLocal('b/y', localFile('y', 2)),
      ]);
      const keys = { from: 'p/a/', to: 'p/b/' };
      store.record([
        { kind: 'rename', from: relPath('a'), to: relPath('b'), sides: ['base', 'remote'], keys },
      ]);
      expect(pathsOf(store.unsettled(10))).toEqual(['b']);
      expect(store.entry(relPath('b/y')).remote).toEqual(remoteFile('b/y', 2));
      expect(pathsOf(store.subtree(relPath('a')))).toEqual([]);
      expectConsistent(store);
    }),
  );
  test(
    'a side that is not named stays where it is',
    withStore((store) => {
      store.record([...inSync('a/x', 1)]);
      store.record([{ kind: 'rename', from: relPath('a'), to: relPath('b'), sides: ['local'], keys: null }]);
      expect(store.entry(relPath('a/x')).local).toEqual(absent);
      expect(store.entry(relPath('a/x')).base).toEqual(baseFile(1));
      expect(store.entry(relPath('b/x')).local).toEqual(localFile('x', 1));
      expectConsistent(store);
    }),
  );
}

function scanned(path: string, number: number, rawKey = `p/${path}`): ListedEntry {
  const cell = remoteFile(path, number);
  return {
    path: relPath(path),
    cell: cell.state === 'present' && cell.kind === 'file' ? { ...cell, rawKey: rawKey as ObjectKey } : cell,
  };
}

function describeScan(withStore: (work: (store: PairStore) => void) => () => void): void {
  const none = new Set<RelPath>();
  test(
    'what a complete scan did not see is gone, what it saw is there, whatever the order of pages (rule 3)',
    withStore((store) => {
      store.record([...inSync('a/x', 1), ...inSync('a/y', 2), ...inSync('b', 3)]);
      store.remoteScan.begin();
      store.remoteScan.sight([scanned('new/z', 4), scanned('b', 3)]);
      store.remoteScan.sight([scanned('a/x', 1)]);
      expect(store.remoteScan.finish(none)).toEqual({ seen: 3, gone: 1, changed: 3 });
      expect(store.entry(relPath('a/y')).remote).toEqual(absent);
      expect(store.entry(relPath('new')).remote).toEqual(remoteFolder(null));
      expect(pathsOf(store.unsettled(9))).toEqual(['a', 'new', 'a/y', 'new/z']);
      expectConsistent(store);
    }),
  );
  test(
    'content stays known while the etag stays the same, from the row or from base',
    withStore((store) => {
      store.record([setRemote('a', remoteFile('a', 1, content(8))), setBase('b', baseFile(2))]);
      store.remoteScan.begin();
      store.remoteScan.sight([scanned('a', 1), scanned('b', 2)]);
      store.remoteScan.finish(none);
      expect(store.entry(relPath('a')).remote).toEqual(remoteFile('a', 1, content(8)));
      expect(store.entry(relPath('b')).remote).toEqual(remoteFile('b', 2, content(2)));
    }),
  );
  test(
    'two keys for one path, and a file with children, are unknown with all below (rule 8)',
    withStore((store) => {
      store.remoteScan.begin();
      store.remoteScan.sight([scanned('é', 1), scanned('é', 1, `p/${'é'.normalize('NFD')}`)]);
      store.remoteScan.sight([scanned('f', 1), scanned('f/child/deep', 2), scanned('f!', 3)]);
      store.remoteScan.finish(none);
      const clash = { state: 'unknown', reason: 'name-clash' };
      expect(store.entry(relPath('é')).remote).toEqual(clash);
      expect(store.entry(relPath('f')).remote).toEqual(clash);
      expect(store.entry(relPath('f/child/deep')).remote).toEqual(clash);
      expect(store.entry(relPath('f!')).remote).toEqual(remoteFile('f!', 3));
    }),
  );
  test(
    'a file that became a folder, and a folder that became a file, are no clash',
    withStore((store) => {
      store.record([...inSync('a', 1), ...inSync('b/c', 2)]);
      store.remoteScan.begin();
      store.remoteScan.sight([scanned('a/inner', 5), scanned('b', 6)]);
      store.remoteScan.finish(none);
      expect(store.entry(relPath('a')).remote).toEqual(remoteFolder(null));
      expect(store.entry(relPath('b')).remote).toEqual(remoteFile('b', 6));
      expectConsistent(store);
    }),
  );
  test(
    'of a listing that shows more than memory is for everything is recorded, in one order',
    withStore((store) => {
      store.record([...inSync('old', 1)]);
      const names = Array.from({ length: 10_050 }, (_, index) => `many/${String(index).padStart(5, '0')}`);
      store.remoteScan.begin();
      for (let at = 0; at < names.length; at += 1000) {
        store.remoteScan.sight(names.slice(at, at + 1000).map((name) => scanned(name, 7)));
      }
      expect(store.remoteScan.finish(none)).toEqual({ seen: 10_050, gone: 1, changed: 10_050 });
      for (const name of [names[0], names[9_999], names[10_000], names[10_049]])
        expect(store.entry(relPath(name ?? '')).remote).toEqual(remoteFile(name ?? '', 7));
      expect(store.entry(relPath('old')).remote).toEqual(absent);
      const rows = store.sequence(0, 20_000).map(({ entry }) => entry.path);
      expect(rows.filter((path) => path.startsWith('many/'))).toEqual(names);
    }),
  );
  test(
    'an abandoned scan turns nothing absent',
    withStore((store) => {
      store.record([...inSync('a', 1)]);
      store.remoteScan.begin();
      store.remoteScan.abandon();
      store.remoteScan.begin();
      store.remoteScan.sight([scanned('b', 2)]);
      store.remoteScan.abandon();
      expect(store.entry(relPath('a')).remote).toEqual(remoteFile('a', 1));
      expect(store.entry(relPath('b')).remote).toEqual(absent);
    }),
  );
  test(
    'what is recorded while the listing is under way is newer than the listing (rule 2)',
    withStore((store) => {
      store.record([...inSync('kept', 1), ...inSync('gone', 2), ...inSync('named', 3)]);
      store.remoteScan.begin();
      store.remoteScan.sight([scanned('gone', 2)]);
      store.record([setRemote('up/loaded', remoteFile('up/loaded', 7)), setRemote('gone', absent)]);
      store.record([setRemote('kept', remoteFile('kept', 8))]);
      store.remoteScan.finish(new Set([relPath('named')]));
      expect(store.entry(relPath('up/loaded')).remote).toEqual(remoteFile('up/loaded', 7));
      expect(store.entry(relPath('gone')).remote).toEqual(absent);
      expect(store.entry(relPath('kept')).remote).toEqual(remoteFile('kept', 8));
      expect(store.entry(relPath('named')).remote).toEqual(remoteFile('named', 3));
      expectConsistent(store);
    }),
  );
}

function describeRecords(withStore: (work: (store: PairStore) => void) => () => void): void {
  test(
    'intents come back whole, in the order they were opened, until they are done',
    withStore((store) => {
      store.record([
        { kind: 'intent', intent: intent('b') },
        { kind: 'intent', intent: intent('a') },
      ]);
      store.record([{ kind: 'intent', intent: { ...intent('b'), step: 'sent' } }]);
      expect(store.intents()).toEqual([{ ...intent('b'), step: 'sent' }, intent('a')]);
      store.record([{ kind: 'intent-done', id: 'b' as OpId }]);
      expect(store.intents()).toEqual([intent('a')]);
    }),
  );
  test(
    'intents opened together are closed one by one',
    withStore((store) => {
      store.record([{ kind: 'intents', intents: [intent('b'), intent('a')] }]);
      expect(store.intents()).toEqual([intent('b'), intent('a')]);
      store.record([{ kind: 'intent', intent: { ...intent('a'), step: 'sent' } }]);
      store.record([{ kind: 'intent-done', id: 'b' as OpId }]);
      expect(store.intents()).toEqual([{ ...intent('a'), step: 'sent' }]);
      store.record([{ kind: 'intent-done', id: 'a' as OpId }]);
      expect(store.intents()).toEqual([]);
    }),
  );
  test(
    'activity keeps the newest ten thousand, newest first',
    withStore((store) => {
      const item = { kind: 'uploaded', path: relPath('x'), from: null, bytes: 1 } as const;
      store.record(
        Array.from({ length: 10_005 }, (_, atMs): StateChange => ({
          kind: 'activity',
          item: { ...item, atMs },
        })),
      );
      const kept = store.activity(20_000);
      expect(kept.length).toBe(10_000);
      expect(kept[0]?.atMs).toBe(10_004);
      expect(store.activity(1)[0]?.atMs).toBe(10_004);
    }),
  );
  test(
    'activity that is asked for again begins with what came meanwhile, and has nothing of what was rolled back',
    withStore((store) => {
      const add = (...times: readonly number[]): readonly StateChange[] =>
        times.map((atMs) => ({
          kind: 'activity',
          item: { kind: 'uploaded', path: relPath('x'), from: null, bytes: 1, atMs },
        }));
      const newest = (limit: number): readonly number[] => store.activity(limit).map(({ atMs }) => atMs);
      store.record(add(1, 2));
      expect(newest(100)).toEqual([2, 1]);
      expect(store.activity(100)).toBe(store.activity(100));
      store.record(add(3, 4, 5));
      expect(newest(3)).toEqual([5, 4, 3]);
      expect(newest(200)).toEqual([5, 4, 3, 2, 1]);
      const impossible = { kind: 'no such change' } as unknown as StateChange;
      expect(() => {
        store.record([...add(7), impossible]);
      }).toThrow();
      expect(newest(2)).toEqual([5, 4]);
      store.record(add(...Array.from({ length: 250 }, (_, index) => 100 + index)));
      expect(newest(100)).toEqual(Array.from({ length: 100 }, (_, index) => 349 - index));
      expect(store.activity(100)).toEqual(store.activity(200).slice(0, 100));
    }),
  );
  test(
    'problems, trash and meta are set, replaced and dropped',
    withStore((store) => {
      const problem = {
        path: relPath('x'),
        code: 'c',
        fields: { n: 1 },
        sinceMs: 1,
        attempts: 1,
        retryAtMs: null,
      };
      store.record([
        { kind: 'problem', problem },
        { kind: 'problem', problem: { ...problem, attempts: 2 } },
        { kind: 'meta', key: 'k', value: '1' },
        { kind: 'meta', key: 'k', value: '2' },
      ]);
      expect(store.problems()).toEqual([{ ...problem, attempts: 2 }]);
      store.record([{ kind: 'problem', problem: { ...problem, path: relPath('b') } }]);
      expect(store.problems().map(({ path }) => path)).toEqual(['b', 'x']);
      store.record([{ kind: 'problem-gone', path: relPath('b') }]);
      expect(store.problems()).toEqual([{ ...problem, attempts: 2 }]);
      expect(store.problem(relPath('x'))?.attempts).toBe(2);
      expect(store.meta('k')).toBe('2');
      store.record([
        { kind: 'local', path: relPath('a.part'), cell: { state: 'unknown', reason: 'ignored' } },
        setRemote('b.part', { state: 'unknown', reason: 'ignored' }),
        setRemote('c', { state: 'unknown', reason: 'excluded' }),
      ]);
      expect(store.ignored(9)).toEqual(['a.part', 'b.part']);
      expect([store.metaKeys('k'), store.metaKeys('other')]).toEqual([['k'], []]);
      store.record([
        { kind: 'problem-gone', path: relPath('x') },
        { kind: 'meta', key: 'k', value: null },
      ]);
      expect(store.problem(relPath('x'))).toBeNull();
      expect(store.meta('k')).toBeNull();
    }),
  );
  test(
    'what was read of a file is recorded only while the row is of that file',
    withStore((store) => {
      const read = (was: number): StateChange => ({
        kind: 'local',
        path: relPath('d/a'),
        cell: localFile('d/a', 9),
        ifStill: fingerprint(was),
      });
      store.record([read(1)]);
      expect(store.entry(relPath('d/a')).local).toEqual(absent);
      expect([...store.subtree(relPath('d'))]).toEqual([]);
      for (const [cell, is] of [
        [localFile('d/a', 2), localFile('d/a', 2)],
        [localFolder('d/a'), localFolder('d/a')],
        [ignored, ignored],
        [localFile('d/a', 1, false), localFile('d/a', 9)],
      ] as const) {
        // Also within one list: a scan and what is read may end in one transaction.
        store.record([setLocal('d/a', cell), read(1), setBase('d/a', baseFile(1))]);
        expect(store.entry(relPath('d/a'))).toMatchObject({ local: is, base: baseFile(1) });
      }
      expectConsistent(store);
    }),
  );
  test(
    'a file over a folder of things left alone in the bucket still waits when base is dropped',
    withStore((store) => {
      const unknown: RemoteCell = { state: 'unknown', reason: 'ignored' };
      store.record([setRemote('a/b', unknown), setLocal('a', localFile('a', 1)), setBase('a', baseFile(1))]);
      expect(pathsOf(store.unsettled(9))).toEqual(['a']);
      store.record([{ kind: 'base-discard' }]);
      expect(pathsOf(store.unsettled(9))).toEqual(['a']);
      expectConsistent(store);
    }),
  );
  test(
    'a list of changes that fails leaves nothing behind',
    withStore((store) => {
      store.record([...inSync('a', 1)]);
      const invalid: StateChange = {
        kind: 'rename',
        from: relPath('a'),
        to: relPath('a/b'),
        sides: ['base'],
        keys: null,
      };
      expect(() => {
        store.record([setBase('z/new', baseFile(5)), setRemote('a', absent), invalid]);
      }).toThrow('rename');
      expect(store.entry(relPath('z/new')).base).toBeNull();
      expect(store.entry(relPath('a')).remote).toEqual(remoteFile('a', 1));
      expectConsistent(store);
      store.record([setBase('z/new', baseFile(5))]);
      expectConsistent(store);
    }),
  );
}

export function describeSyncState(name: string, open: () => SyncStateSubject, runs: number): void {
  const withStore =
    (work: (store: PairStore) => void): (() => void) =>
    () => {
      const { store, dispose } = open();
      try {
        work(store);
      } finally {
        store.close();
        dispose();
      }
    };
  describe(`sync-state: ${name}`, () => {
    describeTree(withStore);
    describeRename(withStore);
    describeScan(withStore);
    describeRecords(withStore);
    test('cells of one row recorded together end as one by one, whatever they were before', () => {
      const someCell = fc.oneof(
        someLocal('a/b').map((cell) => setLocal('a/b', cell)),
        someRead('a/b'),
        someRemote('a/b').map((cell) => setRemote('a/b', cell)),
        fc.option(seed.map(baseFile)).map((cell) => setBase('a/b', cell)),
      );
      const someCells = fc.array(someCell, { minLength: 1, maxLength: 5 });
      const someBelow = fc.option(someRemote('a/b/c').map((cell) => setRemote('a/b/c', cell)));
      fc.assert(
        fc.property(someBelow, fc.array(someCells, { minLength: 1, maxLength: 4 }), (below, rounds) => {
          withStore((store) => {
            expectAsModel(store, [below === null ? [] : [below], ...rounds]);
          })();
        }),
        { numRuns: sizeOf(runs), seed: historySeed },
      );
    });
    test('random histories end as a plain model of the contract ends', () => {
      fc.assert(
        fc.property(
          fc.array(fc.array(someChange, { minLength: 1, maxLength: 6 }), { maxLength: 6 }),
          (batches) => {
            withStore((store) => {
              expectAsModel(store, batches);
            })();
          },
        ),
        { numRuns: sizeOf(runs), seed: historySeed },
      );
    });
  });
}
