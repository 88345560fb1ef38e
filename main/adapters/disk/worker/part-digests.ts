// Digests of the parts of one file, begun one after the other before their use.
import type { PartDigest, PartDigests, PartSizing } from '../../../ports/local-files.port.ts';

/** A stretch of a file. */
export type Stretch = { readonly start: number; readonly lengthBytes: number };

/** @param make never rejects: null where there is no digest, which the caller then makes */
export function digestInTurn(
  sizeBytes: number,
  sizing: PartSizing,
  make: (stretch: Stretch) => Promise<PartDigest | null>,
): PartDigests {
  const { partBytes } = sizing;
  const count = Math.ceil(sizeBytes / partBytes);
  const begun = new Map<number, Promise<PartDigest | null>>();
  let isOver = false;
  const work = async (): Promise<void> => {
    for (let number = 1; number <= count && !isOver; number += 1) {
      if (begun.has(number)) continue;
      const start = (number - 1) * partBytes;
      const digest = make({ start, lengthBytes: Math.min(partBytes, sizeBytes - start) });
      begun.set(number, digest);
      await digest;
    }
  };
  void work();
  return {
    ...sizing,
    of: (number) => {
      const digest = begun.get(number) ?? Promise.resolve(null);
      begun.set(number, digest);
      return digest;
    },
    end: () => {
      isOver = true;
    },
  };
}
