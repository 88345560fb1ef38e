// Settings of one home directory.
import type { AppConfig, PairConfig, PairId } from '../core/config/config.ts';

export interface Settings {
  /** The parsed and checked configuration. Throws SyncError config-invalid (one line, names the field) or config-missing; retry `user`. */
  load(signal: AbortSignal): Promise<AppConfig>;

  /** Adds a pair and writes the file atomically, keeping everything else as it is. Throws config-invalid, e.g. for a taken id. */
  addPair(pair: PairConfig, signal: AbortSignal): Promise<AppConfig>;

  /** Forgets a pair; files on both sides stay. Throws config-invalid when there is no such pair. */
  removePair(id: PairId, signal: AbortSignal): Promise<AppConfig>;
}
