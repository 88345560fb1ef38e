// Headers that an object keeps across renames and edits. A rename keeps all of them; an edit keeps those that
// the content does not determine.
import type { ObjectInfo, ObjectHeaders, ObjectMetadata } from '../../ports/remote-objects.port.ts';

/** Storage classes that cannot be read before a restore: new versions are not stored there. */
const archiveClasses = new Set(['GLACIER', 'DEEP_ARCHIVE']);

/**
 * Metadata of other tools about the old bytes: a stale checksum makes rclone and s3cmd report the object as
 * damaged. Names beginning with `x-amz-` are the keys of client-side encryption.
 */
const decidedByContent = /^(?:mtime|ctime|atime|md5chksum|md5|sha1|sha256|crc32c?|checksum|x-amz-.*)$/u;

/** Our own metadata, stored as user metadata of the object. */
export function ownMetadata(metadata: ObjectMetadata): ObjectMetadata {
  return Object.fromEntries(Object.entries(metadata).filter(([name]) => name.startsWith('driftless-')));
}

/** @param head first bytes of the new content, at least four if there are as many */
export function editedHeaders(
  info: ObjectInfo,
  tagging: string | null,
  head: Uint8Array,
): { readonly headers: ObjectHeaders; readonly contentType: string | null } {
  const { headers } = info;
  const isArchived = headers.storageClass !== null && archiveClasses.has(headers.storageClass);
  return {
    headers: {
      ...headers,
      contentEncoding: keptEncoding(headers.contentEncoding, head),
      storageClass: isArchived ? null : headers.storageClass,
      userMetadata: editedMetadata(headers.userMetadata),
      tagging,
    },
    contentType: info.contentType,
  };
}

const magic: Readonly<Record<string, readonly number[]>> = {
  gzip: [0x1f, 0x8b],
  'x-gzip': [0x1f, 0x8b],
  zstd: [0x28, 0xb5, 0x2f, 0xfd],
};

/** Kept unless the new bytes show another encoding: a browser could not open them. */
function keptEncoding(encoding: string | null, head: Uint8Array): string | null {
  const outermost = encoding?.split(',').at(-1)?.trim().toLowerCase() ?? '';
  const expected = magic[outermost];
  if (expected === undefined) return encoding;
  return expected.every((byte, index) => head[index] === byte) ? encoding : null;
}

function editedMetadata(metadata: ObjectMetadata): ObjectMetadata {
  const kept = Object.entries(metadata)
    .filter(([name]) => !decidedByContent.test(name))
    .map(([name, value]) => [name, name === 's3cmd-attrs' ? editedAttrs(value) : value] as const);
  return Object.fromEntries(kept);
}

/** s3cmd's own list, `atime:1/ctime:2/md5:.../mode:33188`: keeps owner and mode. */
function editedAttrs(value: string): string {
  return value
    .split('/')
    .filter((field) => !/^(?:md5|mtime|ctime|atime):/u.test(field))
    .join('/');
}
