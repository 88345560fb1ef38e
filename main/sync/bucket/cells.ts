// Remote cell of a path, from the HEAD of its object.
import type { RemoteCell, RemoteFile } from '../../core/model/model.ts';
import type { HeadOutcome, ObjectInfo } from '../../ports/remote-objects.port.ts';
import { isLinkObject } from './object-metadata.ts';

export function remoteCellOf(head: HeadOutcome): RemoteCell {
  if (head.kind === 'absent') return { state: 'absent' };
  const { etag, metadata } = head.info;
  return isLinkObject(metadata) ? { state: 'unknown', reason: 'symlink', etag } : fileCell(head.info);
}

export function fileCell(info: Pick<ObjectInfo, 'key' | 'etag' | 'sizeBytes'>): RemoteFile {
  return {
    state: 'present',
    kind: 'file',
    rawKey: info.key,
    etag: info.etag,
    sizeBytes: info.sizeBytes,
    content: null,
  };
}
