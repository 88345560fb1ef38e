// A listing of a folder beside its rows: entries that repeat them, as cell by cell would find.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openSqliteState } from '../../main/adapters/sqlite/state.ts';
import { sameFingerprint } from '../../main/core/model/fingerprint.ts';
import type { LocalCell, LocalFile, RelPath } from '../../main/core/model/model.ts';
import { relPath } from '../../main/core/model/path.ts';
import { absent, ignored, localFile, localFolder, setLocal } from '../conformance/sync-state-cells.ts';
import { runs } from '../sizes.ts';

const dir = relPath('d');
const largest = 2n ** 64n - 1n;

function variantsOf(name: string): readonly LocalCell[] {
  const file = localFile(name, 3) as LocalFile;
  const { fingerprint } = file;
  return [
    absent,
    ignored,
    localFolder(name),
    { state: 'present', kind: 'folder', rawName: name, inode: largest },
    file,
    { ...file, executable: true },
    { ...file, content: null },
    { ...file, rawName: name.normalize('NFD') },
    { ...file, fingerprint: { ...fingerprint, inode: 0n } },
    { ...file, fingerprint: { ...fingerprint, ctimeNs: 0n } },
    { ...file, fingerprint: { ...fingerprint, mtimeNs: fingerprint.mtimeNs + 1n } },
    { ...file, fingerprint: { ...fingerprint, sizeBytes: 4 } },
    { ...file, fingerprint: { ...fingerprint, inode: largest } },
  ];
}

function repeats(cell: LocalCell, known: LocalCell): boolean {
  if (cell.state !== 'present' || known.state !== 'present' || cell.rawName !== known.rawName) return false;
  if (cell.kind === 'folder' || known.kind === 'folder')
    return cell.kind === 'folder' && known.kind === 'folder' && cell.inode === known.inode;
  return (
    known.content !== null &&
    cell.executable === known.executable &&
    sameFingerprint(cell.fingerprint, known.fingerprint)
  );
}

/** Once with few rows, which are read one by one where they differ, and once with many. */
test.each([5, 30])('a listing of %i names is compared with its rows as one cell after the other', (count) => {
  const names = Array.from({ length: count }, (_, at) => `${['a', 'é', '😀'][at % 3] ?? ''}${String(at)}`);
  const anyCells = fc.tuple(...names.map((name) => fc.constantFrom(...variantsOf(name))));
  const store = openSqliteState({ file: ':memory:' });
  try {
    fc.assert(
      fc.property(anyCells, anyCells, fc.boolean(), (rows, others, isMostlySame) => {
        store.record([{ kind: 'local-subtree', path: dir, cell: absent }]);
        store.record(names.map((name, at) => setLocal(`d/${name}`, rows[at] ?? absent)));
        const listed = names.flatMap((name, at) => {
          const cell = (isMostlySame && at % 4 > 0 ? rows : others)[at] ?? absent;
          const found = cell.state === 'present' && cell.kind === 'file' ? { ...cell, content: null } : cell;
          return found.state === 'absent' ? [] : [{ path: relPath(`d/${name}`), cell: found }];
        });
        const compared = store.compareLocal(dir, listed);
        const expected = listed.filter(({ path, cell }) => repeats(cell, store.entry(path).local));
        expect(compared.same).toEqual(new Set(expected));
        const same = new Set<RelPath>(expected.map(({ path }) => path));
        expect(compared.others).toEqual(store.children(dir).filter(({ path }) => !same.has(path)));
      }),
      { numRuns: runs(500), seed: 410_778_617 },
    );
  } finally {
    store.close();
  }
});
