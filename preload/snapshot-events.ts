// Snapshot diffing: events between two snapshots, their application, and a publisher.
import { assertNever } from './lean/assert-never.ts';
import type { BackendEvent, EventBody, PairView, Snapshot } from './contract.ts';
import { LIMITS } from './lean/limits.ts';

/** Snapshot without its sequence number, which the publisher adds. */
export type SnapshotContent = Omit<Snapshot, 'seq'>;

/** Smallest list of events that leads from `before` to `after`; `app` never changes while a page is open. */
export function eventsBetween(before: SnapshotContent, after: SnapshotContent): readonly EventBody[] {
  const events: EventBody[] = [];
  if (!isSame(before.accounts, after.accounts))
    events.push({ kind: 'accountsChanged', accounts: after.accounts });
  events.push(...pairEvents(before.pairs, after.pairs));
  const { problems, problemsRevision } = after;
  if (before.problemsRevision !== problemsRevision || !isSame(before.problems, problems))
    events.push({ kind: 'problemsChanged', problems, problemsRevision });
  const { conflicts, conflictsRevision } = after;
  if (before.conflictsRevision !== conflictsRevision || !isSame(before.conflicts, conflicts))
    events.push({ kind: 'conflictsChanged', conflicts, conflictsRevision });
  if (!isSame(before.setup, after.setup)) events.push({ kind: 'setupChanged', setup: after.setup });
  if (!isSame(before.settings, after.settings))
    events.push({ kind: 'settingsChanged', settings: after.settings });
  if (before.newerVersion !== after.newerVersion)
    events.push({ kind: 'newerVersionSeen', newerVersion: after.newerVersion });
  const known = new Set(before.activity.map((entry) => entry.id));
  const entries = after.activity.filter((entry) => !known.has(entry.id)).slice(0, LIMITS.activity);
  if (entries.length > 0) events.push({ kind: 'activityRecorded', entries });
  if (before.overall !== after.overall) events.push({ kind: 'overallChanged', overall: after.overall });
  return events;
}

function pairEvents(before: readonly PairView[], after: readonly PairView[]): EventBody[] {
  const events: EventBody[] = [];
  const left = new Set(after.map((pair) => pair.id));
  for (const pair of before) {
    if (!left.has(pair.id)) events.push({ kind: 'pairRemoved', pairId: pair.id });
  }
  const earlier = new Map(before.map((pair) => [pair.id, pair]));
  for (const pair of after) {
    const old = earlier.get(pair.id);
    if (old !== undefined && isSame(old, pair)) continue;
    const { progress, transfers } = pair;
    const onlyProgressed = old !== undefined && isSame({ ...old, progress, transfers }, pair);
    events.push(
      onlyProgressed
        ? { kind: 'pairProgressed', pairId: pair.id, progress, transfers }
        : { kind: 'pairChanged', pair },
    );
  }
  return events;
}

/** Structural comparison of plain data, regardless of key order. */
function isSame(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const left = Object.entries(a);
  const right = new Map(Object.entries(b));
  return (
    left.length === right.size &&
    left.every(([key, value]) => right.has(key) && isSame(value, right.get(key)))
  );
}

/** Next snapshot. An event about a missing item changes only the sequence number. */
export function applyEvent(snapshot: Snapshot, event: BackendEvent): Snapshot {
  return { ...applyBody(snapshot, event.body), seq: event.seq };
}

function applyBody(snapshot: Snapshot, body: EventBody): Snapshot {
  switch (body.kind) {
    case 'overallChanged':
      return { ...snapshot, overall: body.overall };
    case 'accountsChanged':
      return { ...snapshot, accounts: body.accounts };
    case 'pairChanged': {
      const isKnown = snapshot.pairs.some((pair) => pair.id === body.pair.id);
      const replaced = snapshot.pairs.map((pair) => (pair.id === body.pair.id ? body.pair : pair));
      return { ...snapshot, pairs: isKnown ? replaced : [...snapshot.pairs, body.pair] };
    }
    case 'pairProgressed': {
      const { progress, transfers } = body;
      const advance = (pair: PairView) => (pair.id === body.pairId ? { ...pair, progress, transfers } : pair);
      return { ...snapshot, pairs: snapshot.pairs.map(advance) };
    }
    case 'pairRemoved':
      return { ...snapshot, pairs: snapshot.pairs.filter((pair) => pair.id !== body.pairId) };
    case 'activityRecorded':
      return { ...snapshot, activity: [...body.entries, ...snapshot.activity].slice(0, LIMITS.activity) };
    case 'problemsChanged':
      return { ...snapshot, problems: body.problems, problemsRevision: body.problemsRevision };
    case 'conflictsChanged':
      return { ...snapshot, conflicts: body.conflicts, conflictsRevision: body.conflictsRevision };
    case 'settingsChanged':
      return { ...snapshot, settings: body.settings };
    case 'setupChanged':
      return { ...snapshot, setup: body.setup };
    case 'newerVersionSeen':
      return { ...snapshot, newerVersion: body.newerVersion };
    default:
      return assertNever(body);
  }
}

/** `after` is the snapshot with the event applied. */
export type EventListener = (event: BackendEvent, after: Snapshot) => void;

export type Publisher = {
  snapshot(): Snapshot;
  subscribe(listener: EventListener): () => void;
  /**
   * Publishes the differences from the last content. Call it at most four times a second. A call from a listener is
   * queued until every listener has been notified of the events before it.
   */
  publish(next: SnapshotContent): void;
  /** True while listeners are being notified. */
  isPublishing(): boolean;
};

/** Holds the current snapshot, numbers the events, and notifies every listener in order. A listener's error is thrown after all were notified. */
export function createPublisher(initial: SnapshotContent): Publisher {
  let current: Snapshot = { ...initial, seq: 0 };
  let isPublishing = false;
  const queued: { readonly event: BackendEvent; readonly after: Snapshot }[] = [];
  const listeners = new Set<EventListener>();

  function deliver(): void {
    const failures: unknown[] = [];
    for (let next = queued.shift(); next !== undefined; next = queued.shift()) {
      for (const listener of [...listeners]) {
        try {
          listener(next.event, next.after);
        } catch (error) {
          failures.push(error);
        }
      }
    }
    if (failures.length > 0) throw failures[0];
  }

  return {
    snapshot: () => current,
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    isPublishing: () => isPublishing,
    publish(next) {
      const bodies = eventsBetween(current, next);
      const first = current.seq + 1;
      // Update the snapshot before notifying, so that a page that re-reads on the first event misses nothing.
      current = { ...next, seq: current.seq + bodies.length };
      queued.push(...bodies.map((body, index) => ({ event: { seq: first + index, body }, after: current })));
      if (isPublishing) return;
      isPublishing = true;
      try {
        deliver();
      } finally {
        isPublishing = false;
      }
    },
  };
}
