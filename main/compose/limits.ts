// Limits beside the pairs: changed in the app or in the settings file, in effect at once.
import { join } from 'node:path';
import type { ConfigFile } from '../adapters/config/file.ts';
import { watchFile } from '../adapters/config/watch.ts';
import { systemClock } from '../adapters/system/clock.ts';
import type { SettingsParts } from '../app/settings.ts';
import type { AppConfig, LimitsConfig } from '../core/config/config.ts';
import { isSyncError } from '../core/model/errors.ts';
import type { Log } from '../ports/log.port.ts';

export type SharedLimits = SettingsParts['limits'] & {
  /** Runs until the signal: limits that are written into the file hold within seconds. */
  follow(signal: AbortSignal): Promise<void>;
  /** Puts the limits of these settings into effect, also for transfers under way. */
  readonly take: (config: AppConfig) => void;
};

type LimitsParts = {
  readonly home: string;
  readonly config: ConfigFile;
  readonly first: LimitsConfig;
  readonly load: (signal: AbortSignal) => Promise<AppConfig>;
  /** Puts the limits of these settings into effect. */
  readonly apply: (config: AppConfig) => void;
  readonly log: Log;
};

export function makeSharedLimits({ home, config, first, load, apply, log }: LimitsParts): SharedLimits {
  let limits = first;
  const take = (now: AppConfig): void => {
    limits = now.limits ?? {};
    apply(now);
  };
  return {
    read: () => limits,
    take,
    write: async (next, signal) => {
      take(await config.changeLimits(Object.keys(next).length === 0 ? null : next, signal));
    },
    follow: (signal) => {
      const onChange = async (): Promise<void> => {
        try {
          take(await load(signal));
        } catch (error) {
          if (!isSyncError(error)) throw error;
          // Half written, or with a mistake: the earlier limits stay.
          log.warn('limits could not be read again', { code: error.code, message: error.message });
        }
      };
      return watchFile(join(home, 'config.json'), { clock: systemClock, onChange }, signal);
    },
  };
}
