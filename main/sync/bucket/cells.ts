// Remote cell of a path, from the HEAD of its object.
import type { RemoteCell, RemoteFile } from '../../core/model/model.ts';
import type { HeadOutcome, ObjectFacts } from '../../ports/remote-objects.port.ts';
import { isLinkObject } from './object-metadata.ts';

export function remoteCellOf(head: HeadOutcome): RemoteCell {
  if (head.kind === 'absent') return { state: 'absent' };
  const { etag, metadata } = head.facts;
  return isLinkObject(metadata) ? { state: 'unknown', reason: 'symlink', etag } : fileCell(head.facts);
}

export function fileCell(facts: Pick<ObjectFacts, 'key' | 'etag' | 'sizeBytes'>): RemoteFile {
  return {
    state: 'present',
    kind: 'file',
    rawKey: facts.key,
    etag: facts.etag,
    sizeBytes: facts.sizeBytes,
    content: null,
  };
}
