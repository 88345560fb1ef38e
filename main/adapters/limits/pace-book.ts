// The limits of every line: one pace for all transfers of an account, and one of its own for a pair within that.
import type { AppConfig, LimitsConfig, PairConfig } from '../../core/config/config.ts';
import { minutesOfDay, parseTimetable, ratesAt } from '../../core/config/timetable.ts';
import type { Rates } from '../../core/config/timetable.ts';
import type { Clock } from '../../ports/clock.port.ts';
import { makePace } from './pace.ts';
import type { Limit, Paces } from './pace.ts';

/** `nowMs`: a timetable goes by the wall clock, in this computer's time zone. */
type PaceClock = Pick<Clock, 'monotonicMs' | 'nowMs' | 'sleep'>;

export type PaceBook = {
  /** What the transfers of this pair keep to. */
  of(pair: PairConfig): readonly Paces[];
  /** New limits, also for what runs. */
  apply(config: AppConfig): void;
};

export function makePaceBook(clock: PaceClock, first: AppConfig): PaceBook {
  const ofAccounts = new Map<string, Paces>();
  const ofPairs = new Map<string, Paces>();
  let config = first;

  function pacesIn(known: Map<string, Paces>, id: string, limits: LimitsConfig | undefined): Paces {
    const paces = known.get(id) ?? { up: makePace(clock, null), down: makePace(clock, null) };
    known.set(id, paces);
    setLimits(clock, paces, limits);
    return paces;
  }

  return {
    of: (pair) => [
      pacesIn(ofAccounts, pair.account, config.limits),
      pacesIn(ofPairs, pair.id, limitsOf(config, pair)),
    ],
    apply(next) {
      config = next;
      for (const paces of ofAccounts.values()) setLimits(clock, paces, next.limits);
      for (const pair of next.pairs) {
        const paces = ofPairs.get(pair.id);
        if (paces !== undefined) setLimits(clock, paces, pair.limits);
      }
    },
  };
}

/** A pair that was added while the program runs is not in the configuration that it began with. */
function limitsOf(config: AppConfig, pair: PairConfig): LimitsConfig | undefined {
  return (config.pairs.find(({ id }) => id === pair.id) ?? pair).limits;
}

function setLimits(clock: PaceClock, { up, down }: Paces, limits: LimitsConfig | undefined): void {
  const { uploadBytesPerSecond = null, downloadBytesPerSecond = null, timetable } = limits ?? {};
  const now = timetable === undefined ? null : ratesByClock(clock, timetable);
  up.set(limitOf(uploadBytesPerSecond, now, 'up'));
  down.set(limitOf(downloadBytesPerSecond, now, 'down'));
}

/** A fixed limit is the most that a timetable may allow. */
function limitOf(fixed: number | null, now: (() => Rates) | null, direction: keyof Rates): Limit {
  if (now === null) return fixed;
  return () => {
    const rate = now()[direction];
    return rate === null || fixed === null ? (rate ?? fixed) : Math.min(rate, fixed);
  };
}

/** Null for a text that is no timetable: the settings refuse it before it comes here. */
function ratesByClock(clock: PaceClock, text: string): (() => Rates) | null {
  const parsed = parseTimetable(text);
  if ('wrong' in parsed) return null;
  let ofMinute = NaN;
  let rates: Rates = { up: null, down: null };
  return () => {
    const minute = Math.floor(clock.nowMs() / 60_000);
    if (minute !== ofMinute) {
      const date = new Date(minute * 60_000);
      const inWeek = date.getDay() * minutesOfDay + date.getHours() * 60 + date.getMinutes();
      rates = ratesAt(parsed.slots, inWeek);
      ofMinute = minute;
    }
    return rates;
  };
}
