// Cells of the rows that the suite of the engine's memory records, by number.
import type {
  BaseCell,
  ContentId,
  Etag,
  Fingerprint,
  LocalCell,
  ObjectKey,
  RemoteCell,
} from '../../main/core/model/model.ts';
import { relPath } from '../../main/core/model/path.ts';
import type { StateChange } from '../../main/ports/sync-state.port.ts';

export function fingerprint(seed: number): Fingerprint {
  return {
    sizeBytes: seed,
    mtimeNs: 1_700_000_000_123_456_789n + BigInt(seed),
    ctimeNs: 1n,
    inode: BigInt(seed),
  };
}
export function content(seed: number): ContentId {
  return String(seed).padStart(64, '0') as ContentId;
}
export function localFile(path: string, seed: number, hashed = true): LocalCell {
  const rawName = path.slice(path.lastIndexOf('/') + 1);
  const known = hashed ? content(seed) : null;
  return {
    state: 'present',
    kind: 'file',
    rawName,
    fingerprint: fingerprint(seed),
    content: known,
    executable: false,
  };
}
export function localFolder(path: string): LocalCell {
  return { state: 'present', kind: 'folder', rawName: path.slice(path.lastIndexOf('/') + 1), inode: 7n };
}
export function remoteFile(path: string, seed: number, known: ContentId | null = null): RemoteCell {
  const rawKey = `p/${path}` as ObjectKey;
  return {
    state: 'present',
    kind: 'file',
    rawKey,
    etag: `e${seed}` as Etag,
    sizeBytes: seed,
    content: known,
  };
}
export function remoteFolder(path: string | null): RemoteCell {
  const marker = path === null ? null : { rawKey: `p/${path}/` as ObjectKey, etag: 'm' as Etag };
  return { state: 'present', kind: 'folder', marker };
}
export function baseFile(seed: number): BaseCell {
  return {
    kind: 'file',
    content: content(seed),
    sizeBytes: seed,
    etag: `e${seed}` as Etag,
    fingerprint: fingerprint(seed),
    executable: false,
  };
}
export const absent = { state: 'absent' } as const;
export const ignored = { state: 'unknown', reason: 'ignored' } as const;

export function setLocal(path: string, cell: LocalCell): StateChange {
  return { kind: 'local', path: relPath(path), cell };
}
export function setRemote(path: string, cell: RemoteCell): StateChange {
  return { kind: 'remote', path: relPath(path), cell };
}
export function setBase(path: string, cell: BaseCell | null): StateChange {
  return { kind: 'base', path: relPath(path), cell };
}
export function inSync(path: string, seed: number): readonly StateChange[] {
  return [
    setLocal(path, localFile(path, seed)),
    setRemote(path, remoteFile(path, seed)),
    setBase(path, baseFile(seed)),
  ];
}
