// Disks as they were met, by what trying them out tells: options of a disk in memory.
import type { FakeDiskOptions } from './fake-disk.ts';

export type DiskKind = 'exfat' | 'ntfs-ignore-case' | 'apfs' | 'no-links' | 'overlay' | 'short-names';

export const diskKinds: Readonly<Record<DiskKind, Omit<FakeDiskOptions, 'nowMs'>>> = {
  /** exfat-fuse 1.4: folds letter case, keeps spelling, numbers each asked spelling by itself, has no links and no modes. */
  exfat: {
    caseSensitive: false,
    inodesLast: false,
    hardLinks: false,
    keepsModes: false,
    timeGranularityNs: 1_000_000_000n,
    refusedNames: ['windows-characters', 'control-characters'],
  },
  /** lowntfs-3g with `ignore_case`: lists every name in lower case. */
  'ntfs-ignore-case': { caseSensitive: false, listsLowerCase: true, keepsModes: false },
  /** Folds letter case, keeps everything else. */
  apfs: { caseSensitive: false },
  'no-links': { hardLinks: false },
  /** overlayfs: folders of its lower layer cannot be renamed (EXDEV). */
  overlay: { hasLowerLayer: true },
  /** eCryptfs: what it encrypts of a name leaves 143 bytes. */
  'short-names': { maxNameBytes: 143 },
};
