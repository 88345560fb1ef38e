// Names and facts of files on a disk that folds case or keeps no modes.
import { expect, test } from 'vitest';
import type { ContentId } from '../../main/core/model/model.ts';
import { relPath } from '../../main/core/model/path.ts';
import type { DiskTraits, StableReader } from '../../main/ports/local-files.port.ts';
import type { PairContext } from '../../main/sync/context.ts';
import { withDisk } from '../../main/sync/scan/known-names.ts';

const noModes = { caseSensitive: true, keepsModes: false } as DiskTraits;

test('a small file that was read when it was opened is not hashed again for want of modes', async () => {
  const reader: StableReader = {
    fingerprint: { sizeBytes: 1, mtimeNs: 1n, ctimeNs: 1n, inode: 1n },
    content: 'a'.repeat(64) as ContentId,
    executable: false,
    read: () => Promise.resolve(new Uint8Array(1)),
    isUnchanged: () => Promise.resolve(true),
    close: () => Promise.resolve(),
  };
  const context = {
    files: { open: () => Promise.resolve({ kind: 'open', reader }) },
    changes: {},
    store: { entry: () => ({ base: { kind: 'file', executable: true } }) },
  } as unknown as PairContext;
  expect(await withDisk(context, noModes).files.open(relPath('run.sh'))).toMatchObject({
    reader: { content: reader.content, executable: true },
  });
});
