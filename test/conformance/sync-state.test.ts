// Runs the contract of the engine's memory on SQLite, in memory and on a file.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteState } from '../../main/adapters/sqlite/state.ts';
import { describeSyncState } from './sync-state.ts';

describeSyncState(
  'SQLite in memory',
  () => ({ store: openSqliteState({ file: ':memory:' }), dispose: () => undefined }),
  3000,
);

describeSyncState(
  'SQLite on a file',
  () => {
    const home = mkdtempSync(join(tmpdir(), 'driftless-state-'));
    return {
      store: openSqliteState({ file: join(home, 'pair.db') }),
      dispose: () => {
        rmSync(home, { recursive: true });
      },
    };
  },
  20,
);
