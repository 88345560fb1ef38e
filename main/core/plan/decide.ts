// Decision for one path from its base, local and remote state; folder contents: plan.ts.
import type {
  BaseCell,
  BaseFile,
  ContentId,
  Entry,
  LocalFile,
  LocalFolder,
  OpReason,
  RemoteFile,
  SyncMode,
} from '../model/model.ts';
import { assertNever } from '../model/errors.ts';
import { isFileOverUnknown } from '../model/settled.ts';

export type DecideMode = { readonly mode: SyncMode; readonly propagateDeletes: boolean };

export type Decision =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'adopt'; readonly base: BaseCell }
  | { readonly kind: 'forget' }
  | /** Contents must be read before a decision. */ {
      readonly kind: 'learn';
      readonly local: boolean;
      readonly remote: boolean;
    }
  | { readonly kind: 'upload'; readonly reason: OpReason; readonly keepForeign: boolean }
  | { readonly kind: 'download'; readonly reason: OpReason }
  | { readonly kind: 'remove-local'; readonly reason: OpReason }
  | { readonly kind: 'remove-remote'; readonly reason: OpReason }
  | { readonly kind: 'set-aside'; readonly reason: OpReason }
  | /** Local folder, nothing remote. */ {
      readonly kind: 'local-folder-only';
      readonly then: 'send' | 'remove' | 'leave';
    }
  | /** Remote folder, nothing local. */ {
      readonly kind: 'remote-folder-only';
      readonly then: 'fetch' | 'remove' | 'leave';
    }
  | /** Was a folder; now a local file, still a remote folder. */ { readonly kind: 'file-over-folder' }
  | /** Was a folder; now a remote file, still a local folder. */ { readonly kind: 'folder-over-file' }
  | /** A file on one side, a folder on the other, and this mode may change neither. */ {
      readonly kind: 'clash';
    };

const nothing: Decision = { kind: 'nothing' };

/** Total over (base, local, remote) and mode. A side that is unknown plans nothing (C1). */
export function decide(entry: Entry, mode: DecideMode): Decision {
  const { base, local, remote } = entry;
  if (isFileOverUnknown(entry)) return mode.mode === 'download-only' ? nothing : { kind: 'clash' };
  if (local.state === 'unknown' || remote.state === 'unknown') return nothing;
  if (local.state === 'absent') {
    if (remote.state === 'absent') return base === null ? nothing : { kind: 'forget' };
    return remote.kind === 'file' ? remoteFileOnly(base, remote, mode) : remoteFolderOnly(base, mode);
  }
  if (remote.state === 'absent') {
    return local.kind === 'file' ? localFileOnly(base, local, mode) : localFolderOnly(base, mode);
  }
  if (local.kind === 'file') {
    return remote.kind === 'file' ? bothFiles(base, local, remote, mode) : fileOverFolder(base, local, mode);
  }
  return remote.kind === 'file' ? folderOverFile(base, remote, mode) : bothFolders(base, local);
}

type Change = 'same' | 'changed' | 'maybe' | 'new';

/** `maybe`: same size as base, content unknown; a different size is certainly a change. */
function localChange(base: BaseCell | null, local: LocalFile): Change {
  if (base?.kind !== 'file') return 'new';
  if (local.content !== null) return local.content === base.content ? 'same' : 'changed';
  return local.fingerprint.sizeBytes === base.sizeBytes ? 'maybe' : 'changed';
}

function remoteChange(base: BaseCell | null, remote: RemoteFile): Change {
  if (base?.kind !== 'file') return 'new';
  if (remote.etag === base.etag) return 'same';
  if (remote.content !== null) return remote.content === base.content ? 'same' : 'changed';
  return remote.sizeBytes === base.sizeBytes ? 'maybe' : 'changed';
}

/** Known by itself, or because the version is the one that base names. */
export function remoteContent(base: BaseCell | null, remote: RemoteFile): ContentId | null {
  if (remote.content !== null) return remote.content;
  return base?.kind === 'file' && base.etag === remote.etag ? base.content : null;
}

function baseOf(local: LocalFile, remote: RemoteFile, content: ContentId): BaseFile {
  return {
    kind: 'file',
    content,
    sizeBytes: remote.sizeBytes,
    etag: remote.etag,
    fingerprint: local.fingerprint,
    executable: local.executable,
  };
}

