// Safety check of a plan: removals, replacements and conflicts that need approval (rule 19).
import { describe, expect, test } from 'vitest';
import type { Entry } from '../../main/core/model/model.ts';
import type { Plan } from '../../main/core/plan/types.ts';
import type { GuardInput } from '../../main/core/safety/check.ts';
import type { GuardAccounting } from '../../main/core/safety/ledger.ts';
import { defaultThresholds, guard, hashPlan, questions } from '../../main/core/safety/check.ts';
import {
  accountingOf,
  addAccounting,
  countedEffects,
  effectKey,
  emptyAccounting,
  forgetSide,
  isEffectDone,
} from '../../main/core/safety/ledger.ts';
import { relPath } from '../../main/core/model/path.ts';
import { plan } from '../../main/core/plan/plan.ts';
import { baseOf, folderHere, here, inputOf, row, there } from '../support/plan-rows.ts';

const many = (count: number, make: (name: string) => Entry): readonly Entry[] =>
  Array.from({ length: count }, (_unused, index) => make(`f${String(index).padStart(5, '0')}.txt`));
const goneHere = (name: string): Entry => row(name, { base: baseOf(name), remote: there(name) });
const goneThere = (name: string): Entry => row(name, { base: baseOf(name), local: here(name) });
const changedHere = (name: string): Entry =>
  row(name, { base: baseOf('B'), local: here(name), remote: there('B') });
const changedThere = (name: string): Entry =>
  row(name, { base: baseOf('B'), local: here('B'), remote: there(name) });
const conflicting = (name: string): Entry =>
  row(name, { base: baseOf('B'), local: here(name), remote: there('other one') });

/** What a whole plan adds to the totals. */
function tally(made: Plan, entry: GuardInput['entry']): GuardAccounting {
  return accountingOf(countedEffects(made, entry));
}

function guardInput(rows: readonly Entry[], more: Partial<GuardInput> = {}): GuardInput {
  const input = inputOf(rows, { serverCopy: false });
  return {
    plan: plan(input),
    entry: input.lookups.entry,
    accounting: emptyAccounting,
    totals: { files: 100_000 },
    thresholds: defaultThresholds,
    approvals: new Set(),
    ...more,
  };
}

const kinds = (rows: readonly Entry[], more: Partial<GuardInput> = {}): readonly string[] =>
  guard(guardInput(rows, more)).map((one) => one.kind);

describe('by count', () => {
  test('a thousand removals need no approval and one more does', () => {
    expect(kinds(many(1000, goneHere))).toEqual([]);
    expect(kinds(many(1001, goneHere))).toEqual(['mass-removal-remote']);
    expect(kinds(many(1001, goneThere))).toEqual(['mass-removal-local']);
  });

  test('replacements count as removals', () => {
    expect(kinds(many(1000, changedHere))).toEqual([]);
    expect(kinds(many(1001, changedHere))).toEqual(['mass-replacement-remote']);
    expect(kinds(many(1001, changedThere))).toEqual(['mass-replacement-local']);
    const mixed = [...many(600, goneHere), ...many(401, (name) => changedHere(`x${name}`))];
    expect(kinds(mixed)).toEqual(['mass-removal-remote']);
  });

  test('new files do not count', () => {
    expect(kinds(many(2000, (name) => row(name, { local: here(name) })))).toEqual([]);
    expect(kinds(many(2000, (name) => row(name, { remote: there(name) })))).toEqual([]);
  });
});

