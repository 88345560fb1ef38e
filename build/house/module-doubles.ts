/** Doubles of whole modules in tests whose files share a process. */
import { placeIn } from './sources.ts';
import type { Source } from './sources.ts';

const shared = /^test\/(?:unit|property|simulation|scenario|conformance)\//;
const double = /\bvi\.(?:mock|doMock)\(/g;

/** A line for each `vi.mock` in a kind of test whose files share processes (`vitest.config.ts`). */
export function moduleDoubles(sources: readonly Source[]): readonly string[] {
  return sources
    .filter(({ path }) => shared.test(path))
    .flatMap((source) =>
      [...source.text.matchAll(double)].map(
        ({ index }) =>
          `${placeIn(source, index)}: a double of a module needs a process of its own; put this test in test/integration`,
      ),
    );
}
