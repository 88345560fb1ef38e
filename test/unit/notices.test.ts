// Notifications of the desktop: once for each state that needs the user.
import { expect, test } from 'vitest';
import { noticesBetween } from '../../main/shell/notify.ts';
import type { ProblemView, Snapshot } from '../../preload/contract.ts';
import { content } from '../ui/scenes.ts';

const full = (code: string, pairId: string): ProblemView => ({
  ...{ id: `${code} ${pairId}`, pairId, path: null, code, sinceMs: 0, retryAtMs: null },
  fields: { count: 2, bytes: 10, freeBytes: 1 },
});
const withProblems = (...problems: readonly ProblemView[]): Snapshot => ({
  ...content(0, { problems }),
  seq: 1,
});
const titles = (before: Snapshot, after: Snapshot) => noticesBetween(before, after).map(({ title }) => title);

test.each(['disk-full', 'remote-full'])('%s is announced once for each folder', (code) => {
  const none = withProblems();
  const one = withProblems(full(code, 'docs'));
  const both = withProblems(full(code, 'docs'), full(code, 'photos'));
  expect(titles(none, one)).toEqual(['No space is left']);
  expect(titles(one, one)).toEqual([]);
  expect(titles(one, both)).toEqual(['No space is left']);
  expect(titles(both, none)).toEqual([]);
  expect(titles(none, both)).toEqual(['No space is left']);
});

test('another problem of a file is announced by nothing but its count', () => {
  expect(titles(withProblems(), withProblems(full('unreadable', 'docs')))).toEqual([]);
});
