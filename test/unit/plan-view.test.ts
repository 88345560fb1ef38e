// The preview as the page gets it: what only arrives may start without a look, and nothing else.
import { expect, test } from 'vitest';
import { viewOfPlan } from '../../main/app/pair-view.ts';
import type { Op } from '../../main/core/model/model.ts';
import { relPath } from '../../main/core/model/path.ts';

const op = (kind: Op['kind'], path: string): Op =>
  ({ kind, path: relPath(path), reason: 'new-remote' }) as Op;
const arrivals = [op('make-local-folder', 'a'), op('download', 'a/b')];
const guard = { id: 'g', kind: 'removal-local', counts: {}, examples: [] } as never;

test('a plan of arrivals alone, or without a step, touches nothing of the user’s', () => {
  expect(viewOfPlan('docs', [], []).onlyArrivals).toBe(true);
  expect(viewOfPlan('docs', arrivals, []).onlyArrivals).toBe(true);
});

test('a plan whose steps only record that both sides are the same is known as such', () => {
  const same = [op('adopt', 'a'), op('adopt', 'a/b')];
  expect(viewOfPlan('docs', same, []).isIdentical).toBe(true);
  expect(viewOfPlan('docs', [], []).isIdentical).toBe(true);
  expect(viewOfPlan('docs', same, [guard]).isIdentical).toBe(false);
  for (const more of [op('download', 'c'), op('upload', 'c'), op('set-aside', 'c'), op('hash-local', 'c')])
    expect(viewOfPlan('docs', [...same, more], []).isIdentical).toBe(false);
});

test.each([
  ['a file to send', [op('upload', 'mine')], []],
  ['a file that is there already', [op('adopt', 'mine')], []],
  ['a file that is read first, which the page is not shown', [op('hash-local', 'mine')], []],
  ['two versions', [op('set-aside', 'mine')], []],
  ['a question', [], [guard]],
])('a plan with %s is looked at', (_what, more, guards) => {
  expect(viewOfPlan('docs', [...arrivals, ...more], guards).onlyArrivals).toBe(false);
});
