/** Limits of single tests below that of their kind: they end what is only slow on a busy machine. */
import type { Source } from './sources.ts';

const kindOf = /^test\/(\w+)\//;
const limit = /^ *\}, ([\d_]{4,})\);$|\{ timeout: ([\d_]+) \}, (?:async )?\(/gm;

/** A line for each test or hook whose own limit is at most its kind's. @param limitsMs by the name of the kind */
export function shortLimits(
  sources: readonly Source[],
  limitsMs: Readonly<Record<string, number>>,
): readonly string[] {
  return sources.flatMap(({ path, text }) => {
    const ofKindMs = limitsMs[kindOf.exec(path)?.[1] ?? ''];
    if (ofKindMs === undefined) return [];
    return [...text.matchAll(limit)]
      .filter((found) => Number((found[1] ?? found[2] ?? '').replaceAll('_', '')) <= ofKindMs)
      .map(({ index }) => {
        const line = text.slice(0, index).split('\n').length;
        return `${path}:${String(line)}: leave the limit to the kind of the test (test/sizes.ts)`;
      });
  });
}
