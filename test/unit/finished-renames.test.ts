// Completed renames: their second half never needs approval (rules 19 and 26).
import { expect, test } from 'vitest';
import { renamesOf, withArrivals } from '../../main/core/plan/moves/finished-renames.ts';
import { defaultThresholds, guard } from '../../main/core/safety/check.ts';
import { emptyAccounting } from '../../main/core/safety/ledger.ts';
import type { Entry } from '../../main/core/model/model.ts';
import { plan } from '../../main/core/plan/plan.ts';
import type { Guard, Plan } from '../../main/core/plan/types.ts';
import { baseOf, here, inputOf, row, there } from '../support/plan-rows.ts';

const files = Array.from({ length: 30 }, (_, at) => ({ name: `${at}`, text: 'x'.repeat(at + 1) }));
const gone = (dir: string): readonly Entry[] =>
  files.map(({ name, text }, at) =>
    row(`${dir}/${name}`, { base: baseOf(text, BigInt(at + 5)), remote: there(text) }),
  );
const come = (dir: string, isSynced: boolean): readonly Entry[] =>
  files.map(({ name, text }, at) =>
    row(`${dir}/${name}`, {
      local: here(text, { inode: BigInt(at + 5) }),
      ...(isSynced ? { base: baseOf(text, BigInt(at + 5)), remote: there(text) } : {}),
    }),
  );

function asked(made: Plan, rows: readonly Entry[]): readonly Guard['kind'][] {
  const { entry } = inputOf(rows).lookups;
  const totals = { files: 30 };
  const question = { plan: made, entry, accounting: emptyAccounting, totals, approvals: new Set<string>() };
  return guard({ ...question, thresholds: defaultThresholds }).map(({ kind }) => kind);
}

test('renaming all files on a store without safe copies needs no approval in any plan', () => {
  const rows = [...gone('old'), ...come('new', false)];
  const first = plan(inputOf(rows, { serverCopy: false }));
  expect(first.waves.map((wave) => [wave[0]?.kind, wave.length])).toEqual([
    ['upload', 30],
    ['remove-remote', 30],
  ]);
  expect(asked(first, rows)).toEqual([]);
  const later = [...gone('old'), ...come('new', true)];
  const second = plan(inputOf(later, { serverCopy: false }));
  expect(asked(second, later)).toEqual(['emptied-remote']);
  expect(asked(withArrivals(second, renamesOf(first), inputOf(later).lookups.entry), later)).toEqual([]);
});

test('removing what a folder move left behind completes that move', () => {
  const later = [...gone('old'), ...come('new', true)];
  const rename = { from: 'old', to: 'new' } as never;
  const made = withArrivals(plan(inputOf(later)), [rename], inputOf(later).lookups.entry);
  expect(asked(made, later)).toEqual([]);
});

test('a removal beside a rename counts as a removal, and so does one whose content did not arrive', () => {
  const rename = { from: 'old', to: 'new' } as never;
  const alone = gone('old');
  const made = withArrivals(plan(inputOf(alone)), [rename], inputOf(alone).lookups.entry);
  expect(asked(made, alone)).toEqual(['emptied-remote']);
  const other = [...gone('else'), ...come('new', true)];
  const removed = withArrivals(plan(inputOf(other)), [rename], inputOf(other).lookups.entry);
  expect(asked(removed, other)).toEqual(['emptied-remote']);
});

test('an old name waits for no new one that was removed since', () => {
  const old = row('old', { base: baseOf('text', 5n), local: here('text', { inode: 5n }) });
  const synced = { base: baseOf('text', 6n), remote: there('text') };
  const rename = { from: 'old', to: 'new' } as never;
  const afterOf = (renamed: Entry): unknown => {
    const made = withArrivals(plan(inputOf([old])), [rename], inputOf([old, renamed]).lookups.entry);
    expect(made.waves.flat()).toMatchObject([{ kind: 'remove-local', path: 'old' }]);
    return made.waves.flat().map((op) => ('after' in op ? op.after : null))[0];
  };
  expect(afterOf(row('new', { ...synced, local: here('text', { inode: 6n }) }))).toMatchObject({
    path: 'new',
  });
  expect(afterOf(row('new', synced))).toBeNull();
});
