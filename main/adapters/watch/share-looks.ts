// Looks of a watched tree at a share, in turns with all others there.
import { lstat, readdir } from '../shares/calls.ts';
import { isRefused } from './tree-watch.ts';
import type { ShareLooks } from './tree-watch.ts';
import { errnoOf } from '../system/errno.ts';

export const shareLooks: ShareLooks = {
  foldersIn: async (folder) => {
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
    return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  },
  folderStats: async (path) => {
    const stats = await lstat(path, { bigint: true }).catch(() => null);
    return stats?.isDirectory() === true ? stats : null;
  },
  isThere: (path) =>
    lstat(path).then(
      () => true,
      (error: unknown) => {
        if (errnoOf(error) !== 'ENOENT' && errnoOf(error) !== 'ENOTDIR') throw error;
        return false;
      },
    ),
  isClosed: (folder) =>
    readdir(folder)
      .then(() => lstat(`${folder}/.`))
      .then(() => false, isRefused),
};
