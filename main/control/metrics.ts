// What monitoring asks a running engine: numbers in Prometheus' text format, and whether all is well.
import { verdictOf } from '../core/status.ts';
import type { Backend, Snapshot } from '../../preload/contract.ts';

export type Meter = {
  /** Prometheus text format 0.0.4. */
  metrics(): string;
  health(): Health;
  /** A line of the log, as it was written: failures are counted by their codes. */
  countLine(line: string): void;
  /** Counts what this backend tells from now on, and reads it for the answers. */
  follow(backend: Backend): void;
};

export type Health = {
  /**
   * False if a pair has stopped or needs user action; a pair that syncs, waits for the network or is paused
   * is healthy.
   */
  readonly ok: boolean;
  readonly overall: Snapshot['overall'];
  readonly pairs: readonly {
    readonly id: string;
    readonly state: string;
    readonly lastInSyncAt: string | null;
  }[];
};

type Labels = Readonly<Record<string, string>>;
type Sample = { readonly labels: Labels; readonly value: number };

/** Counters by the text of their labels; they only ever grow, over reloads too. */
class Counter {
  readonly #samples = new Map<string, { labels: Labels; value: number }>();

  add(labels: Labels, value: number): void {
    const key = labelText(labels);
    const sample = this.#samples.get(key) ?? { labels, value: 0 };
    sample.value += value;
    this.#samples.set(key, sample);
  }

  samples(): readonly Sample[] {
    return [...this.#samples.values()];
  }
}

/** An answer reads a snapshot first, which brings what is due. */
const countEveryMs = 10_000;

/** `nowMs`: the wall clock, as in the snapshot's times. */
export function makeMeter(version: string, nowMs: () => number): Meter {
  const transferred = new Counter();
  const changes = new Counter();
  const failures = new Counter();
  let snapshot: (() => Snapshot) | null = null;
  let unfollow = (): void => undefined;
  return {
    follow(backend) {
      unfollow();
      snapshot = () => backend.snapshot();
      unfollow = backend.subscribe(({ body }) => {
        if (body.kind !== 'activityRecorded') return;
        for (const { pairId: pair, kind, bytes } of body.entries) {
          changes.add({ pair, kind }, 1);
          if (kind === 'uploaded') transferred.add({ pair, direction: 'up' }, bytes ?? 0);
          if (kind === 'downloaded') transferred.add({ pair, direction: 'down' }, bytes ?? 0);
        }
      }, countEveryMs);
    },
    countLine(line) {
      const failure = failureOf(line);
      if (failure !== null) failures.add(failure, 1);
    },
    metrics: () =>
      [
        ...family('driftless_build_info', 'gauge', 'The version that runs.', [
          { labels: { version }, value: 1 },
        ]),
        ...(snapshot === null ? [] : gaugesOf(snapshot(), nowMs())),
        ...family('driftless_transferred_bytes_total', 'counter', 'Content moved.', transferred.samples()),
        ...family('driftless_changes_total', 'counter', 'Changes carried out, by kind.', changes.samples()),
        ...family(
          'driftless_failures_total',
          'counter',
          'Failed operations and stops of a pair, by code; each is tried again.',
          failures.samples(),
        ),
        '',
      ].join('\n'),
    health: () => (snapshot === null ? { ok: false, overall: 'offline', pairs: [] } : healthOf(snapshot())),
  };
}

function gaugesOf({ pairs, accounts, problems }: Snapshot, nowMs: number): readonly string[] {
  const perPair = (value: (pair: Snapshot['pairs'][number]) => number | null): readonly Sample[] =>
    pairs.flatMap((pair) => {
      const one = value(pair);
      return one === null ? [] : [{ labels: { pair: pair.id }, value: one }];
    });
  const byCode = new Counter();
  for (const { pairId: pair, code } of problems) byCode.add({ pair, code }, 1);
  return [
    ...family(
      'driftless_account_up',
      'gauge',
      'Whether the account is signed in.',
      accounts.map(({ id, state }) => ({ labels: { account: id }, value: state === 'signed-in' ? 1 : 0 })),
    ),
    ...family(
      'driftless_pair_state',
      'gauge',
      'One series per pair, with its state.',
      pairs.map(({ id, state }) => ({ labels: { pair: id, state }, value: 1 })),
    ),
    ...family(
      'driftless_in_sync_age_seconds',
      'gauge',
      'How long ago the pair was last in sync; 0 while it is.',
      perPair(({ state, lastInSyncAtMs }) => {
        if (state === 'in-sync') return 0;
        return lastInSyncAtMs === null ? null : Math.max(0, (nowMs - lastInSyncAtMs) / 1000);
      }),
    ),
    ...family(
      'driftless_queue_files',
      'gauge',
      'Files of the running cycle that are not done.',
      perPair(({ progress }) => (progress === null ? 0 : progress.filesTotal - progress.filesDone)),
    ),
    ...family(
      'driftless_queue_bytes',
      'gauge',
      'Bytes of the running cycle that are not done.',
      perPair(({ progress }) => (progress === null ? 0 : progress.bytesTotal - progress.bytesDone)),
    ),
    ...family(
      'driftless_files',
      'gauge',
      'Files in sync.',
      perPair(({ counts }) => counts.files),
    ),
    ...family(
      'driftless_questions',
      'gauge',
      'Questions that wait for the user.',
      perPair(({ guards }) => guards.length),
    ),
    ...family('driftless_problems', 'gauge', 'Files that could not be synced, by code.', byCode.samples()),
  ];
}

function healthOf({ overall, pairs, accounts }: Snapshot): Health {
  const { need } = verdictOf({ accounts, pairs });
  return {
    // The network comes back by itself.
    ok: need === 'files' || need === 'nothing' || overall === 'offline',
    overall,
    pairs: pairs.map(({ id, state, lastInSyncAtMs }) => ({
      id,
      state,
      lastInSyncAt: lastInSyncAtMs === null ? null : new Date(lastInSyncAtMs).toISOString(),
    })),
  };
}

const failureMessages = new Set(['operation failed', 'pair stopped']);

function failureOf(line: string): Labels | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch {
    return null;
  }
  if (typeof parsed !== 'object' || parsed === null || !('message' in parsed) || !('code' in parsed))
    return null;
  const { message, code } = parsed;
  return typeof message === 'string' && failureMessages.has(message) && typeof code === 'string'
    ? { code }
    : null;
}

function family(name: string, type: string, help: string, samples: readonly Sample[]): readonly string[] {
  if (samples.length === 0) return [];
  return [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} ${type}`,
    ...samples.map(({ labels, value }) => `${name}{${labelText(labels)}} ${String(value)}`),
  ];
}

function labelText(labels: Labels): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(',');
}

/** The format's three: backslash, quote and line break. */
function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
