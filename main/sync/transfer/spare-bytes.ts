// Disk space that downloads may use on a volume.

/** Infinite if the volume's size is unknown: then the write itself fails with ENOSPC. */
export function spareBytes(volume: {
  readonly freeBytes: number | null;
  readonly totalBytes: number | null;
}): number {
  if (volume.freeBytes === null || volume.totalBytes === null) return Number.POSITIVE_INFINITY;
  return volume.freeBytes - Math.min(volume.totalBytes * freeShare, 1024 ** 3);
}

/** At least this share of the volume stays free after a download (C23). */
const freeShare = 0.05;
