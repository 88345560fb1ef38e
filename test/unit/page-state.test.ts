// Page state: events applied or dropped, and requests for a new snapshot.
import { describe, expect, test } from 'vitest';
import type { BackendEvent, Snapshot } from '../../preload/contract.ts';
import { initialPageState, reduce } from '../../renderer/state/page-state.ts';
import { emptySetup, plainSettings } from '../fakes/scripted-backend.ts';
import type { PageAction, PageState } from '../../renderer/state/page-state.ts';

const base: Snapshot = {
  seq: 5,
  app: { version: '1', home: 'loopback', platform: 'linux', locale: null },
  overall: 'in-sync',
  accounts: [],
  pairs: [],
  activity: [],
  problems: [],
  problemsRevision: 0,
  conflictsRevision: 0,
  conflicts: [],
  setup: emptySetup,
  settings: plainSettings,
  newerVersion: null,
};

function overall(seq: number, value: Snapshot['overall']): PageAction {
  const event: BackendEvent = { seq, body: { kind: 'overallChanged', overall: value } };
  return { kind: 'eventHeard', event };
}

function after(...actions: readonly PageAction[]): PageState {
  return actions.reduce(reduce, initialPageState('open'));
}

const taken = (seq: number, epoch = 0, value: Snapshot['overall'] = 'in-sync'): PageAction => ({
  kind: 'snapshotTaken',
  epoch,
  snapshot: { ...base, seq, overall: value },
});

describe('sequence', () => {
  test('a newer event received before the snapshot is applied after it', () => {
    const state = after(overall(5, 'offline'), overall(6, 'syncing'), taken(5));
    expect(state.snapshot).toEqual({ ...base, seq: 6, overall: 'syncing' });
    expect(state.needsSnapshot).toBe(false);
  });

  test('events up to the snapshot are dropped', () => {
    const state = after(taken(5), overall(4, 'offline'), overall(5, 'paused'));
    expect(state.snapshot).toEqual(base);
  });

  test('the next event in sequence is applied', () => {
    expect(after(taken(5), overall(6, 'paused')).snapshot).toEqual({ ...base, seq: 6, overall: 'paused' });
  });

  test('a gap requests a new snapshot and keeps the events received meanwhile', () => {
    const gapped = after(taken(5), overall(8, 'paused'), overall(9, 'syncing'));
    expect(gapped).toMatchObject({ needsSnapshot: true, epoch: 1, snapshot: base });
    const healed = reduce(gapped, taken(8, 1, 'paused'));
    expect(healed).toMatchObject({ needsSnapshot: false, snapshot: { seq: 9, overall: 'syncing' } });
  });

  test('a snapshot that still leaves a gap requests one more', () => {
    const state = after(taken(5), overall(9, 'paused'), taken(7, 1));
    expect(state).toMatchObject({ needsSnapshot: true, epoch: 2, snapshot: { seq: 7 } });
  });

  test('a snapshot requested before the last gap does not close it', () => {
    const state = after(taken(5), overall(9, 'paused'), taken(6, 0));
    expect(state).toMatchObject({ needsSnapshot: true, snapshot: { seq: 5 } });
  });

  test('after a lost connection everything is requested again, even from a backend that restarts its numbers', () => {
    const back = after(
      taken(5),
      { kind: 'connectionChanged', connection: 'lost' },
      { kind: 'connectionChanged', connection: 'open' },
    );
    expect(back).toMatchObject({ needsSnapshot: true, snapshot: base });
    expect(reduce(back, taken(0, back.epoch, 'paused')).snapshot).toEqual({
      ...base,
      seq: 0,
      overall: 'paused',
    });
  });
});

describe('dialogs and responses', () => {
  const open: PageAction = {
    kind: 'dialogOpened',
    dialog: { kind: 'trash', pairId: 'a', text: '', list: null },
  };

  test('content for a closed dialog or another folder is dropped', () => {
    const arrived: PageAction = {
      kind: 'trashArrived',
      pairId: 'b',
      text: '',
      list: { groups: [], more: 0 },
    };
    expect(after(open, arrived).dialog).toEqual({ kind: 'trash', pairId: 'a', text: '', list: null });
    expect(
      after(
        open,
        { kind: 'dialogClosed' },
        { kind: 'trashArrived', pairId: 'a', text: '', list: { groups: [], more: 0 } },
      ).dialog,
    ).toBeNull();
  });

  test('a dialog whose content cannot be loaded says why, and shows what a second try brings', () => {
    const error = { code: 'offline', fields: {} };
    const failed: PageAction = { kind: 'contentFailed', dialog: 'trash', pairId: 'a', error };
    expect(after(open, failed).dialog).toEqual({
      kind: 'trash',
      pairId: 'a',
      text: '',
      list: null,
      failure: error,
    });
    expect(after(open, { ...failed, pairId: 'b' }).dialog).not.toHaveProperty('failure');
    expect(after(open, { ...failed, dialog: 'plan' }).dialog).not.toHaveProperty('failure');
    const arrived: PageAction = {
      kind: 'trashArrived',
      pairId: 'a',
      text: '',
      list: { groups: [], more: 0 },
    };
    expect(after(open, failed, open, arrived).dialog).toEqual({
      kind: 'trash',
      pairId: 'a',
      text: '',
      list: { groups: [], more: 0 },
    });
  });

  test('a request that fails leaves a dialog that still loads alone', () => {
    const error = { code: 'offline', fields: {} };
    const state = after(
      open,
      { kind: 'requestStarted', key: 'k' },
      { kind: 'requestFailed', key: 'k', error },
    );
    expect(state).toMatchObject({ dialog: { kind: 'trash' }, answer: { kind: 'failed', error }, busy: [] });
  });

  test('a button is busy from its click to its response', () => {
    const started = after({ kind: 'requestStarted', key: 'pause {}' });
    expect(started.busy).toEqual(['pause {}']);
    const done = reduce(started, { kind: 'requestDone', key: 'pause {}', request: 'pause', isSilent: false });
    expect(done).toMatchObject({ busy: [], answer: { kind: 'done', request: 'pause' } });
  });
});
