// Records of renames on a disk in memory, as the real adapter keeps them.
import type { RelPath } from '../../main/core/model/model.ts';
import type { FakeDisk, FakeFile } from './fake-disk.ts';

const tempFolder = '.driftless/tmp';
const prefix = 'half-';

export type Ends = { readonly from: RelPath; readonly to: RelPath };
export type FakeHalf = Ends & { readonly id: string; readonly inode: bigint; readonly names: number };

export function isHalfName(name: string): boolean {
  return name.startsWith(prefix);
}

/** Null where the disk is full: the rename continues without. */
export function noteHalf(disk: FakeDisk, ends: Ends, file: FakeFile): string | null {
  const folder = disk.makeFolders(tempFolder);
  const id = `${prefix}${String(file.inode)}-${String(folder.entries.size)}`;
  const fields = { ...ends, inode: String(file.inode), names: file.names };
  try {
    disk.write(`${tempFolder}/${id}`, JSON.stringify(fields), 0o600);
    return id;
  } catch {
    disk.remove(`${tempFolder}/${id}`);
    return null;
  }
}

export function halves(disk: FakeDisk): readonly FakeHalf[] {
  const folder = disk.find(tempFolder);
  if (folder?.kind !== 'folder') return [];
  return [...folder.entries.keys()].filter(isHalfName).flatMap((id) => {
    const text = disk.read(`${tempFolder}/${id}`);
    if (text === null) return [];
    const fields = JSON.parse(text) as Ends & { readonly inode: string; readonly names: number };
    return [{ ...fields, id, inode: BigInt(fields.inode) }];
  });
}
