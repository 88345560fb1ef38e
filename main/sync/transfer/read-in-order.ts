// Reads a file from its start, piece by piece.

const pieceBytes = 1024 * 1024;

type FirstBytes = {
  readonly file: { read(position: number, length: number): Promise<Uint8Array> };
  readonly sizeBytes: number;
};

/** Hands over the first `sizeBytes` bytes in order, each piece once `take` is done with the one before; false if the file is shorter. */
export async function readInOrder(
  { file, sizeBytes }: FirstBytes,
  take: (bytes: Uint8Array, at: number) => Promise<void> | void,
  signal: AbortSignal,
): Promise<boolean> {
  for (let at = 0; at < sizeBytes;) {
    signal.throwIfAborted();
    const bytes = await file.read(at, Math.min(pieceBytes, sizeBytes - at));
    if (bytes.length === 0) return false;
    await take(bytes, at);
    at += bytes.length;
  }
  return true;
}
