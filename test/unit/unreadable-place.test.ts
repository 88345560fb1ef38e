// A damaged place of a disk stops the file that lies there, and no pair.
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { copyProven } from '../../main/adapters/disk/changes/copy.ts';
import { openNodeFiles } from '../../main/adapters/disk/files.ts';
import { relPath } from '../../main/core/model/path.ts';
import { tempFolder } from '../support/temp.ts';

const path = relPath('damaged');
const ofFile = { code: 'local-io', scope: 'item', retry: 'backoff' };

/** A folder with a file; from `damage` on no byte of an open file can be read. */
async function folderWithFile() {
  const root = await tempFolder('damaged');
  const file = join(root, path);
  writeFileSync(file, randomBytes(300 * 1024));
  const { files, close } = openNodeFiles({ root, nowMs: () => Date.now() });
  onTestFinished(close);
  const damage = async (): Promise<void> => {
    const handle = await open(file);
    const prototype = Object.getPrototypeOf(handle) as FileHandle;
    await handle.close();
    const read = vi.spyOn(prototype, 'read');
    read.mockRejectedValue(Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO' }));
    onTestFinished(() => {
      read.mockRestore();
    });
  };
  return { root, file, files, damage };
}

test('while it is read to be sent', async () => {
  const { files, damage } = await folderWithFile();
  await damage();
  const opened = await files.open(path);
  if (opened.kind !== 'open') throw new Error(opened.kind);
  await expect(opened.reader.read(0, 10)).rejects.toMatchObject(ofFile);
  await opened.reader.close();
});

test('while it is copied into the trash', async () => {
  const { root, file, damage } = await folderWithFile();
  mkdirSync(join(root, 'trash'));
  await damage();
  await expect(copyProven(file, join(root, 'trash', 'copy'), null)).rejects.toMatchObject(ofFile);
});

test('while it is read for its text, with the name of the file', async () => {
  const { files, damage } = await folderWithFile();
  await damage();
  await expect(files.readSmall(path, 1024 * 1024)).rejects.toMatchObject({
    code: 'local-io',
    scope: 'pair',
    fields: { path },
  });
});
