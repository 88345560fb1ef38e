// The trash as the page gets it: bounded, with the number of the rest, and older versions never crowded out.
import { expect, test } from 'vitest';
import { trashCommands } from '../../main/app/files/trash-commands.ts';
import type { PairRuntime } from '../../main/app/pair-runtime.ts';
import type { RelPath } from '../../main/core/model/model.ts';
import type { TrashItem } from '../../main/ports/sync-state.port.ts';
import { requestSchemas } from '../../preload/contract.ts';

const never = new AbortController().signal;

function itemAt(atMs: number, why: TrashItem['why'] = 'removed'): TrashItem {
  const name = `${why} ${String(atMs)}`;
  return {
    ...{ id: name, side: 'remote', path: `Photos/${name}` as RelPath, where: name, versionId: null },
    ...{ content: null, sizeBytes: 1, executable: false, atMs, why },
  };
}

function commandsFor(items: readonly TrashItem[]): ReturnType<typeof trashCommands> {
  const context = { store: { trash: () => items } };
  return trashCommands(() => ({ engine: { context: () => context } }) as unknown as PairRuntime);
}

test('of many things a part is listed, the rest is counted, and each group says how many it has', async () => {
  const removed = Array.from({ length: 2346 }, (_, index) => itemAt(index * 1000));
  const replaced = Array.from({ length: 300 }, (_, index) => itemAt(index, 'replaced'));
  const listed = await commandsFor([...removed, ...replaced]).listTrash({ pairId: 'docs' }, never);
  if (!listed.ok) throw new Error(listed.error.code);
  const { groups, more } = requestSchemas.listTrash.output.parse(listed.value);
  expect(groups.map(({ why, count, entries }) => [why, count, entries.length])).toEqual([
    ['removed', 2346, 400],
    ['replaced', 300, 100],
  ]);
  expect(more).toBe(2346 + 300 - 500);
  expect(groups[0]?.entries[0]?.path).toBe('Photos/removed 2345000');
});

test('more events than the page takes are counted with the rest', async () => {
  const apart = Array.from({ length: 80 }, (_, index) => itemAt(index * 3_600_000));
  const listed = await commandsFor(apart).listTrash({ pairId: 'docs' }, never);
  if (!listed.ok) throw new Error(listed.error.code);
  const { groups, more } = requestSchemas.listTrash.output.parse(listed.value);
  expect(groups.length + more).toBe(80);
  expect(more).toBe(31);
});

test('what is gone meanwhile is refused by name', async () => {
  const commands = commandsFor([itemAt(1)]);
  const asked = { pairId: 'docs', ids: ['other'] };
  expect(await commands.restoreTrash(asked, never)).toEqual({
    ok: false,
    error: { code: 'trash-item-gone', fields: {} },
  });
});
