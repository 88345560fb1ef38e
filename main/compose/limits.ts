// Limits beside the pairs: changed in the app, in effect at once.
import type { Fields } from '../adapters/config/document.ts';
import type { ConfigFile } from '../adapters/config/file.ts';
import type { PaceBook } from '../adapters/limits/pace-book.ts';
import type { SettingsParts } from '../app/settings.ts';
import type { AppConfig, LimitsConfig } from '../core/config/config.ts';
import type { Changes } from './changes.ts';

export type SharedLimits = SettingsParts['limits'] & {
  /** Puts the limits of these settings into effect, also for transfers under way. */
  readonly take: (config: AppConfig) => void;
};

type LimitsParts = {
  readonly config: ConfigFile;
  readonly first: LimitsConfig;
  readonly paces: PaceBook;
  readonly changes: Changes;
};

export function makeSharedLimits({ config, first, paces, changes }: LimitsParts): SharedLimits {
  let limits = first;
  const take = (now: AppConfig): void => {
    limits = now.limits ?? {};
    paces.apply(now);
  };
  return {
    read: () => limits,
    take,
    write: (change, signal) => {
      const fields = async (_present: Fields, now: () => Promise<AppConfig>): Promise<Fields> => {
        const next = change((await now()).limits ?? {});
        return { limits: Object.keys(next).length === 0 ? undefined : next };
      };
      return changes.make(async () => {
        take(await config.changeShared(fields, signal));
      }, signal);
    },
  };
}
