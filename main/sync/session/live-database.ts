// Live SQLite databases: a copy taken while a program has one open may not fit its write-ahead log.
import { relPath } from '../../core/model/path.ts';
import type { Op, RelPath } from '../../core/model/model.ts';
import type { PairContext } from '../context.ts';

const notice = 'live-database';
const logSuffix = '-wal';

/**
 * Adds or removes the notice for a plan that is about to run. SQLite removes the log when the last program closes the
 * database, so a log that is uploaded beside its database belongs to an open one; `logs` remembers those for the session.
 */
export function noteLiveDatabases(
  { store }: Pick<PairContext, 'store'>,
  { logs, notices }: { readonly logs: Set<RelPath>; readonly notices: string[] },
  ops: readonly Op[],
): void {
  const isHere = (path: RelPath): boolean => store.entry(path).local.state === 'present';
  for (const { kind, path } of ops) {
    if (kind !== 'upload' || !path.endsWith(logSuffix)) continue;
    if (isHere(relPath(path.slice(0, -logSuffix.length)))) logs.add(path);
  }
  for (const path of logs) if (!isHere(path)) logs.delete(path);
  const at = notices.indexOf(notice);
  if (logs.size > 0 && at < 0) notices.push(notice);
  if (logs.size === 0 && at >= 0) notices.splice(at, 1);
}
