// Files that resolving a conflict opens, where the disk takes no copy.
import { expect, test, vi } from 'vitest';
import type { LocalFile } from '../../main/core/model/model.ts';
import { relPath } from '../../main/core/model/path.ts';
import type { PairContext } from '../../main/sync/context.ts';
import { resolveConflict } from '../../main/sync/conflicts/resolve.ts';

test('the file that would be copied is closed although no copy can be made', async () => {
  const fingerprint = { sizeBytes: 1, mtimeNs: 1n, ctimeNs: 1n, inode: 1n };
  const file = { state: 'present', kind: 'file', fingerprint, content: null, executable: false } as const;
  const close = vi.fn(() => Promise.resolve());
  const context = {
    settings: { mode: 'two-way' },
    files: {
      rootStatus: () => Promise.resolve({ kind: 'ok', freeBytes: 1e12, totalBytes: 1e12 }),
      hash: () => Promise.resolve({ kind: 'hashed', content: 'c', fingerprint }),
      open: () => Promise.resolve({ kind: 'open', reader: { fingerprint, close } }),
      look: () => Promise.resolve({ state: 'absent' }),
    },
    changes: { createTemp: () => Promise.reject(new Error('no descriptor is left')) },
    store: { entry: () => ({ local: file, remote: { state: 'absent' }, base: null }), problem: () => null },
    commit: () => Promise.resolve(),
    clock: { nowMs: () => 0 },
    random: { hex: () => 'ab' },
  } as unknown as PairContext; // as much as is asked
  const conflict = {
    ...{ path: relPath('a'), copy: relPath('a (conflict)'), device: null, atMs: 0 },
    ...{ current: file as unknown as LocalFile, aside: file as unknown as LocalFile },
  };
  await expect(resolveConflict(context, conflict, 'aside', new AbortController().signal)).rejects.toThrow(
    'no descriptor is left',
  );
  expect(close).toHaveBeenCalledOnce();
});
