// Token bucket: how long bytes have to wait under a rate. Pure; the caller passes the time.

export type TokenBucket = {
  /** Bytes that may pass at once. */
  readonly bytes: number;
  /** Monotonic milliseconds of the last refill. */
  readonly atMs: number;
};

/**
 * What an idle line may save up; small, so that a burst after a pause does not show in the rate over ten
 * seconds.
 */
const burstMs = 100;

export function emptyBucket(nowMs: number): TokenBucket {
  return { bytes: 0, atMs: nowMs };
}

/** The bucket at `nowMs`; its capacity is at least the bytes that wait for it, however low the rate. */
export function refill(
  bucket: TokenBucket,
  { bytesPerSecond, nowMs, wantedBytes }: Asked & { readonly nowMs: number },
): TokenBucket {
  const earned = (Math.max(0, nowMs - bucket.atMs) / 1000) * bytesPerSecond;
  const holds = Math.max((bytesPerSecond * burstMs) / 1000, wantedBytes);
  return { bytes: Math.min(holds, bucket.bytes + earned), atMs: nowMs };
}

export type Asked = { readonly bytesPerSecond: number; readonly wantedBytes: number };

/** Milliseconds until the bytes may pass; 0 if they may now. */
export function waitMsFor(bucket: TokenBucket, { bytesPerSecond, wantedBytes }: Asked): number {
  const missing = wantedBytes - bucket.bytes;
  // Fractions of a byte are lost to rounding, and must not be waited for one by one.
  return missing < 0.5 ? 0 : Math.max(1, Math.ceil((missing / bytesPerSecond) * 1000));
}

export function spend(bucket: TokenBucket, bytes: number): TokenBucket {
  return { ...bucket, bytes: bucket.bytes - bytes };
}

const largestPiece = 16 * 1024;
const smallestPiece = 1024;

/** Bytes that pass as one unit: about a quarter of a second, so that several streams share a slow line evenly. */
export function pieceBytes(bytesPerSecond: number): number {
  return Math.min(largestPiece, Math.max(smallestPiece, Math.floor(bytesPerSecond / 4)));
}
