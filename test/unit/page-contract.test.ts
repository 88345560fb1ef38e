// Page contract: requests validated, responses stripped, and events that join snapshots without gaps.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Backend, Snapshot } from '../../preload/contract.ts';
import { channelOf, dispatch, parseResult, requestNames, snapshotSchema } from '../../preload/contract.ts';
import { applyEvent, createPublisher, eventsBetween } from '../../preload/snapshot-events.ts';
import type { SnapshotContent } from '../../preload/snapshot-events.ts';
import { createScriptedBackend } from '../fakes/scripted-backend.ts';
import { content, documents, guard, progress, scenes } from '../ui/scenes.ts';

const NOW_MS = 1_795_000_000_000;
const quiet = new AbortController().signal;

describe('dispatch', () => {
  test('a valid request reaches its command', async () => {
    const backend = createScriptedBackend(content(NOW_MS));
    expect(await dispatch(backend, 'pause', { pairId: 'docs' }, quiet)).toEqual({ ok: true, value: null });
    expect(backend.calls).toEqual([{ name: 'pause', input: { pairId: 'docs' } }]);
  });

  test.each([
    ['an unknown name', 'format', {}, 'unknown-request'],
    ['a name from the prototype', 'constructor', {}, 'unknown-request'],
    ['a missing field', 'plan', {}, 'bad-request'],
    ['a field too many, such as a path', 'plan', { pairId: 'docs', path: '/etc' }, 'bad-request'],
    ['a wrong type', 'signIn', { accountId: 7 }, 'bad-request'],
    ['an endless id', 'plan', { pairId: 'x'.repeat(201) }, 'bad-request'],
    ['no object', 'pause', 'docs', 'bad-request'],
  ])('a request with %s is refused before any command runs', async (_title, name, input, code) => {
    const backend = createScriptedBackend(content(NOW_MS));
    expect(await dispatch(backend, name, input, quiet)).toMatchObject({ ok: false, error: { code } });
    expect(backend.calls).toEqual([]);
  });

  test('fields that a snapshot does not declare are stripped', async () => {
    const leaky = content(NOW_MS, {
      accounts: content(NOW_MS).accounts.map((each) => ({ ...each, refreshToken: 'planted' })),
    });
    const answer = await dispatch(createScriptedBackend(leaky), 'snapshot', {}, quiet);
    expect(answer).toMatchObject({ ok: true });
    expect(JSON.stringify(answer)).not.toContain('planted');
  });

  test('an overlong foreign text is cut and nothing else is lost', async () => {
    const long = content(NOW_MS, {
      accounts: content(NOW_MS).accounts.map((each) => ({
        ...each,
        label: 'x'.repeat(100_000),
        error: { code: 'exchange-denied', fields: { answer: 'x'.repeat(100_000) } },
      })),
    });
    const answer = await dispatch(createScriptedBackend(long), 'snapshot', {}, quiet);
    expect(answer).toMatchObject({ ok: true });
    expect(JSON.stringify(answer).length).toBeLessThan(100_000);
  });

  test('an exception is logged and reaches the page as "internal" without its message', async () => {
    const reported: unknown[] = [];
    const fine = createScriptedBackend(content(NOW_MS));
    const backend: Backend = {
      ...fine,
      commands: { ...fine.commands, plan: () => Promise.reject(new Error('secret path')) },
      reportFailure: (request, cause) => reported.push([request, String(cause)]),
    };
    const answer = await dispatch(backend, 'plan', { pairId: 'docs' }, quiet);
    expect(answer).toEqual({ ok: false, error: { code: 'internal', fields: { name: 'Error' } } });
    expect(reported).toEqual([['plan', 'Error: secret path']]);
  });

  test('every request has its own channel', () => {
    expect(new Set(requestNames.map(channelOf)).size).toBe(requestNames.length);
  });
});

describe('responses on the page’s side', () => {
  test('a malformed response becomes an internal error', () => {
    expect(parseResult('pause', { ok: true, value: 'yes' })).toMatchObject({
      ok: false,
      error: { code: 'internal' },
    });
    expect(parseResult('pause', undefined)).toMatchObject({ ok: false, error: { code: 'internal' } });
    expect(parseResult('pause', { ok: true, value: null })).toEqual({ ok: true, value: null });
  });

  test.each(scenes.map((scene) => [scene.name, scene] as const))(
    'the scene %s satisfies the contract',
    (_name, scene) => {
      const snapshot = { ...scene.content(NOW_MS), seq: 3 };
      expect(snapshotSchema.parse(snapshot)).toEqual(snapshot);
    },
  );
});