describe('by share', () => {
  test('removals need approval above a quarter of the files and above five', () => {
    expect(kinds(many(5, goneHere), { totals: { files: 8 } })).toEqual([]);
    expect(kinds(many(6, goneHere), { totals: { files: 24 } })).toEqual([]);
    expect(kinds(many(6, goneHere), { totals: { files: 23 } })).toEqual(['mass-removal-remote']);
  });

  test('each direction is counted by itself', () => {
    const rows = [...many(5, goneHere), ...many(5, (name) => goneThere(`x${name}`))];
    expect(kinds(rows, { totals: { files: 20 } })).toEqual([]);
    const more = [...many(6, goneHere), ...many(7, (name) => goneThere(`x${name}`))];
    expect(kinds(more, { totals: { files: 20 } })).toEqual(['mass-removal-local', 'mass-removal-remote']);
  });

  test('removals since the last quiet full scan add up against the number of files at that time', () => {
    const accounting = { ...emptyAccounting, remote: { removals: 4, replacements: 1 } };
    expect(kinds(many(1, goneHere), { accounting, totals: { files: 19 } })).toEqual(['mass-removal-remote']);
    expect(kinds(many(1, goneHere), { accounting, totals: { files: 20 } })).toEqual([]);
    expect(kinds([], { accounting: { ...accounting, remote: { removals: 5000, replacements: 0 } } })).toEqual(
      [],
    );
  });
});

describe('a file replaced again and again', () => {
  const once = (names: readonly string[]) => {
    const input = inputOf(
      names.map((name) => changedHere(name)),
      { serverCopy: false },
    );
    return tally(plan(input), input.lookups.entry);
  };

  test('a file replaced again and again counts as one file', () => {
    let accounting = emptyAccounting;
    for (let save = 0; save < 50; save += 1) accounting = addAccounting(accounting, once(['report.txt']));
    expect(accounting.remote).toEqual({ removals: 0, replacements: 1 });
    expect(accounting.rewritten).toEqual({ local: [], remote: ['report.txt'] });
    expect(kinds([changedHere('report.txt')], { accounting, totals: { files: 3 } })).toEqual([]);
  });

  test('six replaced files count as six on the side where they were replaced', () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    const accounting = addAccounting(once(names.slice(0, 3)), once(names.slice(2)));
    expect(accounting.remote.replacements).toBe(5);
    const totals = { files: 8 };
    expect(kinds([changedHere('a'), changedHere('e')], { accounting, totals })).toEqual([]);
    expect(kinds([changedHere('f')], { accounting, totals })).toEqual(['mass-replacement-remote']);
    expect(kinds(many(5, changedThere), { accounting, totals })).toEqual([]);
    // A known replacement in the bucket says nothing about the disk.
    expect(kinds([...many(5, changedThere), changedThere('a')], { accounting, totals })).toEqual([
      'mass-replacement-local',
    ]);
  });

  test('a file that is replaced and finally removed counts as removed', () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    const accounting = once(names);
    expect(kinds([goneHere('a')], { accounting, totals: { files: 8 } })).toEqual(['mass-replacement-remote']);
  });

  test('a replacement counts as another file each time its content comes from another name', () => {
    // Stores with conditional requests: a rename onto an occupied name.
    const over = inputOf([
      row('f', { base: baseOf('A', 9n), remote: there('A') }),
      row('t', { base: baseOf('B', 3n), local: here('A', { inode: 9n }), remote: there('B') }),
    ]);
    expect(plan(over).waves.flat()).toMatchObject([{ kind: 'move-remote', path: 't', over: 'B-etag' }]);
    // Weaker stores: the equivalent upload and removal.
    const sent = inputOf(
      [
        row('f', { base: baseOf('A', 9n), remote: there('A') }),
        row('t', { base: baseOf('B', 3n), local: here('A', { inode: 9n }), remote: there('B') }),
      ],
      { serverCopy: false, movesOver: false },
    );
    expect(
      plan(sent)
        .waves.flat()
        .map(({ kind }) => kind)
        .toSorted(),
    ).toEqual(['remove-remote', 'upload']);
    for (const input of [over, sent]) {
      const one = tally(plan(input), input.lookups.entry);
      expect(one.remote).toEqual({ removals: 0, replacements: 1 });
      expect(addAccounting(one, one).remote).toEqual({ removals: 0, replacements: 2 });
      const accounting = addAccounting(addAccounting(one, one), addAccounting(one, addAccounting(one, one)));
      const asked = guard({
        ...guardInput([]),
        plan: plan(input),
        entry: input.lookups.entry,
        accounting,
        totals: { files: 8 },
      });
      expect(asked.map(({ kind }) => kind)).toEqual(['mass-replacement-remote']);
    }
  });

  test('a repeated replacement on disk counts as another file each time too', () => {
    const sent = inputOf(
      [
        row('f', { base: baseOf('A', 9n), local: here('A', { inode: 9n }) }),
        row('t', { base: baseOf('B', 3n), local: here('B', { inode: 3n }), remote: there('A') }),
      ],
      { serverCopy: false, movesOver: false },
    );
    const one = tally(plan(sent), sent.lookups.entry);
    expect(addAccounting(one, one).local.replacements).toBe(2 * one.local.replacements);
    expect(one.local.replacements).toBe(1);
  });

  test('a file replaced again and again is one effect in the approval request', () => {
    const fresh = many(6, (name) => changedHere(`x${name}`));
    const accounting = once(['report.txt']);
    const totals = { files: 8 };
    const [without] = guard(guardInput(fresh, { accounting, totals }));
    const [with_] = guard(guardInput([...fresh, changedHere('report.txt')], { accounting, totals }));
    expect(with_?.counts).toEqual(without?.counts);
    expect(with_?.examples).toEqual(without?.examples);
    expect(with_?.id).not.toBe(without?.id);
  });
});

