// The end of a body that is not needed.

/** Frees its socket, and nothing of it comes into the caller's memory any more. */
export async function discard(body: AsyncIterable<Uint8Array>): Promise<void> {
  const iterator = body[Symbol.asyncIterator]();
  // A generator that never started would skip its `finally`: one step starts it.
  try {
    await iterator.next();
  } catch {
    // The bytes were not wanted; whatever broke them has freed the socket.
  }
  await iterator.return?.();
}
