// The program that fetches and installs a newer version; every step is judged by us.

import type { UpdateOffer } from '../core/updates/offer.ts';

export type Updater = {
  /** Newest offer of its feed that is newer than this program; null: none. Rejects where the feed does not answer. */
  check(): Promise<UpdateOffer | null>;
  /** Fetches the last offer. Resolves with the path of the file. */
  download(): Promise<string>;
  /** Ends the engine, replaces the program with the fetched file, starts it and ends this one. Rejects where it cannot. */
  install(): Promise<void>;
};
