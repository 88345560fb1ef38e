// Formats sizes, durations and points in time for display.
import type { Words } from '../preload/locales/lookup.ts';
import { createSizes } from '../preload/locales/sizes.ts';

export type Format = {
  bytes(bytes: number): string;
  number(value: number): string;
  /** About how long, in one unit. */
  duration(seconds: number): string;
  /** Exactly how long, in the largest unit without a fraction. */
  span(seconds: number): string;
  /** `3 minutes ago`, `in 20 seconds`. */
  relative(atMs: number, nowMs: number): string;
  clock(atMs: number): string;
  /** Clock time, with the day of the week where it is not today. */
  soon(atMs: number, nowMs: number): string;
  /** For `title` and `datetime`: complete and unambiguous. */
  full(atMs: number): string;
};

export function createFormat(locale: string, words: Words): Format {
  // Each constructed for its first use: all of them take 40 ms of CPU, which would be before the first paint.
  const plain = kept(() => new Intl.NumberFormat(locale));
  const sizes = kept(() => createSizes(locale));
  const relative = kept(() => new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }));
  const clock = kept(() => new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit' }));
  const weekday = kept(
    () => new Intl.DateTimeFormat(locale, { weekday: 'short', hour: '2-digit', minute: '2-digit' }),
  );
  const full = kept(() => new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium' }));
  const units = new Map<string, Intl.NumberFormat>();

  function inWords(value: number, unit: string): string {
    const known = units.get(unit);
    const format = known ?? new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' });
    units.set(unit, format);
    return format.format(value);
  }

  return {
    bytes: (bytes) => sizes()(bytes),
    number: (value) => plain().format(value),
    duration(seconds) {
      if (seconds < 60) return words.text('time.lessThanMinute');
      const { value, unit } = inUnits(seconds);
      return inWords(Math.round(value), unit);
    },
    span(seconds) {
      if (seconds % 3_600 === 0) return inWords(seconds / 3_600, 'hour');
      return seconds % 60 === 0 ? inWords(seconds / 60, 'minute') : inWords(seconds, 'second');
    },
    relative(atMs, nowMs) {
      const seconds = (atMs - nowMs) / 1000;
      if (Math.abs(seconds) < 5) return words.text('time.now');
      const { value, unit } = inUnits(Math.abs(seconds));
      return relative().format(Math.round(value) * Math.sign(seconds), unit);
    },
    clock: (atMs) => clock().format(atMs),
    soon: (atMs, nowMs) =>
      (new Date(atMs).toDateString() === new Date(nowMs).toDateString() ? clock : weekday)().format(atMs),
    full: (atMs) => full().format(atMs),
  };
}

/** Made at the first call, and kept. */
function kept<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null;
  return () => (made ??= { value: make() }).value;
}

function inUnits(seconds: number): {
  readonly value: number;
  readonly unit: 'second' | 'minute' | 'hour' | 'day';
} {
  if (seconds < 59.5) return { value: seconds, unit: 'second' };
  if (seconds < 3_570) return { value: seconds / 60, unit: 'minute' };
  if (seconds < 84_600) return { value: seconds / 3_600, unit: 'hour' };
  return { value: seconds / 86_400, unit: 'day' };
}
