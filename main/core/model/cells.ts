// The file in a cell of an entry, if it holds one.
import type { Entry, LocalFile, RemoteFile } from './model.ts';

export function localFile(entry: Entry): LocalFile | null {
  return entry.local.state === 'present' && entry.local.kind === 'file' ? entry.local : null;
}

export function remoteFile(entry: Entry): RemoteFile | null {
  return entry.remote.state === 'present' && entry.remote.kind === 'file' ? entry.remote : null;
}
