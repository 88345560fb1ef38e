// Groups of things in the trash: one per event, older versions apart.
import { expect, test } from 'vitest';
import { groupTrash, newestOfEach } from '../../main/core/trash/groups.ts';
import type { TrashFacts } from '../../main/core/trash/groups.ts';

const minuteMs = 60_000;

function item(id: string, path: string, atMs: number, more: Partial<TrashFacts> = {}): TrashFacts {
  return { id, path, atMs, side: 'remote', why: 'removed', sizeBytes: 10, ...more };
}

test('removals without a rest between them are one event, however long it takes', () => {
  const burst = Array.from({ length: 200 }, (_, index) =>
    item(`b${String(index)}`, `Photos/${String(index)}`, index * 59_000),
  );
  const later = item('later', 'Notes/a.txt', 200 * 59_000 + 2 * minuteMs);
  const groups = groupTrash([...burst, later]);
  expect(groups.map(({ items }) => items.length)).toEqual([1, 200]);
  expect(groups.map(({ bytes }) => bytes)).toEqual([10, 2000]);
  expect(groups[1]?.items[0]?.id).toBe('b199');
});

test('what was removed there and here at one time are two events', () => {
  const groups = groupTrash([item('a', 'a', 0), item('b', 'b', 1000, { side: 'local' })]);
  expect(groups.map(({ items }) => items.map(({ id }) => id))).toEqual([['b'], ['a']]);
});

test('older versions are one group at the end', () => {
  const groups = groupTrash([
    item('new version', 'a', 9 * minuteMs, { why: 'replaced' }),
    item('old version', 'b', 0, { why: 'replaced' }),
    item('removed', 'c', minuteMs),
  ]);
  expect(groups.map(({ why, items }) => [why, ...items.map(({ id }) => id)])).toEqual([
    ['removed', 'removed'],
    ['replaced', 'new version', 'old version'],
  ]);
});

test('a group names its folders by number of files, and keeps its id while more joins it', () => {
  const before = [
    item('1', 'Notes/a', 0),
    item('2', 'Photos/b', 1),
    item('3', 'Photos/c', 2),
    item('4', 'top', 3),
  ];
  const [group] = groupTrash(before);
  expect(group?.folders).toEqual(['Photos', '', 'Notes']);
  expect(groupTrash([...before, item('5', 'Photos/d', 4)])[0]?.id).toBe(group?.id);
});

test('of one name only the newest comes back with its group', () => {
  const all = [item('1', 'a', 0), item('2', 'a', 5), item('3', 'b', 1)];
  expect(newestOfEach(all).map(({ id }) => id)).toEqual(['2', '3']);
});