describe('an approval', () => {
  const totals = { files: 20 };
  const keysOf = (rows: readonly Entry[]): ReadonlySet<string> =>
    new Set(questions(guardInput(rows, { totals })).flatMap((one) => one.effects.map(effectKey)));

  test('an approval covers the effects it was requested for, also when fewer of them are left', () => {
    const consents = keysOf(many(12, goneHere));
    expect(consents.size).toBe(12);
    expect(kinds(many(12, goneHere), { totals, consents })).toEqual([]);
    expect(kinds(many(9, goneHere), { totals, consents })).toEqual([]);
  });

  test('an approval leaves later effects to be judged on their own', () => {
    const consents = keysOf(many(12, goneHere));
    const later = (count: number) => many(count, (name) => goneHere(`later-${name}`));
    expect(kinds([...many(12, goneHere), ...later(5)], { totals, consents })).toEqual([]);
    const [asked] = guard(guardInput([...many(12, goneHere), ...later(6)], { totals, consents }));
    expect(asked).toMatchObject({ kind: 'mass-removal-remote', counts: { removals: 6 } });
  });

  test('an approval does not cover another version of the same file', () => {
    const consents = keysOf(many(12, goneHere));
    const newer = many(12, (name) => row(name, { base: baseOf('2nd'), remote: there('2nd') }));
    expect(kinds(newer, { totals, consents })).toEqual(['mass-removal-remote']);
  });

  test('an approval covers conflicts in the same way', () => {
    const consents = keysOf(many(101, conflicting));
    expect(kinds(many(101, conflicting), { totals: { files: 100_000 }, consents })).toEqual([]);
  });

  test('an approval resets the count of its own side only', () => {
    const sofar = {
      local: { removals: 1, replacements: 2 },
      remote: { removals: 3, replacements: 4 },
      conflicts: 5,
      rewritten: { local: [relPath('a')], remote: [relPath('b')] },
      removed: { local: [relPath('c')], remote: [relPath('d')] },
    };
    expect(forgetSide(sofar, 'remote')).toEqual({
      ...sofar,
      remote: emptyAccounting.remote,
      rewritten: { local: ['a'], remote: [] },
      removed: { local: ['c'], remote: [] },
    });
  });
});

describe('a share of everything', () => {
  test('a share of 100% is no limit, but an emptied side still needs approval', () => {
    const thresholds = { ...defaultThresholds, maxSharePercent: 100 };
    const accounting = { ...emptyAccounting, remote: { removals: 0, replacements: 30 } };
    expect(kinds(many(6, changedHere), { thresholds, accounting, totals: { files: 20 } })).toEqual([]);
    expect(
      kinds(many(6, changedHere), {
        thresholds: { ...thresholds, maxSharePercent: 99 },
        accounting,
        totals: { files: 20 },
      }),
    ).toEqual(['mass-replacement-remote']);
    expect(kinds(many(6, goneHere), { thresholds, totals: { files: 6 } })).toEqual(['emptied-remote']);
  });
});

