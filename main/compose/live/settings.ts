// Settings that hold without a restart: followed in the file, and changed for the page.
import { isDeepStrictEqual } from 'node:util';
import type { Change } from '../../adapters/config/document.ts';
import type { ConfigFile } from '../../adapters/config/file.ts';
import { watchFile } from '../../adapters/config/watch.ts';
import { systemClock } from '../../adapters/system/clock.ts';
import { errnoOf, messageOf } from '../../adapters/system/errno.ts';
import type { SettingsParts } from '../../app/settings.ts';
import type { Registry } from '../../app/registry.ts';
import type { AppConfig } from '../../core/config/config.ts';
import { isSyncError } from '../../core/model/errors.ts';
import type { Log } from '../../ports/log.port.ts';
import type { Changes } from '../changes.ts';
import type { SharedLimits } from '../limits.ts';
import type { Network } from './network.ts';

export type LiveSettings = {
  readonly proxy: SettingsParts['proxy'];
  /** Sets fields of an account in the settings; they are in effect when it resolves. Throws SyncError config-invalid. */
  changeAccount(id: string, change: AccountChange, signal: AbortSignal): Promise<void>;
  /** For one who has the turn of all changes. Throws SyncError config-invalid where a certificate cannot be read. */
  apply(config: AppConfig, signal: AbortSignal): Promise<void>;
  /** Runs until the signal: what is written into the file holds within seconds. */
  follow(signal: AbortSignal): Promise<void>;
};

/** `after`: what belongs to the change once it holds, before another one begins. */
export type AccountChange = {
  readonly fields: Change;
  readonly after?: () => Promise<void>;
};

type LiveParts = {
  readonly config: ConfigFile;
  readonly first: AppConfig;
  /** Of the file, from before `first` was read: what is written from then on holds, too. */
  readonly seen: string | null;
  readonly load: (signal: AbortSignal) => Promise<AppConfig>;
  readonly limits: Pick<SharedLimits, 'take'>;
  readonly network: Network;
  readonly registry: Registry;
  readonly changes: Changes;
  readonly log: Log;
};

export function makeLiveSettings(parts: LiveParts): LiveSettings {
  const { config, first, seen, load, limits, network, registry, changes, log } = parts;
  let current = first;
  const take = async (now: AppConfig, signal: AbortSignal): Promise<void> => {
    limits.take(now);
    try {
      await network.take(now, signal);
    } finally {
      // Also where a certificate cannot be read: that of no account keeps credentials open to other programs.
      for (const account of now.accounts)
        registry.accounts.find(({ id }) => id === account.id)?.followSettings(account);
    }
    const isOtherWay = !isDeepStrictEqual(wayOut(current), wayOut(now));
    current = now;
    if (isOtherWay) retryAll(registry);
  };
  return {
    apply: take,
    proxy: {
      read: () => current.proxy ?? null,
      write: (next, signal) =>
        changes.make(
          async () => take(await config.changeShared({ proxy: next ?? undefined }, signal), signal),
          signal,
        ),
    },
    changeAccount: (id, { fields, after }, signal) =>
      changes.make(async () => {
        await take(await config.changeAccount(id, fields, signal), signal);
        await after?.();
      }, signal),
    follow: (signal) => {
      let isFailing = false;
      const onChange = async (): Promise<void> => {
        try {
          // What is read before a change of the page must not be taken after it.
          await changes.follow(async () => take(await load(signal), signal), signal);
          isFailing = false;
        } catch (error) {
          // Half written, or with a mistake: the earlier settings stay.
          const isMistake = isSyncError(error) && errnoOf(error.cause) === '';
          const code = isSyncError(error) ? error.code : 'internal';
          if (!isFailing) log.warn('settings could not be read again', { code, message: messageOf(error) });
          isFailing = !isMistake;
          if (!isMistake) throw error;
        }
      };
      return watchFile(config.path, { clock: systemClock, onChange, seen }, signal);
    },
  };
}

/** What of the settings leads out of the network. */
function wayOut({ proxy, accounts }: AppConfig): unknown {
  return { proxy, authorities: accounts.map(({ id, caFile }) => ({ id, caFile })) };
}

/** What waits for the network. */
function retryAll({ accounts, pairs }: Registry): void {
  for (const account of accounts) account.credentials.retryNow();
  for (const pair of pairs) pair.engine.retryNow();
}
