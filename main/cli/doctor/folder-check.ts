// What `doctor` finds out about a pair's folder: whether it is there, can be written to, and has space.
import { constants } from 'node:fs';
import { access, stat, statfs } from 'node:fs/promises';
import type { PairConfig } from '../../core/config/config.ts';
import { sizeText } from '../terminal/table.ts';

export type FolderCheck = {
  readonly id: 'folder';
  readonly about: string;
  readonly status: 'ok' | 'warn' | 'fail';
  readonly message: string;
  readonly detail: { readonly code: string | null; readonly freeBytes: number | null };
};

/** Less than this, and a sync of ordinary files soon stops for lack of space. */
const littleBytes = 100_000_000;

/** Says the same of a folder that is there and of one on a disk that is away; what differs is the code, which has its advice. */
export async function checkFolder({
  id: about,
  folder,
  mode,
}: Pick<PairConfig, 'id' | 'folder' | 'mode'>): Promise<FolderCheck> {
  const check = (
    status: FolderCheck['status'],
    message: string,
    detail: Partial<FolderCheck['detail']> = {},
  ): FolderCheck => ({
    id: 'folder',
    about,
    status,
    message,
    detail: { code: null, freeBytes: null, ...detail },
  });
  const kind = await kindOf(folder);
  if (kind === 'missing') return check('fail', `${folder} is not there`, { code: 'root-missing' });
  if (kind === 'file') return check('fail', `${folder} is not a folder`, { code: 'root-missing' });
  if (!(await isAllowed(folder, constants.R_OK | constants.X_OK)))
    return check('fail', `${folder} cannot be read`, { code: 'root-unreadable' });
  // An upload-only pair writes nothing here but its own marker.
  if (mode !== 'upload-only' && !(await isAllowed(folder, constants.W_OK)))
    return check('fail', `${folder} cannot be written to`, { code: 'local-read-only' });
  const freeBytes = await freeOf(folder);
  const space = freeBytes === null ? '' : `, ${sizeText(freeBytes)} free`;
  if (freeBytes !== null && freeBytes < littleBytes && mode !== 'upload-only')
    return check('warn', `${folder} is there${space}: little space is left`, {
      freeBytes,
      code: 'disk-full',
    });
  return check('ok', `${folder} is there${space}`, { freeBytes });
}

async function kindOf(folder: string): Promise<'folder' | 'file' | 'missing'> {
  try {
    return (await stat(folder)).isDirectory() ? 'folder' : 'file';
  } catch {
    return 'missing';
  }
}

async function isAllowed(folder: string, wish: number): Promise<boolean> {
  try {
    await access(folder, wish);
    return true;
  } catch {
    return false;
  }
}

/** Null where the system does not say. */
async function freeOf(folder: string): Promise<number | null> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  } catch {
    return null;
  }
}
