/** Limits of single tests below that of their kind: they end what is only slow on a busy machine. */
import { placeIn } from './sources.ts';
import type { Source } from './sources.ts';

const kindOf = /^test\/(\w+)\//;
const limit = /^ *\}, ([\d_]{4,})\);$|\{ timeout: ([\d_]+) \}, (?:async )?\(/gm;

/** A line for each test or hook whose own limit is at most its kind's. @param limitsMs by the name of the kind */
export function shortLimits(
  sources: readonly Source[],
  limitsMs: Readonly<Record<string, number>>,
): readonly string[] {
  return sources.flatMap((source) => {
    const ofKindMs = limitsMs[kindOf.exec(source.path)?.[1] ?? ''];
    if (ofKindMs === undefined) return [];
    return [...source.text.matchAll(limit)]
      .filter((found) => Number((found[1] ?? found[2] ?? '').replaceAll('_', '')) <= ofKindMs)
      .map(
        ({ index }) => `${placeIn(source, index)}: leave the limit to the kind of the test (test/sizes.ts)`,
      );
  });
}