describe('an emptied side', () => {
  test('an emptied side needs approval however few files it had', () => {
    expect(kinds(many(2, goneHere), { totals: { files: 2 } })).toEqual(['emptied-remote']);
    expect(kinds(many(3, goneThere), { totals: { files: 3 } })).toEqual(['emptied-local']);
    expect(kinds(many(3, goneThere), { totals: { files: 4 } })).toEqual([]);
  });

  test('deleting the only file needs no approval', () => {
    expect(kinds(many(1, goneHere), { totals: { files: 1 } })).toEqual([]);
  });
});

describe('conflicts', () => {
  test('a hundred conflict copies need no approval and one more does', () => {
    expect(kinds(many(100, conflicting))).toEqual([]);
    expect(kinds(many(101, conflicting))).toEqual(['mass-conflict']);
    expect(kinds(many(1, conflicting), { accounting: { ...emptyAccounting, conflicts: 100 } })).toEqual([
      'mass-conflict',
    ]);
  });
});

test('a folder renamed aside is one conflict and counts as done once it is gone', () => {
  const input = inputOf([
    row('x', { local: folderHere(), remote: there('A') }),
    row('x/y', { local: here('new') }),
  ]);
  const [effect] = countedEffects(plan(input), input.lookups.entry);
  expect(effect).toMatchObject({ kind: 'conflict', path: 'x', mark: 'folder' });
  if (effect === undefined) return;
  expect(isEffectDone(effect, row('x', { local: folderHere() }))).toBe(false);
  expect(isEffectDone(effect, row('x', {}))).toBe(true);
});

describe('moves', () => {
  const moved = (name: string, to: string): readonly Entry[] => [
    goneHere(name),
    row(to, { local: here(name, { inode: 2n }) }),
  ];

  test('a removal whose content reappears in the same plan does not count', () => {
    const rows = many(10, goneHere).flatMap((entry) => moved(entry.path, `new-${entry.path}`));
    expect(kinds(rows, { totals: { files: 10 } })).toEqual([]);
  });

  test('a plan that removes nothing looks at no row', () => {
    const rows = [
      ...many(20, (name) => row(name, { local: here(name) })),
      row('new', { remote: there('new') }),
    ];
    const noRow = (): Entry => {
      throw new Error('a look at a row');
    };
    expect(countedEffects(plan(inputOf(rows)), noRow)).toEqual([]);
  });

  test('a mass change of extension counts as replacements', () => {
    const rows = many(10, goneHere).flatMap((entry) => moved(entry.path, `${entry.path}.locked`));
    expect(kinds(rows, { totals: { files: 10 } })).toEqual(['mass-replacement-remote']);
    const input = inputOf(
      many(10, goneHere).flatMap((entry, index) => [
        row(entry.path, { base: baseOf(entry.path, BigInt(index)), remote: there(entry.path) }),
        row(`${entry.path}.locked`, { local: here(entry.path, { inode: BigInt(index) }) }),
      ]),
    );
    const made = plan(input);
    expect(made.waves.flat().every((op) => op.kind === 'move-remote')).toBe(true);
    expect(tally(made, input.lookups.entry).remote).toEqual({ removals: 0, replacements: 10 });
  });

  test('a new name with the old extension does not count', () => {
    const input = inputOf([
      row('one.txt', { base: baseOf('A', 5n), remote: there('A') }),
      row('two names.txt', { local: here('A', { inode: 5n }) }),
    ]);
    expect(countedEffects(plan(input), input.lookups.entry)).toEqual([]);
  });

  test('a file whose name a move takes counts unless it moves as well', () => {
    const over = (name: string, left: boolean): readonly Entry[] => [
      row(`a${name}`, { base: baseOf('A', 5n), remote: there('A') }),
      row(`b${name}`, { base: baseOf('BB', 6n), local: here('A', { inode: 5n }), remote: there('BB') }),
      ...(left ? [row(`c${name}`, { local: here('BB', { inode: 6n }) })] : []),
    ];
    const told = (rows: readonly Entry[]) => {
      const input = inputOf(rows);
      const made = plan(input);
      expect(made.waves.flat().every((op) => op.kind === 'move-remote')).toBe(true);
      return countedEffects(made, input.lookups.entry);
    };
    expect(told(over('', true))).toEqual([]);
    const [effect, ...others] = told(over('', false));
    expect(others).toEqual([]);
    expect(effect).toMatchObject({ kind: 'replacement-remote', path: 'b' });
    if (effect === undefined) return;
    const before = row('b', { base: baseOf('BB', 6n) });
    expect(isEffectDone(effect, before)).toBe(false);
    expect(isEffectDone(effect, row('b', { base: baseOf('A', 5n) }))).toBe(true);
    // A swap that changes both extensions, as ransomware would, counts under the names that it takes.
    const crossed = [
      row('x.a', { base: baseOf('A', 5n), local: here('BB', { inode: 6n }), remote: there('A') }),
      row('y.b', { base: baseOf('BB', 6n), local: here('A', { inode: 5n }), remote: there('BB') }),
    ];
    expect(told(crossed).map((one) => `${one.kind} ${one.path}`)).toEqual([
      'replacement-remote x.a',
      'replacement-remote y.b',
    ]);
  });

  test('a download that restores the content does not count either', () => {
    const rows = many(10, goneThere).flatMap((entry) => [
      entry,
      row(`n-${entry.path}`, { remote: there(entry.path) }),
    ]);
    const input = inputOf(rows);
    expect(tally(plan(input), input.lookups.entry)).toEqual(emptyAccounting);
  });
});

