// Weekly timetable of bandwidth limits, in the syntax of rclone's `--bwlimit` (https://rclone.org/docs/#bwlimit-bwtimetable). Pure.

/** Bytes per second in each direction; null is no limit. */
export type Rates = { readonly up: number | null; readonly down: number | null };

type Slot = Rates & {
  /** Of the week; Sunday 00:00 is 0. */
  readonly minute: number;
};

/** In the order of the week; of two slots at the same minute the later entry comes last, and holds. */
export type Timetable = readonly Slot[];

export const minutesOfDay = 24 * 60;
const days = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const unitPowers = 'kmgtp';

/** The slots, or the first entry that is not understood (empty for a text without entries). */
export function parseTimetable(text: string): { readonly slots: Timetable } | { readonly wrong: string } {
  const entries = text.split(/[\s;]+/).filter((entry) => entry !== '');
  const slots: Slot[] = [];
  for (const entry of entries) {
    const read = entry.includes(',') || entries.length > 1 ? timedSlots(entry) : untimedSlot(entry);
    if (read === null) return { wrong: entry };
    slots.push(...read);
  }
  return slots.length === 0
    ? { wrong: '' }
    : { slots: slots.toSorted((one, other) => one.minute - other.minute) };
}

/** The slot that began last; before the first one of the week that is the last one of the week before. */
export function ratesAt(slots: Timetable, minuteOfWeek: number): Rates {
  return slots.findLast(({ minute }) => minute <= minuteOfWeek) ?? slots.at(-1) ?? { up: null, down: null };
}

function untimedSlot(entry: string): readonly Slot[] | null {
  const rates = readRates(entry);
  return rates === null ? null : [{ ...rates, minute: 0 }];
}

/** A slot without a day is one of every day. */
function timedSlots(entry: string): readonly Slot[] | null {
  const [, day, hours, minutes, rest] =
    /^(?:([a-z]+)-)?([01]\d|2[0-3]):([0-5]\d),([^,]+)$/i.exec(entry) ?? [];
  const rates = rest === undefined ? null : readRates(rest);
  if (rates === null) return null;
  const minute = Number(hours) * 60 + Number(minutes);
  if (day === undefined) return days.map((_, index) => ({ ...rates, minute: index * minutesOfDay + minute }));
  const named = day.toLowerCase();
  const index = days.findIndex((name) => named === name || named === name.slice(0, 3));
  return index < 0 ? null : [{ ...rates, minute: index * minutesOfDay + minute }];
}

/** `RATE` for both directions, or `UP:DOWN`. */
function readRates(text: string): Rates | null {
  const [up, down, ...more] = text.split(':').map(parseRate);
  if (up === undefined || more.length > 0) return null;
  const pair = { up, down: down === undefined ? up : down };
  return pair.up === 'wrong' || pair.down === 'wrong' ? null : { up: pair.up, down: pair.down };
}

/** A number without a unit counts KiB, as in rclone; `off` and 0 are no limit. */
export function parseRate(text: string): number | null | 'wrong' {
  const lower = text.toLowerCase();
  if (lower === 'off') return null;
  const [, number, plain, unit = 'k'] = /^(\d{1,12}(?:\.\d{1,6})?)(?:(b)|([kmgtp])i?)?$/.exec(lower) ?? [];
  if (number === undefined) return 'wrong';
  const bytes = Number(number) * (plain === undefined ? 1024 ** (unitPowers.indexOf(unit) + 1) : 1);
  return bytes === 0 ? null : Math.max(1, Math.round(bytes));
}
