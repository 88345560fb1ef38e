// Listings of a bucket whose rows are known: the same rows as where nothing is, in any order and with anything recorded between two pages.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openSqliteState } from '../../main/adapters/sqlite/state.ts';
import type { ContentId, Entry, Etag, ObjectKey, RemoteCell } from '../../main/core/model/model.ts';
import { relPath } from '../../main/core/model/path.ts';
import type { ListedEntry, PairStore, StateChange } from '../../main/ports/sync-state.port.ts';
import { runs } from '../sizes.ts';

const content = 'c'.repeat(64) as ContentId;

/** One object, or a key that is left alone. */
const someSighting: fc.Arbitrary<ListedEntry> = fc
  .record({
    path: fc.array(fc.constantFrom('a', 'b', 'a!', 'é', '😀'), { minLength: 1, maxLength: 3 }),
    kind: fc.constantFrom('file', 'file', 'file', 'empty', 'marker', 'ignored'),
    etag: fc.constantFrom('1', '1', '1', '2'),
    spelling: fc.constantFrom('', '', '', '?'),
  })
  .map(({ path, kind, etag, spelling }) => ({
    path: relPath(path.join('/')),
    cell: cellOf(`${spelling}${path.join('/')}`, kind, etag as Etag),
  }));

function cellOf(key: string, kind: string, etag: Etag): RemoteCell {
  if (kind === 'ignored') return { state: 'unknown', reason: 'ignored' };
  if (kind === 'marker')
    return { state: 'present', kind: 'folder', marker: { rawKey: `${key}/` as ObjectKey, etag } };
  const sizeBytes = kind === 'empty' ? 0 : 7;
  return { state: 'present', kind: 'file', rawKey: key as ObjectKey, etag, sizeBytes, content: null };
}

type Step = { readonly page: readonly ListedEntry[]; readonly then: StateChange | null };

const someRecord: fc.Arbitrary<StateChange | null> = fc.option(
  fc.tuple(someSighting, fc.constantFrom('set', 'gone', 'gone-below')).map(([{ path, cell }, what]) => {
    if (what === 'gone-below') return { kind: 'remote-subtree', path, cell: { state: 'absent' } };
    return { kind: 'remote', path, cell: what === 'set' ? cell : { state: 'absent' } };
  }),
  { freq: 3 },
);
const someListing = (most: number): fc.Arbitrary<readonly Step[]> =>
  fc.array(fc.record({ page: fc.array(someSighting, { maxLength: 8 }), then: someRecord }), {
    maxLength: most,
  });

function list(store: PairStore, steps: readonly Step[]): unknown {
  store.remoteScan.begin();
  for (const { page, then } of steps) {
    store.remoteScan.sight(page);
    if (then !== null) store.record([then]);
  }
  return store.remoteScan.finish(new Set());
}

/** Content is known of every file, as once all was synced. */
function learn(store: PairStore): void {
  for (const { path, remote } of [...store.subtree(relPath(''))])
    if (remote.state === 'present' && remote.kind === 'file')
      store.record([{ kind: 'remote', path, cell: { ...remote, content } }]);
}

function plainly({ path, remote }: Entry): unknown {
  return [path, 'content' in remote ? { ...remote, content: null } : remote];
}

test('a listing says the same of rows that it repeats as of rows that nothing is known of', () => {
  fc.assert(
    fc.property(someListing(3), someListing(4), fc.boolean(), (before, after, repeats) => {
      const [known, fresh] = [openSqliteState({ file: ':memory:' }), openSqliteState({ file: ':memory:' })];
      try {
        for (const store of [known, fresh]) list(store, before);
        learn(known);
        // Most of what a listing says it has said before.
        const steps = repeats ? [...before.map(({ page }) => ({ page, then: null })), ...after] : after;
        const [ended, expected] = [list(known, steps), list(fresh, steps)];
        expect([...known.subtree(relPath(''))].map(plainly)).toEqual(
          [...fresh.subtree(relPath(''))].map(plainly),
        );
        expect(ended).toEqual(expected);
        expect(list(known, [])).toEqual(list(fresh, []));
      } finally {
        known.close();
        fresh.close();
      }
    }),
    { numRuns: runs(1000), seed: 410_778_617 },
  );
});
