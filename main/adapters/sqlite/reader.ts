// Read-only access to the records of a pair that is not open.
import { DatabaseSync } from 'node:sqlite';
import { existsSync } from 'node:fs';
import type { PairRecords, TreeCounts } from '../../ports/sync-state.port.ts';
import { RecordTables } from './records/records.ts';
import { prepareQuery } from './query.ts';
import { isOfThisProgram } from './schema.ts';

export type RecordsRead = Pick<PairRecords, 'meta' | 'problems' | 'activity'> & {
  readonly counts: () => TreeCounts;
};

/** Null where there is no such file, or none that this program can read now: a newer one, a damaged one, one that is in use. */
export function readRecords<Value>(file: string, read: (records: RecordsRead) => Value): Value | null {
  if (!existsSync(file)) return null;
  let db: DatabaseSync | null = null;
  try {
    db = new DatabaseSync(file, { readOnly: true, timeout: 500 });
    if (!isOfThisProgram(db)) return null;
    const records = new RecordTables(db);
    const [files, folders, bytes] = prepareQuery(
      db,
      'SELECT files, folders, bytes FROM tally WHERE id = 1',
    ).first() ?? [0, 0, 0];
    const counts = { files: Number(files), folders: Number(folders), bytes: Number(bytes) };
    return read({
      meta: (key) => records.meta(key),
      problems: () => records.problems(),
      activity: (limit) => records.activity(limit),
      counts: () => counts,
    });
  } catch {
    // Opening the pair reports what is wrong with it; here the records count as unavailable.
    return null;
  } finally {
    db?.close();
  }
}
