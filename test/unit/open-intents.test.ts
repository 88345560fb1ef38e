// In-memory cache of open intents, always equal to the table.
import { expect, onTestFinished, test } from 'vitest';
import { openSqliteState } from '../../main/adapters/sqlite/state.ts';
import type { OpId, RelPath } from '../../main/core/model/model.ts';
import type { Intent, StateChange } from '../../main/ports/sync-state.port.ts';

function intent(id: string, step: Intent['step'] = 'planned'): StateChange {
  const made: Intent = {
    id: id as OpId,
    kind: 'upload',
    path: `files/${id}` as RelPath,
    other: null,
    step,
    content: null,
    sizeBytes: 1,
    previousEtag: null,
    rawKey: null,
    fingerprint: { sizeBytes: 1, mtimeNs: 1_700_000_000_123_456_789n, ctimeNs: 2n, inode: 3n },
    tempName: null,
    trashName: null,
    upload: null,
    createdMs: 4,
  };
  return { kind: 'intent', intent: made };
}
const done = (id: string): StateChange => ({ kind: 'intent-done', id: id as OpId });

test('intents come oldest first, in their last written form, without those of a failed transaction', () => {
  const store = openSqliteState({ file: ':memory:' });
  onTestFinished(() => {
    store.close();
  });
  const open = () => store.intents().map(({ id, step }) => `${id} ${step}`);
  expect(open()).toEqual([]);
  store.record([intent('a'), intent('b'), intent('c')]);
  expect({ kind: 'intent', intent: store.intents()[0] }).toEqual(intent('a'));
  store.record([intent('a', 'sent'), done('b')]);
  expect(open()).toEqual(['a sent', 'c planned']);

  const broken = { kind: 'no such change' } as unknown as StateChange;
  expect(() => {
    store.record([done('a'), intent('d'), intent('c', 'sent'), broken]);
  }).toThrow();
  expect(open()).toEqual(['a sent', 'c planned']);
  store.record([intent('b')]);
  expect(open()).toEqual(['a sent', 'c planned', 'b planned']);
});
