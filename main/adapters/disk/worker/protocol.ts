// The messages between the engine's thread and a walk worker: compact, because a structured clone of 100,000 objects costs more than the walk.
import type {
  ContentId,
  Fingerprint,
  LocalCell,
  RelPath,
  Trace,
  UnknownReason,
} from '../../../core/model/model.ts';
import { recordableBytes } from '../../../core/model/fingerprint.ts';
import { joinPath } from '../../../core/model/path.ts';
import type { DirListing, DiskTraits, PartDigest, ScannedEntry } from '../../../ports/local-files.port.ts';
import type { PartChecksum } from '../../../ports/remote-objects.port.ts';
import type { Stretch } from './part-digests.ts';

export type ListRequest = {
  readonly kind: 'list';
  readonly id: number;
  readonly root: string;
  readonly dirs: readonly string[];
};

export type WalkRequest =
  | ListRequest
  | ({ readonly kind: 'hash'; readonly id: number } & HashAsked)
  | ({ readonly kind: 'digest'; readonly id: number } & PartAsked)
  | FeedRequest;

/** Steps of one hash in order, all under the id of the first. */
export type FeedRequest =
  | { readonly kind: 'begin-feed' | 'end-feed'; readonly id: number }
  | { readonly kind: 'feed'; readonly id: number; readonly bytes: Uint8Array };

/** SHA-256 of all bytes until then. */
export type Fed = { readonly kind: 'fed'; readonly id: number; readonly sha256: string };

type FileRead = {
  readonly file: string;
  /** One shared word: not zero stops the read at the next chunk. */
  readonly cancel: Int32Array<SharedArrayBuffer>;
};

export type HashAsked = FileRead & { readonly withMd5: boolean };

export type PartAsked = FileRead & Stretch & { readonly checksum: PartChecksum };

/** Names are joined by `/`, which no name holds; four numbers (size, mtime, ctime, inode) and one code for each. */
export type PackedListing =
  | {
      readonly kind: 'listed';
      readonly dir: string;
      readonly names: string;
      readonly codes: Uint8Array<ArrayBuffer>;
      readonly numbers: BigInt64Array<ArrayBuffer>;
    }
  | { readonly kind: 'gone'; readonly dir: string }
  | {
      readonly kind: 'failed';
      readonly dir: string;
      readonly reason: UnknownReason;
      readonly message: string;
    };

export type HashReply =
  | {
      readonly kind: 'hashed';
      readonly content: string;
      /** Null where it was not asked for. */
      readonly md5: string | null;
      readonly fingerprint: Fingerprint;
    }
  | { readonly kind: 'changed' | 'gone' | 'cancelled' }
  | { readonly kind: 'unreadable'; readonly message: string };

export type Listings = {
  readonly kind: 'listings';
  readonly id: number;
  readonly listings: readonly PackedListing[];
  readonly isLast: boolean;
};

export type ListReply =
  Listings | { readonly kind: 'crashed'; readonly id: number; readonly message: string };

export type WalkReply =
  | ListReply
  | { readonly kind: 'hash'; readonly id: number; readonly reply: HashReply }
  | Fed
  /** Null where those bytes are not there to be read. */
  | { readonly kind: 'digest'; readonly id: number; readonly digest: PartDigest | null };

export const fileCode = 0;
export const executableCode = 1;
export const folderCode = 2;
const firstReasonCode = 3;
const reasons = [
  'unreadable',
  'symlink',
  'special-file',
  'other-device',
  'name-clash',
  'name-reserved',
  'name-too-long',
  'name-invalid',
] as const satisfies readonly UnknownReason[];
export type ListedReason = (typeof reasons)[number];

export function reasonCode(reason: ListedReason): number {
  return firstReasonCode + reasons.indexOf(reason);
}

export type ListedTraits = Pick<DiskTraits, 'keepsModes' | 'inodesLast'>;

/** Stands for the size of a folder that is left alone. */
export const folderSize = -1n;

/** No file has inode 0. */
function traceAt({ numbers }: Extract<PackedListing, { kind: 'listed' }>, index: number): Trace | null {
  const size = numbers[index * 4] ?? 0n;
  const inode = BigInt.asUintN(64, numbers[index * 4 + 3] ?? 0n);
  if (inode === 0n) return null;
  return size === folderSize
    ? { kind: 'folder', inode }
    : { kind: 'file', inode, sizeBytes: recordableBytes(size) };
}

function cellOf(
  packed: Extract<PackedListing, { kind: 'listed' }>,
  index: number,
  rawName: string,
  traits: ListedTraits,
): LocalCell {
  const code = packed.codes[index] ?? firstReasonCode;
  if (code >= firstReasonCode) {
    const reason = reasons[code - firstReasonCode] ?? 'unreadable';
    // Links, other devices and the like are what they are: only a name keeps a file or folder from being synced.
    const trace = traits.inodesLast && reason.startsWith('name-') ? traceAt(packed, index) : null;
    return trace === null ? { state: 'unknown', reason } : { state: 'unknown', reason, trace };
  }
  const at = index * 4;
  const inode = traits.inodesLast ? BigInt.asUintN(64, packed.numbers[at + 3] ?? 0n) : 0n;
  if (code === folderCode) return { state: 'present', kind: 'folder', rawName, inode };
  const fingerprint: Fingerprint = {
    sizeBytes: recordableBytes(packed.numbers[at] ?? 0n),
    mtimeNs: packed.numbers[at + 1] ?? 0n,
    ctimeNs: packed.numbers[at + 2] ?? 0n,
    inode,
  };
  return {
    state: 'present',
    kind: 'file',
    rawName,
    fingerprint,
    content: null,
    executable: traits.keepsModes && code === executableCode,
  };
}

export function unpackListing(packed: PackedListing, traits: ListedTraits): DirListing {
  const dir = packed.dir as RelPath;
  if (packed.kind === 'gone') return { kind: 'gone', dir };
  if (packed.kind === 'failed')
    return { kind: 'failed', dir, reason: packed.reason, message: packed.message };
  const names = packed.names === '' ? [] : packed.names.split('/');
  const entries: ScannedEntry[] = names.map((rawName, index) => ({
    path: joinPath(dir, rawName.normalize('NFC')),
    cell: cellOf(packed, index, rawName, traits),
  }));
  return { kind: 'listed', dir, entries };
}

export function asContentId(hex: string): ContentId {
  return hex as ContentId;
}