describe('the approval request', () => {
  test('an approval request states kind, count, total and ten examples', () => {
    const [asked] = guard(guardInput(many(12, goneHere), { totals: { files: 20 } }));
    expect(asked).toEqual({
      id: expect.stringMatching(/^mass-removal-remote-[0-9a-f]{16}$/u) as unknown,
      kind: 'mass-removal-remote',
      counts: { removals: 12, replacements: 0, conflicts: 0, total: 20, done: 0 },
      examples: many(10, goneHere).map((entry) => entry.path),
    });
  });

  test('an approval holds for this plan only', () => {
    const input = guardInput(many(12, goneHere), { totals: { files: 20 } });
    const [asked] = guard(input);
    const approvals = new Set([asked?.id ?? '']);
    expect(guard({ ...input, approvals })).toEqual([]);
    const [other] = guard({ ...guardInput(many(13, goneHere), { totals: { files: 20 } }), approvals });
    expect(other?.kind).toBe('mass-removal-remote');
    const newer = many(12, goneHere).map((entry) =>
      entry.path === 'f00003.txt' ? row(entry.path, { base: baseOf('2nd'), remote: there('2nd') }) : entry,
    );
    expect(guard({ ...guardInput(newer, { totals: { files: 20 } }), approvals })).toHaveLength(1);
  });

  test('an approval request keeps its id while other files are edited and its own are saved repeatedly', () => {
    const asked = (rows: readonly Entry[]) => guard(guardInput(rows, { totals: { files: 20 } }))[0]?.id;
    const gone = many(12, goneHere);
    const id = asked(gone);
    expect(asked([...gone, changedHere('report.txt')])).toBe(id);
    expect(asked([...gone, changedThere('report.txt')])).toBe(id);
    // Read again because it is too young to be trusted, like any file just after it was saved.
    expect(
      asked([
        ...gone,
        row('young', {
          base: baseOf('young'),
          local: here('young', { unhashed: true }),
          remote: there('young'),
        }),
      ]),
    ).toBe(id);
    const replaced = many(12, changedHere);
    const savedAgain = replaced.map((one) =>
      row(one.path, { base: baseOf('B'), local: here('saved again'), remote: there('B') }),
    );
    expect(asked(savedAgain)).toBe(asked(replaced));
    expect(asked(many(11, goneHere))).not.toBe(id);
  });

  test('another version of the same bytes, or another size, makes another plan', () => {
    const copied = guardInput([row('f', { base: baseOf('B'), remote: there('B', { etag: 'copied' }) })]);
    expect(hashPlan(copied.plan)).not.toBe(
      hashPlan(guardInput([row('f', { base: baseOf('B'), remote: there('B') })]).plan),
    );
    const [wave] = copied.plan.waves;
    const resized = (wave ?? []).map((op) =>
      'sizeBytes' in op ? { ...op, sizeBytes: op.sizeBytes + 1 } : op,
    );
    expect(hashPlan({ waves: [resized], problems: [] })).not.toBe(hashPlan(copied.plan));
  });

  test('a new file elsewhere does not change the approval request', () => {
    const input = guardInput(many(12, goneHere), { totals: { files: 20 } });
    const more = guardInput([...many(12, goneHere), row('new', { local: here('X') })], {
      totals: { files: 20 },
    });
    expect(guard(more)).toEqual(guard(input));
    expect(hashPlan(more.plan)).not.toBe(hashPlan(input.plan));
    expect(hashPlan(guardInput(many(12, goneHere)).plan)).toBe(hashPlan(input.plan));
  });
});

