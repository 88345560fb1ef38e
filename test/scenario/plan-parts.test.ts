// Plans in parts: additions a few at a time, and everything at once as soon as something is to be removed or replaced.
import { describe, expect, test } from 'vitest';
import type { LocalCell, RelPath } from '../../main/core/model/model.ts';
import { relPath } from '../../main/core/model/path.ts';
import type { RemoteObjects } from '../../main/ports/remote-objects.port.ts';
import { nextPlan } from '../../main/sync/session/plan-cycle.ts';
import { syncOnce } from '../../main/sync/session/sync-once.ts';
import { fingerprintOf } from '../fakes/fake-local-paths.ts';
import { fillInSync, liveWorld } from '../support/live-pair.ts';
import type { LivePair } from '../support/live-pair.ts';

const scanState = {
  localComplete: true,
  remoteComplete: true,
  changing: new Set<RelPath>(),
  isBusy: () => false,
  isProven: true,
  disk: { caseSensitive: true, refusedNames: [] },
};

function note(pair: LivePair, path: string, cell: LocalCell): void {
  pair.store.record([{ kind: 'local', path: relPath(path), cell }]);
}

function addFile(pair: LivePair, path: string): void {
  pair.disk.write(path, `text of ${path}`);
  const node = pair.disk.find(path);
  if (node?.kind !== 'file') throw new Error(`${path} is no file`);
  const fingerprint = fingerprintOf(node);
  note(pair, path, {
    state: 'present',
    kind: 'file',
    rawName: path,
    fingerprint,
    content: null,
    executable: false,
  });
}

describe('a plan in parts', () => {
  test('has as many new files as a part takes, and all of them where no more are left', () => {
    const pair = liveWorld().add('one');
    for (let file = 0; file < 20; file += 1) addFile(pair, `new${String(file)}.txt`);
    const part = nextPlan({ ...pair.context(), planSizes: { addedRows: 7, rows: 50 } }, scanState, new Set());
    expect(part.ops).toHaveLength(7);
    expect(part.isWhole).toBe(false);
    const whole = nextPlan(
      { ...pair.context(), planSizes: { addedRows: 21, rows: 50 } },
      scanState,
      new Set(),
    );
    expect(whole.ops).toHaveLength(20);
    expect(whole.isWhole).toBe(true);
  });

  test('is whole where something in the part is removed, and its question counts all that goes', () => {
    const pair = liveWorld().add('one');
    fillInSync(pair, 40);
    const before = [...pair.store.subtree(relPath(''))].filter(({ base }) => base?.kind === 'file');
    for (const { path } of before.slice(0, 30)) note(pair, path, { state: 'absent' });
    const { guards, ops } = nextPlan(
      { ...pair.context(), planSizes: { addedRows: 7, rows: 50 } },
      scanState,
      new Set(),
    );
    expect(ops.filter(({ kind }) => kind === 'remove-remote')).toHaveLength(30);
    expect(guards.map(({ counts }) => counts.removals)).toEqual([30]);
  });

  test('is followed by as many others as it takes in one pass', async () => {
    const world = liveWorld();
    const pair = world.add('one');
    for (let file = 0; file < 60; file += 1) pair.disk.write(`new${String(file)}.txt`, String(file));
    const context = { ...pair.context(), planSizes: { addedRows: 3, rows: 50 } };
    let plans = 0;
    const events = { onPlanned: () => (plans += 1), onOpEnd: () => undefined };
    const report = await world.clock.drive(
      syncOnce(context, new Set(), events, new AbortController().signal),
    );
    expect(plans).toBeGreaterThanOrEqual(20);
    expect(report).toMatchObject({ kind: 'ended', isInSync: true, isQuiet: true });
  });

  test('ends the pass after some of them where nothing gets done', async () => {
    const world = liveWorld();
    // Each name is taken by the time that it is written.
    const wrap = (objects: RemoteObjects): RemoteObjects => ({
      ...objects,
      put: (key, ...more) =>
        key.endsWith('.txt') ? Promise.resolve({ kind: 'lost' }) : objects.put(key, ...more),
    });
    const pair = world.add('one', { wrap });
    for (let file = 0; file < 60; file += 1) pair.disk.write(`new${String(file)}.txt`, String(file));
    const context = { ...pair.context(), planSizes: { addedRows: 3, rows: 50 } };
    let plans = 0;
    const events = { onPlanned: () => (plans += 1), onOpEnd: () => undefined };
    const report = await world.clock.drive(
      syncOnce(context, new Set(), events, new AbortController().signal),
    );
    expect(report).toMatchObject({ kind: 'ended', isInSync: false, isQuiet: false });
    // Some have a problem that names the reason; what has none is counted.
    expect(report).toMatchObject({ left: 10, problems: { length: 50 } });
    expect(plans).toBeLessThan(20);
  });
});
