// Counts what lies directly below each folder row; collected in memory during a transaction and written once before it ends.
import type { DatabaseSync } from 'node:sqlite';
import type { FolderSummary, LocalCell, RemoteCell } from '../../core/model/model.ts';
import type { Command, Query } from './query.ts';
import { prepareCommand, prepareQuery } from './query.ts';

export type Counters = {
  readonly kids: number;
  readonly lp: number;
  readonly lu: number;
  readonly rp: number;
  readonly ru: number;
};
const none: Counters = { kids: 0, lp: 0, lu: 0, rp: 0, ru: 0 };

function add(a: Counters, b: Counters): Counters {
  return { kids: a.kids + b.kids, lp: a.lp + b.lp, lu: a.lu + b.lu, rp: a.rp + b.rp, ru: a.ru + b.ru };
}

/** How the counters of the parent change when a child's cell goes from `before` to `after`. */
export function localDelta(before: LocalCell, after: LocalCell): Counters {
  return {
    ...none,
    lp: Number(after.state === 'present') - Number(before.state === 'present'),
    lu: Number(after.state === 'unknown') - Number(before.state === 'unknown'),
  };
}
export function remoteDelta(before: RemoteCell, after: RemoteCell): Counters {
  return {
    ...none,
    rp: Number(after.state === 'present') - Number(before.state === 'present'),
    ru: Number(after.state === 'unknown') - Number(before.state === 'unknown'),
  };
}
export function kidsDelta(kids: number): Counters {
  return { ...none, kids };
}

export class FolderCounters {
  #pending = new Map<number, Counters>();
  readonly #select: Query;
  readonly #upsert: Command;
  readonly #remove: Command;

  constructor(db: DatabaseSync) {
    this.#select = prepareQuery(db, 'SELECT kids, lp, lu, rp, ru FROM folder WHERE id = ?');
    this.#upsert = prepareCommand(
      db,
      `INSERT INTO folder (id, kids, lp, lu, rp, ru) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET kids = kids + excluded.kids,
         lp = lp + excluded.lp, lu = lu + excluded.lu, rp = rp + excluded.rp, ru = ru + excluded.ru`,
    );
    this.#remove = prepareCommand(db, 'DELETE FROM folder WHERE id = ?');
  }

  bump(id: number, delta: Counters): void {
    if (id === 0) return;
    this.#pending.set(id, add(this.#pending.get(id) ?? none, delta));
  }

  of(id: number): Counters {
    const row = this.#select.first(id);
    const stored =
      row === null
        ? none
        : {
            kids: Number(row[0]),
            lp: Number(row[1]),
            lu: Number(row[2]),
            rp: Number(row[3]),
            ru: Number(row[4]),
          };
    const pending = this.#pending.get(id);
    return pending === undefined ? stored : add(stored, pending);
  }

  summary(id: number): FolderSummary {
    const { lp, lu, rp, ru } = this.of(id);
    return { localPresent: lp, localUnknown: lu, remotePresent: rp, remoteUnknown: ru };
  }

  remove(id: number): void {
    this.#pending.delete(id);
    this.#remove(id);
  }

  flush(): void {
    for (const [id, { kids, lp, lu, rp, ru }] of this.#pending) {
      if (kids !== 0 || lp !== 0 || lu !== 0 || rp !== 0 || ru !== 0) this.#upsert(id, kids, lp, lu, rp, ru);
    }
    this.#pending.clear();
  }

  forgetPending(): void {
    this.#pending.clear();
  }
}
