// Check of the desktop's home, for the shell.
import { protectHome } from '../adapters/system/home/data-dir.ts';

/** Throws SyncError `config-invalid` where other users may write to the home: before anything is made in it. */
export function demandOwnHome(home: string): void {
  protectHome(home);
}
