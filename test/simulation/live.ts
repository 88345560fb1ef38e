// A simulated device that runs as the desktop does: hints, news, polls and audits decide when it looks and at what.
import type { PairStatus } from '../../main/sync/runner/pair-status.ts';
import type { PairContext } from '../../main/sync/context.ts';
import type { PairTimes } from '../../main/sync/runner/timers.ts';
import type { FileEvent, FileWatcher } from '../../main/ports/file-watcher.port.ts';
import type { Log } from '../../main/ports/log.port.ts';
import { makePairEngine } from '../../main/sync/runner/pair-runner.ts';
import { answersTo } from '../../main/sync/session/questions.ts';
import type { Seeded, VirtualClock } from './seeded.ts';

export type LiveHow = {
  readonly forMs: number;
  readonly times: PairTimes;
  /** Guards are passed as they are raised. */
  readonly approves: boolean;
};

/** Hands hints to whichever watcher runs; without one they are lost, as those of a program that is not running. */
export type Watcher = {
  readonly makeWatcher: () => FileWatcher;
  tell(events: readonly FileEvent[]): void;
};

export function makeWatcher(): Watcher {
  let listener: ((events: readonly FileEvent[]) => void) | null = null;
  return {
    makeWatcher: () => ({
      start: (listen) => {
        listener = listen;
        return Promise.resolve();
      },
      stop: () => {
        listener = null;
        return Promise.resolve();
      },
    }),
    tell: (events) => listener?.(events),
  };
}

export type LiveParts = {
  readonly name: string;
  readonly clock: VirtualClock;
  readonly random: Seeded;
  readonly log: Log;
  readonly watcher: Watcher;
  readonly rootSight: () => Promise<string>;
  readonly openContext: () => PairContext;
};

/** Until the time is over or `life` ends; resolves when nothing runs any more, with what the page showed at the end. */
export async function runLive(parts: LiveParts, how: LiveHow, life: AbortController): Promise<PairStatus> {
  const { clock, random, log, watcher } = parts;
  const engine = makePairEngine({
    id: parts.name,
    openContext: () => Promise.resolve(parts.openContext()),
    makeWatcher: watcher.makeWatcher,
    rootSight: parts.rootSight,
    times: how.times,
    clock,
    random,
    log,
  });
  if (how.approves) {
    engine.onChange(() => {
      for (const { id, kind } of engine.status().guards)
        engine.answer(id, answersTo(kind).includes('remove') ? 'remove' : 'keep');
    });
  }
  let facts = engine.status();
  const end = (): void => {
    facts = engine.status();
    life.abort(new Error('the program ends'));
  };
  const over = clock.sleep(how.forMs, life.signal).then(end, () => undefined);
  await engine.run(life.signal);
  await over;
  return facts;
}
