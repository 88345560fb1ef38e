// Random trees under random policies with what the planner and the guard say to each: for telling planners apart.
import fc from 'fast-check';
import type { Entry, RelPath } from '../../main/core/model/model.ts';
import type { PlanInput, PlanPolicy } from '../../main/core/plan/types.ts';
import { conflictName } from '../../main/core/plan/conflict-name.ts';
import { defaultThresholds, guard } from '../../main/core/safety/check.ts';
import { accountingOf, countedEffects, emptyAccounting } from '../../main/core/safety/ledger.ts';
import { plan } from '../../main/core/plan/plan.ts';
import { PlanWorld } from './plan-world.ts';

export type Sample = { readonly expected: string; readonly say: () => string };

const names = fc.constantFrom('a', 'A', 'b', 'c.txt', 'c (conflict 2026-11-22 laptop).txt', 'nul');
const path = fc.array(names, { minLength: 1, maxLength: 3 }).map((list) => list.join('/'));
const step = fc.record({
  side: fc.constantFrom('local', 'local', 'remote', 'remote', 'cycle'),
  verb: fc.constantFrom('write', 'write', 'write', 'make', 'remove', 'rename', 'rename', 'swap'),
  path,
  other: path,
  content: fc.constantFrom('', '1', '2', '33', '44'),
});
type Step = typeof step extends fc.Arbitrary<infer One> ? One : never;

const policy = fc.record({
  mode: fc.constantFrom(
    'two-way' as const,
    'two-way' as const,
    'upload-only' as const,
    'download-only' as const,
  ),
  propagateDeletes: fc.boolean(),
  caseSensitive: fc.boolean(),
  windowsNames: fc.boolean(),
  localComplete: fc.constantFrom(true, true, true, false),
  remoteComplete: fc.constantFrom(true, true, true, false),
  serverCopy: fc.constantFrom(true, true, false),
  movesOver: fc.constantFrom(true, true, false),
  special: fc.record({
    changing: fc.option(path),
    held: fc.option(path),
    here: fc.option(path),
    there: fc.option(path),
  }),
  share: fc.double({ min: 0, max: 1, noNaN: true }),
});
type Options = typeof policy extends fc.Arbitrary<infer One> ? One : never;

/** The same list on every run. `expected` is what is said at the time of this call. */
export function makeSamples(count: number): readonly Sample[] {
  const drawn = fc.sample(fc.tuple(fc.array(step, { minLength: 4, maxLength: 24 }), policy), {
    numRuns: count,
    seed: 7,
  });
  return drawn.map(([steps, options]) => {
    const input = inputFor(steps, options);
    const say = (): string => answer(input);
    return { expected: say(), say };
  });
}

function answer(input: PlanInput): string {
  const made = plan(input);
  const { entry } = input.lookups;
  const guards = guard({
    plan: made,
    entry,
    accounting: emptyAccounting,
    totals: { files: 4 },
    thresholds: { ...defaultThresholds, minShareFiles: 1, maxConflicts: 1 },
    approvals: new Set(),
  });
  const labels = { date: '2026-11-22', device: 'desk' };
  const copies = input.entries.map((row) =>
    conflictName(row.path.replaceAll('/', '-'), labels, { kind: 'file' }),
  );
  const tally = accountingOf(countedEffects(made, entry));
  return JSON.stringify([made, guards, tally, copies], (_key, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  );
}

function inputFor(steps: readonly Step[], options: Options): PlanInput {
  const world = new PlanWorld();
  const full = fullPolicy(options);
  for (const one of steps) take(world, one);
  const input = world.input(full);
  const { here, there } = options.special;
  const blurred = (row: Entry): Entry => ({
    ...row,
    local: isAt(row.path, here) ? hidden : row.local,
    remote: isAt(row.path, there) ? hidden : row.remote,
  });
  const isShown = (_row: Entry, index: number): boolean => options.share < 0.8 || index % 3 !== 0;
  return {
    ...input,
    entries: input.entries.filter(isShown).map(blurred),
    lookups: {
      ...input.lookups,
      entry: (asked) => blurred(input.lookups.entry(asked)),
      children: (dir) => input.lookups.children(dir).map(blurred),
    },
  };
}

const hidden = { state: 'unknown', reason: 'ignored' } as const;

function isAt(asked: string, dir: string | null): boolean {
  return dir !== null && (asked === dir || asked.startsWith(`${dir}/`));
}

function fullPolicy({ special, share: _share, ...rest }: Options): PlanPolicy {
  return {
    ...rest,
    dateLabel: '2026-11-22',
    deviceName: 'laptop',
    changing: new Set(special.changing === null ? [] : [special.changing as RelPath]),
    held: (asked) => isAt(asked, special.held),
    running: () => false,
  };
}

function take(world: PlanWorld, { side, verb, path: at, other, content }: Step): void {
  if (side === 'cycle') {
    const plain = fullPolicy({
      mode: 'two-way',
      propagateDeletes: false,
      caseSensitive: true,
      windowsNames: false,
      localComplete: true,
      remoteComplete: true,
      serverCopy: true,
      movesOver: true,
      special: { changing: null, held: null, here: null, there: null },
      share: 0,
    });
    for (const op of plan(world.input(plain)).waves.flat()) world.apply(op);
    return;
  }
  const isLocal = side === 'local';
  if (verb === 'write') return isLocal ? world.writeLocal(at, content) : world.writeRemote(at, content);
  if (verb === 'make') return isLocal ? world.makeLocal(at) : world.makeRemote(at);
  if (verb === 'remove') return isLocal ? world.removeLocal(at) : world.removeRemote(at);
  if (verb === 'swap') return isLocal ? world.swapLocal(at, other) : world.swapRemote(at, other);
  if (isLocal) world.renameLocal(at, other);
  else world.renameRemote(at, other);
}
