// The limits of every line: one pace for all transfers of an account, and one of its own for a pair within that.
import type { AppConfig, LimitsConfig, PairConfig } from '../../core/config/config.ts';
import type { Clock } from '../../ports/clock.port.ts';
import { makePace } from './pace.ts';
import type { Paces } from './pace.ts';

export type PaceBook = {
  /** What the transfers of this pair keep to. */
  of(pair: PairConfig): readonly Paces[];
  /** New limits, also for what runs. */
  apply(config: AppConfig): void;
};

export function makePaceBook(clock: Pick<Clock, 'monotonicMs' | 'sleep'>, first: AppConfig): PaceBook {
  const ofAccounts = new Map<string, Paces>();
  const ofPairs = new Map<string, Paces>();
  let config = first;

  function pacesIn(known: Map<string, Paces>, id: string, limits: LimitsConfig | undefined): Paces {
    const paces = known.get(id) ?? { up: makePace(clock, null), down: makePace(clock, null) };
    known.set(id, paces);
    setLimits(paces, limits);
    return paces;
  }

  return {
    of: (pair) => [
      pacesIn(ofAccounts, pair.account, config.limits),
      pacesIn(ofPairs, pair.id, limitsOf(config, pair)),
    ],
    apply(next) {
      config = next;
      for (const paces of ofAccounts.values()) setLimits(paces, next.limits);
      for (const pair of next.pairs) {
        const paces = ofPairs.get(pair.id);
        if (paces !== undefined) setLimits(paces, pair.limits);
      }
    },
  };
}

/** A pair that was added while the program runs is not in the configuration that it began with. */
function limitsOf(config: AppConfig, pair: PairConfig): LimitsConfig | undefined {
  return (config.pairs.find(({ id }) => id === pair.id) ?? pair).limits;
}

function setLimits({ up, down }: Paces, limits: LimitsConfig | undefined): void {
  up.set(limits?.uploadBytesPerSecond ?? null);
  down.set(limits?.downloadBytesPerSecond ?? null);
}
