// Queue of the system's events, which all watches of the process share.
import { readFileSync } from 'node:fs';

const defaultQueuedEvents = 16_384;

function queueLimit(): number {
  if (process.platform !== 'linux') return defaultQueuedEvents;
  try {
    const limit = Number.parseInt(readFileSync('/proc/sys/fs/inotify/max_queued_events', 'utf8'), 10);
    return limit > 0 ? limit : defaultQueuedEvents;
  } catch {
    // No /proc: the kernel's default it is.
    return defaultQueuedEvents;
  }
}

type OnLoss = () => void;

/**
 * Linux drops events without a word when its limit of them is waiting, of whatever folder they are; half of that in one turn of the loop
 * counts as lost, for each watched tree.
 */
export class EventQueue {
  readonly #lossAt: number;
  readonly #listeners = new Set<OnLoss>();
  #eventsThisTurn = 0;

  constructor(limit = queueLimit()) {
    this.#lossAt = limit / 2;
  }

  count(events: number): void {
    if (events === 0) return;
    if (this.#eventsThisTurn === 0) {
      setImmediate(() => {
        const isLoss = this.#eventsThisTurn >= this.#lossAt;
        this.#eventsThisTurn = 0;
        if (isLoss) this.#tell(null);
      });
    }
    this.#eventsThisTurn += events;
  }

  /** The system queues an event for each watch that ends. `owner` takes care of its own tree. */
  countEnded(watches: number, owner: OnLoss): void {
    if (watches < this.#lossAt) this.count(watches);
    else
      setImmediate(() => {
        this.#tell(owner);
      });
  }

  #tell(spared: OnLoss | null): void {
    for (const listener of [...this.#listeners]) if (listener !== spared) listener();
  }

  /** Returns what ends it. */
  onLoss(listener: OnLoss): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }
}