function bothFiles(base: BaseCell | null, local: LocalFile, remote: RemoteFile, mode: DecideMode): Decision {
  const theirs = remoteContent(base, remote);
  if (local.content !== null && local.content === theirs) {
    const isRecorded = base?.kind === 'file' && base.content === theirs && base.etag === remote.etag;
    return isRecorded ? nothing : { kind: 'adopt', base: baseOf(local, remote, local.content) };
  }
  if (local.fingerprint.sizeBytes === remote.sizeBytes && (local.content === null || theirs === null)) {
    return { kind: 'learn', local: local.content === null, remote: theirs === null };
  }
  // From here on the two are known to differ.
  const here = localChange(base, local);
  const there = remoteChange(base, remote);
  if (here === 'maybe' || there === 'maybe') {
    return { kind: 'learn', local: here === 'maybe', remote: there === 'maybe' };
  }
  switch (mode.mode) {
    case 'two-way':
      if (there === 'same') return { kind: 'upload', reason: 'changed-local', keepForeign: false };
      if (here === 'same') return { kind: 'download', reason: 'changed-remote' };
      return { kind: 'set-aside', reason: 'both-changed' };
    case 'upload-only':
      if (there === 'same') return { kind: 'upload', reason: 'changed-local', keepForeign: false };
      return {
        kind: 'upload',
        reason: here === 'same' ? 'mode-restores' : 'both-changed',
        keepForeign: true,
      };
    case 'download-only':
      if (here === 'same') return { kind: 'download', reason: 'changed-remote' };
      return { kind: 'set-aside', reason: there === 'same' ? 'mode-restores' : 'both-changed' };
    default:
      return assertNever(mode.mode);
  }
}

function localFileOnly(base: BaseCell | null, local: LocalFile, mode: DecideMode): Decision {
  const change = localChange(base, local);
  if (mode.mode === 'upload-only') {
    if (change === 'same' || change === 'maybe') {
      return { kind: 'upload', reason: 'mode-restores', keepForeign: false };
    }
    return { kind: 'upload', reason: change === 'new' ? 'new-local' : 'changed-local', keepForeign: false };
  }
  if (change === 'same') return { kind: 'remove-local', reason: 'gone-remote' };
  if (change === 'maybe') return { kind: 'learn', local: true, remote: false };
  if (mode.mode === 'download-only') {
    return change === 'changed' ? { kind: 'set-aside', reason: 'mode-restores' } : nothing;
  }
  if (change === 'new') return { kind: 'upload', reason: 'new-local', keepForeign: false };
  return { kind: 'upload', reason: 'edit-beats-delete', keepForeign: false };
}

function remoteFileOnly(base: BaseCell | null, remote: RemoteFile, mode: DecideMode): Decision {
  const change = remoteChange(base, remote);
  if (mode.mode === 'download-only') {
    if (change === 'new') return { kind: 'download', reason: 'new-remote' };
    return { kind: 'download', reason: change === 'same' ? 'mode-restores' : 'changed-remote' };
  }
  if (mode.mode === 'upload-only' && (change === 'new' || change === 'changed' || !mode.propagateDeletes)) {
    return nothing;
  }
  if (change === 'same') return { kind: 'remove-remote', reason: 'gone-local' };
  if (change === 'maybe') return { kind: 'learn', local: false, remote: true };
  return { kind: 'download', reason: change === 'new' ? 'new-remote' : 'edit-beats-delete' };
}

function localFolderOnly(base: BaseCell | null, mode: DecideMode): Decision {
  if (mode.mode !== 'upload-only' && base?.kind === 'folder') {
    return { kind: 'local-folder-only', then: 'remove' };
  }
  return { kind: 'local-folder-only', then: mode.mode === 'download-only' ? 'leave' : 'send' };
}

function remoteFolderOnly(base: BaseCell | null, mode: DecideMode): Decision {
  if (mode.mode === 'download-only') return { kind: 'remote-folder-only', then: 'fetch' };
  if (base?.kind === 'folder' && (mode.mode === 'two-way' || mode.propagateDeletes)) {
    return { kind: 'remote-folder-only', then: 'remove' };
  }
  return { kind: 'remote-folder-only', then: mode.mode === 'two-way' ? 'fetch' : 'leave' };
}

function bothFolders(base: BaseCell | null, local: LocalFolder): Decision {
  return base?.kind === 'folder' ? nothing : { kind: 'adopt', base: { kind: 'folder', inode: local.inode } };
}

/** Local file, remote folder. */
function fileOverFolder(base: BaseCell | null, local: LocalFile, mode: DecideMode): Decision {
  if (base?.kind === 'folder' && mode.mode !== 'download-only') return { kind: 'file-over-folder' };
  if (mode.mode === 'upload-only') return { kind: 'clash' };
  const change = localChange(base, local);
  if (change === 'maybe') return { kind: 'learn', local: true, remote: false };
  if (change === 'same') return { kind: 'remove-local', reason: 'changed-remote' };
  return { kind: 'set-aside', reason: mode.mode === 'two-way' ? 'both-changed' : 'mode-restores' };
}

/** Local folder, remote file. */
function folderOverFile(base: BaseCell | null, remote: RemoteFile, mode: DecideMode): Decision {
  if (base?.kind === 'folder' && mode.mode !== 'upload-only') return { kind: 'folder-over-file' };
  const change = remoteChange(base, remote);
  if (mode.mode === 'download-only') return { kind: 'set-aside', reason: 'mode-restores' };
  if (change === 'maybe') return { kind: 'learn', local: false, remote: true };
  if (change === 'same') return { kind: 'remove-remote', reason: 'changed-local' };
  return mode.mode === 'two-way' ? { kind: 'set-aside', reason: 'both-changed' } : { kind: 'clash' };
}
