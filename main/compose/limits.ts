// Limits beside the pairs: changed in the app, in effect at once.
import type { ConfigFile } from '../adapters/config/file.ts';
import type { PaceBook } from '../adapters/limits/pace-book.ts';
import type { SettingsParts } from '../app/settings.ts';
import type { AppConfig, LimitsConfig } from '../core/config/config.ts';

export type SharedLimits = SettingsParts['limits'] & {
  /** Puts the limits of these settings into effect, also for transfers under way. */
  readonly take: (config: AppConfig) => void;
};

type LimitsParts = {
  readonly config: ConfigFile;
  readonly first: LimitsConfig;
  readonly paces: PaceBook;
};

export function makeSharedLimits({ config, first, paces }: LimitsParts): SharedLimits {
  let limits = first;
  const take = (now: AppConfig): void => {
    limits = now.limits ?? {};
    paces.apply(now);
  };
  return {
    read: () => limits,
    take,
    write: async (next, signal) => {
      take(await config.changeShared({ limits: Object.keys(next).length === 0 ? undefined : next }, signal));
    },
  };
}
