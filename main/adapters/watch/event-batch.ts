// Batches of file events, without what a wider one of the same batch covers.
import type { RelPath } from '../../core/model/model.ts';
import { ancestorsOf } from '../../core/model/path.ts';
import type { FileEvent, WatchFailure } from '../../ports/file-watcher.port.ts';

export type Listener = (events: readonly FileEvent[]) => void;

const batchMs = 50;

/** Batches and de-duplicates events; a pending full rescan replaces them. */
export class EventBatch {
  readonly #deliver: Listener;
  readonly #entries = new Set<RelPath>();
  readonly #overflows = new Set<RelPath>();
  #degraded: FileEvent | null = null;
  #isLost = false;
  #timer: NodeJS.Timeout | null = null;

  constructor(deliver: Listener) {
    this.#deliver = deliver;
  }

  entry(path: RelPath): void {
    this.#entries.add(path);
    this.#schedule();
  }

  overflow(path: RelPath): void {
    this.#overflows.add(path);
    this.#schedule();
  }

  degraded(code: WatchFailure, message: string): void {
    this.#degraded = { kind: 'degraded', code, message };
    this.#schedule();
  }

  lost(): void {
    this.#isLost = true;
    this.#schedule();
  }

  #schedule(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.#flush();
    }, batchMs);
  }

  #isCovered(path: RelPath): boolean {
    if (this.#overflows.has('' as RelPath)) return true;
    return ancestorsOf(path).some((dir) => this.#overflows.has(dir));
  }

  #flush(): void {
    const events: FileEvent[] = this.#degraded === null ? [] : [this.#degraded];
    if (this.#isLost) events.push({ kind: 'lost' });
    for (const path of this.#overflows) {
      if (path === '' || !this.#isCovered(path)) events.push({ kind: 'overflow', path });
    }
    // An entry that is itself listed again is still looked at: its own cell may have changed.
    for (const path of this.#entries) {
      if (!this.#isCovered(path)) events.push({ kind: 'entry', path });
    }
    this.#degraded = null;
    this.#isLost = false;
    this.#overflows.clear();
    this.#entries.clear();
    if (events.length > 0) this.#deliver(events);
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