const pairs = fc.uniqueArray(
  fc.record({
    id: fc.constantFrom('a', 'b', 'c', 'd'),
    state: fc.constantFrom('in-sync' as const, 'syncing' as const),
    progress: fc.constantFrom(null, progress, { ...progress, filesDone: 100 }),
    guards: fc.constantFrom([], [guard]),
  }),
  { selector: (pair) => pair.id },
);
const contents: fc.Arbitrary<SnapshotContent> = fc
  .record({ pairs, overall: fc.constantFrom('syncing' as const, 'in-sync' as const), entries: fc.nat(5) })
  .map((drawn) => ({
    ...content(NOW_MS),
    overall: drawn.overall,
    pairs: drawn.pairs.map((pair) => ({ ...documents, ...pair })).sort((a, b) => (a.id < b.id ? -1 : 1)),
    activity: content(NOW_MS).activity.slice(5 - drawn.entries),
  }));

describe('events', () => {
  test('the events between two states, applied in order, lead from one to the other', () => {
    fc.assert(
      fc.property(contents, contents, (before, after) => {
        let snapshot: Snapshot = { ...before, seq: 0 };
        eventsBetween(before, after).forEach((body, index) => {
          snapshot = applyEvent(snapshot, { seq: index + 1, body });
        });
        const byId = (list: Snapshot['pairs']) => [...list].sort((a, b) => (a.id < b.id ? -1 : 1));
        expect(snapshot.overall).toBe(after.overall);
        expect(byId(snapshot.pairs)).toEqual(byId(after.pairs));
        // Activity only grows: existing entries stay and new ones come first.
        for (const entry of after.activity) expect(snapshot.activity).toContainEqual(entry);
      }),
    );
  });

  test('progress alone is sent as the small event', () => {
    const before = content(NOW_MS, { pairs: [{ ...documents, progress }] });
    const moved = { ...progress, filesDone: progress.filesDone + 1 };
    const events = eventsBetween(before, content(NOW_MS, { pairs: [{ ...documents, progress: moved }] }));
    expect(events).toEqual([{ kind: 'pairProgressed', pairId: 'docs', progress: moved, transfers: [] }]);
  });

  test('an unchanged state sends no event, and sequence numbers rise by one', () => {
    const publisher = createPublisher(content(NOW_MS));
    const seen: number[] = [];
    publisher.subscribe((event) => seen.push(event.seq));
    publisher.publish(content(NOW_MS));
    expect(seen).toEqual([]);
    publisher.publish(
      content(NOW_MS, {
        overall: 'paused',
        problems: [
          { id: 'p1', pairId: 'docs', path: null, code: 'offline', fields: {}, sinceMs: 1, retryAtMs: null },
        ],
      }),
    );
    publisher.publish(content(NOW_MS, { overall: 'syncing' }));
    expect(seen).toEqual([1, 2, 3, 4]);
    expect(publisher.snapshot().seq).toBe(4);
  });

  test('a change published from inside a listener is delivered afterwards, in order, with its state', () => {
    const publisher = createPublisher(content(NOW_MS));
    const heard: [number, string][][] = [[], []];
    publisher.subscribe((event, after) => {
      heard[0]?.push([event.seq, after.overall]);
      if (event.seq === 1) publisher.publish(content(NOW_MS, { overall: 'paused' }));
    });
    publisher.subscribe((event, after) => heard[1]?.push([event.seq, after.overall]));
    publisher.publish(content(NOW_MS, { overall: 'syncing' }));
    expect(heard[0]).toEqual([
      [1, 'syncing'],
      [2, 'paused'],
    ]);
    expect(heard[1]).toEqual(heard[0]);
  });

  test('a listener that throws does not keep other listeners from events', () => {
    const publisher = createPublisher(content(NOW_MS));
    const seen: number[] = [];
    publisher.subscribe(() => {
      throw new Error('a broken listener');
    });
    publisher.subscribe((event) => seen.push(event.seq));
    const problems = [
      { id: 'p1', pairId: 'docs', path: null, code: 'offline', fields: {}, sinceMs: 1, retryAtMs: null },
    ];
    expect(() => {
      publisher.publish(content(NOW_MS, { overall: 'syncing', problems }));
    }).toThrow('a broken listener');
    expect(seen).toEqual([1, 2]);
    expect(publisher.isPublishing()).toBe(false);
  });
});
