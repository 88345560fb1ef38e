// Trash retention: by age, immune to clock jumps, and by size, oldest first (C23).

export type TrashAge = {
  /** Wall clock when the trash was last aged. */
  readonly wallMs: number;
  /** Clock that ages are measured by: never ahead of the wall's, and it never advances more than a day at once. */
  readonly trashMs: number;
};

export type TrashPiece = {
  readonly id: string;
  readonly side: 'local' | 'remote';
  readonly sizeBytes: number;
  readonly atMs: number;
};

export type TrashLimits = {
  readonly days: number;
  /** Infinite if the volume's size is unknown. */
  readonly maxLocalBytes: number;
};

export const dayMs = 24 * 3_600_000;
export const defaultTrashDays = 30;
export const defaultTrashPercent = 10;

/**
 * A clock set a year ahead by mistake ages the trash by a day. One set back takes the trash's along, and ages it by nothing: what is put there
 * while it is behind would be of long ago otherwise.
 */
export function ageTrash(known: TrashAge | null, nowMs: number): TrashAge {
  if (known === null) return { wallMs: nowMs, trashMs: nowMs };
  const passedMs = Math.min(Math.max(0, nowMs - known.wallMs), dayMs);
  return { wallMs: nowMs, trashMs: Math.min(known.trashMs + passedMs, nowMs) };
}

export function isAgingDue(known: TrashAge | null, nowMs: number): boolean {
  return known === null || nowMs < known.wallMs || nowMs - known.wallMs >= dayMs;
}

export function chooseExpired(
  pieces: readonly TrashPiece[],
  age: TrashAge,
  limits: TrashLimits,
): { readonly expired: readonly string[]; readonly crowdedOut: readonly string[] } {
  const isExpired = (piece: TrashPiece): boolean => age.trashMs - piece.atMs > limits.days * dayMs;
  const expired = pieces.filter(isExpired).map((piece) => piece.id);
  const kept = pieces
    .filter((piece) => piece.side === 'local' && !isExpired(piece))
    .sort((one, other) => one.atMs - other.atMs);
  let bytes = kept.reduce((sum, piece) => sum + piece.sizeBytes, 0);
  const crowdedOut: string[] = [];
  for (const piece of kept) {
    if (bytes <= limits.maxLocalBytes) break;
    bytes -= piece.sizeBytes;
    crowdedOut.push(piece.id);
  }
  return { expired, crowdedOut };
}
