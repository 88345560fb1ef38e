/** Readings of the system clock in code that decides, which oxlint cannot ban: `new Date()` and `Date()`. */
import { placeIn } from './sources.ts';
import type { Source } from './sources.ts';

const pure = /^main\/(?:core|ports|sync)\//;
const reading = /\bnew Date\b(?!\()|\bnew Date\(\s*\)|(?<!\bnew )(?<![\w.])Date\(/g;

/** A line for each reading of the clock without an argument below `main/core`, `main/ports` and `main/sync`. */
export function clockReadings(sources: readonly Source[]): readonly string[] {
  return sources
    .filter(({ path }) => pure.test(path))
    .flatMap((source) =>
      [...source.text.matchAll(reading)].map(
        ({ index }) => `${placeIn(source, index)}: take the time as an argument or from the clock port`,
      ),
    );
}
