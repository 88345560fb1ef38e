// Repeated release check of a running engine, and the news that both UIs show.
import type { ReleaseStatus } from '../core/updates/release.ts';
import type { Clock } from '../ports/clock.port.ts';

/** Version that is newer than this one, for the snapshot; null if none is known. */
export type ReleaseNews = {
  newest(): string | null;
  onChange(listener: () => void): () => void;
};

export type ReleaseWatch = ReleaseNews & {
  /** Runs until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>;
};

/** The check itself asks at most once a day; this only has to be more frequent, for machines that sleep. */
const lookAgainMs = 3_600_000;

export function makeReleaseWatch(
  check: (signal: AbortSignal) => Promise<ReleaseStatus>,
  clock: Clock,
): ReleaseWatch {
  let newest: string | null = null;
  const listeners = new Set<() => void>();
  return {
    newest: () => newest,
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async run(signal) {
      for (;;) {
        const status = await check(signal);
        if (signal.aborted) return;
        const now = status.kind === 'outdated' ? status.version : null;
        if (now !== newest) {
          newest = now;
          for (const listener of [...listeners]) listener();
        }
        if (status.kind === 'off') return;
        await clock.sleep(lookAgainMs, signal);
      }
    },
  };
}
