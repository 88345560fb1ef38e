// Work of the planner for many rows that look alike: other users of a prefix choose how many there are (security rule 22).
import { describe, expect, test } from 'vitest';
import type { Entry } from '../../main/core/model/model.ts';
import { plan } from '../../main/core/plan/plan.ts';
import type { PlanPolicy } from '../../main/core/plan/types.ts';
import { baseOf, folderThere, here, inputOf, row, there } from '../support/plan-rows.ts';

/** How often the planner reads the path of a row: what it does with one begins with that. */
function readsOf(rows: readonly Entry[], policy: Partial<PlanPolicy>): number {
  let reads = 0;
  const counted = rows.map((entry) =>
    Object.defineProperty({ ...entry }, 'path', {
      enumerable: true,
      get() {
        reads += 1;
        return entry.path;
      },
    }),
  );
  const input = inputOf(counted, policy);
  reads = 0;
  plan(input);
  return reads;
}

/** All of one length, so of one size. */
const text = (at: number): string => `text ${String(at).padStart(5, '0')}`;
/** Spellings of one name. */
function spelling(at: number): string {
  const letters = Array.from('driftless', (letter, bit) =>
    ((at >> bit) & 1) === 1 ? letter.toUpperCase() : letter,
  );
  return letters.join('');
}

function numbered(count: number, rowsAt: (at: number) => readonly Entry[]): readonly Entry[] {
  return Array.from({ length: count }, (_, at) => rowsAt(at)).flat();
}

type Shape = {
  readonly name: string;
  readonly rowsAt: (at: number) => readonly Entry[];
  readonly policy?: Partial<PlanPolicy>;
};

const shapes: readonly Shape[] = [
  {
    name: 'files of one size that got other names there, unread',
    rowsAt: (at) => [
      row(`old${at}`, { base: baseOf(text(at)), local: here(text(at)) }),
      row(`new${at}`, { remote: there(text(at), { unread: true }) }),
    ],
  },
  {
    name: 'files of one size that got other names there, read',
    rowsAt: (at) => [
      row(`old${at}`, { base: baseOf(text(at)), local: here(text(at)) }),
      row(`new${at}`, { remote: there(text(at)) }),
    ],
  },
  {
    name: 'files of one content that got other names there',
    rowsAt: (at) => [
      row(`old${at}`, { base: baseOf('same'), local: here('same') }),
      row(`new${at}`, { remote: there('same') }),
    ],
  },
  {
    name: 'files of one content that are gone there, while as many of it are on both sides',
    rowsAt: (at) => [
      row(`old${at}`, { base: baseOf('same'), local: here('same') }),
      row(`new${at}`, { local: here('same'), remote: there('same', { unread: true }) }),
      row(`own${at}`, { local: here('same'), remote: there('same') }),
    ],
  },
  {
    name: 'files of one folder that differ on both sides',
    rowsAt: (at) => [row(`d/file${at}`, { local: here(text(at)), remote: there(`${text(at)}!`) })],
  },
  {
    name: 'spellings of one name, on a disk that has one of them',
    rowsAt: (at) => [row(spelling(at), { remote: there(text(at)) })],
    policy: { caseSensitive: false },
  },
  {
    name: 'folders that are spellings of one name, on a disk that has one of them',
    rowsAt: (at) => [
      row(spelling(at), { remote: folderThere }),
      row(`${spelling(at)}/file`, { remote: there(text(at)) }),
    ],
    policy: { caseSensitive: false },
  },
];

describe('twice as many rows are at most about twice the work', () => {
  test.each(shapes)('$name', ({ rowsAt, policy = {} }) => {
    const few = readsOf(numbered(200, rowsAt), policy);
    const many = readsOf(numbered(400, rowsAt), policy);
    expect(few).toBeGreaterThan(200);
    // Sorting takes somewhat more than twice; each row with each other would be four times.
    expect(many / few).toBeLessThan(2.6);
  });
});
