// A pair's problems as they are shown: one row for a lack of space, a count for what is left alone by rule.

export type ProblemRow = {
  /** Null: the row is about the pair as a whole. */
  readonly path: string | null;
  readonly code: string;
  readonly fields: Readonly<Record<string, string | number | boolean | null>>;
  readonly sinceMs: number;
  readonly retryAtMs: number | null;
};

/** What is left alone by rule: a notice, not a problem. */
export type LeftAlone = { readonly code: LeftAloneCode; readonly count: number };
export type LeftAloneCode = 'symlinks-left-alone' | 'special-files-left-alone';

export type SortedProblems = {
  /** One each, but for files that lack space: those are one row without a path, with their count and bytes. */
  readonly rows: readonly ProblemRow[];
  readonly leftAlone: readonly LeftAlone[];
  /** Files wait for space on the disk or in the storage. */
  readonly isFull: boolean;
  /** Files that only wait for the network, while there is none. */
  readonly waiting: number;
};

const leftAloneCodes: ReadonlyMap<string, LeftAloneCode> = new Map([
  ['symlink', 'symlinks-left-alone'],
  ['special-file', 'special-files-left-alone'],
]);

const fullCodes: ReadonlySet<string> = new Set(['disk-full', 'remote-full']);

/** What a transfer ends with when the way to the storage breaks: nothing is wrong with the file. */
const connectionCodes: ReadonlySet<string> = new Set([
  'connection-lost',
  'endpoint-unreachable',
  'outcome-unknown',
  'remote-failed',
  'remote-unavailable',
  'timeout',
  'tls-failed',
]);

export function isConnectionCode(code: string): boolean {
  return connectionCodes.has(code);
}

export function isLeftAloneCode(code: string): boolean {
  return leftAloneCodes.has(code);
}

export function isFullCode(code: string): boolean {
  return fullCodes.has(code);
}

/** @param isOffline the storage cannot be reached: what waits for it is counted, and is no problem */
export function sortProblems(all: readonly ProblemRow[], isOffline = false): SortedProblems {
  const problems = isOffline ? all.filter(({ code }) => !isConnectionCode(code)) : all;
  const ruled = problems.flatMap(({ code }) => leftAloneCodes.get(code) ?? []);
  const leftAlone = Map.groupBy(ruled, (code) => code);
  const lackSpace = problems.filter(({ code }) => isFullCode(code));
  const full = Map.groupBy(lackSpace, ({ code }) => code);
  const others = problems.filter(({ code }) => !isFullCode(code) && !isLeftAloneCode(code));
  return {
    rows: [...[...full.values()].flatMap(asOneRow), ...others],
    leftAlone: [...leftAlone].map(([code, { length: count }]) => ({ code, count })),
    isFull: lackSpace.length > 0,
    waiting: all.length - problems.length,
  };
}

/** The free space is what the latest try found. */
function asOneRow(problems: readonly ProblemRow[]): readonly ProblemRow[] {
  const [first] = problems;
  if (first === undefined) return [];
  const latest = problems.findLast(({ fields }) => typeof fields['freeBytes'] === 'number') ?? first;
  return [
    {
      path: null,
      code: first.code,
      fields: {
        count: problems.length,
        bytes: problems.reduce((sum, { fields }) => sum + numberOf(fields['neededBytes']), 0),
        freeBytes: numberOf(latest.fields['freeBytes']),
      },
      sinceMs: problems.reduce((earliest, { sinceMs }) => Math.min(earliest, sinceMs), first.sinceMs),
      retryAtMs: soonest(problems),
    },
  ];
}

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}

function soonest(problems: readonly ProblemRow[]): number | null {
  return problems.reduce<number | null>(
    (known, { retryAtMs }) =>
      known === null || (retryAtMs !== null && retryAtMs < known) ? retryAtMs : known,
    null,
  );
}