test('the removal ledger adds up', () => {
  const one: GuardAccounting = {
    local: { removals: 1, replacements: 2 },
    remote: { removals: 3, replacements: 4 },
    conflicts: 5,
    rewritten: { local: [], remote: [] },
  };
  expect(addAccounting(one, one)).toEqual({
    local: { removals: 2, replacements: 4 },
    remote: { removals: 6, replacements: 8 },
    conflicts: 10,
    rewritten: { local: [], remote: [] },
  });
  const input = inputOf([
    goneHere('a'),
    goneThere('bb'),
    changedHere('ccc'),
    changedThere('dddd'),
    conflicting('eeeee'),
  ]);
  expect(tally(plan(input), input.lookups.entry)).toEqual({
    local: { removals: 1, replacements: 1 },
    remote: { removals: 1, replacements: 1 },
    conflicts: 1,
    rewritten: { local: ['dddd'], remote: ['ccc'] },
    removed: { local: ['bb'], remote: ['a'] },
  });
});

describe('an interrupted plan', () => {
  const rows = [
    goneHere('a'),
    goneHere('bb'),
    row('n', { local: here('a', { inode: 2n }) }),
    conflicting('eeeee'),
    changedHere('ccc'),
    row('movvved.locked', { local: here('movvved', { inode: 9n }) }),
    row('movvved', { base: baseOf('movvved', 9n), remote: there('movvved') }),
  ];
  const input = inputOf(rows);
  const effects = countedEffects(plan(input), input.lookups.entry);
  const done = (changed: readonly Entry[]): readonly string[] => {
    const now = new Map(changed.map((entry) => [entry.path, entry]));
    return effects
      .filter((one) => isEffectDone(one, now.get(one.path) ?? input.lookups.entry(one.path)))
      .map(({ kind, path }) => `${kind} ${path}`);
  };

  test('an interrupted plan counts no effect that it did not reach', () => {
    expect(effects).toHaveLength(4);
    expect(done([])).toEqual([]);
  });

  test('an interrupted plan counts what the rows prove, but no removal of a moved file', () => {
    expect(done([row('a', {}), row('bb', {})])).toEqual(['removal-remote bb']);
    expect(done([row('ccc', { local: here('ccc'), base: baseOf('ccc', 1n), remote: there('ccc') })])).toEqual(
      ['replacement-remote ccc'],
    );
    expect(done([row('movvved', {})])).toEqual(['replacement-remote movvved']);
    expect(done([row('eeeee', { remote: there('new') })])).toEqual(['conflict eeeee']);
  });

  test('a file that was only read again counts as not done', () => {
    const [conflict] = rows.filter((entry) => entry.path === 'eeeee');
    expect(conflict?.local.state).toBe('present');
    expect(done(conflict === undefined ? [] : [{ ...conflict, remote: there('newer') }])).toEqual([]);
  });
});
